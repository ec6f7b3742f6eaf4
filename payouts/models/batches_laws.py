"""Laws of batches, their files and payments (laws 2, 5 and 6)."""

from django.db.models import CheckConstraint, Q

from applications.models.roles_laws import holds_role
from payouts.models import corrections_laws as corrections
from payouts.models.accounts_laws import not_sealed_anew
from payouts.rails import RETURN_CODE
from portal.laws.declared import ACTOR, AT, BOTH, NEW, STILL, Law, OfThePresent, Refuse, break_if, changed
from portal.laws.own_acts import begins, own_act
from portal.models import Role

OF_BATCH = """payouts_payment p
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id"""

# The days of a batch are those of its last act: one that is frozen or sent late takes effect and settles later.
# The file says when it takes effect, so that day stands once it is written; when it counts as paid, once it is sent.
APPROVES, FREEZES, SENDS = (
    f"(OLD.state = '{before}' AND NEW.state = '{after}')"
    for before, after in (("draft", "approved"), ("approved", "frozen"), ("frozen", "sent"))
)
OTHER_DAYS = (
    f"({changed('approved_by_id', 'approved_at')} AND NOT {APPROVES})"
    f" OR ({changed('effective_on')} AND NOT ({APPROVES} OR {FREEZES}))"
    f" OR ({changed('settles_on')} AND NOT ({APPROVES} OR {FREEZES} OR {SENDS}))"
    " OR (OLD.approved_at IS NOT NULL AND (NEW.effective_on < OLD.effective_on OR NEW.settles_on < OLD.settles_on))"
)

# A batch is approved, frozen and sent while nobody adds a payment to it or takes one out: they wait for each other here. What
# was in it is read in a statement that follows.
LOCK_BATCHES = """PERFORM FROM payouts_paymentbatch b
WHERE b.id IN (SELECT batch_id FROM new_rows) ORDER BY b.id FOR SHARE;
"""

BATCH = [
    OfThePresent("payouts_paymentbatch_of_the_present"),
    # Locked, so that the ids of a source that no batch has used yet do not change beside its first one.
    Law(
        "batch_of_its_source",
        "BEFORE INSERT",
        "PERFORM FROM payouts_paymentsource s WHERE s.id = NEW.source_id FOR SHARE;\n"
        + break_if("""NOT EXISTS (
            SELECT FROM payouts_paymentsource s WHERE s.id = NEW.source_id
              AND (s.programme_id, s.rail, s.currency) = (NEW.programme_id, NEW.rail, NEW.currency)
        )"""),
    ),
    # Each of its people in an act of their own, now, with the role for it.
    own_act(
        "batch_prepared_by_who_acts",
        "prepared_by_id",
        "prepared_at",
        may="(NEW.approved_at, NEW.frozen_at, NEW.released_at, NEW.sent_at) IS NULL AND "
        + holds_role("NEW.prepared_by_id", "NEW.prepared_at", "NEW.programme_id", Role.FINANCE_PREPARER),
    ),
    *(
        own_act(
            f"batch_{step}_by_who_acts",
            f"{step}_by_id",
            f"{step}_at",
            on="UPDATE",
            when=begins(f"{step}_at"),
            may=holds_role(f"NEW.{step}_by_id", f"NEW.{step}_at", "NEW.programme_id", Role.FINANCE_APPROVER),
        )
        for step in ("approved", "released")
    ),
    Refuse(
        "batch_stands_as_prepared",
        "UPDATE",
        when=changed(
            "id", "uuid", "programme_id", "source_id", "number", "rail", "currency", "prepared_by_id", "prepared_at"
        ),
    ),
    Refuse(
        "batch_approved_once",
        "UPDATE",
        when=OTHER_DAYS,
    ),
    Refuse(
        "batch_stands_once_frozen",
        "UPDATE",
        when="("
        + changed("frozen_at", "total_minor", "count", "file_on", "nth_of_day", "file_name", "sha256")
        + f" AND NOT {FREEZES}) OR ({changed('released_by_id', 'released_at')}"
        + " AND NOT (OLD.released_at IS NULL AND OLD.state = 'frozen' AND NEW.state = 'frozen'))"
        + f" OR ({changed('sent_at')} AND NOT {SENDS})",
    ),
    Law(
        "batch_frozen_as_its_payments",
        "BEFORE UPDATE",
        break_if("""NEW.state = 'frozen' AND OLD.state <> 'frozen' AND (
            NOT EXISTS (SELECT FROM payouts_batchfile f WHERE f.batch_id = NEW.id) OR EXISTS (
                SELECT FROM payouts_payment p WHERE p.batch_id = NEW.id AND p.state = 'prepared'
                HAVING (count(*), sum(p.amount_minor)) IS DISTINCT FROM (NEW.count, NEW.total_minor))
        )"""),
    ),
    Law(
        "batch_frozen_only_payable",
        "BEFORE UPDATE",
        break_if(f"""NEW.state = 'frozen' AND OLD.state <> 'frozen' AND EXISTS (
            SELECT FROM {OF_BATCH}
            JOIN payouts_payoutaccount t ON t.id = p.account_id
            LEFT JOIN payouts_hold h ON h.participation_id = a.participation_id AND h.lifted_at IS NULL
                AND (h.account_id IS NULL OR h.account_id = p.account_id)
            WHERE p.batch_id = NEW.id AND p.state = 'prepared'
              AND (t.state <> 'verified' OR (t.payable_from <= {AT}) IS NOT TRUE OR h.id IS NOT NULL
                   OR d.state <> 'approved')
        )"""),
    ),
    # Judged when they act, not later: a file that is frozen must still be told to have been sent.
    Law(
        "batch_people_free_of_conflict",
        "BEFORE UPDATE",
        """IF OLD.state <> NEW.state OR NEW.released_at IS DISTINCT FROM OLD.released_at THEN
            PERFORM applications_lock_conflicts(NEW.prepared_by_id, NEW.approved_by_id, NEW.released_by_id);
        END IF;
        """
        + break_if(f"""EXISTS (
            SELECT FROM {OF_BATCH}
            JOIN applications_conflict c ON c.startup_id = a.startup_id AND c.ended_at IS NULL
            WHERE p.batch_id = NEW.id AND p.state <> 'withdrawn' AND (
                (NEW.state IN ('approved', 'frozen') AND OLD.state <> NEW.state
                    AND c.person_id IN (NEW.prepared_by_id, NEW.approved_by_id))
                OR (NEW.released_at IS NOT NULL AND OLD.released_at IS NULL AND c.person_id = NEW.released_by_id))
        )"""),
    ),
    Law(
        "batch_ends_with_its_payments",
        "BEFORE UPDATE",
        break_if("""EXISTS (
            SELECT FROM payouts_payment p
            WHERE p.batch_id = NEW.id AND OLD.state <> NEW.state AND (
                (NEW.state = 'cancelled' AND p.state <> 'withdrawn')
                OR (NEW.state = 'closed' AND p.state IN ('prepared', 'sent')))
        )"""),
    ),
    *corrections.BATCH,
    Refuse("batch_is_kept", "DELETE"),
]

FILE = [
    # The same batch gives the same file or none: bytes are written while it freezes, and later may only be purged.
    Law(
        "file_written_while_freezing",
        "BEFORE INSERT",
        break_if(
            """NOT EXISTS (SELECT FROM payouts_paymentbatch b WHERE b.id = NEW.batch_id AND b.state = 'approved')"""
        ),
    ),
    Refuse(
        "file_stands_as_written",
        "UPDATE",
        when=f"(NEW.id, NEW.batch_id) IS DISTINCT FROM (OLD.id, OLD.batch_id) OR ({not_sealed_anew()})",
    ),
    Law(
        "file_kept_until_sent",
        "BEFORE DELETE",
        break_if("""NOT EXISTS (
            SELECT FROM payouts_paymentbatch b WHERE b.id = OLD.batch_id AND b.state IN ('sent', 'closed')
        )"""),
    ),
]

PAYMENT = [
    CheckConstraint(
        name="payment_settled_at_when_settled",
        condition=~Q(state="settled") | Q(settled_at__isnull=False),
    ),
    CheckConstraint(
        name="payment_returned_with_code",
        condition=~Q(state="returned") | (Q(returned_at__isnull=False) & ~Q(return_code="")),
    ),
    CheckConstraint(
        name="payment_return_code_in_one_spelling",
        condition=Q(return_code="") | Q(return_code__regex=RETURN_CODE),
    ),
    CheckConstraint(
        name="payment_says_nothing_unanswered",
        condition=Q(state="returned")
        | Q(state="settled", returned_at=None, return_code="")
        | Q(settled_at=None, bank_reference="", returned_at=None, return_code=""),
    ),
    Law(
        "payment_is_for_its_ready_month",
        "AFTER INSERT",
        LOCK_BATCHES
        + break_if("""EXISTS (
            SELECT FROM new_rows p
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            JOIN applications_cohort c ON c.id = a.cohort_id
            JOIN payouts_paymentbatch b ON b.id = p.batch_id
            WHERE d.state <> 'ready' OR b.state <> 'draft' OR d.amount_minor IS DISTINCT FROM p.amount_minor
               OR (a.currency, b.currency, b.programme_id) <> (p.currency, p.currency, c.programme_id)
        )"""),
        rows=NEW,
    ),
    Law(
        "payment_to_a_payable_account",
        "AFTER INSERT",
        break_if(f"""EXISTS (
            SELECT FROM new_rows p
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            JOIN payouts_payoutaccount t ON t.id = p.account_id
            WHERE t.participation_id IS DISTINCT FROM a.participation_id OR t.state <> 'verified'
               OR t.currency <> p.currency OR (t.payable_from <= {AT}) IS NOT TRUE
        )"""),
        rows=NEW,
    ),
    Law(
        "payment_attempt_follows_the_last",
        "AFTER INSERT",
        break_if("""EXISTS (
            SELECT FROM new_rows p WHERE p.attempt > 1 AND NOT EXISTS (
            SELECT FROM payouts_payment q WHERE q.disbursement_id = p.disbursement_id AND q.attempt = p.attempt - 1)
        )"""),
        rows=NEW,
    ),
    Law(
        "payment_preparer_free_of_conflict",
        "AFTER INSERT",
        """PERFORM applications_lock_conflicts(VARIADIC ARRAY(
            SELECT b.prepared_by_id FROM payouts_paymentbatch b WHERE b.id IN (SELECT batch_id FROM new_rows)));
        """
        + break_if("""EXISTS (
            SELECT FROM new_rows p
            JOIN payouts_paymentbatch b ON b.id = p.batch_id
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            JOIN applications_conflict c ON c.startup_id = a.startup_id AND c.ended_at IS NULL
            WHERE c.person_id = b.prepared_by_id
        )"""),
        rows=NEW,
    ),
    Refuse(
        "payment_named_by_its_disbursement",
        "INSERT",
        when="NEW.end_to_end_id IS DISTINCT FROM 'D' || NEW.disbursement_id || '-' || NEW.attempt",
    ),
    Refuse(
        "payment_stands_as_prepared",
        "UPDATE",
        when=changed(
            "id",
            "disbursement_id",
            "attempt",
            "batch_id",
            "account_id",
            "amount_minor",
            "currency",
            "end_to_end_id",
            "trace_number",
            "payee_name_ascii",
        )
        # What the bank said comes with its step; a correction takes it back.
        + f" OR ({changed('settled_at', 'bank_reference')} AND ({STILL} OR NEW.state NOT IN ('settled', 'sent')))"
        + f" OR ({changed('returned_at', 'return_code')} AND ({STILL} OR NEW.state NOT IN ('returned', 'sent')))",
    ),
    *corrections.PAYMENT,
    # Whoever is in conflict with a startup says nothing of its payments, neither that they went nor what came of them.
    # Taking one out of a batch is left to them: nothing is paid by it.
    Law(
        "payment_word_free_of_conflict",
        "AFTER UPDATE",
        break_if(f"""EXISTS (
            SELECT FROM new_rows n JOIN old_rows o USING (id)
            JOIN payouts_disbursement d ON d.id = n.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            JOIN applications_conflict c ON c.startup_id = a.startup_id AND c.ended_at IS NULL
            WHERE n.state <> o.state AND n.state <> 'withdrawn' AND c.person_id = {ACTOR}
        )"""),
        rows=BOTH,
    ),
    Law(
        "payment_moves_with_its_batch",
        "AFTER UPDATE",
        LOCK_BATCHES
        + break_if("""EXISTS (
            SELECT FROM new_rows n JOIN old_rows o USING (id)
            JOIN payouts_paymentbatch b ON b.id = n.batch_id
            WHERE n.state <> o.state AND (
                (n.state = 'withdrawn' AND b.state NOT IN ('draft', 'approved'))
                OR (n.state = 'sent' AND b.state <> 'sent'))
        )"""),
        rows=BOTH,
    ),
    Refuse("payment_is_kept", "DELETE"),
]
