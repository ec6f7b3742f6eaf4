"""Laws of a programme's money settings (law 5): they change by two people, and the database itself carries it out."""

from applications.models.roles_laws import holds_role
from portal.laws.declared import Law, OfThePresent, Refuse, break_if, changed
from portal.models import Role
from portal.models.two_people import by_who_acts

MONEY = ("monthly_cap_minor", "months", "cooling_off_days")

# Of programmes; the currency, without which no figure means anything, changes by nobody. An UPDATE that comes out of another
# table's trigger is that of a confirmed change: no other trigger touches these columns, and the serving role can make none.
PROGRAMME = [
    OfThePresent("applications_programme_of_the_present"),
    Law(
        "programme_money_set_by_two",
        "BEFORE UPDATE",
        break_if("""pg_trigger_depth() < 2 AND EXISTS (
            SELECT FROM applications_cohort c WHERE c.programme_id = NEW.id AND c.published_at IS NOT NULL
        )"""),
        when=changed(*MONEY, "currency"),
    ),
]

CHANGE = [
    # Locked, so that no cohort is published, and no change carried out, beside it.
    Law(
        "settings_change_of_what_is",
        "BEFORE INSERT",
        f"""PERFORM FROM applications_programme p WHERE p.id = NEW.programme_id FOR NO KEY UPDATE;
        {
            break_if('''NOT EXISTS (
            SELECT FROM applications_programme p WHERE p.id = NEW.programme_id
              AND (p.monthly_cap_minor, p.months, p.cooling_off_days)
                = (NEW.monthly_cap_minor_before, NEW.months_before, NEW.cooling_off_days_before)
        )''')
        }""",
    ),
    *by_who_acts(
        "settings_change",
        asks=holds_role("NEW.asked_by_id", "NEW.asked_at", "NEW.programme_id", Role.MANAGER),
        confirms=holds_role("NEW.confirmed_by_id", "NEW.confirmed_at", "NEW.programme_id", Role.MANAGER),
        still=holds_role("NEW.asked_by_id", "NEW.confirmed_at", "NEW.programme_id", Role.MANAGER),
    ),
    Law(
        "settings_change_takes_force",
        "AFTER UPDATE",
        """UPDATE applications_programme p
        SET monthly_cap_minor = NEW.monthly_cap_minor, months = NEW.months, cooling_off_days = NEW.cooling_off_days
        WHERE p.id = NEW.programme_id;""",
        when="OLD.state = 'asked' AND NEW.state = 'confirmed'",
    ),
    Refuse(
        "settings_change_stands_as_asked",
        "UPDATE",
        when=changed(
            *("id", "programme_id", *MONEY, *(f"{name}_before" for name in MONEY), "reason", "asked_by_id", "asked_at")
        )
        + " OR OLD.state <> 'asked'",
    ),
    Refuse("settings_change_is_kept", "DELETE"),
]
