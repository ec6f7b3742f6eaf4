"""Awards, months, payout accounts, batches, payments and the ledger."""

import uuid

import django.db.models.constraints
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
            name="Award",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("monthly_cap_minor", models.BigIntegerField(verbose_name="most a month, in minor units")),
                ("months", models.PositiveSmallIntegerField(verbose_name="months")),
                ("total_minor", models.BigIntegerField(verbose_name="total, in minor units")),
                ("first_period", models.DateField(verbose_name="first month")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reserved", "reserved"),
                            ("committed", "committed"),
                            ("closed", "closed"),
                            ("freed", "freed"),
                        ],
                        default="reserved",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="reserved at")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="awards",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="award",
                        to="applications.offer",
                        verbose_name="offer",
                    ),
                ),
                (
                    "participation",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="award",
                        to="applications.participation",
                        verbose_name="participation",
                    ),
                ),
                (
                    "startup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="awards",
                        to="applications.startup",
                        verbose_name="startup",
                    ),
                ),
                ("first_paid_at", models.DateTimeField(editable=False, null=True, verbose_name="first money arrived")),
            ],
            options={
                "verbose_name": "award",
                "verbose_name_plural": "awards",
                "indexes": [
                    models.Index(fields=["cohort", "state", "-id"], name="award_board"),
                    models.Index(
                        condition=models.Q(("first_paid_at__isnull", False)),
                        fields=["cohort"],
                        include=("offer", "first_paid_at"),
                        name="award_first_paid",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("monthly_cap_minor__gt", 0),
                            ("months__gte", 1),
                            (
                                "total_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("monthly_cap_minor"), "*", models.F("months")
                                ),
                            ),
                        ),
                        name="award_total_is_cap_times_months",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["reserved", "freed"]), ("participation__isnull", False), _connector="OR"
                        ),
                        name="award_committed_to_a_participation",
                    ),
                    declared.StateMachine("moves_payouts_award", digest="572f49d061ffe2e1"),
                    declared.Function("payouts_first_money(award bigint)", digest="79464e17bd1da349"),
                    declared.Law("award_follows_offer", digest="74685067938585c3"),
                    declared.Refuse("award_stands_as_made", digest="e02e1cd2a5e490d4"),
                    declared.Law("award_participation_of_its_offer", digest="be345f12ce169d64"),
                    declared.Law("award_committed_once_signed", digest="ef011c9f37cf1aa1"),
                    declared.Refuse("award_is_kept", digest="637a316fa7aeb8c1"),
                    declared.Refuse("award_begins_unpaid", digest="34c967c2a4da2ad6"),
                    declared.Law("award_first_money_is_its_payments", digest="8a919b506f07b62c"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PayoutAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("holder_name", models.CharField(max_length=120, verbose_name="account holder")),
                (
                    "holder_name_ascii",
                    models.CharField(max_length=70, verbose_name="account holder, as the bank sees it"),
                ),
                ("routing_number", models.CharField(blank=True, max_length=11, verbose_name="routing number or BIC")),
                (
                    "account_type",
                    models.CharField(
                        choices=[
                            ("checking", "checking account"),
                            ("savings", "savings account"),
                            ("iban", "account with an IBAN"),
                        ],
                        max_length=10,
                        verbose_name="type of account",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("last_four", models.CharField(max_length=4, verbose_name="last four")),
                ("fingerprint", models.CharField(db_index=True, editable=False, max_length=64)),
                ("country", models.CharField(max_length=2, verbose_name="country of the bank")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waits for a second person"),
                            ("confirmed", "waits to be verified"),
                            ("verified", "verified"),
                            ("retired", "replaced"),
                            ("rejected", "rejected"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="given")),
                ("payable_from", models.DateTimeField(verbose_name="payable from")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed")),
                (
                    "confirmed_evidence",
                    models.CharField(blank=True, max_length=500, verbose_name="how staff confirmed it"),
                ),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="verified")),
                ("evidence", models.CharField(blank=True, max_length=500, verbose_name="evidence")),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
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
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payout_accounts",
                        to="applications.participation",
                        verbose_name="participation",
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
                "verbose_name": "payout account",
                "verbose_name_plural": "payout accounts",
                "constraints": [
                    models.UniqueConstraint(fields=("participation", "version"), name="payout_account_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["pending", "confirmed", "verified"])),
                        fields=("participation",),
                        name="payout_account_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("account_type__in", ["checking", "savings"]),
                                ("currency", "USD"),
                                ("routing_number__regex", "^[0-9]{9}$"),
                            ),
                            models.Q(
                                ("account_type", "iban"), ("routing_number__regex", "^([A-Z0-9]{8}([A-Z0-9]{3})?)?$")
                            ),
                            _connector="OR",
                        ),
                        name="payout_account_is_one_of_its_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at", None), ("confirmed_by", None)),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_by__isnull", False),
                                models.Q(("confirmed_by", models.F("changed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="payout_account_confirmed_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verified_at", None), ("verified_by", None)),
                            models.Q(
                                ("verified_at__isnull", False),
                                ("verified_by__isnull", False),
                                models.Q(("evidence", ""), _negated=True),
                                models.Q(("verified_by", models.F("changed_by")), _negated=True),
                                models.Q(("verified_by", models.F("confirmed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="payout_account_verified_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["pending", "retired", "rejected"]),
                            models.Q(("confirmed_at__isnull", False), ("state", "confirmed")),
                            models.Q(
                                ("confirmed_at__isnull", False), ("state", "verified"), ("verified_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="payout_account_steps_in_order",
                    ),
                    declared.StateMachine("moves_payouts_payoutaccount", digest="0b73eac0b22091d5"),
                    declared.Law("payout_account_given_by_a_founder", digest="6087327f763e6121"),
                    declared.Law("payout_account_cools_off", digest="340debae487705f5"),
                    declared.Refuse("payout_account_stands_as_given", digest="9e6e11cfeb14e4f5"),
                    declared.Law("payout_account_confirmed_by_founder_or_evidence", digest="879a1afd44cc0f3d"),
                    declared.Law("payout_account_verifier_free_of_conflict", digest="621b151e9299b60b"),
                    declared.Refuse("payout_account_sealed_anew_alone", digest="c96c552e2b526f67"),
                    declared.Refuse("payout_account_is_kept", digest="637a316fa7aeb8c1"),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["pending", "confirmed"])),
                        fields=["created_at", "id"],
                        include=("participation", "state", "changed_by", "confirmed_by"),
                        name="payout_account_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Funding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("amount_minor", models.BigIntegerField(verbose_name="amount, in minor units")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("reference", models.CharField(blank=True, max_length=120, verbose_name="reference")),
                ("funded_at", models.DateTimeField(verbose_name="entered")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fundings",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
                (
                    "funded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
            ],
            options={
                "verbose_name": "funding",
                "verbose_name_plural": "fundings",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="funding_positive"),
                    declared.AppendOnly("payouts_funding_append_only", digest="9bdabd55e0392395"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="PaymentSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "rail",
                    models.CharField(
                        choices=[("nacha", "ACH credit by NACHA file")],
                        default="nacha",
                        max_length=8,
                        verbose_name="rail",
                    ),
                ),
                ("currency", models.CharField(default="USD", max_length=3, verbose_name="currency")),
                (
                    "destination",
                    models.CharField(max_length=9, verbose_name="routing number of the bank the file goes to"),
                ),
                ("destination_name", models.CharField(max_length=23, verbose_name="name of that bank")),
                (
                    "origin",
                    models.CharField(max_length=10, verbose_name="sender: routing number, or the id the bank gave"),
                ),
                ("origin_name", models.CharField(max_length=23, verbose_name="sender's name")),
                ("company_name", models.CharField(max_length=16, verbose_name="company name, as recipients see it")),
                ("company_id", models.CharField(max_length=10, verbose_name="company id, as the bank gave it")),
                ("odfi", models.CharField(max_length=9, verbose_name="routing number of the originating bank")),
                ("description", models.CharField(default="GRANT PAY", max_length=10, verbose_name="entry description")),
                ("discretionary", models.CharField(blank=True, max_length=20, verbose_name="discretionary data")),
                ("reference", models.CharField(blank=True, max_length=8, verbose_name="reference")),
                (
                    "timezone",
                    models.CharField(default="America/New_York", max_length=64, verbose_name="time zone of the bank"),
                ),
                (
                    "line_end",
                    models.CharField(
                        choices=[("lf", "LF"), ("crlf", "CR LF")], default="lf", max_length=4, verbose_name="line end"
                    ),
                ),
                ("padding", models.BooleanField(default=True, verbose_name="fill the last block of ten lines")),
                (
                    "offset_routing",
                    models.CharField(
                        blank=True, max_length=9, verbose_name="own account of a balanced file: routing number"
                    ),
                ),
                (
                    "offset_account_type",
                    models.CharField(
                        blank=True,
                        choices=[("checking", "checking"), ("savings", "savings")],
                        max_length=10,
                        verbose_name="own account: type",
                    ),
                ),
                ("offset_sealed", models.BinaryField(null=True)),
                ("offset_last_four", models.CharField(blank=True, max_length=4, verbose_name="own account: last four")),
                (
                    "programme",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_source",
                        to="applications.programme",
                        verbose_name="programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment source",
                "verbose_name_plural": "payment sources",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rail", "nacha"), _negated=True), ("currency", "USD"), _connector="OR"
                        ),
                        name="source_rail_carries_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("offset_account_type", ""),
                                ("offset_last_four", ""),
                                ("offset_routing", ""),
                                ("offset_sealed", None),
                            ),
                            models.Q(
                                models.Q(("offset_routing", ""), _negated=True),
                                models.Q(("offset_account_type", ""), _negated=True),
                                ("offset_sealed__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="source_balanced_or_not",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outside", "outside"),
                            ("budget", "left in the budget"),
                            ("reserved", "reserved"),
                            ("committed", "committed"),
                            ("payable", "approved to be paid"),
                            ("in_transit", "on its way"),
                            ("disbursed", "paid"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("debits_posted", models.BigIntegerField(default=0, verbose_name="gone out")),
                ("credits_posted", models.BigIntegerField(default=0, verbose_name="come in")),
                (
                    "award",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_accounts",
                        to="payouts.award",
                        verbose_name="award",
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_accounts",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "ledger account",
                "verbose_name_plural": "ledger accounts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "outside"), ("credits_posted__gte", models.F("debits_posted")), _connector="OR"
                        ),
                        name="account_never_overdrawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("award", None), ("kind__in", ["outside", "budget"])),
                            models.Q(
                                ("award__isnull", False),
                                ("kind__in", ["reserved", "committed", "payable", "in_transit", "disbursed"]),
                            ),
                            _connector="OR",
                        ),
                        name="account_kind_and_owner",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("award", None)),
                        fields=("cohort", "currency", "kind"),
                        name="account_once_per_cohort",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("award__isnull", False)),
                        fields=("award", "kind"),
                        name="account_once_per_award",
                    ),
                    models.UniqueConstraint(fields=("id", "currency"), name="payouts_ledgeraccount_id_currency_key"),
                    declared.Refuse("account_counted_by_transfers_alone", digest="ed522d3bc288a821"),
                    declared.Refuse("account_starts_empty", digest="6613f63e1a1f9382"),
                    declared.Refuse("account_stays_what_it_is", digest="b08c3a116ca1d1d7"),
                    declared.Refuse("account_is_kept", digest="637a316fa7aeb8c1"),
                    declared.Law("account_of_its_award", digest="c3614fd7933e8aef"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Disbursement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.PositiveSmallIntegerField(verbose_name="number")),
                ("period", models.DateField(verbose_name="month")),
                ("ceiling_minor", models.BigIntegerField(verbose_name="ceiling, in minor units")),
                ("carried_minor", models.BigIntegerField(default=0, verbose_name="carried in, in minor units")),
                ("amount_minor", models.BigIntegerField(blank=True, null=True, verbose_name="amount, in minor units")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("scheduled", "scheduled"),
                            ("ready", "ready"),
                            ("approved", "approved"),
                            ("paid", "paid"),
                            ("lapsed", "lapsed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="scheduled",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "award",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disbursements",
                        to="payouts.award",
                        verbose_name="award",
                    ),
                ),
                (
                    "payee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disbursements",
                        to="payouts.payoutaccount",
                        verbose_name="approved for",
                    ),
                ),
            ],
            options={
                "verbose_name": "disbursement",
                "verbose_name_plural": "disbursements",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "scheduled")), fields=["due_at", "id"], name="disbursement_due"
                    ),
                    models.Index(
                        condition=models.Q(("state", "ready")),
                        fields=["state", "due_at", "id"],
                        name="disbursement_ready",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("award", "n"), name="disbursement_n_once"),
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                        fields=("award", "period"),
                        name="disbursement_period_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period__day", 1)), name="disbursement_period_is_a_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("carried_minor__gte", 0), ("ceiling_minor__gt", 0), ("n__gte", 1)),
                        name="disbursement_figures_sane",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_minor", None),
                            models.Q(("amount_minor__gt", 0), ("amount_minor__lte", models.F("ceiling_minor"))),
                            _connector="OR",
                        ),
                        name="disbursement_amount_within_ceiling",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["ready", "approved", "paid"]), _negated=True),
                            ("amount_minor__isnull", False),
                            _connector="OR",
                        ),
                        name="disbursement_ready_has_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "paid"]), _negated=True),
                            ("payee__isnull", False),
                            _connector="OR",
                        ),
                        name="disbursement_approved_has_payee",
                    ),
                    declared.StateMachine("moves_payouts_disbursement", digest="f22392a094cec4ae"),
                    declared.Law("disbursement_within_cap", digest="24ce73902fa990dc"),
                    declared.Refuse("disbursement_starts_without_amount", digest="0ab0f288023b30f3"),
                    declared.Refuse("disbursement_amount_fixed_once", digest="3118ad41a4eef159"),
                    declared.Refuse("disbursement_payee_set_by_approval", digest="16c75f0c5793199c"),
                    declared.Refuse("disbursement_stands_as_cut", digest="d63d26035ed3d27c"),
                    declared.Law("disbursement_within_award", digest="26ebb2bd00127f8e"),
                    declared.Law("disbursement_not_on_hold", digest="072addae4bfe98ab"),
                    declared.Law("disbursement_approved_by_its_batch", digest="d2045ef05509bb14"),
                    declared.Law("disbursement_paid_by_an_arrived_payment", digest="d9abb04a32f8b498"),
                    declared.Law("disbursement_free_of_live_payment", digest="84f06bd3cb8ad75d"),
                    declared.Refuse("disbursement_is_kept", digest="637a316fa7aeb8c1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("account", "doubt about the bank details"),
                            ("report", "something the agreement asks for is missing"),
                            ("eligibility", "doubt whether conditions still hold"),
                            ("bank", "the bank asked or warned"),
                            ("dispute", "a dispute within the startup"),
                            ("other", "another reason"),
                        ],
                        max_length=12,
                        verbose_name="reason",
                    ),
                ),
                ("notice", models.CharField(max_length=1000, verbose_name="what the startup is told")),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="note for staff")),
                ("placed_at", models.DateTimeField(verbose_name="placed")),
                ("noticed_at", models.DateTimeField(verbose_name="startup told")),
                ("review_on", models.DateField(verbose_name="looked at again by")),
                ("kept_at", models.DateTimeField(blank=True, null=True, verbose_name="kept")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted")),
                ("lifted_why", models.CharField(blank=True, max_length=500, verbose_name="why it was lifted")),
                (
                    "kept_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="kept by",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lifted by",
                    ),
                ),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="applications.participation",
                        verbose_name="participation",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="placed by",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="payouts.payoutaccount",
                        verbose_name="only this account",
                    ),
                ),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "indexes": [
                    models.Index(condition=models.Q(("lifted_at", None)), fields=["participation"], name="hold_open"),
                    models.Index(
                        condition=models.Q(("lifted_at", None)), fields=["review_on", "id"], name="hold_to_review"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("notice", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="hold_tells_the_startup",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kept_at", None), ("kept_by", None)),
                            models.Q(
                                ("kept_at__isnull", False),
                                ("kept_by__isnull", False),
                                models.Q(("kept_by", models.F("placed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="hold_kept_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_by", None)),
                            models.Q(
                                ("lifted_at__isnull", False),
                                ("lifted_by__isnull", False),
                                models.Q(("lifted_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="hold_lifted_by_and_at",
                    ),
                    declared.Law("hold_placed_free_of_conflict", digest="853081ea072f3707"),
                    declared.Law("hold_account_of_participation", digest="b7c275a0817b8118"),
                    declared.Refuse("hold_is_looked_at_again", digest="c10c9490d9e6322a"),
                    declared.Refuse("hold_stands_as_placed", digest="dbd693a11a6f2920"),
                    declared.Refuse("hold_kept_longer_by_a_second_person", digest="81f22f755df9f0aa"),
                    declared.Refuse("hold_is_kept", digest="637a316fa7aeb8c1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "rail",
                    models.CharField(
                        choices=[("nacha", "ACH credit by NACHA file")], max_length=8, verbose_name="rail"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("approved", "approved"),
                            ("frozen", "frozen"),
                            ("sent", "sent"),
                            ("closed", "closed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("effective_on", models.DateField(verbose_name="effective on")),
                ("settles_on", models.DateField(verbose_name="paid if nothing came back by")),
                ("prepared_at", models.DateTimeField(verbose_name="prepared")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved at")),
                ("frozen_at", models.DateTimeField(blank=True, null=True, verbose_name="frozen at")),
                (
                    "total_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="total of the file, in minor units"),
                ),
                ("count", models.PositiveIntegerField(blank=True, null=True, verbose_name="payments in the file")),
                ("file_on", models.DateField(blank=True, null=True, verbose_name="day of the file")),
                (
                    "nth_of_day",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="file of that day"),
                ),
                ("file_name", models.CharField(blank=True, max_length=80, verbose_name="file name")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="released")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="prepared by",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="applications.programme",
                        verbose_name="programme",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="released by",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="payouts.paymentsource",
                        verbose_name="payment source",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment batch",
                "verbose_name_plural": "payment batches",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "sent")), fields=["settles_on", "id"], name="batch_unanswered"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "number"), name="batch_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("nth_of_day__isnull", False)),
                        fields=("source", "file_on", "nth_of_day"),
                        name="batch_file_of_day_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at", None), ("approved_by", None)),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                models.Q(("approved_by", models.F("prepared_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="batch_approved_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("released_at", None), ("released_by", None)),
                            models.Q(
                                ("released_at__isnull", False),
                                ("released_by__isnull", False),
                                models.Q(("released_by", models.F("prepared_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="batch_released_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "cancelled"]),
                            models.Q(("approved_at__isnull", False), ("state", "approved")),
                            models.Q(("approved_at__isnull", False), ("frozen_at__isnull", False), ("state", "frozen")),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("frozen_at__isnull", False),
                                ("released_at__isnull", False),
                                ("sent_at__isnull", False),
                                ("state__in", ["sent", "closed"]),
                            ),
                            _connector="OR",
                        ),
                        name="batch_steps_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("count", None),
                                ("file_name", ""),
                                ("file_on", None),
                                ("frozen_at", None),
                                ("nth_of_day", None),
                                ("sha256", ""),
                                ("total_minor", None),
                            ),
                            models.Q(
                                ("count__gt", 0),
                                ("count__isnull", False),
                                ("file_on__isnull", False),
                                ("frozen_at__isnull", False),
                                ("nth_of_day__gte", 1),
                                ("nth_of_day__isnull", False),
                                ("sha256__regex", "^[0-9a-f]{64}$"),
                                ("total_minor__gt", 0),
                                ("total_minor__isnull", False),
                                models.Q(("file_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="batch_frozen_with_its_file",
                    ),
                    declared.StateMachine("moves_payouts_paymentbatch", digest="39a5e27c9772fc17"),
                    declared.Refuse("batch_stands_as_prepared", digest="6baca0cd656610b2"),
                    declared.Refuse("batch_approved_once", digest="cac6211e0c8480cf"),
                    declared.Refuse("batch_stands_once_frozen", digest="b0d20badbde08c3a"),
                    declared.Law("batch_frozen_as_its_payments", digest="dbc86b3f47294e6c"),
                    declared.Law("batch_frozen_only_payable", digest="ada5e9627a7e8da8"),
                    declared.Law("batch_people_free_of_conflict", digest="42338f6ef339335b"),
                    declared.Law("batch_ends_with_its_payments", digest="08a955a2ae66f56e"),
                    declared.Refuse("batch_is_kept", digest="637a316fa7aeb8c1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, unique=True, verbose_name="key")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount, in minor units")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("fund", "budget given"),
                            ("reserve", "reserved with an offer"),
                            ("free", "freed with an offer"),
                            ("commit", "committed by the signature"),
                            ("approve", "month approved"),
                            ("send", "sent to the bank"),
                            ("settle", "arrived"),
                            ("return", "came back"),
                            ("late_return", "came back after it had arrived"),
                            ("lapse", "month lapsed"),
                            ("cancel", "month cancelled"),
                            ("lower", "month lowered"),
                            ("refund", "paid back by the startup"),
                            ("reversal", "taken back"),
                        ],
                        max_length=12,
                        verbose_name="event",
                    ),
                ),
                ("subject_table", models.CharField(max_length=63, verbose_name="table")),
                ("subject_id", models.BigIntegerField(verbose_name="row")),
                ("booked_at", models.DateTimeField(verbose_name="booked")),
                (
                    "credit_account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="payouts.ledgeraccount",
                        verbose_name="to",
                    ),
                ),
                (
                    "debit_account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debits",
                        to="payouts.ledgeraccount",
                        verbose_name="from",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="payouts.transfer",
                        verbose_name="takes back",
                    ),
                ),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
                "indexes": [
                    models.Index(fields=["subject_table", "subject_id", "id"], name="transfer_subject"),
                    models.Index(
                        condition=models.Q(
                            (
                                "event__in",
                                (
                                    "fund",
                                    "free",
                                    "return",
                                    "late_return",
                                    "lapse",
                                    "cancel",
                                    "lower",
                                    "refund",
                                    "reversal",
                                ),
                            )
                        ),
                        fields=["event", "id"],
                        name="transfer_rare",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="transfer_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("debit_account", models.F("credit_account")), _negated=True),
                        name="transfer_between_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("event", "reversal"), ("reverses__isnull", False)),
                            models.Q(models.Q(("event", "reversal"), _negated=True), ("reverses", None)),
                            _connector="OR",
                        ),
                        name="transfer_reversal_names_original",
                    ),
                    declared.References("transfer_debit_currency", digest="921713b42da46b35"),
                    declared.References("transfer_credit_currency", digest="06802294076ac153"),
                    declared.Law("transfer_follows_event", digest="0857b60f9c4e79fb"),
                    declared.Law("transfer_approves_a_month_once", digest="710ffc01d2a44206"),
                    declared.Law("transfer_reversal_mirrors", digest="11fe21fa867f7e03"),
                    declared.AppendOnly("payouts_transfer_append_only", digest="9bdabd55e0392395"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.BinaryField()),
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file",
                        to="payouts.paymentbatch",
                        verbose_name="batch",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment file",
                "verbose_name_plural": "payment files",
                "indexes": [],
                "constraints": [
                    declared.Law("file_written_while_freezing", digest="f32157fadb1a57d4"),
                    declared.Refuse("file_stands_as_written", digest="96588a7acd1457e1"),
                    declared.Law("file_kept_until_sent", digest="b28b31c6771f0b23"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempt", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount, in minor units")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("end_to_end_id", models.CharField(max_length=35, unique=True, verbose_name="name at the bank")),
                ("trace_number", models.BigIntegerField(unique=True, verbose_name="trace number")),
                ("payee_name_ascii", models.CharField(max_length=70, verbose_name="payee, as the bank sees it")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("prepared", "prepared"),
                            ("sent", "on its way"),
                            ("settled", "arrived"),
                            ("returned", "came back"),
                            ("withdrawn", "taken out"),
                        ],
                        default="prepared",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="arrived at")),
                ("bank_reference", models.CharField(blank=True, max_length=60, verbose_name="bank's reference")),
                ("returned_at", models.DateTimeField(blank=True, null=True, verbose_name="came back at")),
                ("return_code", models.CharField(blank=True, max_length=10, verbose_name="bank's reason")),
                (
                    "disbursement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payouts.disbursement",
                        verbose_name="disbursement",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payouts.paymentbatch",
                        verbose_name="batch",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payouts.payoutaccount",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "constraints": [
                    models.UniqueConstraint(fields=("disbursement", "attempt"), name="payment_attempt_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["prepared", "sent", "settled"])),
                        fields=("disbursement",),
                        name="payment_one_live",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0), ("attempt__gte", 1)), name="payment_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "settled"), _negated=True),
                            ("settled_at__isnull", False),
                            _connector="OR",
                        ),
                        name="payment_settled_at_when_settled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "returned"), _negated=True),
                            models.Q(("returned_at__isnull", False), models.Q(("return_code", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="payment_returned_with_code",
                    ),
                    declared.StateMachine("moves_payouts_payment", digest="d78bf82031c880a5"),
                    declared.Law("payment_is_for_its_ready_month", digest="b1c7dde341eec61c"),
                    declared.Law("payment_to_a_payable_account", digest="597ad9c6f8cd9395"),
                    declared.Law("payment_attempt_follows_the_last", digest="2dc61ba509b3b089"),
                    declared.Law("payment_preparer_free_of_conflict", digest="fea976eea7bfbae4"),
                    declared.Refuse("payment_named_by_its_disbursement", digest="67015dd54d0b7de7"),
                    declared.Refuse("payment_stands_as_prepared", digest="4ffdea3fc3cabaf7"),
                    declared.Law("payment_moves_with_its_batch", digest="63a23e750af4c3de"),
                    declared.Refuse("payment_is_kept", digest="637a316fa7aeb8c1"),
                    declared.Law("payment_tells_first_money", digest="0834d2be1c0c18a1"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="LedgerTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outside", "outside"),
                            ("budget", "left in the budget"),
                            ("reserved", "reserved"),
                            ("committed", "committed"),
                            ("payable", "approved to be paid"),
                            ("in_transit", "on its way"),
                            ("disbursed", "paid"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("net_minor", models.BigIntegerField(verbose_name="added")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "ledger total",
                "verbose_name_plural": "ledger totals",
                "indexes": [],
                "constraints": [
                    declared.Refuse("total_counted_by_transfers_alone", digest="041c80ab7daa315f"),
                ],
            },
        ),
        # A page of accounts keeps room for the counters of an act: they change without a new entry in every index.
        migrations.RunSQL(
            "ALTER TABLE payouts_ledgeraccount SET (fillfactor = 60)",
            "ALTER TABLE payouts_ledgeraccount RESET (fillfactor)",
        ),
        migrations.RunSQL("CREATE SEQUENCE payouts_trace_number", "DROP SEQUENCE payouts_trace_number"),
    ]
