"""The laws of money that a table alone cannot say (laws 1 to 7).

Laws over sets are triggers once a statement, so that a month of a hundred thousand awards costs a few joins.
"""

from django.db import migrations

from portal.sql import AppendOnly, Law, Refuse, StateMachine

STATES = {
    "payouts_award": {"": ["reserved"], "reserved": ["committed", "freed"], "committed": ["closed"]},
    "payouts_disbursement": {
        "": ["scheduled"],
        "scheduled": ["ready", "lapsed", "cancelled"],
        "ready": ["approved", "lapsed", "cancelled"],
        "approved": ["paid", "ready"],
        "paid": ["ready"],
    },
    "payouts_payoutaccount": {
        "": ["pending"],
        "pending": ["confirmed", "retired", "rejected"],
        "confirmed": ["verified", "retired", "rejected"],
        "verified": ["retired", "rejected"],
    },
    "payouts_paymentbatch": {
        "": ["draft"],
        "draft": ["approved", "cancelled"],
        "approved": ["frozen", "cancelled"],
        "frozen": ["sent"],
        "sent": ["closed"],
    },
    "payouts_payment": {
        "": ["prepared"],
        "prepared": ["sent", "withdrawn"],
        "sent": ["settled", "returned"],
        "settled": ["returned"],
    },
}

# Between which kinds of account each event moves money; `payouts.ledger.EVENTS` says the same, and a test holds them equal.
EVENTS = {
    "fund": ("outside", "budget"),
    "reserve": ("budget", "reserved"),
    "free": ("reserved", "budget"),
    "commit": ("reserved", "committed"),
    "approve": ("committed", "payable"),
    "send": ("payable", "in_transit"),
    "settle": ("in_transit", "disbursed"),
    "return": ("in_transit", "payable"),
    "late_return": ("disbursed", "payable"),
    "lapse": ("committed", "budget"),
    "cancel": ("committed", "budget"),
    "lower": ("committed", "budget"),
    "refund": ("disbursed", "budget"),
}

BOTH = "OLD TABLE AS old_rows NEW TABLE AS new_rows"
AT = "NULLIF(current_setting('tremplin.at', true), '')::timestamptz"


def changed(*columns: str) -> str:
    """Say in SQL that one of the columns changed."""
    old, new = (", ".join(f"{side}.{column}" for column in columns) for side in ("OLD", "NEW"))
    return f"(({old}) IS DISTINCT FROM ({new}))"


def refuse_if(query: str) -> str:
    """Give the body of a law that breaks when the query finds a row."""
    return f"IF EXISTS ({query}) THEN PERFORM portal_break(TG_NAME); END IF;"


def events() -> str:
    return ", ".join(f"('{event}', '{debit}', '{credit}')" for event, (debit, credit) in EVENTS.items())


LEDGER = [
    # Both accounts have the transfer's currency. Not deferrable: a wrong one is refused by its own statement.
    migrations.RunSQL(
        """
        ALTER TABLE payouts_ledgeraccount
            ADD CONSTRAINT payouts_ledgeraccount_id_currency_key UNIQUE (id, currency);
        ALTER TABLE payouts_transfer
            ADD CONSTRAINT transfer_debit_currency FOREIGN KEY (debit_account_id, currency)
                REFERENCES payouts_ledgeraccount (id, currency),
            ADD CONSTRAINT transfer_credit_currency FOREIGN KEY (credit_account_id, currency)
                REFERENCES payouts_ledgeraccount (id, currency);
        """,
        """
        ALTER TABLE payouts_transfer
            DROP CONSTRAINT transfer_debit_currency, DROP CONSTRAINT transfer_credit_currency;
        ALTER TABLE payouts_ledgeraccount DROP CONSTRAINT payouts_ledgeraccount_id_currency_key;
        """,
    ),
    # The one place where counters change. Accounts are locked in the order of their ids, and for NO KEY UPDATE: FOR
    # UPDATE would fight the key share locks of foreign keys.
    Law(
        "payouts_transfer",
        "transfer_follows_event",
        "AFTER INSERT",
        refuse_if(
            f"""SELECT FROM new_rows t
            JOIN payouts_ledgeraccount d ON d.id = t.debit_account_id
            JOIN payouts_ledgeraccount c ON c.id = t.credit_account_id
            WHERE d.cohort_id <> c.cohort_id OR d.award_id <> c.award_id
               OR (t.event <> 'reversal' AND (t.event, d.kind, c.kind) NOT IN (VALUES {events()}))"""
        )
        + """
        PERFORM FROM payouts_ledgeraccount a
        WHERE a.id IN (SELECT debit_account_id FROM new_rows UNION SELECT credit_account_id FROM new_rows)
        ORDER BY a.id FOR NO KEY UPDATE;
        UPDATE payouts_ledgeraccount a
        SET debits_posted = a.debits_posted + moved.debits, credits_posted = a.credits_posted + moved.credits
        FROM (
            SELECT account_id, sum(debit) AS debits, sum(credit) AS credits FROM (
                SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit FROM new_rows
                UNION ALL SELECT credit_account_id, 0, amount_minor FROM new_rows
            ) sides GROUP BY account_id
        ) moved
        WHERE a.id = moved.account_id;""",
        rows="NEW TABLE AS new_rows",
    ),
    # What came back lies in payable already: another attempt must not take its money out of committed again.
    Law(
        "payouts_transfer",
        "transfer_approves_a_month_once",
        "AFTER INSERT",
        refuse_if(
            """SELECT FROM new_rows t
            JOIN payouts_payment p ON p.id = t.subject_id
            JOIN payouts_payment q ON q.disbursement_id = p.disbursement_id AND q.id <> p.id
            JOIN payouts_transfer a ON a.subject_table = t.subject_table AND a.subject_id = q.id AND a.event = 'approve'
            LEFT JOIN payouts_transfer r ON r.reverses_id = a.id
            WHERE t.event = 'approve' AND t.subject_table = 'payouts_payment' AND r.id IS NULL"""
        ),
        rows="NEW TABLE AS new_rows",
    ),
    Law(
        "payouts_transfer",
        "transfer_reversal_mirrors",
        "BEFORE INSERT",
        """IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM payouts_transfer t
            WHERE t.id = NEW.reverses_id AND t.reverses_id IS NULL
              AND (t.debit_account_id, t.credit_account_id, t.amount_minor, t.currency, t.subject_table, t.subject_id)
                = (NEW.credit_account_id, NEW.debit_account_id, NEW.amount_minor, NEW.currency, NEW.subject_table,
                   NEW.subject_id)
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    AppendOnly("payouts_transfer"),
    Refuse(
        "payouts_ledgeraccount",
        "account_counted_by_transfers_alone",
        "UPDATE",
        when=f"pg_trigger_depth() = 0 AND {changed('debits_posted', 'credits_posted')}",
    ),
    Refuse(
        "payouts_ledgeraccount",
        "account_starts_empty",
        "INSERT",
        when="NEW.debits_posted <> 0 OR NEW.credits_posted <> 0",
    ),
    Refuse(
        "payouts_ledgeraccount",
        "account_stays_what_it_is",
        "UPDATE",
        when=changed("id", "code", "kind", "cohort_id", "award_id", "currency"),
    ),
    Refuse("payouts_ledgeraccount", "account_is_kept", "DELETE", when="true"),
    Law(
        "payouts_ledgeraccount",
        "account_of_its_award",
        "AFTER INSERT",
        refuse_if(
            """SELECT FROM new_rows n JOIN payouts_award a ON a.id = n.award_id
            WHERE (a.cohort_id, a.currency) <> (n.cohort_id, n.currency)"""
        ),
        rows="NEW TABLE AS new_rows",
    ),
    AppendOnly("payouts_funding"),
]

AWARDS = [
    Law(
        "payouts_award",
        "award_follows_offer",
        "AFTER INSERT",
        refuse_if(
            """SELECT FROM new_rows n
            JOIN applications_offer o ON o.id = n.offer_id
            JOIN applications_application a ON a.id = o.application_id
            WHERE (o.cohort_id, a.startup_id, o.currency, o.monthly_cap_minor, o.months, o.first_period)
               <> (n.cohort_id, n.startup_id, n.currency, n.monthly_cap_minor, n.months, n.first_period)"""
        ),
        rows="NEW TABLE AS new_rows",
    ),
    Refuse(
        "payouts_award",
        "award_stands_as_made",
        "UPDATE",
        when=changed(
            "id",
            "offer_id",
            "cohort_id",
            "startup_id",
            "currency",
            "monthly_cap_minor",
            "months",
            "total_minor",
            "first_period",
            "created_at",
        )
        + f" OR (OLD.participation_id IS NOT NULL AND {changed('participation_id')})",
    ),
    Law(
        "payouts_award",
        "award_participation_of_its_offer",
        "BEFORE INSERT OR UPDATE",
        """IF NEW.participation_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM applications_participation p WHERE p.id = NEW.participation_id AND p.offer_id = NEW.offer_id
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Law(
        "payouts_award",
        "award_committed_once_signed",
        "BEFORE UPDATE",
        """IF NEW.state = 'committed' AND OLD.state <> 'committed' AND NOT EXISTS (
            SELECT FROM applications_agreement g WHERE g.offer_id = NEW.offer_id
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Refuse("payouts_award", "award_is_kept", "DELETE", when="true"),
]

DISBURSEMENTS = [
    Law(
        "payouts_disbursement",
        "disbursement_within_cap",
        "BEFORE INSERT OR UPDATE OF award_id, n, ceiling_minor, carried_minor",
        """IF NOT EXISTS (
            SELECT FROM payouts_award a
            WHERE a.id = NEW.award_id AND NEW.n <= a.months AND a.state = 'committed'
              AND NEW.ceiling_minor <= a.monthly_cap_minor + NEW.carried_minor
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Refuse(
        "payouts_disbursement",
        "disbursement_starts_without_amount",
        "INSERT",
        when="NEW.amount_minor IS NOT NULL OR NEW.payee_id IS NOT NULL",
    ),
    Refuse(
        "payouts_disbursement",
        "disbursement_amount_fixed_once",
        "UPDATE",
        when=f"{changed('amount_minor')} AND NOT (OLD.state = 'scheduled' AND NEW.state = 'ready')",
    ),
    Refuse(
        "payouts_disbursement",
        "disbursement_payee_set_by_approval",
        "UPDATE",
        when=f"{changed('payee_id')} AND NOT ((OLD.state = 'ready' AND NEW.state = 'approved')"
        " OR (OLD.state IN ('approved', 'paid') AND NEW.state = 'ready' AND NEW.payee_id IS NULL))",
    ),
    Refuse(
        "payouts_disbursement",
        "disbursement_stands_as_cut",
        "UPDATE",
        when=changed("id", "award_id", "n")
        + f" OR (OLD.state <> 'scheduled' AND {changed('period', 'ceiling_minor', 'carried_minor', 'due_at')})",
    ),
    # Locked first, so that two months of one award, fixed at the same instant, are not each judged without the other.
    Law(
        "payouts_disbursement",
        "disbursement_within_award",
        "AFTER UPDATE",
        """PERFORM FROM payouts_award a WHERE a.id IN (
            SELECT n.award_id FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.amount_minor IS DISTINCT FROM o.amount_minor
        ) ORDER BY a.id FOR NO KEY UPDATE;"""
        + refuse_if(
            """SELECT FROM payouts_disbursement d JOIN payouts_award a ON a.id = d.award_id
            WHERE d.state NOT IN ('lapsed', 'cancelled') AND a.id IN (
                SELECT n.award_id FROM new_rows n JOIN old_rows o USING (id)
                WHERE n.amount_minor IS DISTINCT FROM o.amount_minor)
            GROUP BY a.id HAVING sum(COALESCE(d.amount_minor, 0)) > a.total_minor"""
        ),
        rows=BOTH,
    ),
    Law(
        "payouts_disbursement",
        "disbursement_not_on_hold",
        "AFTER UPDATE",
        refuse_if(
            """SELECT FROM new_rows n JOIN old_rows o USING (id)
            JOIN payouts_award a ON a.id = n.award_id
            JOIN payouts_hold h ON h.participation_id = a.participation_id AND h.lifted_at IS NULL
            LEFT JOIN payouts_payoutaccount p ON p.id = h.account_id
            WHERE (o.state, n.state) IN (('scheduled', 'ready'), ('ready', 'approved'))
              AND (h.account_id IS NULL OR h.account_id = n.payee_id
                   OR (n.payee_id IS NULL AND p.state IN ('pending', 'confirmed', 'verified')))"""
        ),
        rows=BOTH,
    ),
    Law(
        "payouts_disbursement",
        "disbursement_approved_by_its_batch",
        "AFTER UPDATE",
        refuse_if(
            """SELECT FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.state = 'approved' AND o.state <> 'approved' AND NOT EXISTS (
                SELECT FROM payouts_payment p JOIN payouts_paymentbatch b ON b.id = p.batch_id
                WHERE p.disbursement_id = n.id AND p.state = 'prepared' AND p.account_id = n.payee_id
                  AND b.state = 'approved')"""
        ),
        rows=BOTH,
    ),
    Law(
        "payouts_disbursement",
        "disbursement_paid_by_an_arrived_payment",
        "AFTER UPDATE",
        refuse_if(
            """SELECT FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.state = 'paid' AND o.state <> 'paid' AND NOT EXISTS (
                SELECT FROM payouts_payment p WHERE p.disbursement_id = n.id AND p.state = 'settled')"""
        ),
        rows=BOTH,
    ),
    Law(
        "payouts_disbursement",
        "disbursement_free_of_live_payment",
        "AFTER UPDATE",
        refuse_if(
            """SELECT FROM new_rows n JOIN old_rows o USING (id)
            JOIN payouts_payment p ON p.disbursement_id = n.id AND p.state IN ('prepared', 'sent', 'settled')
            WHERE n.state IN ('ready', 'lapsed', 'cancelled') AND o.state <> n.state"""
        ),
        rows=BOTH,
    ),
    Refuse("payouts_disbursement", "disbursement_is_kept", "DELETE", when="true"),
]

ACCOUNTS = [
    Law(
        "payouts_payoutaccount",
        "payout_account_given_by_a_founder",
        "BEFORE INSERT",
        """IF NOT EXISTS (
            SELECT FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND m.person_id = NEW.changed_by_id AND m.role = 'founder'
              AND m.ended_at IS NULL
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    # Days of 24 hours, whatever the session's time zone thinks of the night between.
    Law(
        "payouts_payoutaccount",
        "payout_account_cools_off",
        "BEFORE INSERT",
        """IF NOT EXISTS (
            SELECT FROM applications_participation p
            JOIN applications_cohort c ON c.id = p.cohort_id
            JOIN applications_programme g ON g.id = c.programme_id
            WHERE p.id = NEW.participation_id AND g.currency = NEW.currency
              AND NEW.payable_from >= NEW.created_at + make_interval(hours => 24 * g.cooling_off_days)
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    # The ciphertext alone may change: keys are rotated. What it opens to is proven by the fingerprint.
    Refuse(
        "payouts_payoutaccount",
        "payout_account_stands_as_given",
        "UPDATE",
        when=changed(
            "id",
            "uuid",
            "participation_id",
            "version",
            "holder_name",
            "holder_name_ascii",
            "routing_number",
            "account_type",
            "last_four",
            "fingerprint",
            "country",
            "currency",
            "changed_by_id",
            "created_at",
            "payable_from",
        )
        + f" OR (OLD.confirmed_at IS NOT NULL AND {changed('confirmed_by_id', 'confirmed_at', 'confirmed_evidence')})"
        + f" OR (OLD.verified_at IS NOT NULL AND {changed('verified_by_id', 'verified_at', 'evidence')})",
    ),
    Law(
        "payouts_payoutaccount",
        "payout_account_confirmed_by_founder_or_evidence",
        "BEFORE UPDATE",
        """IF NEW.state = 'confirmed' AND OLD.state <> 'confirmed' AND NOT EXISTS (
            SELECT FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND m.person_id = NEW.confirmed_by_id AND m.role = 'founder'
              AND m.ended_at IS NULL
        ) AND (NEW.confirmed_evidence = '' OR EXISTS (
            SELECT FROM applications_participation p
            JOIN applications_membership m ON m.startup_id = p.startup_id AND m.role = 'founder' AND m.ended_at IS NULL
            WHERE p.id = NEW.participation_id AND m.person_id <> NEW.changed_by_id
        ) OR EXISTS (
            SELECT FROM applications_participation p JOIN applications_conflict c ON c.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND c.person_id = NEW.confirmed_by_id AND c.ended_at IS NULL
        )) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Law(
        "payouts_payoutaccount",
        "payout_account_verifier_free_of_conflict",
        "BEFORE UPDATE",
        """IF NEW.verified_at IS NOT NULL AND OLD.verified_at IS NULL AND EXISTS (
            SELECT FROM applications_participation p JOIN applications_conflict c ON c.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND c.person_id = NEW.verified_by_id AND c.ended_at IS NULL
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Refuse("payouts_payoutaccount", "payout_account_is_kept", "DELETE", when="true"),
]

HOLDS = [
    # The months are locked: an approval that runs at the same instant either comes first, or sees the hold.
    Law(
        "payouts_hold",
        "hold_placed_free_of_conflict",
        "BEFORE INSERT",
        """PERFORM FROM payouts_disbursement d JOIN payouts_award a ON a.id = d.award_id
        WHERE a.participation_id = NEW.participation_id ORDER BY d.id FOR NO KEY UPDATE OF d;
        IF EXISTS (
            SELECT FROM applications_participation p JOIN applications_conflict c ON c.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND c.person_id = NEW.placed_by_id AND c.ended_at IS NULL
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Law(
        "payouts_hold",
        "hold_account_of_participation",
        "BEFORE INSERT",
        """IF NEW.account_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM payouts_payoutaccount p
            WHERE p.id = NEW.account_id AND p.participation_id = NEW.participation_id
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Refuse(
        "payouts_hold",
        "hold_is_looked_at_again",
        "INSERT",
        when="NEW.review_on < (NEW.placed_at AT TIME ZONE 'UTC')::date",
    ),
    Refuse(
        "payouts_hold",
        "hold_stands_as_placed",
        "UPDATE",
        when=changed(
            "id",
            "participation_id",
            "account_id",
            "reason",
            "notice",
            "note",
            "placed_by_id",
            "placed_at",
            "noticed_at",
        )
        + " OR OLD.lifted_at IS NOT NULL",
    ),
    Refuse(
        "payouts_hold",
        "hold_kept_longer_by_a_second_person",
        "UPDATE",
        when=f"{changed('review_on')} AND (NEW.kept_by_id IS NULL OR NEW.review_on < OLD.review_on"
        " OR NEW.kept_at IS NOT DISTINCT FROM OLD.kept_at)",
    ),
    Refuse("payouts_hold", "hold_is_kept", "DELETE", when="true"),
]

OF_BATCH = """payouts_payment p
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id"""

BATCHES = [
    Refuse(
        "payouts_paymentbatch",
        "batch_stands_as_prepared",
        "UPDATE",
        when=changed(
            "id", "uuid", "programme_id", "source_id", "number", "rail", "currency", "prepared_by_id", "prepared_at"
        ),
    ),
    Refuse(
        "payouts_paymentbatch",
        "batch_approved_once",
        "UPDATE",
        when=f"OLD.approved_at IS NOT NULL AND {changed('approved_by_id', 'approved_at', 'effective_on', 'settles_on')}",
    ),
    Refuse(
        "payouts_paymentbatch",
        "batch_stands_once_frozen",
        "UPDATE",
        when="OLD.frozen_at IS NOT NULL AND ("
        + changed("frozen_at", "total_minor", "count", "file_on", "nth_of_day", "file_name", "sha256")
        + f" OR (OLD.released_at IS NOT NULL AND {changed('released_by_id', 'released_at')})"
        + f" OR (OLD.sent_at IS NOT NULL AND {changed('sent_at')}))",
    ),
    Law(
        "payouts_paymentbatch",
        "batch_frozen_as_its_payments",
        "BEFORE UPDATE",
        """IF NEW.state = 'frozen' AND OLD.state <> 'frozen' AND (
            NOT EXISTS (SELECT FROM payouts_batchfile f WHERE f.batch_id = NEW.id) OR EXISTS (
                SELECT FROM payouts_payment p WHERE p.batch_id = NEW.id AND p.state = 'prepared'
                HAVING (count(*), sum(p.amount_minor)) IS DISTINCT FROM (NEW.count, NEW.total_minor))
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Law(
        "payouts_paymentbatch",
        "batch_frozen_only_payable",
        "BEFORE UPDATE",
        f"""IF NEW.state = 'frozen' AND OLD.state <> 'frozen' AND EXISTS (
            SELECT FROM {OF_BATCH}
            JOIN payouts_payoutaccount t ON t.id = p.account_id
            LEFT JOIN payouts_hold h ON h.participation_id = a.participation_id AND h.lifted_at IS NULL
                AND (h.account_id IS NULL OR h.account_id = p.account_id)
            WHERE p.batch_id = NEW.id AND p.state = 'prepared'
              AND (t.state <> 'verified' OR (t.payable_from <= {AT}) IS NOT TRUE OR h.id IS NOT NULL
                   OR d.state <> 'approved')
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    # Judged when they act, not later: a file that is frozen must still be told to have been sent.
    Law(
        "payouts_paymentbatch",
        "batch_people_free_of_conflict",
        "BEFORE UPDATE",
        f"""IF EXISTS (
            SELECT FROM {OF_BATCH}
            JOIN applications_conflict c ON c.startup_id = a.startup_id AND c.ended_at IS NULL
            WHERE p.batch_id = NEW.id AND p.state <> 'withdrawn' AND (
                (NEW.state IN ('approved', 'frozen') AND OLD.state <> NEW.state
                    AND c.person_id IN (NEW.prepared_by_id, NEW.approved_by_id))
                OR (NEW.released_at IS NOT NULL AND OLD.released_at IS NULL AND c.person_id = NEW.released_by_id))
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Law(
        "payouts_paymentbatch",
        "batch_ends_with_its_payments",
        "BEFORE UPDATE",
        """IF EXISTS (
            SELECT FROM payouts_payment p
            WHERE p.batch_id = NEW.id AND OLD.state <> NEW.state AND (
                (NEW.state = 'cancelled' AND p.state <> 'withdrawn')
                OR (NEW.state = 'closed' AND p.state IN ('prepared', 'sent')))
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Refuse("payouts_paymentbatch", "batch_is_kept", "DELETE", when="true"),
    # The same batch gives the same file or none: bytes are written while it freezes, and later may only be purged.
    Law(
        "payouts_batchfile",
        "file_written_while_freezing",
        "BEFORE INSERT",
        """IF NOT EXISTS (SELECT FROM payouts_paymentbatch b WHERE b.id = NEW.batch_id AND b.state = 'approved') THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Refuse("payouts_batchfile", "file_stands_as_written", "UPDATE", when="true"),
    Law(
        "payouts_batchfile",
        "file_kept_until_sent",
        "BEFORE DELETE",
        """IF NOT EXISTS (
            SELECT FROM payouts_paymentbatch b WHERE b.id = OLD.batch_id AND b.state IN ('sent', 'closed')
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
]

PAYMENTS = [
    migrations.RunSQL("CREATE SEQUENCE payouts_trace_number", "DROP SEQUENCE payouts_trace_number"),
    Law(
        "payouts_payment",
        "payment_is_for_its_ready_month",
        "AFTER INSERT",
        refuse_if(
            """SELECT FROM new_rows p
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            JOIN applications_cohort c ON c.id = a.cohort_id
            JOIN payouts_paymentbatch b ON b.id = p.batch_id
            WHERE d.state <> 'ready' OR b.state <> 'draft' OR d.amount_minor IS DISTINCT FROM p.amount_minor
               OR (a.currency, b.currency, b.programme_id) <> (p.currency, p.currency, c.programme_id)"""
        ),
        rows="NEW TABLE AS new_rows",
    ),
    Law(
        "payouts_payment",
        "payment_to_a_payable_account",
        "AFTER INSERT",
        refuse_if(
            f"""SELECT FROM new_rows p
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            JOIN payouts_payoutaccount t ON t.id = p.account_id
            WHERE t.participation_id IS DISTINCT FROM a.participation_id OR t.state <> 'verified'
               OR t.currency <> p.currency OR (t.payable_from <= {AT}) IS NOT TRUE"""
        ),
        rows="NEW TABLE AS new_rows",
    ),
    Law(
        "payouts_payment",
        "payment_attempt_follows_the_last",
        "AFTER INSERT",
        refuse_if(
            """SELECT FROM new_rows p WHERE p.attempt > 1 AND NOT EXISTS (
                SELECT FROM payouts_payment q WHERE q.disbursement_id = p.disbursement_id AND q.attempt = p.attempt - 1)"""
        ),
        rows="NEW TABLE AS new_rows",
    ),
    Law(
        "payouts_payment",
        "payment_preparer_free_of_conflict",
        "AFTER INSERT",
        refuse_if(
            """SELECT FROM new_rows p
            JOIN payouts_paymentbatch b ON b.id = p.batch_id
            JOIN payouts_disbursement d ON d.id = p.disbursement_id
            JOIN payouts_award a ON a.id = d.award_id
            JOIN applications_conflict c ON c.startup_id = a.startup_id AND c.ended_at IS NULL
            WHERE c.person_id = b.prepared_by_id"""
        ),
        rows="NEW TABLE AS new_rows",
    ),
    Refuse(
        "payouts_payment",
        "payment_named_by_its_disbursement",
        "INSERT",
        when="NEW.end_to_end_id IS DISTINCT FROM 'D' || NEW.disbursement_id || '-' || NEW.attempt",
    ),
    Refuse(
        "payouts_payment",
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
        + f" OR (OLD.settled_at IS NOT NULL AND {changed('settled_at', 'bank_reference')})"
        + f" OR (OLD.returned_at IS NOT NULL AND {changed('returned_at', 'return_code')})",
    ),
    Law(
        "payouts_payment",
        "payment_moves_with_its_batch",
        "AFTER UPDATE",
        refuse_if(
            """SELECT FROM new_rows n JOIN old_rows o USING (id)
            JOIN payouts_paymentbatch b ON b.id = n.batch_id
            WHERE n.state <> o.state AND (
                (n.state = 'withdrawn' AND b.state NOT IN ('draft', 'approved'))
                OR (n.state = 'sent' AND b.state <> 'sent'))"""
        ),
        rows=BOTH,
    ),
    Refuse("payouts_payment", "payment_is_kept", "DELETE", when="true"),
]


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial"), ("applications", "0003_laws"), ("portal", "0002_laws")]

    operations = [
        *(StateMachine(table, moves) for table, moves in STATES.items()),
        *LEDGER,
        *AWARDS,
        *DISBURSEMENTS,
        *ACCOUNTS,
        *HOLDS,
        *BATCHES,
        *PAYMENTS,
    ]
