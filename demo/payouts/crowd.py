"""The money of the crowd: budgets, awards, accounts, and every month paid whose day has come, through the real acts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from applications.models import Cohort, Membership, Offer, Participation, Programme
from demo import bulk
from demo.applications import crowd
from demo.applications.crowd.shape import SLUG
from demo.payouts.funding import SOURCE
from payouts import actions, ledger
from payouts.actions.payments import close_if_answered
from payouts.bank_details import Details
from payouts.models import (
    Award,
    Disbursement,
    Event,
    Hold,
    LedgerAccount,
    Payment,
    PaymentBatch,
    PaymentSource,
    PayoutAccount,
    Transfer,
)
from payouts.rules import due_at
from portal.laws.transitions import acting, move, move_many
from portal.models import User
from portal.sealing.ring import key_ring, last_four

Account, State = PayoutAccount.State, Offer.State
GIVEN_AFTER = timedelta(days=1)
ARRIVES_AFTER = timedelta(days=5)
ROUTING = "021000021"
EVIDENCE = "Bank letter, called back on a known number"


def build(n: int, at: datetime) -> None:
    """Give the crowd its money, up to the months that are due now."""
    programme = Programme.objects.get(slug=SLUG)
    award_all(programme, at)
    give_accounts(programme, at)
    for day in _days(programme, at):
        pay(programme, day, until=at)
    hold_some(programme, at)


def award_all(programme: Programme, at: datetime) -> None:
    """Fund every decided cohort, reserve the money of every offer, free what was not taken, commit what was signed."""
    source = PaymentSource(programme=programme, **SOURCE)
    source.full_clean()
    source.save()
    manager = crowd.cast("manager")
    for cohort in Cohort.objects.filter(programme=programme).order_by("pk"):
        offers = list(cohort.offers.select_related("cohort__programme").order_by("pk"))
        needed = programme.total * cohort.seats
        made_at = offers[0].made_at if offers else at
        actions.fund_cohort(cohort, needed.minor, reference="Letter of commitment", by=manager, at=made_at)
        if offers:
            actions.reserve_awards(offers, by=manager, at=made_at)
            bulk.count(Award, LedgerAccount, Transfer)
            ended = [offer for offer in offers if offer.state in (State.DECLINED, State.LAPSED)]
            actions.free_awards(ended, by=None, at=made_at)
            _commit(cohort, made_at + GIVEN_AFTER)


def _commit(cohort: Cohort, at: datetime) -> None:
    """Tie awards to their seats, and cut those of signed ones into months: the set-based twin of `commit_award`."""
    seat = Participation.objects.filter(offer=OuterRef("offer")).values("pk")
    Award.objects.filter(cohort=cohort, offer__state=State.ACCEPTED).update(participation=Subquery(seat))
    signed = Award.objects.filter(cohort=cohort, participation__state=Participation.State.ACTIVE)
    awards = list(signed.order_by("pk").values_list("pk", "participation__first_period", "months", "monthly_cap_minor"))
    chosen = Award.objects.filter(pk__in=[award for award, *_rest in awards])
    move_many(chosen, Award.State.COMMITTED, by=None, at=at)
    ledger.book_many(Event.COMMIT, chosen, at=at)
    acting(by=None, at=at)
    programme = cohort.programme
    bulk.copy(
        Disbursement,
        ("award", "n", "period", "ceiling_minor", "carried_minor", "due_at", "state"),
        (
            (award, n, period, cap, 0, due_at(period, day=programme.payment_day, zone=programme.timezone), "scheduled")
            for award, first, months, cap in awards
            for n, period in enumerate(Participation(first_period=first, months=months).periods(), start=1)
        ),
    )


def give_accounts(programme: Programme, at: datetime) -> None:
    """Copy bank details for every signed seat, and let most of them be confirmed and verified."""
    seats = Participation.objects.filter(cohort__programme=programme, state=Participation.State.ACTIVE)
    first = bulk.reserve(PayoutAccount, 1)[0]
    founders = Membership.objects.founders().filter(startup=OuterRef("startup")).order_by("pk")
    rows = seats.order_by("created_at", "pk").annotate(founder=Subquery(founders.values("person")[:1]))
    told = rows.values_list("pk", "startup__name", "founder", "created_at")
    # An act an instant: cooling-off counts from it. Each seat's details were given when the seat was a day old.
    for created_at, together in groupby(told, key=lambda seat: seat[-1]):
        given_at = created_at + GIVEN_AFTER
        acting(by=None, at=given_at)
        bulk.copy(
            PayoutAccount,
            (
                "uuid",
                "participation",
                "version",
                "holder_name",
                "holder_name_ascii",
                "routing_number",
                "account_type",
                "sealed",
                "last_four",
                "fingerprint",
                "country",
                "currency",
                "state",
                "changed_by",
                "created_at",
                "payable_from",
                "confirmed_evidence",
                "evidence",
            ),
            _accounts(list(together), given_at, programme.currency),
        )
    recent = Participation.objects.filter(cohort__programme=programme, created_at__gt=at - timedelta(days=5))
    ours = PayoutAccount.objects.filter(pk__gt=first).annotate(
        tenth=F("pk") % 10, is_recent=Exists(recent.filter(pk=OuterRef("participation")))
    )
    _confirm(_ids(ours.filter(Q(is_recent=False) | Q(tenth__gt=2))))
    _verify(_ids(ours.filter(Q(is_recent=False) | Q(tenth__gt=5))))


def _accounts(seats: list[Any], given_at: datetime, currency: str) -> Iterator[tuple[Any, ...]]:
    ring = key_ring()
    for pk, name, founder, _created_at in seats:
        number = f"{pk:012d}"
        details = Details(name, number, "checking", ROUTING)
        account = PayoutAccount(uuid=uuid4())
        sealed = ring.seal(number.encode(), account.place)
        yield (
            account.uuid,
            pk,
            1,
            name,
            details.holder_name_ascii(),
            ROUTING,
            "checking",
            sealed,
            last_four(number),
            details.fingerprint(),
            "US",
            currency,
            "pending",
            founder,
            given_at,
            given_at,
            "",
            "",
        )


def _confirm(accounts: list[int]) -> None:
    """Let the second founder confirm, or staff where there is none, two hours after the details were given."""
    founders = Membership.objects.founders().filter(startup__participations__payout_accounts=OuterRef("pk"))
    others = founders.exclude(person=OuterRef("changed_by"))
    chosen = PayoutAccount.objects.filter(pk__in=accounts)
    two = _ids(chosen.filter(Exists(others)))
    second, staff = Subquery(others.values("person")[:1]), crowd.cast("manager")
    for given_at in _given(chosen):
        at, together = given_at + timedelta(hours=2), chosen.filter(created_at=given_at)
        told: dict[str, Any] = {"at": at, "confirmed_at": at}
        move_many(together.filter(pk__in=two), Account.CONFIRMED, by=None, confirmed_by=second, **told)
        told |= {"confirmed_by": staff, "confirmed_evidence": EVIDENCE}
        move_many(together.exclude(pk__in=two), Account.CONFIRMED, by=staff, **told)


def _verify(accounts: list[int]) -> None:
    """Let staff verify another two hours later."""
    chosen, by = PayoutAccount.objects.filter(pk__in=accounts), crowd.cast("preparer")
    for given_at in _given(chosen):
        at, together = given_at + timedelta(hours=4), chosen.filter(created_at=given_at)
        move_many(together, Account.VERIFIED, by=by, at=at, verified_by=by, verified_at=at, evidence=EVIDENCE)


def _given(accounts: models.QuerySet[PayoutAccount]) -> list[datetime]:
    """Return the instants at which details were given: an act an instant."""
    return list(accounts.order_by("created_at").values_list("created_at", flat=True).distinct())


def _ids(rows: models.QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _days(programme: Programme, at: datetime) -> list[datetime]:
    """Return the instants at which months were due, oldest first, and a little later in the day."""
    months = Disbursement.objects.filter(award__cohort__programme=programme, due_at__lte=at)
    days = months.order_by("due_at").values_list("due_at", flat=True).distinct()
    return [min(day + timedelta(hours=14), at) for day in days]


def pay(programme: Programme, at: datetime, *, until: datetime) -> None:
    """Pay the months that are due at an instant, four eyes and all; they arrive four days later, if that is past."""
    by, second = crowd.cast("preparer"), crowd.cast("approver")
    if not actions.open_months(at):
        return
    batch = actions.prepare_batch(programme, by=by, at=at)
    bulk.count(Payment, Disbursement)
    actions.approve_batch(batch, by=second, at=at)
    actions.freeze_batch(batch, by=second, at=at)
    actions.release_batch(batch, by=second, at=at)
    bulk.count(Transfer)
    send(batch, by=second, at=at)
    if at + ARRIVES_AFTER < until:
        settle(batch, at + ARRIVES_AFTER)


def send(batch: PaymentBatch, *, by: User, at: datetime) -> None:
    """Do what `mark_sent` does, but for the mails."""
    move(batch, PaymentBatch.State.SENT, by=by, at=at, sent_at=at)
    move_many(Payment.objects.filter(batch=batch), Payment.State.SENT, by=by, at=at)
    ledger.book_many(Event.SEND, Payment.objects.filter(batch=batch), at=at)


def settle(batch: PaymentBatch, at: datetime) -> None:
    """Do what `settle_batch` does, but for the mails."""
    payments = Payment.objects.filter(batch=batch)
    move_many(payments, Payment.State.SETTLED, by=None, at=at, settled_at=at)
    months = Disbursement.objects.filter(pk__in=payments.values("disbursement"))
    move_many(months, Disbursement.State.PAID, by=None, at=at)
    ledger.book_many(Event.SETTLE, payments, at=at)
    close_if_answered(batch, by=None, at=at)


def hold_some(programme: Programme, at: datetime) -> None:
    """Hold the money of one seat in fifty, for a reason that the startup is told."""
    seats = Participation.objects.filter(cohort__programme=programme, state=Participation.State.ACTIVE)
    chosen = _ids(seats.annotate(place=F("pk") % 50).filter(place=0))
    by = crowd.cast("manager")
    acting(by=by, at=at)
    review_on = at.date() + timedelta(days=7)
    bulk.copy(
        Hold,
        (
            "participation",
            "reason",
            "notice",
            "note",
            "placed_by",
            "placed_at",
            "noticed_at",
            "review_on",
            "lifted_why",
        ),
        ((pk, "report", "Your report of last month is missing.", "", by.pk, at, at, review_on, "") for pk in chosen),
    )
