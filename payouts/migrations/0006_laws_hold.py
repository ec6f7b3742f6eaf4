"""The laws hold against raw SQL: keys, standing columns, conflicts, offers and the clock of acts."""

from django.conf import settings
from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0004_laws_hold"),
        ("payouts", "0005_corrections_and_known_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="award",
            name="moves_payouts_award",
        ),
        migrations.RemoveConstraint(
            model_name="correction",
            name="moves_payouts_correction",
        ),
        migrations.RemoveConstraint(
            model_name="disbursement",
            name="moves_payouts_disbursement",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="moves_payouts_payment",
        ),
        migrations.RemoveConstraint(
            model_name="paymentbatch",
            name="moves_payouts_paymentbatch",
        ),
        migrations.RemoveConstraint(
            model_name="payoutaccount",
            name="moves_payouts_payoutaccount",
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=portal.laws.declared.StateMachine("moves_payouts_award", digest="064683cbdc6b7203"),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=portal.laws.declared.Law(
                "offer_ends_with_its_award", digest="04b93eae7f7735a0", table="applications_offer"
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=portal.laws.declared.StateMachine("moves_payouts_correction", digest="17f303083deeaa38"),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=portal.laws.declared.StateMachine("moves_payouts_disbursement", digest="f89b4e833f19bdd1"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=portal.laws.declared.StateMachine("moves_payouts_payment", digest="5f045cc76e58ed59"),
        ),
        migrations.AddConstraint(
            model_name="paymentbatch",
            constraint=portal.laws.declared.StateMachine("moves_payouts_paymentbatch", digest="65d9f80cafce2a67"),
        ),
        migrations.AddConstraint(
            model_name="payoutaccount",
            constraint=portal.laws.declared.StateMachine("moves_payouts_payoutaccount", digest="babafcedf5ccdf3b"),
        ),
    ]
