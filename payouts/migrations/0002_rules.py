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


# What the accounts of each kind in a cohort hold together, kept by the postings themselves. A total that each posting
# changed would make them wait for one another: each adds rows instead, and now and then one puts together what it can lock
# without waiting.
TABLE = "payouts_ledgertotal"
FOLDED_EVERY = 256  # so many rows and those of the totals themselves are what a page adds up

LEDGER = [
    # A page of accounts keeps room for the counters of an act: they change without a new entry in every index.
    migrations.RunSQL(
        "ALTER TABLE payouts_ledgeraccount SET (fillfactor = 60)",
        "ALTER TABLE payouts_ledgeraccount RESET (fillfactor)",
    ),
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
        + f"""
    PERFORM FROM payouts_ledgeraccount a
    WHERE a.id IN (SELECT debit_account_id FROM new_rows UNION SELECT credit_account_id FROM new_rows)
    ORDER BY a.id FOR NO KEY UPDATE;
    WITH counted AS (
        UPDATE payouts_ledgeraccount a
        SET debits_posted = a.debits_posted + moved.debits, credits_posted = a.credits_posted + moved.credits
        FROM (
            SELECT account_id, sum(debit) AS debits, sum(credit) AS credits FROM (
                SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit FROM new_rows
                UNION ALL SELECT credit_account_id, 0, amount_minor FROM new_rows
            ) sides GROUP BY account_id
        ) moved
        WHERE a.id = moved.account_id
        RETURNING a.cohort_id, a.kind, a.currency, moved.credits - moved.debits AS net
    ), added AS (
        INSERT INTO {TABLE} (cohort_id, kind, currency, net_minor)
        SELECT cohort_id, kind, currency, sum(net) FROM counted GROUP BY 1, 2, 3 HAVING sum(net) <> 0
        RETURNING id
    )
    SELECT bool_or(id % {FOLDED_EVERY} = 0) FROM added INTO is_many;
    IF is_many THEN
        WITH gone AS (
            DELETE FROM {TABLE} WHERE id IN (SELECT id FROM {TABLE} ORDER BY id FOR UPDATE SKIP LOCKED)
            RETURNING cohort_id, kind, currency, net_minor
        )
        INSERT INTO {TABLE} (cohort_id, kind, currency, net_minor)
        SELECT cohort_id, kind, currency, sum(net_minor) FROM gone GROUP BY 1, 2, 3 HAVING sum(net_minor) <> 0;
    END IF;""",
        declare="is_many boolean;",
        rows="NEW TABLE AS new_rows",
    ),
    # What came back lies in payable already: another attempt must not take its money out of committed again.
    # Asked so that its time grows with the attempts there are, whatever the planner believes: other attempts come first,
    # and whether one is approved is looked up one by one. `OFFSET 0` keeps it so. Within the statement that books the first
    # approvals of a large programme the planner knows of none, and would begin with "all approved" as if that were nobody.
    Law(
        "payouts_transfer",
        "transfer_approves_a_month_once",
        "AFTER INSERT",
        refuse_if(
            """WITH others AS MATERIALIZED (
        SELECT q.id FROM new_rows t
        JOIN payouts_payment p ON p.id = t.subject_id
        JOIN payouts_payment q ON q.disbursement_id = p.disbursement_id AND q.id <> p.id
        WHERE t.event = 'approve' AND t.subject_table = 'payouts_payment'
    )
    SELECT FROM others WHERE EXISTS (
        SELECT FROM payouts_transfer a
        WHERE a.subject_table = 'payouts_payment' AND a.subject_id = others.id AND a.event = 'approve'
          AND NOT EXISTS (SELECT FROM payouts_transfer r WHERE r.reverses_id = a.id)
        OFFSET 0
    )"""
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
    # A statement that touches no row is refused as well.
    migrations.RunSQL(
        f"CREATE TRIGGER total_counted_by_transfers_alone BEFORE INSERT OR UPDATE OR DELETE ON {TABLE}"
        " FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse()",
        f"DROP TRIGGER total_counted_by_transfers_alone ON {TABLE}",
    ),
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

# What is sealed changes in one way alone: sealed anew with another key of the ring, as `rotate_keys` does. An envelope is
# `version (1 byte) | key id (8) | nonce (12) | ciphertext and tag`, and one and the same secret gives envelopes of one
# length. What they open to the database cannot see; the account's fingerprint and the batch's hash prove it whenever they
# are opened.
NOT_SEALED_ANEW = (
    "NEW.sealed IS DISTINCT FROM OLD.sealed AND (octet_length(NEW.sealed) <> octet_length(OLD.sealed)"
    " OR substring(NEW.sealed from 1 for 1) <> substring(OLD.sealed from 1 for 1)"
    " OR substring(NEW.sealed from 2 for 8) = substring(OLD.sealed from 2 for 8))"
)

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
    Refuse("payouts_payoutaccount", "payout_account_sealed_anew_alone", "UPDATE", when=NOT_SEALED_ANEW),
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

# The days of a batch are those of its last act: one that is frozen or sent late takes effect and settles later.
# The file says when it takes effect, so that day stands once it is written; when it counts as paid, once it is sent.
OTHER_DAYS = """OLD.approved_at IS NOT NULL AND (
    (OLD.approved_by_id, OLD.approved_at) IS DISTINCT FROM (NEW.approved_by_id, NEW.approved_at)
    OR NEW.effective_on < OLD.effective_on OR NEW.settles_on < OLD.settles_on
    OR (NEW.effective_on <> OLD.effective_on AND NOT (OLD.state = 'approved' AND NEW.state = 'frozen'))
    OR (NEW.settles_on <> OLD.settles_on AND (OLD.state, NEW.state) NOT IN (('approved', 'frozen'), ('frozen', 'sent'))))"""


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
        when=OTHER_DAYS,
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
    Refuse(
        "payouts_batchfile",
        "file_stands_as_written",
        "UPDATE",
        when=f"(NEW.id, NEW.batch_id) IS DISTINCT FROM (OLD.id, OLD.batch_id) OR ({NOT_SEALED_ANEW})",
    ),
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

# When the first money of an award arrived, kept beside it as payments settle and come back.
FIRST = """
CREATE FUNCTION payouts_first_money(award bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT min(p.settled_at) FROM payouts_payment p JOIN payouts_disbursement d ON d.id = p.disbursement_id
    WHERE d.award_id = award AND p.state = 'settled'
$$;
"""

FIRST_MONEY = [
    migrations.RunSQL(FIRST, "DROP FUNCTION payouts_first_money(bigint)"),
    Refuse("payouts_award", "award_begins_unpaid", "INSERT", when="NEW.first_paid_at IS NOT NULL"),
    Law(
        "payouts_award",
        "award_first_money_is_its_payments",
        "BEFORE UPDATE OF first_paid_at",
        """IF NEW.first_paid_at IS DISTINCT FROM payouts_first_money(NEW.id) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
    ),
    # A payment is made unsettled and never deleted: what settles, comes back, or is dated anew says it of its award.
    Law(
        "payouts_payment",
        "payment_tells_first_money",
        "AFTER UPDATE",
        """SELECT array_agg(DISTINCT d.award_id) INTO awards
            FROM new_rows n JOIN old_rows o USING (id) JOIN payouts_disbursement d ON d.id = n.disbursement_id
            WHERE (o.state = 'settled', o.settled_at) IS DISTINCT FROM (n.state = 'settled', n.settled_at);
            IF awards IS NULL THEN RETURN NULL; END IF;
            -- Locked first: the statement after it sees what whoever came before has committed.
            PERFORM FROM payouts_award WHERE id = ANY(awards) ORDER BY id FOR NO KEY UPDATE;
            UPDATE payouts_award a SET first_paid_at = f.at FROM (
                SELECT d.award_id, min(p.settled_at) FILTER (WHERE p.state = 'settled') AS at
                FROM payouts_disbursement d JOIN payouts_payment p ON p.disbursement_id = d.id
                WHERE d.award_id = ANY(awards) GROUP BY d.award_id
            ) f WHERE f.award_id = a.id AND a.first_paid_at IS DISTINCT FROM f.at;""",
        declare="awards bigint[];",
        rows=BOTH,
    ),
]


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_tables"), ("applications", "0002_rules")]

    operations = [
        *(StateMachine(table, moves) for table, moves in STATES.items()),
        *LEDGER,
        *AWARDS,
        *DISBURSEMENTS,
        *ACCOUNTS,
        *HOLDS,
        *BATCHES,
        *PAYMENTS,
        *FIRST_MONEY,
    ]
