"""The laws hold against raw SQL: keys, standing columns, conflicts, offers and the act's clock."""

from django.conf import settings
from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0003_corrections_and_known_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="conflict",
            name="conflict_stands",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_free_of_conflict",
        ),
        migrations.RemoveConstraint(
            model_name="reviewassignment",
            name="reviewer_free_of_conflict",
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Function(
                "applications_lock_conflicts(VARIADIC people bigint[])", digest="e0cc50c0a0e29fc0"
            ),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Function(
                "applications_in_conflict(startup bigint, VARIADIC people bigint[])", digest="cce97872be66eced"
            ),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Law("conflict_begins_open", digest="d3370dec05b626d6"),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Refuse("conflict_stands", digest="e20e2baa25b00400"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=portal.laws.declared.Law("decision_free_of_conflict", digest="0932fabe416a7fe5"),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.Law("reviewer_free_of_conflict", digest="8f273132c5107672"),
        ),
    ]
