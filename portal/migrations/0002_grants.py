"""The roles people hold, each granted for a programme."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.laws import declared


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("applications", "0001_tables"),
        ("portal", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("reviewer", "Reviewer"),
                            ("mentor", "Mentor"),
                            ("manager", "Programme manager"),
                            ("finance_preparer", "Finance: prepares payments"),
                            ("finance_approver", "Finance: approves and releases payments"),
                            ("auditor", "Auditor"),
                        ],
                        max_length=24,
                        verbose_name="role",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                ("granted_at", models.DateTimeField(verbose_name="granted")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="granted by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="role_grants",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "scope",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="role_grants",
                        to="applications.programme",
                        verbose_name="programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "role grant",
                "verbose_name_plural": "role grants",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role__in", ["finance_preparer", "finance_approver"]), _negated=True),
                            models.Q(("granted_by", models.F("person")), _negated=True),
                            _connector="OR",
                        ),
                        name="grant_finance_not_to_oneself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            models.Q(
                                models.Q(("confirmed_by", models.F("person")), _negated=True),
                                models.Q(("confirmed_by", models.F("granted_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="grant_confirmed_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at", None), ("confirmed_by", None)),
                            models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="grant_confirmed_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                        name="grant_ends_after_start",
                    ),
                    declared.Refuse("grant_stays_what_it_is", digest="561e5213fd4fe2ce"),
                    declared.Refuse("grant_is_ended_not_deleted", digest="637a316fa7aeb8c1"),
                    declared.Refuse("grant_end_comes_only_nearer", digest="496d4fd0d6c7aae2"),
                ],
                "indexes": [],
            },
        ),
    ]
