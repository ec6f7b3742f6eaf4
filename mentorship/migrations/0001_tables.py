"""Mentors, pairings, sessions, notes and action items."""

import datetime
import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
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
            name="Mentor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("headline", models.CharField(blank=True, max_length=160, verbose_name="in one line")),
                ("skills", models.TextField(blank=True, max_length=1000, verbose_name="can help with")),
                (
                    "meeting_link",
                    models.URLField(
                        blank=True,
                        help_text="Where you meet: an https:// address. It goes into the invitations.",
                        max_length=400,
                        validators=[django.core.validators.URLValidator(["https"])],
                        verbose_name="meeting link",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=45,
                        validators=[
                            django.core.validators.MinValueValidator(15),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="minutes per session",
                    ),
                ),
                (
                    "buffer_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="minutes between sessions",
                    ),
                ),
                (
                    "notice_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        help_text="A session is booked at least so long before it begins.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(336),
                        ],
                        verbose_name="notice, in hours",
                    ),
                ),
                (
                    "cancel_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        help_text="Cancelled closer to its beginning than this, a session counts as cancelled late.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(168),
                        ],
                        verbose_name="late cancellation, in hours",
                    ),
                ),
                (
                    "horizon_days",
                    models.PositiveSmallIntegerField(
                        default=28,
                        help_text="How far ahead hours are offered.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="days ahead",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created")),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentor",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "mentor",
                "verbose_name_plural": "mentors",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("buffer_minutes__lte", 120),
                            ("minutes__gte", 15),
                            ("minutes__lte", 180),
                            ("notice_hours__lte", 336),
                            ("cancel_hours__lte", 168),
                            ("horizon_days__gte", 1),
                            ("horizon_days__lte", 120),
                        ),
                        name="mentor_terms_sane",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("meeting_link", ""), ("meeting_link__startswith", "https://"), _connector="OR"
                        ),
                        name="mentor_link_is_https",
                    ),
                    declared.Law("mentor_holds_the_role", digest="9d40bb0118feddb3"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="AvailabilityRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="weekday",
                    ),
                ),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="to")),
                ("zone", models.CharField(max_length=64, verbose_name="time zone")),
                ("from_on", models.DateField(verbose_name="first day")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                (
                    "mentor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rules",
                        to="mentorship.mentor",
                        verbose_name="mentor",
                    ),
                ),
            ],
            options={
                "verbose_name": "weekly hours",
                "verbose_name_plural": "weekly hours",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("weekday__lte", 6)), name="rule_weekday_exists"),
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts")), ("ends", "00:00"), _connector="OR"),
                        name="rule_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until_on", None), ("until_on__gte", models.F("from_on")), _connector="OR"),
                        name="rule_until_after_from",
                    ),
                    models.UniqueConstraint(
                        fields=("mentor", "weekday", "starts", "ends", "zone", "from_on"), name="rule_once"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Mentorship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "active"), ("ended", "ended")],
                        default="active",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "is_primary",
                    models.BooleanField(
                        default=False, help_text="The one whose hours are offered first.", verbose_name="first mentor"
                    ),
                ),
                ("paired_at", models.DateTimeField(verbose_name="paired")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "mentor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentorships",
                        to="mentorship.mentor",
                        verbose_name="mentor",
                    ),
                ),
                (
                    "paired_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="paired by",
                    ),
                ),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentorships",
                        to="applications.participation",
                        verbose_name="participation",
                    ),
                ),
            ],
            options={
                "verbose_name": "mentorship",
                "verbose_name_plural": "mentorships",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("participation", "mentor"),
                        name="mentorship_pair_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_primary", True), ("state", "active")),
                        fields=("participation",),
                        name="mentorship_one_primary",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "active")),
                            models.Q(("ended_at__isnull", False), ("state", "ended")),
                            _connector="OR",
                        ),
                        name="mentorship_ended_at_when_ended",
                    ),
                    declared.StateMachine("moves_mentorship_mentorship", digest="b4099b851838dbba"),
                    declared.Law("mentorship_mentor_is_granted", digest="d79ee19dd8ea4e7d"),
                    declared.Law("mentorship_free_of_conflict", digest="36afac9272c4f438"),
                    declared.Law("mentorship_of_a_running_seat", digest="618e43a03b26ecf5"),
                    declared.Law("mentorship_is_a_conflict", digest="1f8381677e506181"),
                    declared.Refuse("mentorship_stands_as_paired", digest="de0c3017ee0993b5"),
                    declared.Refuse("mentorship_is_kept", digest="637a316fa7aeb8c1"),
                    declared.Law("mentorship_ends_without_bookings", digest="50d5343e442e452d"),
                    declared.Law(
                        "conflict_lasts_while_mentoring", digest="a4f14a8a244d07d9", table="applications_conflict"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                (
                    "mentor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="mentorship.mentor",
                        verbose_name="mentor",
                    ),
                ),
            ],
            options={
                "verbose_name": "single hours",
                "verbose_name_plural": "single hours",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="opening_ends_after_start"
                    ),
                    models.UniqueConstraint(fields=("mentor", "starts_at"), name="opening_once"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="TimeOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("span", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="stretch")),
                (
                    "mentor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="time_off",
                        to="mentorship.mentor",
                        verbose_name="mentor",
                    ),
                ),
            ],
            options={
                "verbose_name": "time off",
                "verbose_name_plural": "time off",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("span__isempty", False), ("span__lower_inf", False), ("span__upper_inf", False)
                        ),
                        name="time_off_is_bounded",
                    ),
                    models.UniqueConstraint(fields=("mentor", "span"), name="time_off_once"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="MentorSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("booked", "booked"),
                            ("held", "held"),
                            ("no_show", "nobody came"),
                            ("cancelled", "cancelled"),
                            ("cancelled_late", "cancelled late"),
                        ],
                        default="booked",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                ("topic", models.TextField(blank=True, max_length=500, verbose_name="what it is about")),
                ("meeting_link", models.URLField(blank=True, max_length=400, verbose_name="meeting link")),
                (
                    "late_after",
                    models.DateTimeField(
                        help_text="A later cancellation counts as late: what was promised at the booking.",
                        verbose_name="late after",
                    ),
                ),
                ("booked_at", models.DateTimeField(verbose_name="booked at")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sequence", models.PositiveIntegerField(default=0, verbose_name="changes")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="cancelled at")),
                (
                    "cancelled_side",
                    models.CharField(
                        blank=True,
                        choices=[("mentor", "the mentor"), ("startup", "the startup"), ("programme", "the programme")],
                        max_length=10,
                        verbose_name="cancelled on the side of",
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, max_length=300, verbose_name="why cancelled")),
                ("minutes", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="minutes held")),
                ("logged_at", models.DateTimeField(blank=True, null=True, verbose_name="logged")),
                (
                    "booked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="booked by",
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="cancelled by",
                    ),
                ),
                (
                    "logged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="logged by",
                    ),
                ),
                (
                    "mentorship",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="mentorship.mentorship",
                        verbose_name="mentorship",
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "indexes": [
                    models.Index(fields=["mentorship", "starts_at"], name="session_of_pair"),
                    models.Index(condition=models.Q(("state", "booked")), fields=["starts_at"], name="session_ahead"),
                    models.Index(fields=["starts_at", "id"], name="session_in_time"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__gt", models.F("starts_at")),
                            (
                                "ends_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("starts_at"), "+", models.Value(datetime.timedelta(seconds=28800))
                                ),
                            ),
                        ),
                        name="session_lasts_minutes_or_hours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("booked_at__lte", models.F("starts_at"))), name="session_booked_ahead"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("cancelled_at__isnull", False),
                                ("state__in", ["cancelled", "cancelled_late"]),
                                models.Q(("cancelled_side", ""), _negated=True),
                            ),
                            models.Q(
                                ("cancelled_at", None),
                                ("cancelled_by", None),
                                ("cancelled_side", ""),
                                models.Q(("state__in", ["cancelled", "cancelled_late"]), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="session_cancelled_at_when_cancelled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "cancelled_late"), _negated=True),
                            ("cancelled_at__gt", models.F("late_after")),
                            _connector="OR",
                        ),
                        name="session_late_is_late",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "cancelled"), _negated=True),
                            ("cancelled_at__lte", models.F("late_after")),
                            ("cancelled_side", "programme"),
                            _connector="OR",
                        ),
                        name="session_cancelled_in_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("logged_at__isnull", False),
                                ("logged_by__isnull", False),
                                ("state__in", ["held", "no_show"]),
                                ("logged_at__gte", models.F("starts_at")),
                            ),
                            models.Q(
                                ("logged_at", None),
                                ("logged_by", None),
                                models.Q(("state__in", ["held", "no_show"]), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="session_logged_once_begun",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("minutes__gte", 1),
                                ("minutes__isnull", False),
                                ("minutes__lte", 480),
                                ("state", "held"),
                            ),
                            models.Q(models.Q(("state", "held"), _negated=True), ("minutes", None)),
                            _connector="OR",
                        ),
                        name="session_minutes_when_held",
                    ),
                    declared.StateMachine("moves_mentorship_mentorsession", digest="529d9e4235f6fafa"),
                    declared.Law("session_of_an_active_pair", digest="7c94fa029a58f504"),
                    declared.Law("session_books_both_sides", digest="cf1f9b129175808f"),
                    declared.Law("session_takes_its_sides_along", digest="73968bf5e3be157d"),
                    declared.Refuse("session_keeps_its_name", digest="1138893bec2431d4"),
                    declared.Refuse("session_changes_are_counted", digest="0965a3c7bed06655"),
                    declared.Refuse("session_moves_only_while_booked", digest="9fb09a0ff59c744d"),
                    declared.Refuse("session_is_kept", digest="637a316fa7aeb8c1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActionItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("startup", "the startup"), ("mentor", "the mentor")],
                        max_length=10,
                        verbose_name="owed by",
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="what")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="by")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("done", "done"), ("dropped", "dropped")],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="mentorship.mentorsession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "action item",
                "verbose_name_plural": "action items",
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["session", "id"], name="item_open")
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="item_has_words"),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ["startup", "mentor"])), name="item_owed_by_a_side"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="item_closed_by_and_at",
                    ),
                    declared.StateMachine("moves_mentorship_actionitem", digest="206258a5c30be6c8"),
                    declared.Refuse("item_is_kept", digest="637a316fa7aeb8c1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("span", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="from and to")),
                ("is_active", models.BooleanField(default=True, verbose_name="takes the hour")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("present", "was there"), ("late", "came late"), ("absent", "did not come")],
                        max_length=8,
                        verbose_name="attendance",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendances",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "startup",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendances",
                        to="applications.startup",
                        verbose_name="startup",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendances",
                        to="mentorship.mentorsession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "attendance",
                "verbose_name_plural": "attendances",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", False), ("startup", None)),
                            models.Q(("person", None), ("startup__isnull", False)),
                            _connector="OR",
                        ),
                        name="attendance_of_one_side",
                    ),
                    models.UniqueConstraint(fields=("session", "person"), name="attendance_person_once_a_session"),
                    models.UniqueConstraint(fields=("session", "startup"), name="attendance_startup_once_a_session"),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("is_active", True), ("person__isnull", False)),
                        expressions=[
                            (
                                models.Func(
                                    models.F("person"),
                                    models.F("person"),
                                    models.Value("[]"),
                                    function="int8range",
                                    output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField(),
                                ),
                                "&&",
                            ),
                            ("span", "&&"),
                        ],
                        name="attendance_person_booked_once",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("is_active", True), ("startup__isnull", False)),
                        expressions=[
                            (
                                models.Func(
                                    models.F("startup"),
                                    models.F("startup"),
                                    models.Value("[]"),
                                    function="int8range",
                                    output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField(),
                                ),
                                "&&",
                            ),
                            ("span", "&&"),
                        ],
                        name="attendance_startup_booked_once",
                    ),
                    declared.Law("attendance_follows_session", digest="b7970dfeca4f1c99"),
                    declared.Refuse("attendance_stays_whose_it_is", digest="bf28c747d38271ba"),
                    declared.Refuse("attendance_is_kept", digest="637a316fa7aeb8c1"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SessionMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_starts_at", models.DateTimeField(verbose_name="from")),
                ("to_starts_at", models.DateTimeField(verbose_name="to")),
                ("moved_at", models.DateTimeField(verbose_name="moved")),
                (
                    "moved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="moved by",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="mentorship.mentorsession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "move of a session",
                "verbose_name_plural": "moves of sessions",
                "indexes": [],
                "constraints": [
                    declared.AppendOnly("mentorship_sessionmove_append_only", digest="9bdabd55e0392395"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("shared", "shared"), ("private", "private")], max_length=8, verbose_name="kind"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("text", models.TextField(blank=True, max_length=10000, verbose_name="text")),
                ("written_at", models.DateTimeField(verbose_name="written")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="mentorship.mentorsession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "session note",
                "verbose_name_plural": "session notes",
                "constraints": [
                    models.UniqueConstraint(fields=("session", "kind", "author", "number"), name="note_version_once"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="note_numbered_from_one"),
                    declared.Law("note_by_its_mentor", digest="a43445ec481ec71f"),
                    declared.Refuse("note_stands_as_written", digest="5cad07393e42aa71"),
                    declared.Refuse("note_is_kept", digest="637a316fa7aeb8c1"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SessionReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("day", "a day before"), ("hour", "an hour before")], max_length=4, verbose_name="kind"
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="session begins")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("handled_at", models.DateTimeField(blank=True, null=True, verbose_name="handled")),
                ("was_sent", models.BooleanField(default=False, verbose_name="was sent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="mentorship.mentorsession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "session reminder",
                "verbose_name_plural": "session reminders",
                "indexes": [
                    models.Index(condition=models.Q(("handled_at", None)), fields=["due_at", "id"], name="reminder_due")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "kind", "starts_at"), name="reminder_once"),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__lt", models.F("starts_at"))), name="reminder_before_the_session"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("was_sent", False), ("handled_at__isnull", False), _connector="OR"),
                        name="reminder_sent_when_handled",
                    ),
                ],
            },
        ),
    ]
