"""Counts of what waits at desks, answered by indexes alone."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0005_standing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="application",
            name="application_waiting",
        ),
        migrations.RemoveIndex(
            model_name="application",
            name="application_few_readers",
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state__in", ["submitted", "returned"])),
                fields=["cohort", "id"],
                include=("state", "readers", "judged"),
                name="application_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("readers__lt", 2), ("state__in", ["submitted", "returned"])),
                fields=["cohort", "id"],
                include=("state", "startup"),
                name="application_few_readers",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("state__in", ["proposed", "confirmed"])),
                fields=["state", "application"],
                name="decision_in_work",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "accepted"])), fields=["cohort"], name="offer_holds_seat"
            ),
        ),
    ]
