"""The laws of applications, review and decisions that a table alone cannot say."""

from django.db import migrations

from portal.sql import AppendOnly, Law, Refuse, StateMachine

STATES = {
    "applications_application": {
        "": ["draft"],
        "draft": ["submitted", "withdrawn"],
        "submitted": ["draft", "returned", "accepted", "waitlisted", "declined", "withdrawn"],
        "returned": ["submitted", "withdrawn"],
        "waitlisted": ["accepted", "declined", "withdrawn"],
    },
    "applications_reviewassignment": {
        "": ["assigned"],
        "assigned": ["cleared", "conflicted", "removed"],
        "cleared": ["conflicted", "removed"],
    },
    "applications_review": {"": ["draft"], "draft": ["submitted"], "submitted": ["draft"]},
    "applications_decision": {
        "": ["proposed"],
        "proposed": ["confirmed", "withdrawn"],
        "confirmed": ["released", "withdrawn"],
    },
    "applications_offer": {"": ["open"], "open": ["accepted", "declined", "lapsed", "revoked"]},
    "applications_participation": {
        "": ["onboarding"],
        "onboarding": ["active", "withdrawn"],
        "active": ["paused", "graduated", "ended"],
        "paused": ["active"],
    },
}


def still_once_published(table: str, name: str, cohort: str) -> Law:
    """Refuse any change of a published cohort's rules, or a move out of or into one; `cohort` gives a row's cohort.

    FOR SHARE waits for a publication under way.
    """
    cohorts = ", ".join(cohort.format(row=row) for row in ("OLD", "NEW"))
    return Law(
        table,
        name,
        "BEFORE INSERT OR UPDATE OR DELETE",
        f"""PERFORM FROM applications_cohort c WHERE c.id IN ({cohorts}) FOR SHARE;
        IF EXISTS (SELECT FROM applications_cohort c WHERE c.id IN ({cohorts}) AND c.published_at IS NOT NULL) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    )


def only_while_editable(table: str, name: str, timing: str = "BEFORE INSERT OR UPDATE OR DELETE") -> Law:
    """Refuse any change of what belongs to an application that is not a draft or returned.

    FOR SHARE waits for a submission under way: nothing slips in beside the frozen version.
    """
    return Law(
        table,
        name,
        timing,
        """PERFORM FROM applications_application a
            WHERE a.id IN (OLD.application_id, NEW.application_id) ORDER BY a.id FOR SHARE;
        IF EXISTS (
            SELECT FROM applications_application a
            WHERE a.id IN (OLD.application_id, NEW.application_id) AND a.state NOT IN ('draft', 'returned')
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    )


STARTUP_OF = "(SELECT a.startup_id FROM applications_application a WHERE a.id = NEW.application_id)"


def free_of_conflict(table: str, name: str, people: str, when: str) -> Law:
    """Refuse a row whose people have a current conflict with the startup of its application."""
    return Law(
        table,
        name,
        "BEFORE INSERT OR UPDATE",
        f"""IF {when} AND EXISTS (
            SELECT FROM applications_conflict c
            WHERE c.person_id IN ({people}) AND c.startup_id = {STARTUP_OF} AND c.ended_at IS NULL
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    )


# A statement in a function that changes rows sees what was committed before it began: who comes second counts the first.
STANDING = """
CREATE FUNCTION applications_standing(application bigint)
RETURNS TABLE (readers integer, judged integer, shortfall integer) LANGUAGE sql STABLE AS $$
    SELECT count(DISTINCT s.id)::integer, count(DISTINCT r.id)::integer,
        COALESCE(round(sum((c.max_points - p.points) * c.weight)::numeric * 1000000000
            / NULLIF(sum(c.max_points * c.weight), 0))::integer, 1000000001)
    FROM applications_reviewassignment s
    LEFT JOIN applications_review r ON r.assignment_id = s.id AND r.state = 'submitted' AND s.state = 'cleared'
    LEFT JOIN applications_score p ON p.review_id = r.id
    LEFT JOIN applications_rubriccriterion c ON c.id = p.criterion_id
    WHERE s.application_id = application AND s.state IN ('assigned', 'cleared')
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0001_tables"), ("portal", "0003_rules")]

    operations = [
        *(StateMachine(table, moves) for table, moves in STATES.items()),
        # Programme data that people relied on
        Refuse(
            "applications_terms", "terms_published_stand_still", "UPDATE OR DELETE", when="OLD.published_at IS NOT NULL"
        ),
        Refuse(
            "applications_cohort",
            "cohort_published_stays_published",
            "UPDATE",
            when="OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at",
        ),
        still_once_published("applications_eligibilitycriterion", "criterion_still_once_published", "{row}.cohort_id"),
        still_once_published("applications_section", "section_still_once_published", "{row}.cohort_id"),
        still_once_published(
            "applications_question",
            "question_still_once_published",
            "(SELECT s.cohort_id FROM applications_section s WHERE s.id = {row}.section_id)",
        ),
        still_once_published("applications_rubriccriterion", "rubric_still_once_published", "{row}.cohort_id"),
        # People and conflicts
        Law(
            "applications_membership",
            "membership_is_a_conflict",
            "AFTER INSERT OR UPDATE",
            """IF NEW.ended_at IS NULL THEN
                INSERT INTO applications_conflict (person_id, startup_id, kind, note, declared_at)
                VALUES (NEW.person_id, NEW.startup_id, 'member', '', NEW.joined_at)
                ON CONFLICT (person_id, startup_id, kind) WHERE ended_at IS NULL DO NOTHING;
            END IF;""",
        ),
        Refuse(
            "applications_conflict",
            "conflict_stands",
            "UPDATE",
            when="(OLD.person_id, OLD.startup_id, OLD.kind, OLD.declared_at)"
            " IS DISTINCT FROM (NEW.person_id, NEW.startup_id, NEW.kind, NEW.declared_at)"
            " OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)",
        ),
        Refuse("applications_conflict", "conflict_is_ended_not_deleted", "DELETE", when="true"),
        Law(
            "applications_conflict",
            "conflict_lasts_with_membership",
            "BEFORE UPDATE",
            """IF NEW.kind = 'member' AND NEW.ended_at IS NOT NULL AND EXISTS (
                SELECT FROM applications_membership m
                WHERE (m.person_id, m.startup_id) = (NEW.person_id, NEW.startup_id) AND m.ended_at IS NULL
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        # Applications
        only_while_editable("applications_answer", "answer_only_while_editable"),
        only_while_editable("applications_document", "document_only_while_editable"),
        only_while_editable(
            "applications_eligibilityfact",
            "fact_stated_only_while_editable",
            "BEFORE INSERT OR UPDATE OF application_id, fact, value, as_of, stated_by_id, stated_at OR DELETE",
        ),
        AppendOnly("applications_applicationversion"),
        AppendOnly("applications_eligibilityfinding"),
        Refuse(
            "applications_application", "application_submitted_is_kept", "DELETE", when="OLD.submitted_at IS NOT NULL"
        ),
        Law(
            "applications_application",
            "application_submitted_in_time",
            "BEFORE UPDATE",
            """IF NEW.state = 'submitted' AND OLD.state = 'draft' AND NOT EXISTS (
                SELECT FROM applications_cohort c
                WHERE c.id = NEW.cohort_id AND c.published_at IS NOT NULL
                  AND c.opens_at <= NEW.submitted_at AND NEW.submitted_at < c.closes_at
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "applications_application",
            "application_decided_by_release",
            "BEFORE UPDATE",
            """IF NEW.state IN ('accepted', 'waitlisted', 'declined') AND NEW.state <> OLD.state AND NOT EXISTS (
                SELECT FROM applications_decision d
                WHERE d.application_id = NEW.id AND d.state = 'released' AND (
                    (NEW.state = 'accepted' AND d.outcome IN ('accept', 'waitlist'))
                    OR (NEW.state = 'waitlisted' AND d.outcome = 'waitlist')
                    OR (NEW.state = 'declined' AND d.outcome IN ('decline', 'waitlist')))
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        # Review
        free_of_conflict(
            "applications_reviewassignment",
            "reviewer_free_of_conflict",
            "NEW.reviewer_id",
            "NEW.state IN ('assigned', 'cleared')",
        ),
        Law(
            "applications_reviewassignment",
            "assignment_in_its_cohorts_phase",
            "BEFORE INSERT OR UPDATE OF phase_id, application_id",
            """IF NOT EXISTS (
                SELECT FROM applications_reviewphase p JOIN applications_application a ON a.cohort_id = p.cohort_id
                WHERE (p.id, a.id) = (NEW.phase_id, NEW.application_id)
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "applications_review",
            "review_needs_clearance",
            "BEFORE INSERT OR UPDATE",
            """IF NOT EXISTS (
                SELECT FROM applications_reviewassignment a
                WHERE a.id = NEW.assignment_id AND a.state = 'cleared' FOR SHARE
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Refuse(
            "applications_review",
            "review_stands_once_submitted",
            "UPDATE",
            when="OLD.state = 'submitted' AND (OLD.assignment_id, OLD.recommendation, OLD.comment, OLD.feedback)"
            " IS DISTINCT FROM (NEW.assignment_id, NEW.recommendation, NEW.comment, NEW.feedback)",
        ),
        Law(
            "applications_score",
            "score_only_in_draft",
            "BEFORE INSERT OR UPDATE OR DELETE",
            """PERFORM FROM applications_review r WHERE r.id IN (OLD.review_id, NEW.review_id) ORDER BY r.id FOR SHARE;
            IF EXISTS (
                SELECT FROM applications_review r WHERE r.id IN (OLD.review_id, NEW.review_id) AND r.state <> 'draft'
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "applications_score",
            "score_within_rubric",
            "BEFORE INSERT OR UPDATE",
            """IF NOT EXISTS (
                SELECT FROM applications_rubriccriterion c
                JOIN applications_application a ON a.cohort_id = c.cohort_id
                JOIN applications_reviewassignment s ON s.application_id = a.id
                JOIN applications_review r ON r.assignment_id = s.id
                WHERE r.id = NEW.review_id AND c.id = NEW.criterion_id AND NEW.points <= c.max_points
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        # Decisions and offers
        free_of_conflict(
            "applications_decision",
            "decision_free_of_conflict",
            "NEW.proposed_by_id, NEW.confirmed_by_id",
            "NEW.state IN ('proposed', 'confirmed')",
        ),
        Refuse(
            "applications_decision",
            "decision_stands_once_confirmed",
            "UPDATE",
            when="OLD.state <> 'proposed' AND (OLD.application_id, OLD.outcome, OLD.months, OLD.monthly_cap_minor,"
            " OLD.currency, OLD.first_period, OLD.rank, OLD.message, OLD.proposed_by_id, OLD.proposed_at,"
            " OLD.confirmed_by_id, OLD.confirmed_at) IS DISTINCT FROM"
            " (NEW.application_id, NEW.outcome, NEW.months, NEW.monthly_cap_minor,"
            " NEW.currency, NEW.first_period, NEW.rank, NEW.message, NEW.proposed_by_id, NEW.proposed_at,"
            " NEW.confirmed_by_id, NEW.confirmed_at)",
        ),
        Refuse("applications_decision", "decision_is_kept", "DELETE", when="true"),
        Law(
            "applications_offer",
            "offer_follows_decision",
            "BEFORE INSERT",
            """IF NOT EXISTS (
                SELECT FROM applications_decision d JOIN applications_application a ON a.id = d.application_id
                WHERE d.id = NEW.decision_id AND d.state = 'released' AND d.outcome IN ('accept', 'waitlist')
                  AND a.state = 'accepted'
                  AND (a.id, a.cohort_id, d.months, d.monthly_cap_minor, d.currency, d.first_period)
                    = (NEW.application_id, NEW.cohort_id, NEW.months, NEW.monthly_cap_minor, NEW.currency, NEW.first_period)
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "applications_offer",
            "offer_within_seats",
            "AFTER INSERT",
            """PERFORM FROM applications_cohort c WHERE c.id IN (SELECT cohort_id FROM new_rows)
                ORDER BY c.id FOR NO KEY UPDATE;
            IF EXISTS (
                SELECT FROM applications_cohort c
                WHERE c.id IN (SELECT cohort_id FROM new_rows) AND c.seats < (
                    SELECT count(*) FROM applications_offer o WHERE o.cohort_id = c.id AND o.state IN ('open', 'accepted'))
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
            rows="NEW TABLE AS new_rows",
        ),
        Law(
            "applications_cohort",
            "cohort_seats_cover_offers",
            "BEFORE UPDATE",
            """IF NEW.seats < OLD.seats AND NEW.seats < (
                SELECT count(*) FROM applications_offer o WHERE o.cohort_id = NEW.id AND o.state IN ('open', 'accepted')
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Refuse(
            "applications_offer",
            "offer_stands_as_made",
            "UPDATE",
            when="(OLD.decision_id, OLD.application_id, OLD.cohort_id, OLD.terms_id, OLD.months, OLD.monthly_cap_minor,"
            " OLD.currency, OLD.first_period, OLD.made_at) IS DISTINCT FROM (NEW.decision_id, NEW.application_id,"
            " NEW.cohort_id, NEW.terms_id, NEW.months, NEW.monthly_cap_minor, NEW.currency, NEW.first_period, NEW.made_at)",
        ),
        Refuse("applications_offer", "offer_is_kept", "DELETE", when="true"),
        # The signature and the seat
        Law(
            "applications_agreement",
            "agreement_signs_the_offered_terms",
            "BEFORE INSERT",
            """IF NOT EXISTS (
                SELECT FROM applications_offer o JOIN applications_terms t ON t.id = o.terms_id
                WHERE o.id = NEW.offer_id AND o.state = 'accepted' AND t.id = NEW.terms_id AND t.digest = NEW.digest
                  AND t.text ->> NEW.language = NEW.text AND t.title ->> NEW.language = NEW.title
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "applications_agreement",
            "agreement_signed_by_a_founder",
            "BEFORE INSERT",
            """IF NOT EXISTS (
                SELECT FROM applications_offer o
                JOIN applications_application a ON a.id = o.application_id
                JOIN applications_membership m ON m.startup_id = a.startup_id
                WHERE o.id = NEW.offer_id AND m.person_id = NEW.signed_by_id AND m.role = 'founder' AND m.ended_at IS NULL
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        AppendOnly("applications_agreement"),
        Law(
            "applications_participation",
            "participation_follows_offer",
            "BEFORE INSERT OR UPDATE",
            """IF NOT EXISTS (
                SELECT FROM applications_offer o JOIN applications_application a ON a.id = o.application_id
                WHERE o.id = NEW.offer_id AND o.state = 'accepted'
                  AND (a.id, a.startup_id, a.cohort_id) = (NEW.application_id, NEW.startup_id, NEW.cohort_id)
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "applications_participation",
            "participation_active_once_signed",
            "BEFORE UPDATE",
            """IF NEW.state = 'active' AND OLD.state = 'onboarding' AND NOT EXISTS (
                SELECT FROM applications_agreement g WHERE g.offer_id = NEW.offer_id
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Refuse("applications_participation", "participation_is_kept", "DELETE", when="true"),
        # How applications stand: who judges them and how well they did, kept beside them as reviews come in
        migrations.RunSQL(STANDING, "DROP FUNCTION applications_standing(bigint)"),
        Refuse(
            "applications_application",
            "application_begins_unjudged",
            "INSERT",
            when="(NEW.readers, NEW.judged, NEW.shortfall) IS DISTINCT FROM (0, 0, 1000000001)",
        ),
        # Told by the two laws below, it is reckoned; told by anybody else, it must be right already.
        Law(
            "applications_application",
            "application_standing_is_reckoned",
            "BEFORE UPDATE OF readers, judged, shortfall",
            """SELECT * INTO stands FROM applications_standing(NEW.id);
            IF pg_trigger_depth() = 1 AND (NEW.readers, NEW.judged, NEW.shortfall) IS DISTINCT FROM
                (stands.readers, stands.judged, stands.shortfall) THEN
                PERFORM portal_break(TG_NAME);
            END IF;
            NEW.readers := stands.readers;
            NEW.judged := stands.judged;
            NEW.shortfall := stands.shortfall;""",
            declare="stands record;",
        ),
        Law(
            "applications_reviewassignment",
            "assignment_counts_in_standing",
            "AFTER INSERT OR UPDATE OR DELETE",
            """IF (OLD.application_id, OLD.state = 'assigned' OR OLD.state = 'cleared') IS DISTINCT FROM
                (NEW.application_id, NEW.state = 'assigned' OR NEW.state = 'cleared') THEN
                UPDATE applications_application SET readers = readers
                WHERE id IN (OLD.application_id, NEW.application_id);
            END IF;""",
        ),
        Law(
            "applications_review",
            "review_counts_in_standing",
            "AFTER INSERT OR UPDATE OR DELETE",
            """IF 'submitted' IN (OLD.state, NEW.state) AND OLD.state IS DISTINCT FROM NEW.state THEN
                UPDATE applications_application SET judged = judged WHERE id IN (
                    SELECT s.application_id FROM applications_reviewassignment s
                    WHERE s.id IN (OLD.assignment_id, NEW.assignment_id));
            END IF;""",
        ),
    ]
