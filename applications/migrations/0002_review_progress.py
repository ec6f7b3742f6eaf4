"""The laws about the review progress of an application, under names that say so."""

from django.conf import settings
from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="application",
            name="applications_standing(application bigint)",
        ),
        migrations.RemoveConstraint(
            model_name="application",
            name="application_standing_is_reckoned",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_counts_in_standing",
        ),
        migrations.RemoveConstraint(
            model_name="reviewassignment",
            name="assignment_counts_in_standing",
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=portal.laws.declared.Function(
                "applications_review_progress(application bigint)", digest="86ae7f45d5dfc65d"
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=portal.laws.declared.Law("application_review_progress_is_computed", digest="f661ca6a5229452b"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=portal.laws.declared.Law("review_updates_review_progress", digest="a4b4d8effecdad11"),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.Law("assignment_updates_review_progress", digest="57bf50cc6cb0d642"),
        ),
    ]
