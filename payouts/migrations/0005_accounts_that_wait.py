"""Counts of what waits at desks, answered by indexes alone."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0006_desks_at_work"),
        ("payouts", "0004_days_of_a_late_batch"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="payoutaccount",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "confirmed"])), fields=["id"], name="account_waits"
            ),
        ),
    ]
