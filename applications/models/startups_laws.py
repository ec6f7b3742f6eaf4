"""Laws that keep people in conflict with a startup away from what is decided of it."""

from portal.laws.declared import Law

STARTUP_OF = "(SELECT a.startup_id FROM applications_application a WHERE a.id = NEW.application_id)"


def free_of_conflict(name: str, people: str, when: str) -> Law:
    """Refuse a row whose people have a current conflict with the startup of its application."""
    return Law(
        name,
        "BEFORE INSERT OR UPDATE",
        f"""IF {when} AND EXISTS (
            SELECT FROM applications_conflict c
            WHERE c.person_id IN ({people}) AND c.startup_id = {STARTUP_OF} AND c.ended_at IS NULL
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    )
