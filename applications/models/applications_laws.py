"""Laws of applications: what may still be written, and what the database counts of its reviews."""

from portal.laws.declared import STILL, Function, Law, Refuse, Stands, break_if


def only_while_editable(name: str, timing: str = "BEFORE INSERT OR UPDATE OR DELETE") -> Law:
    """Refuse any change of what belongs to an application that is not a draft or returned.

    FOR SHARE waits for a submission under way: nothing slips in beside the frozen version.
    """
    return Law(
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


# A statement in a function that changes rows sees what was committed before it began: who comes second counts the first.
REVIEW_PROGRESS = Function(
    "applications_review_progress(application bigint)",
    "RETURNS TABLE (readers integer, judged integer, shortfall integer) LANGUAGE sql STABLE",
    """
    SELECT count(DISTINCT s.id)::integer, count(DISTINCT r.id)::integer,
        COALESCE(round(sum((c.max_points - p.points) * c.weight)::numeric * 1000000000
            / NULLIF(sum(c.max_points * c.weight), 0))::integer, 1000000001)
    FROM applications_reviewassignment s
    LEFT JOIN applications_review r ON r.assignment_id = s.id AND r.state = 'submitted' AND s.state = 'cleared'
    LEFT JOIN applications_score p ON p.review_id = r.id
    LEFT JOIN applications_rubriccriterion c ON c.id = p.criterion_id
    WHERE s.application_id = application AND s.state IN ('assigned', 'cleared')
    """,
)


APPLICATION = [
    REVIEW_PROGRESS,
    Refuse("application_is_kept", "DELETE"),
    Stands("application_stands_as_begun", "startup_id", "cohort_id", "reference", "started_by_id", "started_at"),
    Stands("application_changes_with_its_state", "submitted_at", "returned_question", once=STILL),
    Law(
        "application_submitted_in_time",
        "BEFORE UPDATE",
        break_if("""NEW.state = 'submitted' AND OLD.state = 'draft' AND NOT EXISTS (
            SELECT FROM applications_cohort c
            WHERE c.id = NEW.cohort_id AND c.published_at IS NOT NULL
              AND c.opens_at <= NEW.submitted_at AND NEW.submitted_at < c.closes_at
        )"""),
    ),
    Law(
        "application_decided_by_release",
        "BEFORE UPDATE",
        break_if("""NEW.state IN ('accepted', 'waitlisted', 'declined') AND NEW.state <> OLD.state AND NOT EXISTS (
            SELECT FROM applications_decision d
            WHERE d.application_id = NEW.id AND d.state = 'released' AND (
                (NEW.state = 'accepted' AND d.outcome IN ('accept', 'waitlist'))
                OR (NEW.state = 'waitlisted' AND d.outcome = 'waitlist')
                OR (NEW.state = 'declined' AND d.outcome IN ('decline', 'waitlist')))
        )"""),
    ),
    # A place and its money are kept for whoever is accepted: by a release, or later from the waitlist.
    Law(
        "application_accepted_with_an_offer",
        "AFTER UPDATE",
        break_if("NOT EXISTS (SELECT FROM applications_offer o WHERE o.application_id = NEW.id)"),
        when="NEW.state = 'accepted' AND OLD.state <> 'accepted'",
        at_commit=True,
    ),
    Refuse(
        "application_begins_unjudged",
        "INSERT",
        when="(NEW.readers, NEW.judged, NEW.shortfall) IS DISTINCT FROM (0, 0, 1000000001)",
    ),
    # Told by the two laws below, it is reckoned; told by anybody else, it must be right already.
    Law(
        "application_review_progress_is_computed",
        "BEFORE UPDATE OF readers, judged, shortfall",
        """SELECT * INTO progress FROM applications_review_progress(NEW.id);
        IF pg_trigger_depth() = 1 AND (NEW.readers, NEW.judged, NEW.shortfall) IS DISTINCT FROM
            (progress.readers, progress.judged, progress.shortfall) THEN
            PERFORM portal_break(TG_NAME);
        END IF;
        NEW.readers := progress.readers;
        NEW.judged := progress.judged;
        NEW.shortfall := progress.shortfall;""",
        declare="progress record;",
    ),
]

ANSWER = [
    only_while_editable("answer_only_while_editable"),
    Stands("answer_stays_with_its_question", "application_id", "question_id"),
]

DOCUMENT = [
    only_while_editable("document_only_while_editable"),
    Stands(
        "document_stands_as_uploaded",
        "application_id",
        "question_id",
        "name",
        "content_type",
        "size",
        "sha256",
        "stored_as",
        "uploaded_by_id",
        "uploaded_at",
    ),
    Refuse("document_is_kept", "DELETE"),
]
