"""The offers of a cohort whose clocks end first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0008_states_listed"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["cohort", "expires_at", "id"], name="offer_waits"
            ),
        ),
    ]
