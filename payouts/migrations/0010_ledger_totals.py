"""What the accounts of each kind in a cohort hold together, kept by the postings themselves.

A desk that adds up ten thousand accounts takes the longer the older a programme is. A total that each posting changed
would make them wait for one another: each adds rows instead, and now and then one puts together what it can lock without
waiting.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

from portal.sql import Law

laws = import_module("payouts.migrations.0002_laws")
[BEFORE] = [law for law in laws.LEDGER if "FUNCTION transfer_follows_event()" in law.sql]

TABLE = "payouts_ledgertotal"
FOLDED_EVERY = 256  # so many rows and those of the totals themselves are what a page adds up

# As before, but that it keeps what it counted.
NOW = Law(
    "payouts_transfer",
    "transfer_follows_event",
    "AFTER INSERT",
    laws.refuse_if(
        f"""SELECT FROM new_rows t
        JOIN payouts_ledgeraccount d ON d.id = t.debit_account_id
        JOIN payouts_ledgeraccount c ON c.id = t.credit_account_id
        WHERE d.cohort_id <> c.cohort_id OR d.award_id <> c.award_id
           OR (t.event <> 'reversal' AND (t.event, d.kind, c.kind) NOT IN (VALUES {laws.events()}))"""
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
)

# Before anything is added up: a posting that is under way ends first, and the next finds the new law.
NOBODY_POSTS = "LOCK TABLE payouts_transfer IN ACCESS EXCLUSIVE MODE"

# The totals so far, and from here on nobody but a posting writes them. A statement that touches no row is refused as well.
FILLED = f"""
INSERT INTO {TABLE} (cohort_id, kind, currency, net_minor)
SELECT cohort_id, kind, currency, sum(credits_posted - debits_posted) FROM payouts_ledgeraccount
GROUP BY 1, 2, 3 HAVING sum(credits_posted - debits_posted) <> 0;
CREATE TRIGGER total_counted_by_transfers_alone BEFORE INSERT OR UPDATE OR DELETE ON {TABLE}
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0010_states_of_decisions"), ("payouts", "0009_other_attempts_first")]

    operations = [
        migrations.RunSQL(NOBODY_POSTS, NOBODY_POSTS),
        migrations.CreateModel(
            name="LedgerTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outside", "outside"),
                            ("budget", "left in the budget"),
                            ("reserved", "reserved"),
                            ("committed", "committed"),
                            ("payable", "approved to be paid"),
                            ("in_transit", "on its way"),
                            ("disbursed", "paid"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("net_minor", models.BigIntegerField(verbose_name="added")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "ledger total",
                "verbose_name_plural": "ledger totals",
            },
        ),
        migrations.RunSQL(FILLED, f"DROP TRIGGER total_counted_by_transfers_alone ON {TABLE}"),
        migrations.RunSQL(BEFORE.reverse_sql, BEFORE.sql),
        NOW,
    ]
