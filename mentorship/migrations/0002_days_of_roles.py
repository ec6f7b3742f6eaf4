"""Who is paired holds the mentor's role on the day of the pairing, in the zone of the programme."""

from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0001_tables"),
        ("mentorship", "0001_tables"),
        ("portal", "0003_days_of_roles"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="mentorship",
            name="mentorship_mentor_is_granted",
        ),
        migrations.RemoveConstraint(
            model_name="mentorship",
            name="mentorship_free_of_conflict",
        ),
        migrations.RemoveConstraint(
            model_name="mentorship",
            name="mentorship_of_a_running_seat",
        ),
        migrations.RemoveConstraint(
            model_name="mentorship",
            name="mentorship_is_a_conflict",
        ),
        migrations.AddConstraint(
            model_name="mentorship",
            constraint=portal.laws.declared.Law("mentorship_mentor_is_granted", digest="d79ee19dd8ea4e7d"),
        ),
        migrations.AddConstraint(
            model_name="mentorship",
            constraint=portal.laws.declared.Law("mentorship_free_of_conflict", digest="36afac9272c4f438"),
        ),
        migrations.AddConstraint(
            model_name="mentorship",
            constraint=portal.laws.declared.Law("mentorship_of_a_running_seat", digest="618e43a03b26ecf5"),
        ),
        migrations.AddConstraint(
            model_name="mentorship",
            constraint=portal.laws.declared.Law("mentorship_is_a_conflict", digest="1f8381677e506181"),
        ),
    ]
