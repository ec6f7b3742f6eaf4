"""Laws of corrections (laws 2 and 5), and what they let other laws make an exception for."""

from applications.models.roles_laws import holds_role
from portal.laws.declared import Law, Refuse, break_if, changed
from portal.models import Role
from portal.models.two_people import by_who_acts

PROGRAMME = """(
            SELECT b.programme_id FROM payouts_payment p JOIN payouts_paymentbatch b ON b.id = p.batch_id
            WHERE p.id = NEW.payment_id)"""
PUT_RIGHT = "OLD.state IN ('settled', 'returned') AND NEW.state = 'sent'"


def is_left(payment: str) -> str:
    """Say in SQL that a payment has a confirmed correction that is not carried out yet."""
    return f"""(SELECT count(*) FROM payouts_correction c WHERE c.payment_id = {payment} AND c.state = 'confirmed') > (
            SELECT count(*) FROM portal_transition t WHERE t.subject_table = 'payouts_payment'
            AND t.subject_id = {payment} AND t.from_state IN ('settled', 'returned') AND t.to_state = 'sent')"""


CORRECTION = [
    Law(
        "correction_of_what_the_payment_says",
        "BEFORE INSERT OR UPDATE",
        break_if("""NEW.state <> 'withdrawn' AND NOT EXISTS (
            SELECT FROM payouts_payment p WHERE p.id = NEW.payment_id AND NEW.mistaken = p.state
        )"""),
    ),
    Law(
        "correction_people_free_of_conflict",
        "BEFORE INSERT OR UPDATE",
        break_if("""NEW.state <> 'withdrawn' AND applications_in_conflict((
            SELECT a.startup_id FROM payouts_payment p
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            WHERE p.id = NEW.payment_id
        ), NEW.asked_by_id, NEW.confirmed_by_id)"""),
    ),
    *by_who_acts(
        "correction",
        asks=holds_role("NEW.asked_by_id", "NEW.asked_at", PROGRAMME, *Role.finance()),
        confirms=holds_role("NEW.confirmed_by_id", "NEW.confirmed_at", PROGRAMME, *Role.finance()),
        still=holds_role("NEW.asked_by_id", "NEW.confirmed_at", PROGRAMME, *Role.finance()),
    ),
    # Consent is used where it is given: none is kept for another day.
    Law(
        "correction_carried_out_at_once",
        "AFTER UPDATE",
        break_if(is_left("NEW.payment_id")),
        when="NEW.state = 'confirmed' AND OLD.state <> 'confirmed'",
        at_commit=True,
    ),
    Refuse(
        "correction_stands_as_asked",
        "UPDATE",
        when=changed("id", "payment_id", "mistaken", "reason", "asked_by_id", "asked_at") + " OR OLD.state <> 'asked'",
    ),
    Refuse("correction_is_kept", "DELETE"),
]

# Of batches: one is open again for a correction of one of its payments, and for nothing else.
BATCH = [
    Law(
        "batch_reopened_by_a_correction",
        "BEFORE UPDATE",
        break_if(f"""NOT EXISTS (
            SELECT FROM payouts_payment p WHERE p.batch_id = NEW.id AND p.state IN ('settled', 'returned')
              AND {is_left("p.id")}
        )"""),
        when="OLD.state = 'closed' AND NEW.state = 'sent'",
    ),
]

# Of payments: each confirmed correction takes one word back, the one it names, while no new attempt has gone out.
PAYMENT = [
    Law(
        "payment_put_right_by_two",
        "BEFORE UPDATE",
        break_if(f"""NOT {is_left("NEW.id")} OR OLD.state IS DISTINCT FROM (
            SELECT c.mistaken FROM payouts_correction c
            WHERE c.payment_id = NEW.id AND c.state = 'confirmed' ORDER BY c.id DESC LIMIT 1
        ) OR EXISTS (
            SELECT FROM payouts_payment q
            WHERE q.disbursement_id = NEW.disbursement_id AND q.attempt > NEW.attempt AND q.state <> 'withdrawn'
        )"""),
        when=PUT_RIGHT,
    ),
    # Its month is approved for the same account again, and no transfer says any more that it arrived or came back.
    Law(
        "payment_put_right_with_month_and_ledger",
        "AFTER UPDATE",
        break_if("""EXISTS (
            SELECT FROM payouts_payment p JOIN payouts_disbursement d ON d.id = p.disbursement_id
            WHERE p.id = NEW.id AND p.state = 'sent' AND (
                d.state <> 'approved' OR d.payee_id IS DISTINCT FROM p.account_id OR EXISTS (
                    SELECT FROM payouts_transfer t
                    WHERE t.subject_table = 'payouts_payment' AND t.subject_id = p.id
                      AND t.event IN ('settle', 'return', 'late_return')
                      AND NOT EXISTS (SELECT FROM payouts_transfer r WHERE r.reverses_id = t.id)))
        )"""),
        when=PUT_RIGHT,
        at_commit=True,
    ),
]
