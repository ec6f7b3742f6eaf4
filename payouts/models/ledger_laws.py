"""Laws of the ledger (law 4): balanced by construction, counted by transfers alone, never changed."""

from collections.abc import Iterable

from portal.laws.declared import NEW, AppendOnly, Declared, Law, OfThePresent, References, Refuse, break_if, changed

ACCOUNT = [
    Refuse(
        "account_counted_by_transfers_alone",
        "UPDATE",
        when=f"pg_trigger_depth() = 0 AND {changed('debits_posted', 'credits_posted')}",
    ),
    Refuse(
        "account_starts_empty",
        "INSERT",
        when="NEW.debits_posted <> 0 OR NEW.credits_posted <> 0",
    ),
    Refuse(
        "account_stays_what_it_is",
        "UPDATE",
        when=changed("id", "code", "kind", "cohort_id", "award_id", "currency"),
    ),
    Refuse("account_is_kept", "DELETE"),
    Law(
        "account_of_its_award",
        "AFTER INSERT",
        break_if("""EXISTS (
            SELECT FROM new_rows n JOIN payouts_award a ON a.id = n.award_id
            WHERE (a.cohort_id, a.currency) <> (n.cohort_id, n.currency)
        )"""),
        rows=NEW,
    ),
]


def transfer(events: Iterable[tuple[str, tuple[str, str]]]) -> list[Declared]:
    """Return the laws of transfers; `events` says between which kinds of account each moves money.

    It is long because laws are SQL: each stands whole where it is named.
    """
    moves = ", ".join(f"('{event}', '{debit}', '{credit}')" for event, (debit, credit) in events)
    return [
        # Both accounts have the transfer's currency. Not deferrable: a wrong one is refused by its own statement.
        *(
            References(
                f"transfer_{side}_currency", f"({side}_account_id, currency)", "payouts_ledgeraccount (id, currency)"
            )
            for side in ("debit", "credit")
        ),
        # The one place where counters change. Accounts are locked in the order of their ids, and for NO KEY UPDATE: FOR
        # UPDATE would fight the key share locks of foreign keys.
        Law(
            "transfer_follows_event",
            "AFTER INSERT",
            break_if(f"""EXISTS (
            SELECT FROM new_rows t
            JOIN payouts_ledgeraccount d ON d.id = t.debit_account_id
            JOIN payouts_ledgeraccount c ON c.id = t.credit_account_id
            WHERE d.cohort_id <> c.cohort_id OR d.award_id <> c.award_id
               OR (t.event <> 'reversal' AND (t.event, d.kind, c.kind) NOT IN (VALUES {moves}))
        )""")
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
            rows=NEW,
        ),
        # What came back lies in payable already: another attempt must not take its money out of committed again.
        # Asked so that its time grows with the attempts there are, whatever the planner believes: other attempts come first,
        # and whether one is approved is looked up one by one. `OFFSET 0` keeps it so. Within the statement that books the first
        # approvals of a large programme the planner knows of none, and would begin with "all approved" as if that were nobody.
        Law(
            "transfer_approves_a_month_once",
            "AFTER INSERT",
            break_if("""EXISTS (
            WITH others AS MATERIALIZED (
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
            )
        )"""),
            rows=NEW,
        ),
        Law(
            "transfer_reversal_mirrors",
            "BEFORE INSERT",
            break_if("""NEW.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM payouts_transfer t
            WHERE t.id = NEW.reverses_id AND t.reverses_id IS NULL
              AND (t.debit_account_id, t.credit_account_id, t.amount_minor, t.currency, t.subject_table, t.subject_id)
                = (NEW.credit_account_id, NEW.debit_account_id, NEW.amount_minor, NEW.currency, NEW.subject_table,
                   NEW.subject_id)
        )"""),
        ),
        AppendOnly("payouts_transfer_append_only"),
        OfThePresent("payouts_transfer_of_the_present"),
    ]
