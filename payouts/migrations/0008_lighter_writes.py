"""What a month writes, written once: no second index of a key, no second foreign key, and counters in their own place.

A transfer's accounts are foreign keys together with its currency, which is never NULL: `transfer_debit_currency` and
`transfer_credit_currency` hold that the accounts exist. A page of accounts keeps room for the counters of an act, so that
they change without a new entry in every index of the account.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0007_first_money"),
    ]

    operations = [
        migrations.AlterField(
            model_name="disbursement",
            name="award",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disbursements",
                to="payouts.award",
                verbose_name="award",
            ),
        ),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="award",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ledger_accounts",
                to="payouts.award",
                verbose_name="award",
            ),
        ),
        # By name: Django would take `payment_one_live`, which is unique on the same column, for the index it looks for.
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "DROP INDEX payouts_payment_disbursement_id_6f6a51c0",
                    "CREATE INDEX payouts_payment_disbursement_id_6f6a51c0 ON payouts_payment (disbursement_id)",
                )
            ],
            [
                migrations.AlterField(
                    model_name="payment",
                    name="disbursement",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payouts.disbursement",
                        verbose_name="disbursement",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="transfer",
            name="credit_account",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credits",
                to="payouts.ledgeraccount",
                verbose_name="to",
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="debit_account",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="debits",
                to="payouts.ledgeraccount",
                verbose_name="from",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE payouts_ledgeraccount SET (fillfactor = 60)",
            "ALTER TABLE payouts_ledgeraccount RESET (fillfactor)",
        ),
    ]
