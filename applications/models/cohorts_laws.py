"""Laws of what a cohort is made of: it stands still once people rely on it."""

from portal.laws.declared import Law, OfThePresent, Refuse, Stands, break_if, changed


def still_once_published(name: str, cohort: str) -> Law:
    """Refuse any change of a published cohort's rules, or a move out of or into one; `cohort` gives a row's cohort.

    FOR SHARE waits for a publication under way.
    """
    cohorts = ", ".join(cohort.format(row=row) for row in ("OLD", "NEW"))
    return Law(
        name,
        "BEFORE INSERT OR UPDATE OR DELETE",
        f"""PERFORM FROM applications_cohort c WHERE c.id IN ({cohorts}) FOR SHARE;
        IF EXISTS (SELECT FROM applications_cohort c WHERE c.id IN ({cohorts}) AND c.published_at IS NOT NULL) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    )


COHORT = [
    OfThePresent("applications_cohort_of_the_present"),
    Refuse(
        "cohort_published_stays_published",
        "UPDATE",
        when="OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at",
    ),
    Law(
        "cohort_seats_cover_offers",
        "BEFORE UPDATE",
        break_if("""NEW.seats < OLD.seats AND NEW.seats < (
            SELECT count(*) FROM applications_offer o WHERE o.cohort_id = NEW.id AND o.state IN ('open', 'accepted')
        )"""),
    ),
    Stands("cohort_stays_in_its_programme", "programme_id", once="OLD.published_at IS NOT NULL"),
    Stands("cohort_released_once", "released_at", once="OLD.released_at IS NOT NULL"),
    # When decisions were released, nobody of the cohort waits for one any longer.
    Law(
        "decisions_released_together",
        "AFTER UPDATE OF released_at",
        break_if("""EXISTS (
            SELECT FROM applications_application a
            WHERE a.cohort_id = NEW.id AND a.state IN ('submitted', 'returned')
        )"""),
        when="pg_trigger_depth() > 0",
        at_commit=True,
    ),
]

PHASE = [
    OfThePresent("applications_reviewphase_of_the_present"),
    Stands("phase_stays_in_its_cohort", "cohort_id"),
    # Who was asked blind judges blind, and who read open was never blind.
    Law(
        "phase_is_blind_or_open_once_asked",
        "BEFORE UPDATE OF is_blind",
        break_if("EXISTS (SELECT FROM applications_reviewassignment a WHERE a.phase_id = NEW.id)"),
        when=changed("is_blind"),
    ),
]
