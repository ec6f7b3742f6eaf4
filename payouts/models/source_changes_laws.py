"""Laws of the account that files debit, and of the sender's ids at its bank: they change by two people of finance.

The database itself carries a change out, and takes the values of a confirmed change alone.
"""

from applications.models.roles_laws import holds_role
from payouts.models.accounts_laws import not_sealed_anew
from portal.laws.declared import Law, OfThePresent, Refuse, break_if, changed
from portal.models import Role
from portal.models.two_people import by_who_acts

# What the bank knows the sender by, and the account that balanced files debit; its number is sealed, and the fingerprint proves
# whenever it is opened that it is the one that two people set.
IDS = ("destination", "origin", "company_id", "odfi")
ACCOUNT = ("offset_routing", "offset_account_type", "offset_last_four", "offset_fingerprint")
BEFORE = tuple(f"{name}_before" for name in (*IDS, *ACCOUNT))

PROGRAMME = "(SELECT s.programme_id FROM payouts_paymentsource s WHERE s.id = NEW.source_id)"


def _of(row: str, *columns: str) -> str:
    return f"({', '.join(f'{row}.{column}' for column in columns)})"


SOURCE = [
    OfThePresent("payouts_paymentsource_of_the_present"),
    # The own account is set by two people from the first time on, the ids once a batch was prepared with them.
    Refuse("source_begins_without_own_account", "INSERT", when="NEW.offset_sealed IS NOT NULL"),
    Law(
        "source_bank_set_by_two",
        "BEFORE UPDATE",
        break_if(f"""({changed(*ACCOUNT)} OR ({not_sealed_anew("offset_sealed")}) OR ({changed(*IDS)} AND EXISTS (
            SELECT FROM payouts_paymentbatch b WHERE b.source_id = NEW.id
        ))) AND NOT EXISTS (
            SELECT FROM payouts_sourcechange c
            WHERE c.source_id = NEW.id AND c.state = 'confirmed'
              AND c.id = (
                SELECT max(l.id) FROM payouts_sourcechange l WHERE l.source_id = NEW.id AND l.state = 'confirmed')
              AND {_of("c", *IDS, *ACCOUNT)} = {_of("NEW", *IDS, *ACCOUNT)}
              AND COALESCE(c.offset_sealed, OLD.offset_sealed) IS NOT DISTINCT FROM NEW.offset_sealed
        )"""),
        when=changed(*IDS, *ACCOUNT, "offset_sealed"),
    ),
]

CHANGE = [
    # Locked, so that no batch is prepared, and no change carried out, beside it.
    Law(
        "source_change_of_what_is",
        "BEFORE INSERT",
        f"""PERFORM FROM payouts_paymentsource s WHERE s.id = NEW.source_id FOR NO KEY UPDATE;
        {
            break_if(f'''NOT EXISTS (
            SELECT FROM payouts_paymentsource s
            WHERE s.id = NEW.source_id AND {_of("s", *IDS, *ACCOUNT)} = {_of("NEW", *BEFORE)}
        )''')
        }""",
    ),
    # An approver asks, anybody else of finance confirms.
    *by_who_acts(
        "source_change",
        asks=holds_role("NEW.asked_by_id", "NEW.asked_at", PROGRAMME, Role.FINANCE_APPROVER),
        confirms=holds_role("NEW.confirmed_by_id", "NEW.confirmed_at", PROGRAMME, *Role.finance()),
        still=holds_role("NEW.asked_by_id", "NEW.confirmed_at", PROGRAMME, Role.FINANCE_APPROVER),
    ),
    # A change without a number leaves the account as it is.
    Law(
        "source_change_takes_force",
        "AFTER UPDATE",
        f"""UPDATE payouts_paymentsource s
        SET ({", ".join((*IDS, *ACCOUNT))}, offset_sealed)
            = ({", ".join(f"NEW.{name}" for name in (*IDS, *ACCOUNT))}, COALESCE(NEW.offset_sealed, s.offset_sealed))
        WHERE s.id = NEW.source_id AND {_of("s", *IDS, *ACCOUNT)} = {_of("NEW", *BEFORE)};
        IF NOT FOUND THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
        when="OLD.state = 'asked' AND NEW.state = 'confirmed'",
    ),
    Refuse(
        "source_change_stands_as_asked",
        "UPDATE",
        when=changed("id", "source_id", *IDS, *ACCOUNT, *BEFORE, "reason", "asked_by_id", "asked_at")
        + f" OR (OLD.state <> 'asked' AND {changed('state', 'confirmed_by_id', 'confirmed_at')})"
        + f" OR ({not_sealed_anew('offset_sealed')})",
    ),
    Refuse("source_change_is_kept", "DELETE"),
]
