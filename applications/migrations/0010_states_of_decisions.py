"""The states of decisions by an index of all of them, which keeps its size."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0009_offers_that_wait")]

    operations = [
        migrations.RemoveIndex("decision", "decision_in_work"),
        migrations.AddIndex("decision", models.Index(fields=["state", "application"], name="decision_states")),
    ]
