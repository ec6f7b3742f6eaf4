"""Programmes, cohorts, startups, applications, reviews, decisions, offers, participations."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import portal.language.fields
from portal.laws import declared


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("portal", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Programme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True, verbose_name="address")),
                ("name", portal.language.fields.LocalText(default=dict, verbose_name="name")),
                ("funder", models.CharField(max_length=120, verbose_name="who pays")),
                ("tagline", portal.language.fields.LocalText(default=dict, verbose_name="in one line")),
                ("offer", portal.language.fields.LocalText(default=dict, verbose_name="what is offered")),
                ("conditions", portal.language.fields.LocalText(default=dict, verbose_name="under which conditions")),
                ("afterwards", portal.language.fields.LocalText(default=dict, verbose_name="what happens after")),
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("title", portal.language.fields.LocalText(default=dict, verbose_name="title")),
                ("text", portal.language.fields.LocalText(default=dict, verbose_name="text")),
                ("is_material", models.BooleanField(default=True, verbose_name="asks for fresh consent")),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="applications.programme",
                        verbose_name="programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "terms",
                "verbose_name_plural": "terms",
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "version"), name="terms_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="terms_digest_is_sha256"
                    ),
                    declared.Refuse("terms_published_stand_still", digest="84935b6307d85394"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Cohort",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True, verbose_name="address")),
                ("code", models.CharField(max_length=8, verbose_name="prefix of references")),
                ("name", portal.language.fields.LocalText(default=dict, verbose_name="name")),
                ("opens_at", models.DateTimeField(verbose_name="opens")),
                ("closes_at", models.DateTimeField(verbose_name="closes")),
                ("decisions_on", models.DateField(verbose_name="decisions by")),
                (
                    "first_period",
                    models.DateField(
                        help_text="First of the month in which money first flows.", verbose_name="first month"
                    ),
                ),
                ("seats", models.PositiveIntegerField(verbose_name="seats")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="decisions released")),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cohorts",
                        to="applications.programme",
                        verbose_name="programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "cohort",
                "verbose_name_plural": "cohorts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("closes_at__gt", models.F("opens_at"))), name="cohort_closes_after_opening"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_period__day", 1)), name="cohort_first_period_is_a_month"
                    ),
                    models.UniqueConstraint(fields=("code",), name="cohort_code_once"),
                    declared.Refuse("cohort_published_stays_published", digest="42fa502cf44e0aa8"),
                    declared.Law("cohort_seats_cover_offers", digest="c9b8c93736b1d4bc"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Startup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("name_folded", models.CharField(db_index=True, editable=False, max_length=200)),
                ("legal_name", models.CharField(blank=True, max_length=160, verbose_name="legal name")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("city", models.CharField(blank=True, max_length=80, verbose_name="city")),
                ("website", models.URLField(blank=True, verbose_name="website")),
                ("registry_number", models.CharField(blank=True, max_length=40, verbose_name="registry number")),
                ("founded_on", models.DateField(blank=True, null=True, verbose_name="founded on")),
                ("description", models.TextField(blank=True, max_length=500, verbose_name="in a few words")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "startup",
                "verbose_name_plural": "startups",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="startup_country_is_iso"
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="startup_has_a_name"),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.search.SearchVector("name_folded", config="simple"),
                        name="startup_words",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EligibilityCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("fact", models.SlugField(verbose_name="fact")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("country", "country"),
                            ("money", "amount of money, in minor units of the programme's currency"),
                            ("number", "whole number"),
                            ("yes_no", "yes or no"),
                            ("choice", "one of a list"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "operator",
                    models.CharField(
                        choices=[
                            ("is", "is"),
                            ("in", "is one of"),
                            ("lt", "is below"),
                            ("le", "is at most"),
                            ("ge", "is at least"),
                        ],
                        max_length=4,
                        verbose_name="comparison",
                    ),
                ),
                ("value", models.JSONField(verbose_name="value")),
                (
                    "choices",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="For a list: [[“key”, {“en”: “…”}], …]",
                        verbose_name="choices",
                    ),
                ),
                ("is_hard", models.BooleanField(default=True, verbose_name="must be met")),
                ("question", portal.language.fields.LocalText(default=dict, verbose_name="question")),
                ("passed", portal.language.fields.LocalText(default=dict, verbose_name="message when met")),
                ("failed", portal.language.fields.LocalText(default=dict, verbose_name="message when not met")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="criteria",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "eligibility criterion",
                "verbose_name_plural": "eligibility criteria",
                "constraints": [
                    models.UniqueConstraint(fields=("cohort", "fact"), name="criterion_fact_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["country", "choice"]), ("operator__in", ["is", "in"])),
                            models.Q(("kind", "yes_no"), ("operator", "is")),
                            models.Q(("kind__in", ["money", "number"]), ("operator__in", ["is", "lt", "le", "ge"])),
                            _connector="OR",
                        ),
                        name="criterion_operator_fits_kind",
                    ),
                    declared.Law("criterion_still_once_published", digest="ecd443db33ed9972"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ReviewPhase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", portal.language.fields.LocalText(default=dict, verbose_name="name")),
                ("opens_at", models.DateTimeField(verbose_name="opens")),
                ("closes_at", models.DateTimeField(verbose_name="closes")),
                (
                    "is_blind",
                    models.BooleanField(
                        default=False,
                        help_text="Names, people and identifying answers are hidden.",
                        verbose_name="blind",
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phases",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "review phase",
                "verbose_name_plural": "review phases",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("closes_at__gt", models.F("opens_at"))), name="phase_closes_after_opening"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="RubricCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("name", portal.language.fields.LocalText(default=dict, verbose_name="name")),
                ("guidance", portal.language.fields.LocalText(default=dict, verbose_name="guidance")),
                ("max_points", models.PositiveSmallIntegerField(default=5, verbose_name="most points")),
                ("weight", models.PositiveSmallIntegerField(default=1, verbose_name="weight")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rubric",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "rubric criterion",
                "verbose_name_plural": "rubric",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("max_points__gte", 1)), name="rubric_points_positive"),
                    models.CheckConstraint(condition=models.Q(("weight__gte", 1)), name="rubric_weight_positive"),
                    declared.Law("rubric_still_once_published", digest="e27c13de74d49b69"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("title", portal.language.fields.LocalText(default=dict, verbose_name="title")),
                ("intro", portal.language.fields.LocalText(blank=True, default=dict, verbose_name="introduction")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sections",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "section",
                "verbose_name_plural": "sections",
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("cohort", "order"),
                        name="section_order_once",
                    ),
                    declared.Law("section_still_once_published", digest="912d4866c890515b"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=24, unique=True, verbose_name="reference")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "submitted"),
                            ("returned", "information asked"),
                            ("accepted", "accepted"),
                            ("waitlisted", "on the waitlist"),
                            ("declined", "not chosen"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="submitted at")),
                ("returned_question", models.TextField(blank=True, max_length=2000, verbose_name="what is asked")),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
                (
                    "startup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="applications.startup",
                        verbose_name="startup",
                    ),
                ),
                ("readers", models.PositiveIntegerField(db_default=0, editable=False)),
                ("judged", models.PositiveIntegerField(db_default=0, editable=False)),
                ("shortfall", models.PositiveIntegerField(db_default=1000000001, editable=False)),
            ],
            options={
                "verbose_name": "application",
                "verbose_name_plural": "applications",
                "indexes": [
                    models.Index(fields=["cohort", "state", "-id"], name="application_board"),
                    models.Index(fields=["cohort", "shortfall", "id"], name="application_ranking"),
                    models.Index(
                        condition=models.Q(("state__in", ["submitted", "returned"])),
                        fields=["cohort", "id"],
                        include=("state", "readers", "judged"),
                        name="application_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("readers__lt", 2), ("state__in", ["submitted", "returned"])),
                        fields=["cohort", "id"],
                        include=("state", "startup"),
                        name="application_few_readers",
                    ),
                    models.Index(fields=["state", "-id"], name="application_states"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("cohort", "startup"), name="application_once_per_cohort"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "withdrawn"]), ("submitted_at__isnull", False), _connector="OR"
                        ),
                        name="application_submitted_at_when_submitted",
                    ),
                    declared.StateMachine("moves_applications_application", digest="40db6d956eb24a8b"),
                    declared.Function("applications_standing(application bigint)", digest="86ae7f45d5dfc65d"),
                    declared.Refuse("application_submitted_is_kept", digest="14da4af2cff62ab1"),
                    declared.Law("application_submitted_in_time", digest="331ee256e4d3f8ed"),
                    declared.Law("application_decided_by_release", digest="3228ad80d3d45fdc"),
                    declared.Refuse("application_begins_unjudged", digest="dea36b822ca6cad5"),
                    declared.Law("application_standing_is_reckoned", digest="d5b9dd3b62969473"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("member", "belongs to it"),
                            ("employer", "works or worked with it"),
                            ("investor", "has money in it"),
                            ("family", "family or close friend"),
                            ("mentor", "mentors it"),
                            ("other", "another reason"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("declared_at", models.DateTimeField(verbose_name="declared")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conflicts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "startup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conflicts",
                        to="applications.startup",
                        verbose_name="startup",
                    ),
                ),
            ],
            options={
                "verbose_name": "conflict of interest",
                "verbose_name_plural": "conflicts of interest",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("person", "startup", "kind"),
                        name="conflict_once",
                    ),
                    declared.Refuse("conflict_stands", digest="3471e60a421bbecb"),
                    declared.Refuse("conflict_is_ended_not_deleted", digest="637a316fa7aeb8c1"),
                    declared.Law("conflict_lasts_with_membership", digest="cfedd8f8bcbf6e38"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                (
                    "role",
                    models.CharField(
                        choices=[("founder", "founder"), ("editor", "editor"), ("viewer", "viewer")],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("invited_at", models.DateTimeField(verbose_name="invited")),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
                (
                    "startup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="applications.startup",
                        verbose_name="startup",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("startup"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("accepted_at", None), ("withdrawn_at", None)),
                        name="invitation_once_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(("accepted_at__isnull", False), ("accepted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="invitation_accepted_by_and_at",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("founder", "founder"), ("editor", "editor"), ("viewer", "viewer")],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("joined_at", models.DateTimeField(verbose_name="joined")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="left")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "startup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="applications.startup",
                        verbose_name="startup",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("startup", "person"), name="membership_once"
                    ),
                    declared.Law("membership_is_a_conflict", digest="5793e27a4998930d"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("key", models.SlugField(verbose_name="key")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("short", "one line"),
                            ("long", "text"),
                            ("url", "web address"),
                            ("number", "whole number"),
                            ("yes_no", "yes or no"),
                            ("choice", "one of a list"),
                            ("choices", "several of a list"),
                            ("file", "PDF document"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("label", portal.language.fields.LocalText(default=dict, verbose_name="question")),
                ("help", portal.language.fields.LocalText(blank=True, default=dict, verbose_name="help")),
                ("choices", models.JSONField(blank=True, default=list, verbose_name="choices")),
                ("is_required", models.BooleanField(default=True, verbose_name="required")),
                (
                    "identifies",
                    models.BooleanField(
                        default=False,
                        help_text="Hidden from reviewers in a blind phase.",
                        verbose_name="tells who it is",
                    ),
                ),
                ("max_length", models.PositiveIntegerField(default=2000, verbose_name="longest answer")),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="applications.section",
                        verbose_name="section",
                    ),
                ),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "constraints": [
                    models.UniqueConstraint(fields=("section", "key"), name="question_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(("max_length__gte", 1), ("max_length__lte", 20000)),
                        name="question_length_sane",
                    ),
                    declared.Law("question_still_once_published", digest="cb85f3248d979899"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ApplicationVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("content", models.JSONField(verbose_name="content")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("submitted_at", models.DateTimeField(verbose_name="submitted")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="submitted by",
                    ),
                ),
            ],
            options={
                "verbose_name": "application version",
                "verbose_name_plural": "application versions",
                "constraints": [
                    models.UniqueConstraint(fields=("application", "number"), name="version_number_once"),
                    declared.AppendOnly("applications_applicationversion_append_only", digest="9bdabd55e0392395"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("accept", "accept"), ("waitlist", "waitlist"), ("decline", "decline")],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("confirmed", "confirmed"),
                            ("released", "released"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="months")),
                (
                    "monthly_cap_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="most a month, in minor units"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("first_period", models.DateField(blank=True, null=True, verbose_name="first month")),
                ("rank", models.PositiveIntegerField(blank=True, null=True, verbose_name="place on the waitlist")),
                ("message", models.TextField(blank=True, max_length=2000, verbose_name="words to the applicant")),
                ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed at")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="applications.application",
                        verbose_name="application",
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="proposed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("application",),
                        name="decision_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["confirmed", "released"]), _negated=True),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_by__isnull", False),
                                models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="decision_confirmed_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "accept"), _negated=True),
                            models.Q(
                                ("first_period__isnull", False),
                                ("monthly_cap_minor__isnull", False),
                                ("months__isnull", False),
                                ("first_period__day", 1),
                                ("monthly_cap_minor__gt", 0),
                                ("months__gte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="decision_says_what_is_given",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "waitlist"), _negated=True),
                            models.Q(
                                ("first_period__isnull", False),
                                ("monthly_cap_minor__isnull", False),
                                ("months__isnull", False),
                                ("first_period__day", 1),
                                ("monthly_cap_minor__gt", 0),
                                ("months__gte", 1),
                                ("rank__gte", 1),
                                ("rank__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="decision_waitlist_is_ranked",
                    ),
                    declared.StateMachine("moves_applications_decision", digest="5029fdaf03b9d93c"),
                    declared.Law("decision_free_of_conflict", digest="8747c4046b975212"),
                    declared.Refuse("decision_stands_once_confirmed", digest="1faa882b0710133c"),
                    declared.Refuse("decision_is_kept", digest="637a316fa7aeb8c1"),
                ],
                "indexes": [models.Index(fields=["state", "application"], name="decision_states")],
            },
        ),
        migrations.CreateModel(
            name="EligibilityFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fact", models.SlugField(verbose_name="fact")),
                ("value", models.JSONField(verbose_name="value")),
                ("as_of", models.DateField(verbose_name="as of")),
                ("stated_at", models.DateTimeField(verbose_name="stated")),
                ("evidence", models.CharField(blank=True, max_length=300, verbose_name="evidence")),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="verified")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="facts",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "stated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="stated by",
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="verified by",
                    ),
                ),
            ],
            options={
                "verbose_name": "eligibility fact",
                "verbose_name_plural": "eligibility facts",
                "constraints": [
                    models.UniqueConstraint(fields=("application", "fact"), name="fact_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verified_at", None), ("verified_by", None)),
                            models.Q(("verified_at__isnull", False), ("verified_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="fact_verified_by_and_at",
                    ),
                    declared.Law("fact_stated_only_while_editable", digest="1b8ec803a5b559ae"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="EligibilityFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("pass", "met"), ("fail", "not met"), ("unknown", "not answered")],
                        max_length=8,
                        verbose_name="verdict",
                    ),
                ),
                ("value", models.JSONField(null=True, verbose_name="value seen")),
                ("found_at", models.DateTimeField(verbose_name="found")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="applications.eligibilitycriterion",
                        verbose_name="criterion",
                    ),
                ),
            ],
            options={
                "verbose_name": "eligibility finding",
                "verbose_name_plural": "eligibility findings",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verdict", "pass"), _negated=True),
                            models.Q(
                                ("value__isnull", False),
                                models.Q(("value", models.Value(None, models.JSONField())), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="finding_unknown_never_passes",
                    ),
                    declared.AppendOnly("applications_eligibilityfinding_append_only", digest="9bdabd55e0392395"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ReviewAssignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("assigned", "assigned"),
                            ("cleared", "no conflict"),
                            ("conflicted", "conflict of interest"),
                            ("removed", "unassigned"),
                        ],
                        default="assigned",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("assigned_at", models.DateTimeField(verbose_name="assigned at")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "assigned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned by",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewer",
                    ),
                ),
                (
                    "phase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="applications.reviewphase",
                        verbose_name="phase",
                    ),
                ),
            ],
            options={
                "verbose_name": "review assignment",
                "verbose_name_plural": "review assignments",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "removed"), _negated=True),
                        fields=("phase", "application", "reviewer"),
                        name="assignment_once",
                    ),
                    declared.StateMachine("moves_applications_reviewassignment", digest="2c7cee07cd819efb"),
                    declared.Law("reviewer_free_of_conflict", digest="e3632751f782c46e"),
                    declared.Law("assignment_in_its_cohorts_phase", digest="8069f4666047561c"),
                    declared.Law("assignment_counts_in_standing", digest="310110d0fbeddb2c"),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["assigned", "cleared"])),
                        fields=["phase", "reviewer"],
                        name="assignment_at_work",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.JSONField(verbose_name="answer")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("saved_at", models.DateTimeField(verbose_name="saved")),
                (
                    "saved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saved by",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="applications.question",
                        verbose_name="question",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer",
                "verbose_name_plural": "answers",
                "constraints": [
                    models.UniqueConstraint(fields=("application", "question"), name="answer_once"),
                    declared.Law("answer_only_while_editable", digest="4b2f0a4f72f1944e"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="bytes")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("stored_as", models.CharField(max_length=200, unique=True)),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded")),
                ("removed_at", models.DateTimeField(blank=True, null=True, verbose_name="removed")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="applications.question",
                        verbose_name="question",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="document_not_empty"),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("application", "question", "sha256"),
                        name="document_once",
                    ),
                    declared.Law("document_only_while_editable", digest="19a138b3acce7ba9"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("lapsed", "expired"),
                            ("revoked", "revoked"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(verbose_name="months")),
                ("monthly_cap_minor", models.BigIntegerField(verbose_name="most a month, in minor units")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("first_period", models.DateField(verbose_name="first month")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("decline_reason", models.CharField(blank=True, max_length=500, verbose_name="reason for declining")),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offer",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offer",
                        to="applications.decision",
                        verbose_name="decision",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="applications.terms",
                        verbose_name="terms",
                    ),
                ),
            ],
            options={
                "verbose_name": "offer",
                "verbose_name_plural": "offers",
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["expires_at"], name="offer_clock"),
                    models.Index(
                        condition=models.Q(("state__in", ["open", "accepted"])),
                        fields=["cohort"],
                        name="offer_holds_seat",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["cohort", "expires_at", "id"], name="offer_waits"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))), name="offer_has_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_period__day", 1), ("monthly_cap_minor__gt", 0), ("months__gte", 1)),
                        name="offer_says_what_is_given",
                    ),
                    declared.StateMachine("moves_applications_offer", digest="2ff90af73a280c31"),
                    declared.Law("offer_follows_decision", digest="f78725c9d901523b"),
                    declared.Law("offer_within_seats", digest="b63d80acf5755ccf"),
                    declared.Refuse("offer_stands_as_made", digest="21e7676318ec51a8"),
                    declared.Refuse("offer_is_kept", digest="637a316fa7aeb8c1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("submitted", "submitted")],
                        default="draft",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "recommendation",
                    models.CharField(
                        blank=True,
                        choices=[("accept", "accept"), ("unsure", "not sure"), ("decline", "decline")],
                        max_length=10,
                        verbose_name="recommendation",
                    ),
                ),
                ("comment", models.TextField(blank=True, max_length=4000, verbose_name="for the committee")),
                ("feedback", models.TextField(blank=True, max_length=4000, verbose_name="for the applicant")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="submitted at")),
                (
                    "assignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review",
                        to="applications.reviewassignment",
                        verbose_name="assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "submitted"), _negated=True),
                            models.Q(("submitted_at__isnull", False), models.Q(("recommendation", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="review_complete_when_submitted",
                    ),
                    declared.StateMachine("moves_applications_review", digest="8800f90ae7d95bea"),
                    declared.Law("review_needs_clearance", digest="8f8b341733aefd3d"),
                    declared.Refuse("review_stands_once_submitted", digest="251721bad77f55bc"),
                    declared.Law("review_counts_in_standing", digest="6758657336b5472d"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=8, verbose_name="language read")),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("text", models.TextField(verbose_name="text as signed")),
                ("digest", models.CharField(max_length=64, verbose_name="digest of the terms")),
                ("signed_name", models.CharField(max_length=160, verbose_name="name as signed")),
                ("signed_at", models.DateTimeField(verbose_name="signed")),
                ("ip_address", models.GenericIPAddressField(verbose_name="from address")),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="signed by",
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreement",
                        to="applications.offer",
                        verbose_name="offer",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="applications.terms",
                        verbose_name="terms",
                    ),
                ),
            ],
            options={
                "verbose_name": "agreement",
                "verbose_name_plural": "agreements",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("signed_name", ""), _negated=True), models.Q(("text", ""), _negated=True)
                        ),
                        name="agreement_is_signed",
                    ),
                    declared.Law("agreement_signs_the_offered_terms", digest="9ae77853152c9e49"),
                    declared.Law("agreement_signed_by_a_founder", digest="d77dc427f76ef397"),
                    declared.AppendOnly("applications_agreement_append_only", digest="9bdabd55e0392395"),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.search.SearchVector("signed_name", config="simple"),
                        name="agreement_signers",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Participation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("onboarding", "onboarding"),
                            ("active", "active"),
                            ("paused", "paused"),
                            ("graduated", "graduated"),
                            ("ended", "ended early"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="onboarding",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(verbose_name="months")),
                ("first_period", models.DateField(verbose_name="first month")),
                ("created_at", models.DateTimeField(verbose_name="accepted")),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participation",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participation",
                        to="applications.offer",
                        verbose_name="offer",
                    ),
                ),
                (
                    "startup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="applications.startup",
                        verbose_name="startup",
                    ),
                ),
            ],
            options={
                "verbose_name": "participation",
                "verbose_name_plural": "participations",
                "indexes": [],
                "constraints": [
                    declared.StateMachine("moves_applications_participation", digest="f377a4f1fbad58a3"),
                    declared.Law("participation_follows_offer", digest="1d097033c0a6565f"),
                    declared.Law("participation_active_once_signed", digest="50646ee02b333150"),
                    declared.Refuse("participation_is_kept", digest="637a316fa7aeb8c1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.PositiveSmallIntegerField(verbose_name="points")),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="applications.rubriccriterion",
                        verbose_name="criterion",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="applications.review",
                        verbose_name="review",
                    ),
                ),
            ],
            options={
                "verbose_name": "score",
                "verbose_name_plural": "scores",
                "constraints": [
                    models.UniqueConstraint(fields=("review", "criterion"), name="score_once"),
                    declared.Law("score_only_in_draft", digest="c51f67dffe48e6a7"),
                    declared.Law("score_within_rubric", digest="99fb2456ca3cb487"),
                ],
                "indexes": [],
            },
        ),
    ]
