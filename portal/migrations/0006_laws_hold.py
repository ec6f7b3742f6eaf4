"""The laws hold against raw SQL: keys, standing columns, conflicts, offers and the clock of acts."""

from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0004_laws_hold"),
        ("portal", "0005_corrections_and_known_days"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="export",
            name="export_stays_what_it_is",
        ),
        migrations.RemoveConstraint(
            model_name="outgoingmail",
            name="moves_portal_outgoingmail",
        ),
        migrations.RemoveConstraint(
            model_name="rolegrant",
            name="grant_stays_what_it_is",
        ),
        migrations.RemoveConstraint(
            model_name="secondfactorreset",
            name="factor_reset_stays_what_it_is",
        ),
        migrations.AddConstraint(
            model_name="bulkjob",
            constraint=portal.laws.declared.Stands("bulkjob_stands_as_asked", digest="b959ee3d8a8b80ba"),
        ),
        migrations.AddConstraint(
            model_name="bulkjob",
            constraint=portal.laws.declared.Stands("bulkjob_stands_once_finished", digest="b0a16a9c83ce970c"),
        ),
        migrations.AddConstraint(
            model_name="bulkjob",
            constraint=portal.laws.declared.Refuse("bulkjob_handles_a_row_once", digest="fd9df1c51f3f3f85"),
        ),
        migrations.AddConstraint(
            model_name="bulkjob",
            constraint=portal.laws.declared.Refuse("bulkjob_is_kept_until_finished", digest="002c63fe8c9cf375"),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=portal.laws.declared.Stands("export_stays_what_it_is", digest="d98afba58059ee5a"),
        ),
        migrations.AddConstraint(
            model_name="jobrun",
            constraint=portal.laws.declared.Stands("jobrun_stands_as_begun", digest="d6ff050285981079"),
        ),
        migrations.AddConstraint(
            model_name="jobrun",
            constraint=portal.laws.declared.Stands("jobrun_stands_once_finished", digest="ce2b86dbd6043dff"),
        ),
        migrations.AddConstraint(
            model_name="jobrun",
            constraint=portal.laws.declared.Refuse("jobrun_is_kept_its_time", digest="d166ee1af1b8165f"),
        ),
        migrations.AddConstraint(
            model_name="lawcheck",
            constraint=portal.laws.declared.Stands("lawcheck_stands_for_its_day", digest="151a23b6853367e9"),
        ),
        migrations.AddConstraint(
            model_name="lawcheck",
            constraint=portal.laws.declared.Refuse("lawcheck_stands_until_asked_anew", digest="d73380e89af47f04"),
        ),
        migrations.AddConstraint(
            model_name="lawcheck",
            constraint=portal.laws.declared.Refuse("lawcheck_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=portal.laws.declared.StateMachine("moves_portal_outgoingmail", digest="e0cbb031719b6e9d"),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=portal.laws.declared.Stands("mail_stands_as_written", digest="8ef0c05da92c08fd"),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=portal.laws.declared.Stands("mail_tells_how_it_went", digest="cbd818c8a1b2b865"),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=portal.laws.declared.Refuse("mail_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=portal.laws.declared.Refuse("grant_stays_what_it_is", digest="b69272d3b0519713"),
        ),
        migrations.AddConstraint(
            model_name="secondfactorreset",
            constraint=portal.laws.declared.Refuse("factor_reset_stays_what_it_is", digest="801ff0a2ca8d6062"),
        ),
        migrations.AddConstraint(
            model_name="transition",
            constraint=portal.laws.declared.Law("transition_happens_now", digest="aa5300d20da8c983"),
        ),
    ]
