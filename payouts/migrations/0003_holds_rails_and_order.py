"""A hold and what it stops come one after the other, by their instants too; the rails to choose from are those of `RAILS`.

So a new rail needs no migration. The payments of a batch are read in the order of their traces.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import payouts.rails
import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0001_tables"),
        ("payouts", "0002_figures_of_cohorts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="disbursement",
            name="disbursement_not_on_hold",
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=portal.laws.declared.Law("disbursement_not_on_hold", digest="bdd27f676e3cdac1"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=portal.laws.declared.Law("hold_placed_no_earlier_than_approvals", digest="9d8865d0504c8897"),
        ),
        migrations.AlterField(
            model_name="paymentbatch",
            name="rail",
            field=models.CharField(choices=payouts.rails.choices, max_length=8, verbose_name="rail"),
        ),
        migrations.AlterField(
            model_name="paymentsource",
            name="rail",
            field=models.CharField(choices=payouts.rails.choices, default="nacha", max_length=8, verbose_name="rail"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="payouts.paymentbatch",
                verbose_name="batch",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["batch", "trace_number", "id"], name="payment_of_batch"),
        ),
    ]
