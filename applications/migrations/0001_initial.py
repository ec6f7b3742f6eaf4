"""The programme, which roles are granted for."""

import django.core.validators
from django.db import migrations, models

import portal.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Programme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True, verbose_name="address")),
                ("name", portal.fields.LocalText(default=dict, verbose_name="name")),
                ("funder", models.CharField(max_length=120, verbose_name="who pays")),
                ("tagline", portal.fields.LocalText(default=dict, verbose_name="in one line")),
                ("offer", portal.fields.LocalText(default=dict, verbose_name="what is offered")),
                ("conditions", portal.fields.LocalText(default=dict, verbose_name="under which conditions")),
                ("afterwards", portal.fields.LocalText(default=dict, verbose_name="what happens after")),
                ("contact_email", models.EmailField(max_length=254, verbose_name="contact")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("monthly_cap_minor", models.BigIntegerField(verbose_name="most a month, in minor units")),
                (
                    "months",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="months",
                    ),
                ),
                ("timezone", models.CharField(max_length=64, verbose_name="time zone")),
                ("banking_calendar", models.CharField(default="FED", max_length=8, verbose_name="banking days")),
                (
                    "cooling_off_days",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="How old a bank account's last change must be before money goes there.",
                        verbose_name="cooling-off days",
                    ),
                ),
                (
                    "payment_day",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="Day of the month on which a month's money is due.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(28),
                        ],
                        verbose_name="payment day",
                    ),
                ),
                ("offer_days", models.PositiveSmallIntegerField(default=10, verbose_name="days to accept an offer")),
            ],
            options={
                "verbose_name": "programme",
                "verbose_name_plural": "programmes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("monthly_cap_minor__gt", 0)), name="programme_cap_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("months__gte", 1), ("months__lte", 60)), name="programme_months_sane"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payment_day__gte", 1), ("payment_day__lte", 28)),
                        name="programme_payment_day_in_every_month",
                    ),
                ],
            },
        ),
    ]
