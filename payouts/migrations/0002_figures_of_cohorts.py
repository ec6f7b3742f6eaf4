"""No total and no day of first money is kept beside the rows they follow from; a sweep writes what an overview shows."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from portal.laws import declared


class Migration(migrations.Migration):
    dependencies = [("applications", "0001_tables"), ("payouts", "0001_tables")]

    operations = [
        migrations.RemoveConstraint(model_name="payment", name="payment_tells_first_money"),
        migrations.RemoveConstraint(model_name="award", name="award_first_money_is_its_payments"),
        migrations.RemoveConstraint(model_name="award", name="award_begins_unpaid"),
        migrations.RemoveConstraint(model_name="award", name="payouts_first_money(award bigint)"),
        migrations.RemoveIndex(model_name="award", name="award_first_paid"),
        migrations.RemoveField(model_name="award", name="first_paid_at"),
        migrations.RemoveConstraint(model_name="transfer", name="transfer_follows_event"),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=declared.Law("transfer_follows_event", digest="b502546e27b88e84"),
        ),
        migrations.DeleteModel(name="LedgerTotal"),
        migrations.CreateModel(
            name="CohortFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("paid_startups", models.PositiveIntegerField(verbose_name="startups paid")),
                (
                    "first_money_wait",
                    models.DurationField(null=True, verbose_name="median wait from signing to first payment"),
                ),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                (
                    "cohort",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="money_figures",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "figures of a cohort",
                "verbose_name_plural": "figures of cohorts",
                "constraints": [
                    models.CheckConstraint(
                        name="figures_wait_of_those_paid",
                        condition=Q(paid_startups=0, first_money_wait=None)
                        | Q(paid_startups__gt=0, first_money_wait__isnull=False),
                    ),
                ],
            },
        ),
    ]
