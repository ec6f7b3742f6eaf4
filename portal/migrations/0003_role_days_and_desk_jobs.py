"""Roles by the day in the zone of their programme; acts on many rows and exports, which a worker finishes."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

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
        migrations.CreateModel(
            name="BulkJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="token")),
                ("table", models.CharField(max_length=60, verbose_name="table")),
                ("place", models.BigIntegerField(default=0, verbose_name="of")),
                ("act", models.CharField(max_length=60, verbose_name="act")),
                ("told", models.JSONField(default=dict, verbose_name="form")),
                ("query", models.TextField(blank=True, verbose_name="filter")),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="rows"
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="rows handled")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="rows done")),
                ("result_url", models.CharField(blank=True, max_length=300, verbose_name="result")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("run_key", models.BigIntegerField(null=True, verbose_name="job run")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk act",
                "verbose_name_plural": "bulk acts",
                "indexes": [
                    models.Index(condition=models.Q(("finished_at", None)), fields=["id"], name="bulkjob_waits"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("done__lte", models.F("position"))), name="bulkjob_done_is_handled"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("keys__len__gte", models.F("position"))), name="bulkjob_handles_its_rows"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=200, verbose_name="row")),
                ("words", models.TextField(verbose_name="refusal")),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refusals",
                        to="portal.bulkjob",
                        verbose_name="bulk act",
                    ),
                ),
            ],
            options={
                "verbose_name": "refused row",
                "verbose_name_plural": "refused rows",
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="token")),
                ("table", models.CharField(max_length=60, verbose_name="table")),
                ("place", models.BigIntegerField(default=0, verbose_name="of")),
                ("title", models.CharField(max_length=200, verbose_name="what")),
                ("query", models.TextField(blank=True, verbose_name="filter")),
                (
                    "programmes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="programmes"
                    ),
                ),
                (
                    "format",
                    models.CharField(choices=[("csv", "CSV"), ("xlsx", "Excel")], max_length=4, verbose_name="format"),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("rows", models.PositiveIntegerField(null=True, verbose_name="rows")),
                ("made_at", models.DateTimeField(null=True, verbose_name="made")),
                ("failed_at", models.DateTimeField(null=True, verbose_name="failed")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("lease_until", models.DateTimeField(null=True, verbose_name="claimed until")),
                ("stored_as", models.CharField(blank=True, max_length=120, verbose_name="stored as")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="digest")),
                ("forgotten_at", models.DateTimeField(null=True, verbose_name="file forgotten")),
                ("run_key", models.BigIntegerField(null=True, verbose_name="job run")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "indexes": [
                    models.Index(
                        condition=models.Q(("failed_at", None), ("made_at", None)), fields=["id"], name="export_waits"
                    ),
                    models.Index(
                        condition=models.Q(("forgotten_at", None), models.Q(("stored_as", ""), _negated=True)),
                        fields=["made_at"],
                        name="export_kept",
                    ),
                    models.Index(fields=["person", "-id"], name="export_of_person"),
                    django.contrib.postgres.indexes.GinIndex(fields=["programmes"], name="export_programmes"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("made_at", None), ("rows", None)),
                            models.Q(("made_at__isnull", False), ("rows__isnull", False)),
                            _connector="OR",
                        ),
                        name="export_made_with_rows",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stored_as", ""), models.Q(("made_at__isnull", False), ("sha256__gt", "")), _connector="OR"
                        ),
                        name="export_file_is_made",
                    ),
                    portal.laws.declared.Refuse("export_is_kept", digest="637a316fa7aeb8c1"),
                    portal.laws.declared.Refuse("export_stays_what_it_is", digest="bc27d8336acd18c9"),
                ],
            },
        ),
    ]
