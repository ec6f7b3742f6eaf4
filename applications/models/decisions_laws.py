"""Laws from the decision to the seat."""

from applications.models.roles_laws import holds_role
from applications.models.startups_laws import free_of_conflict
from portal.laws.declared import AT, BOTH, NEW, STILL, AppendOnly, Law, Refuse, Stands, break_if
from portal.laws.own_acts import own_act
from portal.models import Role

PROGRAMME = """(
            SELECT c.programme_id FROM applications_application a JOIN applications_cohort c ON c.id = a.cohort_id
            WHERE a.id = NEW.application_id)"""

DECISION = [
    # Each of its managers in an act of their own, now.
    own_act(
        "decision_proposed_by_who_acts",
        "proposed_by_id",
        "proposed_at",
        may=holds_role("NEW.proposed_by_id", "NEW.proposed_at", PROGRAMME, Role.MANAGER),
    ),
    own_act(
        "decision_confirmed_by_who_acts",
        "confirmed_by_id",
        "confirmed_at",
        on="UPDATE",
        when="NEW.state = 'confirmed' AND OLD.state <> 'confirmed'",
        may=holds_role("NEW.confirmed_by_id", "NEW.confirmed_at", PROGRAMME, Role.MANAGER),
    ),
    free_of_conflict(
        "decision_free_of_conflict",
        "NEW.proposed_by_id, NEW.confirmed_by_id",
        "NEW.state IN ('proposed', 'confirmed')",
    ),
    Stands(
        "decision_stands_as_proposed",
        "application_id",
        "outcome",
        "months",
        "monthly_cap_minor",
        "currency",
        "first_period",
        "rank",
        "message",
        "proposed_by_id",
        "proposed_at",
    ),
    Stands(
        "decision_stands_once_confirmed",
        "confirmed_by_id",
        "confirmed_at",
        once=f"OLD.state <> 'proposed' OR {STILL}",
    ),
    # A release is one of its whole cohort, which then is asked, once, at the commit: see `decisions_released_together`.
    Law(
        "decision_releases_its_cohort",
        "AFTER UPDATE",
        f"""UPDATE applications_cohort c SET released_at = COALESCE(c.released_at, {AT}) WHERE c.id IN (
            SELECT a.cohort_id FROM new_rows n JOIN old_rows o USING (id)
            JOIN applications_application a ON a.id = n.application_id
            WHERE n.state = 'released' AND o.state <> 'released');""",
        rows=BOTH,
    ),
    Refuse("decision_is_kept", "DELETE"),
]

OFFER = [
    Law(
        "offer_follows_decision",
        "BEFORE INSERT",
        break_if("""NOT EXISTS (
            SELECT FROM applications_decision d JOIN applications_application a ON a.id = d.application_id
            WHERE d.id = NEW.decision_id AND d.state = 'released' AND d.outcome IN ('accept', 'waitlist')
              AND a.state = 'accepted'
              AND (a.id, a.cohort_id, d.months, d.monthly_cap_minor, d.currency, d.first_period)
                = (NEW.application_id, NEW.cohort_id, NEW.months, NEW.monthly_cap_minor, NEW.currency, NEW.first_period)
        )"""),
    ),
    Law(
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
        rows=NEW,
    ),
    Stands(
        "offer_stands_as_made",
        "decision_id",
        "application_id",
        "cohort_id",
        "terms_id",
        "months",
        "monthly_cap_minor",
        "currency",
        "first_period",
        "made_at",
        "expires_at",
    ),
    Stands("offer_declined_with_its_reason", "decline_reason", once=STILL),
    Refuse(
        "offer_accepted_in_time",
        "UPDATE",
        when=f"NEW.state = 'accepted' AND OLD.state <> 'accepted' AND {AT} >= NEW.expires_at",
    ),
    Refuse(
        "offer_lapses_by_its_clock",
        "UPDATE",
        when=f"NEW.state = 'lapsed' AND OLD.state <> 'lapsed' AND {AT} < NEW.expires_at",
    ),
    Law(
        "offer_accepted_with_its_seat",
        "AFTER UPDATE",
        break_if("NOT EXISTS (SELECT FROM applications_participation p WHERE p.offer_id = NEW.id)"),
        when="NEW.state = 'accepted' AND OLD.state <> 'accepted'",
        at_commit=True,
    ),
    Refuse("offer_is_kept", "DELETE"),
]

AGREEMENT = [
    Law(
        "agreement_signs_the_offered_terms",
        "BEFORE INSERT",
        break_if("""NOT EXISTS (
            SELECT FROM applications_offer o JOIN applications_terms t ON t.id = o.terms_id
            WHERE o.id = NEW.offer_id AND o.state = 'accepted' AND t.id = NEW.terms_id AND t.digest = NEW.digest
              AND t.text ->> NEW.language = NEW.text AND t.title ->> NEW.language = NEW.title
        )"""),
    ),
    Law(
        "agreement_signed_by_a_founder",
        "BEFORE INSERT",
        break_if("""NOT EXISTS (
            SELECT FROM applications_offer o
            JOIN applications_application a ON a.id = o.application_id
            JOIN applications_membership m ON m.startup_id = a.startup_id
            WHERE o.id = NEW.offer_id AND m.person_id = NEW.signed_by_id AND m.role = 'founder' AND m.ended_at IS NULL
        )"""),
    ),
    AppendOnly("applications_agreement_append_only"),
]

PARTICIPATION = [
    Law(
        "participation_follows_offer",
        "BEFORE INSERT",
        break_if("""NOT EXISTS (
            SELECT FROM applications_offer o JOIN applications_application a ON a.id = o.application_id
            WHERE o.id = NEW.offer_id AND o.state = 'accepted'
              AND (a.id, a.startup_id, a.cohort_id, o.months, o.first_period)
                = (NEW.application_id, NEW.startup_id, NEW.cohort_id, NEW.months, NEW.first_period)
        )"""),
    ),
    Stands(
        "participation_stands_as_offered",
        "offer_id",
        "application_id",
        "startup_id",
        "cohort_id",
        "months",
        "first_period",
        "created_at",
    ),
    Law(
        "participation_active_once_signed",
        "BEFORE UPDATE",
        break_if("""NEW.state = 'active' AND OLD.state = 'onboarding' AND NOT EXISTS (
            SELECT FROM applications_agreement g WHERE g.offer_id = NEW.offer_id
        )"""),
    ),
    Refuse("participation_is_kept", "DELETE"),
]
