"""A role holds from a day to a day in the zone of its programme: what laws and querysets ask."""

from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0001_tables"),
        ("portal", "0002_grants"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=portal.laws.declared.Function(
                "portal_days_hold(starts_on date, ends_on date, at timestamp with time zone, zone text)",
                digest="5a06e630d8510081",
            ),
        ),
    ]
