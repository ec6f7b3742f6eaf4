"""Laws of the account that files debit, and of the sender's ids at its bank: they change by two people of finance.

The database itself carries a change out, and takes the values of a confirmed change alone.
"""

from payouts.models.accounts_laws import FINANCE, not_sealed_anew
from portal.laws.act_clock import not_of_the_act
from portal.laws.declared import ACTOR, Law, Refuse, break_if, changed
from portal.models import Role

# What the bank knows the sender by, and the account that balanced files debit; its number is sealed.
IDS = ("destination", "origin", "company_id", "odfi")
ACCOUNT = ("offset_routing", "offset_account_type", "offset_last_four")
BEFORE = tuple(f"{name}_before" for name in (*IDS, *ACCOUNT))


def _of(row: str, *columns: str) -> str:
    return f"({', '.join(f'{row}.{column}' for column in columns)})"


SOURCE = [
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
    # Whose act it is: an approver asks, anybody else of finance confirms, each in an act of their own, now.
    Law(
        "source_change_by_finance",
        "BEFORE INSERT OR UPDATE",
        f"""IF TG_OP = 'INSERT' THEN
            who := NEW.asked_by_id;
            since := NEW.asked_at;
            roles := ARRAY['{Role.FINANCE_APPROVER.value}'];
        ELSIF NEW.state = 'confirmed' AND OLD.state = 'asked' THEN
            who := NEW.confirmed_by_id;
            since := NEW.confirmed_at;
            roles := ARRAY[{FINANCE}];
        ELSE
            RETURN NEW;
        END IF;
        IF {not_of_the_act("since")} OR who IS DISTINCT FROM ({ACTOR}) OR NEW.confirmed_at <= NEW.asked_at OR NOT EXISTS (
            SELECT FROM payouts_paymentsource s
            JOIN applications_programme g ON g.id = s.programme_id
            JOIN portal_rolegrant r ON r.scope_id = g.id
            WHERE s.id = NEW.source_id AND r.person_id = who AND r.role = ANY (roles) AND r.confirmed_at IS NOT NULL
              AND portal_days_hold(r.starts_on, r.ends_on, since, g.timezone)
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
        declare="who bigint; since timestamptz; roles text[];",
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
