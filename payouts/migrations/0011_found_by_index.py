"""What a desk counts and a list looks for, found in an index: details that wait, and transfers of events that are rare."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0010_states_of_decisions"),
        ("payouts", "0010_ledger_totals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="payoutaccount",
            name="payout_account_waiting",
        ),
        migrations.AddIndex(
            model_name="payoutaccount",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "confirmed"])),
                fields=["created_at", "id"],
                include=("participation", "state", "changed_by", "confirmed_by"),
                name="payout_account_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(
                    (
                        "event__in",
                        ("fund", "free", "return", "late_return", "lapse", "cancel", "lower", "refund", "reversal"),
                    )
                ),
                fields=["event", "id"],
                name="transfer_rare",
            ),
        ),
    ]
