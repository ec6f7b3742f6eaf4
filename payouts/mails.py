"""The mails of money: to every founder of the startups concerned, however many those are."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from applications.models import Membership
from payouts.models import Correction, Payment, SourceChange
from payouts.models.corrections import round_of_payment
from portal.models import Role, RoleGrant, User
from portal.outbox.queue import Letter, queue_mails

SLICE = 1000
# What the mails to founders say; another field of these rows would be asked for one by one.
TOLD = (
    "amount_minor",
    "currency",
    "end_to_end_id",
    "payee_name_ascii",
    "return_code",
    "batch",
    "account__last_four",
    "account__state",
    "disbursement__n",
    "disbursement__period",
    "disbursement__award__months",
    "disbursement__award__participation",
    "disbursement__award__startup__name",
)


def tell_founders(kind: str, payments: models.QuerySet[Payment], *, at: datetime) -> None:
    """Queue a mail about each payment to each founder of its startup: a few queries, and little room, for each thousand."""
    keys = list(payments.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), SLICE):
        queue_mails(_letters(kind, keys[start : start + SLICE]), at=at)


def tell_of_correction(correction: Correction, *, stands_again: bool, at: datetime) -> None:
    """Queue a mail to each founder that a payment is on its way again, and whether their bank details stand again."""
    payment = Payment.objects.select_related("account", "disbursement__award__startup").get(pk=correction.payment_id)
    context = {**_context(payment), "payment": payment, "stands_again": stands_again}
    founders = payment.disbursement.award.startup.founders()
    queue_mails((Letter("payment_corrected", person, correction, context) for person in founders), at=at)


def tell_staff(kind: str, payment: Payment, *, at: datetime) -> None:
    """Queue a mail about a payment to everybody who works with the programme's money."""
    people = _holders((Role.MANAGER, *Role.finance()), payment.batch.programme_id, at)
    rounds = Payment.objects.annotate(once=round_of_payment()).values_list("once", flat=True)
    once = rounds.get(pk=payment.pk)
    queue_mails((Letter(kind, person, payment, _context(payment), once) for person in people), at=at)


def tell_finance(kind: str, change: SourceChange, *, but: User, at: datetime) -> None:
    """Queue a mail about a change of a payment source to everybody of the programme's finance but who acts."""
    programme = change.source.programme
    context = {"change": change, "programme": programme}
    people = _holders(Role.finance(), programme.pk, at).exclude(pk=but.pk)
    queue_mails((Letter(kind, person, change, context) for person in people), at=at)


def _holders(roles: Iterable[str], programme_id: int, at: datetime) -> models.QuerySet[User]:
    """Return who holds one of the roles for a programme, each once."""
    holders = Q()
    for role in roles:
        holders |= Q(pk__in=RoleGrant.objects.people(role, programme_id, at).values("pk"))
    return User.objects.filter(holders).order_by("pk")


def _letters(kind: str, keys: list[int]) -> Iterator[Letter]:
    payments = Payment.objects.filter(pk__in=keys).select_related("account", "disbursement__award__startup").only(*TOLD)
    # Few batches stand behind many payments: each is fetched once.
    payments = payments.annotate(once=round_of_payment()).prefetch_related("batch__programme")
    rows: list[Any] = list(payments.order_by("pk"))
    founders = Membership.objects.founders().people_of({payment.disbursement.award.startup_id for payment in rows})
    for payment in rows:
        context = _context(payment)
        for person in founders[payment.disbursement.award.startup_id]:
            yield Letter(kind, person, payment, context, payment.once)


def _context(payment: Payment) -> dict[str, Any]:
    award = payment.disbursement.award
    return {
        "month": payment.disbursement,
        "award": award,
        "startup": award.startup,
        "programme": payment.batch.programme,
        "account": payment.account,
        "meaning": payment.return_meaning,
    }
