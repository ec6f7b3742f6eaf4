"""What breaks the laws of money, asked of the live database (portal.operations.law_checks)."""

from applications.models import Offer
from payouts.models import Correction, Disbursement, Payment, PaymentBatch, PayoutAccount, Transfer
from portal.laws.questions import LawQuestion

# What each account of an award must hold, counted from the records and not from the ledger: month by month, then together.
# What came back lies in payable until it goes out again; what is neither called off nor further is committed.
EXPECTED = """
SELECT m.award_id, k.kind, k.amount FROM (
    SELECT award_id, state, total_minor,
        COALESCE(sum(amount) FILTER (WHERE is_off), 0) AS off, COALESCE(sum(amount) FILTER (WHERE is_payable), 0) AS payable,
        sum(sent) AS sent, sum(settled) AS settled
    FROM (
        SELECT a.id AS award_id, a.state, a.total_minor, COALESCE(d.amount_minor, d.ceiling_minor) AS amount,
            d.state IN ('lapsed', 'cancelled') AS is_off,
            (d.state = 'approved' AND bool_or(p.state = 'prepared'))
                OR (d.state IN ('ready', 'approved') AND bool_or(p.state = 'returned') AND NOT bool_or(p.state = 'sent'))
                AS is_payable,
            COALESCE(sum(p.amount_minor) FILTER (WHERE p.state = 'sent'), 0) AS sent,
            COALESCE(sum(p.amount_minor) FILTER (WHERE p.state = 'settled'), 0) AS settled
        FROM payouts_award a LEFT JOIN payouts_disbursement d ON d.award_id = a.id
        LEFT JOIN payouts_payment p ON p.disbursement_id = d.id
        WHERE {which} GROUP BY a.id, d.id
    ) months GROUP BY award_id, state, total_minor
) m CROSS JOIN LATERAL (VALUES
    ('reserved', CASE WHEN m.state = 'reserved' THEN m.total_minor ELSE 0 END),
    ('committed', CASE WHEN m.state IN ('committed', 'closed')
        THEN m.total_minor - m.off - m.payable - m.sent - m.settled ELSE 0 END),
    ('payable', m.payable), ('in_transit', m.sent), ('disbursed', m.settled)
) AS k (kind, amount)
"""

# The same of a cohort's budget: what was given, less what was awarded, and what months that were called off gave back.
EXPECTED_LEFT = """
SELECT l.id, COALESCE((
    SELECT sum(f.amount_minor) FROM payouts_funding f WHERE f.cohort_id = l.cohort_id AND f.currency = l.currency), 0)
- COALESCE((
    SELECT sum(a.total_minor) FROM payouts_award a
    WHERE a.cohort_id = l.cohort_id AND a.currency = l.currency AND a.state <> 'freed'), 0)
+ COALESCE((
    SELECT sum(COALESCE(d.amount_minor, d.ceiling_minor)) FROM payouts_award a
    JOIN payouts_disbursement d ON d.award_id = a.id AND d.state IN ('lapsed', 'cancelled')
    WHERE a.cohort_id = l.cohort_id AND a.currency = l.currency), 0) AS amount
FROM payouts_ledgeraccount l WHERE l.kind = 'budget' AND {which}
"""

# The tables of which a few rows can be asked about, and what of other tables their rows touch.
PAYMENT, MONTH, BATCH = (model._meta.db_table for model in (Payment, Disbursement, PaymentBatch))
TRANSFER, ACCOUNT, CORRECTION = (model._meta.db_table for model in (Transfer, PayoutAccount, Correction))
MONTHS_PAID = "SELECT disbursement_id FROM payouts_payment WHERE id = ANY(%(ids)s)"
ACCOUNTS_MOVED = """SELECT unnest(ARRAY[debit_account_id, credit_account_id]) FROM payouts_transfer
WHERE id = ANY(%(ids)s)"""

QUESTIONS = [
    LawQuestion(
        2,
        "two live payments of one month",
        """SELECT 'disbursement #' || disbursement_id FROM payouts_payment
        WHERE state IN ('prepared', 'sent', 'settled') AND {which}
        GROUP BY disbursement_id HAVING count(*) > 1""",
        {PAYMENT: f"disbursement_id IN ({MONTHS_PAID})"},
    ),
    LawQuestion(
        2,
        "one name for two payments",
        "SELECT end_to_end_id FROM payouts_payment GROUP BY end_to_end_id HAVING count(*) > 1",
    ),
    LawQuestion(
        2,
        "one slot or one period twice",
        """SELECT 'award #' || award_id FROM payouts_disbursement GROUP BY award_id
        HAVING count(*) <> count(DISTINCT n) OR count(*) <> count(DISTINCT period)""",
    ),
    LawQuestion(
        2,
        "one file name twice",
        """SELECT file_name FROM payouts_paymentbatch WHERE file_name <> '' AND {which}
        GROUP BY source_id, file_name HAVING count(*) > 1""",
        {BATCH: "file_name IN (SELECT file_name FROM payouts_paymentbatch WHERE id = ANY(%(ids)s))"},
    ),
    LawQuestion(
        2,
        "a payment whose amount is not its month's",
        """SELECT p.end_to_end_id FROM payouts_payment p JOIN payouts_disbursement d ON d.id = p.disbursement_id
        WHERE p.state IN ('prepared', 'sent', 'settled') AND p.amount_minor IS DISTINCT FROM d.amount_minor
          AND {which}""",
        {PAYMENT: "p.id = ANY(%(ids)s)", MONTH: "d.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        2,
        "a month paid without a settled payment, or settled and not paid",
        """SELECT 'disbursement #' || d.id FROM payouts_disbursement d WHERE (d.state = 'paid') <> EXISTS (
            SELECT FROM payouts_payment p WHERE p.disbursement_id = d.id AND p.state = 'settled'
        ) AND {which}""",
        {PAYMENT: f"d.id IN ({MONTHS_PAID})", MONTH: "d.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        2,
        "a payment on its way whose month is not approved for it",
        """SELECT p.end_to_end_id FROM payouts_payment p JOIN payouts_disbursement d ON d.id = p.disbursement_id
        WHERE p.state = 'sent' AND (d.state <> 'approved' OR d.payee_id IS DISTINCT FROM p.account_id) AND {which}""",
        {PAYMENT: "p.id = ANY(%(ids)s)", MONTH: "d.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        5,
        "a payment put right other than by a correction of two people",
        """SELECT p.end_to_end_id FROM payouts_payment p
        LEFT JOIN (SELECT payment_id AS id, count(*) AS n FROM payouts_correction
            WHERE state = 'confirmed' AND confirmed_by_id <> asked_by_id GROUP BY 1) c USING (id)
        LEFT JOIN (SELECT subject_id AS id, count(*) AS n FROM portal_transition
            WHERE subject_table = 'payouts_payment' AND from_state IN ('settled', 'returned') AND to_state = 'sent'
            GROUP BY 1) t USING (id)
        WHERE COALESCE(c.n, 0) <> COALESCE(t.n, 0) AND {which}""",
        {
            PAYMENT: "p.id = ANY(%(ids)s)",
            CORRECTION: "p.id IN (SELECT payment_id FROM payouts_correction WHERE id = ANY(%(ids)s))",
        },
    ),
    LawQuestion(
        3,
        "a month above its ceiling",
        "SELECT 'disbursement #' || id FROM payouts_disbursement WHERE amount_minor > ceiling_minor AND {which}",
        {MONTH: "id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        3,
        "a month that carries in more than the months before it left",
        """SELECT 'disbursement #' || d.id FROM payouts_disbursement d JOIN payouts_award a ON a.id = d.award_id
        WHERE d.carried_minor > 0 AND {which} AND d.n * a.monthly_cap_minor < (
            SELECT sum(COALESCE(m.amount_minor, m.ceiling_minor)) FROM payouts_disbursement m
            WHERE m.award_id = d.award_id AND m.n <= d.n)""",
        {MONTH: "d.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        3,
        "an award above its total",
        """SELECT 'award #' || a.id FROM payouts_award a JOIN payouts_disbursement d ON d.award_id = a.id
        WHERE d.state NOT IN ('lapsed', 'cancelled') AND {which}
        GROUP BY a.id HAVING sum(COALESCE(d.amount_minor, d.ceiling_minor)) > a.total_minor""",
        {MONTH: "a.id IN (SELECT award_id FROM payouts_disbursement WHERE id = ANY(%(ids)s))"},
    ),
    LawQuestion(
        4,
        "a balance that is not the sum of its transfers",
        """SELECT a.code FROM payouts_ledgeraccount a
        LEFT JOIN (SELECT debit_account_id AS id, sum(amount_minor) AS n FROM payouts_transfer GROUP BY 1) d USING (id)
        LEFT JOIN (SELECT credit_account_id AS id, sum(amount_minor) AS n FROM payouts_transfer GROUP BY 1) c USING (id)
        WHERE (a.debits_posted, a.credits_posted) <> (COALESCE(d.n, 0), COALESCE(c.n, 0))""",
    ),
    LawQuestion(
        4,
        "an account overdrawn",
        """SELECT a.code FROM payouts_ledgeraccount a
        WHERE a.kind <> 'outside' AND a.debits_posted > a.credits_posted AND {which}""",
        {TRANSFER: f"a.id IN ({ACCOUNTS_MOVED})"},
    ),
    LawQuestion(
        4,
        "a transfer between two currencies or two cohorts",
        """SELECT t.key FROM payouts_transfer t JOIN payouts_ledgeraccount d ON d.id = t.debit_account_id
        JOIN payouts_ledgeraccount c ON c.id = t.credit_account_id
        WHERE NOT (t.currency = d.currency AND t.currency = c.currency AND d.cohort_id = c.cohort_id)
           OR d.id = c.id OR t.amount_minor <= 0""",
    ),
    LawQuestion(
        4,
        "an account that does not hold what the records say",
        f"""SELECT format('award:%%s:%%s holds %%s, the records say %%s', e.award_id, e.kind,
            COALESCE(l.credits_posted - l.debits_posted, 0), e.amount)
        FROM ({EXPECTED}) e LEFT JOIN payouts_ledgeraccount l USING (award_id, kind)
        WHERE COALESCE(l.credits_posted - l.debits_posted, 0) <> e.amount""",  # noqa: S608  # our own words
        {
            TRANSFER: f"a.id IN (SELECT award_id FROM payouts_ledgeraccount WHERE id IN ({ACCOUNTS_MOVED}))",  # noqa: S608  # as above
            MONTH: "a.id IN (SELECT award_id FROM payouts_disbursement WHERE id = ANY(%(ids)s))",
        },
    ),
    LawQuestion(
        4,
        "a budget that does not hold what the records say",
        f"""SELECT l.code || ' holds ' || (l.credits_posted - l.debits_posted) || ', the records say ' || e.amount
        FROM payouts_ledgeraccount l JOIN ({EXPECTED_LEFT}) e USING (id)
        WHERE l.credits_posted - l.debits_posted <> e.amount""",  # noqa: S608  # as above
        {TRANSFER: f"l.id IN ({ACCOUNTS_MOVED})"},
    ),
    LawQuestion(
        4,
        "a cohort given other money than its ledger says",
        """SELECT c.code FROM applications_cohort c WHERE
        COALESCE((SELECT sum(f.amount_minor) FROM payouts_funding f WHERE f.cohort_id = c.id), 0) <> COALESCE((
            SELECT sum(l.debits_posted - l.credits_posted) FROM payouts_ledgeraccount l
            WHERE l.cohort_id = c.id AND l.kind = 'outside'), 0) AND {which}""",
        {TRANSFER: f"c.id IN (SELECT cohort_id FROM payouts_ledgeraccount WHERE id IN ({ACCOUNTS_MOVED}))"},  # noqa: S608  # as above
    ),
    LawQuestion(
        5,
        "a batch that one person made and approved or released",
        """SELECT 'batch #' || id FROM payouts_paymentbatch
        WHERE prepared_by_id IN (approved_by_id, released_by_id) AND {which}""",
        {BATCH: "id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        5,
        "a frozen batch without its file, or with other sums than its payments'",
        """SELECT 'batch #' || b.id FROM payouts_paymentbatch b WHERE b.state IN ('frozen', 'sent', 'closed') AND (
            b.sha256 = '' OR NOT EXISTS (SELECT FROM payouts_batchfile f WHERE f.batch_id = b.id)
            OR NOT EXISTS (
                SELECT FROM payouts_payment p WHERE p.batch_id = b.id AND p.state <> 'withdrawn'
                HAVING (count(*), sum(p.amount_minor)) = (b.count, b.total_minor))) AND {which}""",
        {BATCH: "b.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        5,
        "a batch approved or released by somebody in conflict with one of its payments",
        """SELECT DISTINCT 'batch #' || b.id FROM payouts_paymentbatch b JOIN payouts_payment p ON p.batch_id = b.id
        JOIN payouts_disbursement d ON d.id = p.disbursement_id JOIN payouts_award a ON a.id = d.award_id
        JOIN applications_conflict c ON c.startup_id = a.startup_id
            AND c.person_id IN (b.prepared_by_id, b.approved_by_id, b.released_by_id)
            AND c.declared_at <= b.approved_at AND (c.ended_at IS NULL OR c.ended_at > b.approved_at)
        WHERE p.state <> 'withdrawn'""",
    ),
    LawQuestion(
        6,
        "a payment to an account that was not verified, or had not cooled off",
        """SELECT p.end_to_end_id FROM payouts_payment p JOIN payouts_payoutaccount t ON t.id = p.account_id
        JOIN payouts_paymentbatch b ON b.id = p.batch_id
        WHERE p.state IN ('sent', 'settled') AND (
            t.verified_at IS NULL OR t.verified_at > b.sent_at OR t.confirmed_at IS NULL OR t.payable_from > b.sent_at
            OR t.confirmed_by_id IN (t.changed_by_id, t.verified_by_id)) AND {which}""",
        {PAYMENT: "p.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        6,
        "two current accounts of one seat",
        """SELECT 'participation #' || participation_id FROM payouts_payoutaccount
        WHERE state IN ('pending', 'confirmed', 'verified') AND {which}
        GROUP BY participation_id HAVING count(*) > 1""",
        {ACCOUNT: "participation_id IN (SELECT participation_id FROM payouts_payoutaccount WHERE id = ANY(%(ids)s))"},
    ),
    LawQuestion(
        7,
        "a hold without a word to the startup, or kept by who placed it",
        """SELECT 'hold #' || id FROM payouts_hold
        WHERE notice = '' OR reason = '' OR kept_by_id = placed_by_id""",
    ),
    LawQuestion(
        7,
        "a hold nobody looked at again a week after its day",
        """SELECT 'hold #' || id FROM payouts_hold
        WHERE lifted_at IS NULL AND review_on < (%(at)s)::date - 7""",
    ),
    LawQuestion(
        7,
        "a month approved while its money was held",
        f"""SELECT 'disbursement #' || d.id FROM portal_transition t JOIN payouts_disbursement d ON d.id = t.subject_id
        JOIN payouts_award a ON a.id = d.award_id
        JOIN payouts_hold h ON h.participation_id = a.participation_id AND h.account_id IS NULL
            AND h.placed_at < t.at AND (h.lifted_at IS NULL OR h.lifted_at > t.at)
        WHERE t.subject_table = '{Disbursement._meta.db_table}' AND t.to_state = 'approved' AND NOT EXISTS (
            SELECT FROM payouts_payment q JOIN payouts_correction c ON c.payment_id = q.id
            WHERE q.disbursement_id = d.id AND c.confirmed_at = t.at)""",  # noqa: S608  # our table
    ),
    LawQuestion(
        11,
        "an open offer for which no money is reserved",
        """SELECT 'offer #' || o.id FROM applications_offer o WHERE o.state IN ('open', 'accepted')
        AND NOT EXISTS (SELECT FROM payouts_award a WHERE a.offer_id = o.id) AND {which}""",
        {Offer._meta.db_table: "o.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        16,
        "bank details that are not sealed",
        """SELECT 'account #' || id FROM payouts_payoutaccount
        WHERE octet_length(sealed) <= 37 OR get_byte(sealed, 0) <> 1
           OR char_length(last_four) > (octet_length(sealed) - 37) / 2""",
    ),
    LawQuestion(
        13,
        "a month due two days ago and neither open nor explained by a gate",
        """SELECT 'disbursement #' || d.id FROM payouts_disbursement d JOIN payouts_award a ON a.id = d.award_id
        JOIN applications_participation p ON p.id = a.participation_id AND p.state = 'active'
        JOIN payouts_payoutaccount t ON t.participation_id = p.id AND t.state = 'verified'
            AND t.payable_from < %(at)s - interval '2 days' AND t.verified_at < %(at)s - interval '2 days'
        WHERE d.state = 'scheduled' AND a.state = 'committed' AND d.due_at < %(at)s - interval '2 days'
        AND NOT EXISTS (SELECT FROM payouts_hold h WHERE h.participation_id = p.id AND h.lifted_at IS NULL)""",
    ),
]
