"""The same law, asked so that its time grows with the attempts there are, whatever the planner believes.

Within the statement that books the first approvals of a large programme the planner knows of none: it began with "all
approved" as if that were nobody, and compared a hundred thousand with a hundred thousand. Other attempts come first now,
and whether one is approved is looked up one by one: `OFFSET 0` keeps it so.
"""

from django.db import migrations

from portal.sql import Law

TABLE, NAME = "payouts_transfer", "transfer_approves_a_month_once"
REFUSED = "IF EXISTS ({}) THEN PERFORM portal_break(TG_NAME); END IF;"

BEFORE = """SELECT FROM new_rows t
    JOIN payouts_payment p ON p.id = t.subject_id
    JOIN payouts_payment q ON q.disbursement_id = p.disbursement_id AND q.id <> p.id
    JOIN payouts_transfer a ON a.subject_table = t.subject_table AND a.subject_id = q.id AND a.event = 'approve'
    LEFT JOIN payouts_transfer r ON r.reverses_id = a.id
    WHERE t.event = 'approve' AND t.subject_table = 'payouts_payment' AND r.id IS NULL"""

NOW = """WITH others AS MATERIALIZED (
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


def law(query: str) -> Law:
    """Give the law with one of its two bodies."""
    return Law(TABLE, NAME, "AFTER INSERT", REFUSED.format(query), rows="NEW TABLE AS new_rows")


class Migration(migrations.Migration):
    dependencies = [("payouts", "0008_lighter_writes")]

    operations = [migrations.RunSQL(law(BEFORE).reverse_sql, law(BEFORE).sql), law(NOW)]
