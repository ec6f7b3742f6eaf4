"""What a hand with a database client tries on money, and the laws refuse."""

from rehearsal.play import Intrusion

# A month in a batch that is being prepared, its money not yet approved.
PREPARED = """FROM payouts_payment p JOIN payouts_paymentbatch b ON b.id = p.batch_id JOIN payouts_disbursement d
    ON d.id = p.disbursement_id WHERE p.state = 'prepared' AND b.state = 'draft' AND d.state = 'ready' ORDER BY p.id LIMIT 1"""

INTRUSIONS = (
    Intrusion(
        "a second payment of one month",
        (
            f"""INSERT INTO payouts_payment (disbursement_id, attempt, batch_id, account_id, amount_minor, currency,
                end_to_end_id, trace_number, payee_name_ascii, state, bank_reference, return_code)
            SELECT p.disbursement_id, p.attempt + 1, p.batch_id, p.account_id, p.amount_minor, p.currency,
                'D' || p.disbursement_id || '-' || (p.attempt + 1), nextval('payouts_trace_number'), p.payee_name_ascii,
                'prepared', '', '' {PREPARED}""",  # our own words
        ),
    ),
    Intrusion(
        "a second file under one name",
        (
            """INSERT INTO payouts_batchfile (batch_id, sealed)
            SELECT b.id, f.sealed FROM payouts_paymentbatch b, payouts_batchfile f
            WHERE b.state = 'approved' ORDER BY b.id, f.id LIMIT 1""",
            """UPDATE payouts_paymentbatch b SET state = 'frozen', frozen_at = o.frozen_at, sha256 = o.sha256,
                file_name = o.file_name, file_on = o.file_on, nth_of_day = o.nth_of_day, count = p.count, total_minor = p.total
            FROM (SELECT * FROM payouts_paymentbatch WHERE file_name <> '' ORDER BY id LIMIT 1) o,
                (SELECT batch_id, count(*), sum(amount_minor) AS total FROM payouts_payment WHERE state = 'prepared'
                 GROUP BY batch_id) p
            WHERE b.state = 'approved' AND p.batch_id = b.id AND EXISTS (
                SELECT FROM payouts_batchfile f WHERE f.batch_id = b.id)""",
        ),
    ),
    Intrusion(
        "money out of nowhere",
        (
            """INSERT INTO payouts_transfer (key, debit_account_id, credit_account_id, amount_minor, currency, event,
                subject_table, subject_id, booked_at)
            SELECT 'nowhere:' || o.id, o.id, b.id, 100, o.currency, 'refund', 'payouts_payment', 0,
                current_setting('tremplin.at')::timestamptz
            FROM payouts_ledgeraccount o JOIN payouts_ledgeraccount b USING (cohort_id)
            WHERE o.kind = 'outside' AND b.kind = 'budget' ORDER BY o.id LIMIT 1""",
        ),
    ),
    Intrusion(
        "a transfer made larger",
        (
            "UPDATE payouts_transfer SET amount_minor = amount_minor * 2 WHERE id = (SELECT min(id) FROM payouts_transfer)",
        ),
    ),
    Intrusion(
        "a month made dearer than its ceiling",
        (
            """UPDATE payouts_disbursement SET amount_minor = ceiling_minor + 1
            WHERE id = (SELECT min(id) FROM payouts_disbursement WHERE state = 'scheduled')""",
        ),
    ),
    Intrusion(
        "a month that carries in what no month left",
        (
            """UPDATE payouts_disbursement SET carried_minor = ceiling_minor, ceiling_minor = 2 * ceiling_minor
            WHERE id = (SELECT min(id) FROM payouts_disbursement WHERE state = 'scheduled')""",
        ),
    ),
    Intrusion(
        "a hold lifted by a founder",
        (
            """UPDATE payouts_hold h SET lifted_by_id = m.person_id, lifted_at = h.placed_at, lifted_why = 'Mine'
            FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = h.participation_id AND m.role = 'founder' AND h.lifted_at IS NULL""",
        ),
    ),
    Intrusion(
        "a batch approved by who prepared it",
        (
            """UPDATE payouts_paymentbatch SET state = 'approved', approved_by_id = prepared_by_id, approved_at = prepared_at
            WHERE id = (SELECT min(id) FROM payouts_paymentbatch WHERE state = 'draft')""",
        ),
    ),
    Intrusion(
        "a payment called mistaken by one person",
        (
            """INSERT INTO payouts_correction (payment_id, mistaken, reason, state, asked_by_id, asked_at)
            SELECT p.id, p.state, 'Mine', 'asked', b.prepared_by_id, current_setting('tremplin.at')::timestamptz
            FROM payouts_payment p JOIN payouts_paymentbatch b ON b.id = p.batch_id
            WHERE p.state = 'settled' ORDER BY p.id LIMIT 1""",
            """UPDATE payouts_correction SET state = 'confirmed', confirmed_by_id = asked_by_id, confirmed_at = asked_at
            WHERE state = 'asked'""",
        ),
    ),
    Intrusion("a payment made to vanish", ("DELETE FROM payouts_payment WHERE state = 'settled'",)),
)
