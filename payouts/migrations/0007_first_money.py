"""When the first money of an award arrived, kept beside it as payments settle and come back."""

from django.db import migrations, models
from django.db.models import Q

from portal.sql import Law, Refuse

FIRST = """
CREATE FUNCTION payouts_first_money(award bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT min(p.settled_at) FROM payouts_payment p JOIN payouts_disbursement d ON d.id = p.disbursement_id
    WHERE d.award_id = award AND p.state = 'settled'
$$;
"""

FILL = """
UPDATE payouts_award a SET first_paid_at = f.at FROM (
    SELECT d.award_id, min(p.settled_at) AS at FROM payouts_payment p
    JOIN payouts_disbursement d ON d.id = p.disbursement_id WHERE p.state = 'settled' GROUP BY 1
) f WHERE f.award_id = a.id
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0006_what_waits")]

    operations = [
        migrations.AddField(
            "award",
            "first_paid_at",
            models.DateTimeField(editable=False, null=True, verbose_name="first money arrived"),
        ),
        migrations.RunSQL(FIRST, "DROP FUNCTION payouts_first_money(bigint)"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "award",
            models.Index(
                condition=Q(first_paid_at__isnull=False),
                fields=["cohort"],
                include=["offer", "first_paid_at"],
                name="award_first_paid",
            ),
        ),
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
            rows="OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ),
    ]
