"""The award's life: reserved with the offer, committed by the signature, closed at the end. Part of other apps' moments."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from applications.models import Offer, Participation
from payouts import ledger
from payouts.actions.months import cancel_months
from payouts.models import Award, Disbursement, Event, LedgerAccount
from payouts.models.awards import AwardQuerySet
from payouts.rules import due_at
from portal.laws.transitions import acting, move, move_many
from portal.laws.words import law_of
from portal.models import User
from portal.money import Money
from portal.refusals import Refusal

State = Award.State


@transaction.atomic
def reserve_awards(offers: Sequence[Offer], *, by: User | None, at: datetime) -> list[Award]:
    """Reserve the money of every offer together, or of none.

    :raises Refusal: if a cohort's budget is too small, saying what is needed and what there is.
    """
    acting(by=by, at=at)
    ids = [offer.pk for offer in offers]
    startups = dict(Offer.objects.filter(pk__in=ids).values_list("pk", "application__startup"))
    awards = Award.objects.bulk_create(
        [
            Award(
                offer=offer,
                cohort_id=offer.cohort_id,
                startup_id=startups[offer.pk],
                currency=offer.currency,
                monthly_cap_minor=offer.monthly_cap_minor,
                months=offer.months,
                total_minor=offer.monthly_cap_minor * offer.months,
                first_period=offer.first_period,
                created_at=at,
            )
            for offer in offers
        ],
        batch_size=5000,
    )
    _book_reservation(offers, awards, at)
    return awards


def _book_reservation(offers: Sequence[Offer], awards: list[Award], at: datetime) -> None:
    for cohort, currency in {(offer.cohort, offer.currency) for offer in offers}:
        ledger.open_accounts(cohort, currency)
    made = Award.objects.filter(pk__in=[award.pk for award in awards])
    ledger.open_award_accounts(made)
    try:
        with transaction.atomic():
            ledger.book_many(Event.RESERVE, made, at=at)
    except IntegrityError as error:
        if law_of(error) != "account_never_overdrawn":
            raise
        raise Refusal(_shortfall(offers)) from error


def _shortfall(offers: Sequence[Offer]) -> str:
    """Say which budget is too small, what is needed and what there is."""
    sentences = []
    for cohort in sorted({offer.cohort for offer in offers}, key=lambda cohort: cohort.pk):
        needed = Money(sum(o.total.minor for o in offers if o.cohort_id == cohort.pk), cohort.programme.currency)
        available = LedgerAccount.objects.budget_of(cohort)
        if available < needed:
            sentences.append(
                _(
                    "The budget of %(cohort)s is too small: these offers need %(needed)s, it has %(available)s."
                    " %(short)s are missing."
                )
                % {"cohort": cohort, "needed": needed, "available": available, "short": needed - available}
            )
    return " ".join(sentences)


@transaction.atomic
def free_awards(offers: Sequence[Offer], *, by: User | None, at: datetime) -> int:
    """Return the money of offers that ended back to the budget; give how many awards that were."""
    return _free(Award.objects.filter(offer__in=[offer.pk for offer in offers], participation=None), by=by, at=at)


def _free(awards: AwardQuerySet, *, by: User | None, at: datetime) -> int:
    reserved = awards.filter(state=State.RESERVED)
    ids = list(reserved.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk", flat=True))
    chosen = Award.objects.filter(pk__in=ids)
    move_many(chosen, State.FREED, by=by, at=at)
    return ledger.book_many(Event.FREE, chosen, at=at)


@transaction.atomic
def link_award(offer: Offer, participation: Participation) -> None:
    """Tie an award to the seat that its offer became."""
    Award.objects.filter(offer=offer, participation=None).update(participation=participation)


@transaction.atomic
def commit_award(participation: Participation, *, by: User, at: datetime) -> Award:
    """Commit a signed participation's money, and cut it into its months, each with its day."""
    award = Award.objects.select_related("cohort__programme").get(participation=participation)
    programme = award.cohort.programme
    move(award, State.COMMITTED, by=by, at=at)
    ledger.book(Event.COMMIT, award, at=at)
    Disbursement.objects.bulk_create(
        Disbursement(
            award=award,
            n=n,
            period=period,
            ceiling_minor=award.monthly_cap_minor,
            due_at=due_at(period, day=programme.payment_day, zone=programme.timezone),
        )
        for n, period in enumerate(participation.periods(), start=1)
    )
    return award


@transaction.atomic
def end_award(participation: Participation, *, by: User | None, at: datetime) -> None:
    """Give back to the budget what an ended participation will not get, and close its award when nothing is under way.

    Months that are in a batch stay: what is approved is paid, or taken out first.
    """
    _free(Award.objects.filter(participation=participation), by=by, at=at)  # ended before it was signed
    award = Award.objects.filter(participation=participation, state=State.COMMITTED).first()
    if award is None:
        return
    cancel_months(award.disbursements.all(), by=by, at=at)
    ended = [Disbursement.State.PAID, Disbursement.State.CANCELLED, Disbursement.State.LAPSED]
    if not award.disbursements.exclude(state__in=ended).exists():
        move(award, State.CLOSED, by=by, at=at)
