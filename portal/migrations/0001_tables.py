"""People, mail, jobs and history."""

import datetime

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from portal.laws import declared

# What `createcachetable` makes; here, so that `migrate` alone gives a database the rate limits can count in.
CACHE = """
CREATE TABLE IF NOT EXISTS portal_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS portal_cache_expires ON portal_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail address")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                (
                    "language",
                    models.CharField(
                        blank=True, choices=[("en", "English"), ("fr", "French")], max_length=8, verbose_name="language"
                    ),
                ),
                ("timezone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                ("is_active", models.BooleanField(default=True, verbose_name="may sign in")),
                (
                    "is_operator",
                    models.BooleanField(
                        default=False,
                        help_text="Runs the system: people, roles, mail and jobs. Decides nothing, pays nothing.",
                        verbose_name="operator",
                    ),
                ),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="joined")),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="user_email_once"),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.search.SearchVector("name", config="simple"), name="user_words"
                    )
                ],
            },
        ),
        # Before all others: what their laws call is declared beside it.
        migrations.CreateModel(
            name="Transition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_table", models.CharField(max_length=63, verbose_name="table")),
                ("subject_id", models.BigIntegerField(verbose_name="row")),
                ("from_state", models.CharField(blank=True, max_length=24, verbose_name="from")),
                ("to_state", models.CharField(max_length=24, verbose_name="to")),
                ("agent", models.CharField(blank=True, max_length=24, verbose_name="agent")),
                ("at", models.DateTimeField(null=True, verbose_name="at")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="recorded"),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "transition",
                "verbose_name_plural": "history",
                "indexes": [models.Index(fields=["subject_table", "subject_id", "id"], name="transition_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actor__isnull", False), models.Q(("agent", ""), _negated=True), _connector="OR"),
                            ("at__isnull", False),
                        ),
                        name="transition_has_actor_and_instant",
                    ),
                    declared.Function("portal_refuse()", digest="4d13b677fbe4fca1"),
                    declared.Function("portal_break(law text)", digest="662291eb78d0c54b"),
                    declared.Function("portal_write_history()", digest="f967899d1baefeaf"),
                    declared.AppendOnly("portal_transition_append_only", digest="9bdabd55e0392395"),
                    declared.Refuse("transition_only_by_trigger", digest="49a80507acfe24f1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DemoClock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ahead", models.DurationField(default=datetime.timedelta, verbose_name="ahead")),
            ],
            options={
                "verbose_name": "demo clock",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="demo_clock_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("ahead__gte", datetime.timedelta(0))), name="demo_clock_only_ahead"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_table", models.CharField(max_length=63, verbose_name="table")),
                ("subject_id", models.BigIntegerField(verbose_name="row")),
                ("purpose", models.CharField(max_length=200, verbose_name="purpose")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "disclosure",
                "verbose_name_plural": "disclosures",
                "indexes": [],
                "constraints": [
                    declared.AppendOnly("portal_disclosure_append_only", digest="9bdabd55e0392395"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("acted", models.PositiveIntegerField(default=0, verbose_name="acted on")),
                ("progress", models.CharField(blank=True, max_length=200, verbose_name="progress")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("request_id", models.CharField(blank=True, max_length=40, verbose_name="request")),
            ],
            options={
                "verbose_name": "job run",
                "verbose_name_plural": "job runs",
                "indexes": [
                    models.Index(fields=["name", "-started_at"], name="jobrun_latest"),
                    models.Index(fields=["request_id"], name="jobrun_request"),
                ],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=250, unique=True, verbose_name="event and recipient")),
                ("kind", models.CharField(max_length=60, verbose_name="kind")),
                ("to_email", models.EmailField(max_length=254, verbose_name="address")),
                ("language", models.CharField(max_length=8, verbose_name="language")),
                ("subject", models.CharField(blank=True, max_length=250, verbose_name="subject")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                (
                    "calendar",
                    models.TextField(blank=True, help_text="iCalendar part, if any", verbose_name="invitation"),
                ),
                ("secret", models.BooleanField(default=False, verbose_name="carries a secret")),
                ("subject_id", models.BigIntegerField(null=True, verbose_name="subject's id")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("bounced", "came back"),
                        ],
                        default="queued",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("queued_at", models.DateTimeField(verbose_name="queued")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("lease_until", models.DateTimeField(null=True, verbose_name="claimed until")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "outgoing mail",
                "verbose_name_plural": "outgoing mails",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "sending"])),
                        fields=["due_at", "id"],
                        name="mail_due",
                    ),
                    models.Index(fields=["recipient", "-id"], name="mail_recipient"),
                    models.Index(fields=["to_email"], name="mail_address"),
                    models.Index(
                        condition=models.Q(("state__in", ["failed", "bounced"])), fields=["-id"], name="mail_in_trouble"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("secret", False), models.Q(("calendar", ""), ("text", "")), _connector="OR"
                        ),
                        name="mail_secret_keeps_no_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                        ),
                        name="mail_sent_at_when_sent",
                    ),
                    declared.StateMachine("moves_portal_outgoingmail", digest="db2e5def15e3ab64"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondFactorReset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=1000, verbose_name="how the person was recognised")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
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
                "verbose_name": "second factor reset",
                "verbose_name_plural": "second factor resets",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("asked_by", models.F("person")), _negated=True),
                            models.Q(
                                ("confirmed_by", None),
                                models.Q(
                                    models.Q(("confirmed_by", models.F("person")), _negated=True),
                                    models.Q(("confirmed_by", models.F("asked_by")), _negated=True),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="factor_reset_by_two_others",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at", None), ("confirmed_by", None)),
                            models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="factor_reset_confirmed_by_and_at",
                    ),
                    declared.Refuse("factor_reset_stays_what_it_is", digest="c30d217193f82c7c"),
                    declared.Refuse("factor_reset_is_kept", digest="637a316fa7aeb8c1"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="LawCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checked_on", models.DateField(verbose_name="day")),
                ("law", models.PositiveSmallIntegerField(verbose_name="law")),
                ("count", models.PositiveIntegerField(verbose_name="violations")),
                ("rows", models.JSONField(blank=True, default=list, verbose_name="the first of them")),
                ("checked_at", models.DateTimeField(verbose_name="checked")),
            ],
            options={
                "verbose_name": "check of a law",
                "verbose_name_plural": "checks of the laws",
                "constraints": [
                    models.UniqueConstraint(fields=("checked_on", "law"), name="law_checked_once_a_day"),
                ],
                "indexes": [],
            },
        ),
        migrations.RunSQL(CACHE, "DROP TABLE IF EXISTS portal_cache"),
    ]
