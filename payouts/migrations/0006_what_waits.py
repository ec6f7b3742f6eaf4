"""Desks that list what waits, the oldest first: the indexes hold them in that order, and count them as well."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payouts", "0005_accounts_that_wait")]

    operations = [
        migrations.AddIndex(
            "hold", models.Index(condition=Q(lifted_at=None), fields=["review_on", "id"], name="hold_to_review")
        ),
        migrations.RemoveIndex("payoutaccount", "account_waits"),
        migrations.AddIndex(
            "payoutaccount",
            models.Index(
                condition=Q(state__in=["pending", "confirmed"]),
                fields=["created_at", "id"],
                name="payout_account_waiting",
            ),
        ),
    ]
