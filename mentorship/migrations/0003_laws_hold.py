"""The laws hold against raw SQL: keys, standing columns, conflicts, offers and the clock of acts."""

from django.conf import settings
from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0004_laws_hold"),
        ("mentorship", "0002_corrections_and_known_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="actionitem",
            name="moves_mentorship_actionitem",
        ),
        migrations.RemoveConstraint(
            model_name="mentorsession",
            name="moves_mentorship_mentorsession",
        ),
        migrations.RemoveConstraint(
            model_name="mentorship",
            name="moves_mentorship_mentorship",
        ),
        migrations.AddConstraint(
            model_name="actionitem",
            constraint=portal.laws.declared.StateMachine("moves_mentorship_actionitem", digest="9aee9fca3518f1bb"),
        ),
        migrations.AddConstraint(
            model_name="mentorsession",
            constraint=portal.laws.declared.StateMachine("moves_mentorship_mentorsession", digest="b53347c58ead7522"),
        ),
        migrations.AddConstraint(
            model_name="mentorship",
            constraint=portal.laws.declared.StateMachine("moves_mentorship_mentorship", digest="8bba95768f2a6405"),
        ),
    ]
