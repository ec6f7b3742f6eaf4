"""A change of what weakens a law of money: asked for by one person, in force once another confirms it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.language.text import colon
from portal.laws.declared import Law
from portal.laws.own_acts import begins, own_act
from portal.laws.transitions import Transitions
from portal.refusals import Refusal

NOT_ALONE = _("You asked for this change. A colleague must confirm it.")
STANDS = timedelta(days=14)  # what nobody confirms by then is asked for anew


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of a change: what it is called, what it was, what it becomes."""

    label: Any
    before: Any
    after: Any

    def __str__(self) -> str:
        return colon(self.label, f"{self.before} → {self.after}")


class TwoPersonChange(models.Model):
    """Who asked for a change, when and why, and who confirmed it. What changes, the model that inherits says."""

    class State(models.TextChoices):
        ASKED = "asked", _("waits for a second person")
        CONFIRMED = "confirmed", _("carried out")
        WITHDRAWN = "withdrawn", _("withdrawn")

    TRANSITIONS: Transitions = {"": ["asked"], "asked": ["confirmed", "withdrawn"]}

    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def differences(self) -> list[Difference]:
        """Return what changes, each as it was and as it becomes."""
        raise NotImplementedError


def by_two_people(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a change called by a name: it says why, and another person confirms it."""
    return [
        models.CheckConstraint(name=f"{name}_says_why", condition=~Q(reason="")),
        models.CheckConstraint(
            name=f"{name}_confirmed_by_another",
            condition=(~Q(state="confirmed") & Q(confirmed_by=None, confirmed_at=None))
            | (
                Q(state="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~Q(confirmed_by=F("asked_by"))
            ),
        ),
    ]


def by_who_acts(name: str, *, asks: str = "", confirms: str = "", still: str = "") -> list[Law]:
    """Return the laws that each of the two acts is its person's own, now, and that one comes after the other.

    Whoever asks may be gone by the time: what is asked for stands for `STANDS`.

    :param asks: says in SQL of NEW that who asks may; `confirms` the same of who confirms, and `still` that who asked may at
        that time, too.
    """
    unconfirmed = "NEW.confirmed_at IS NULL"
    may_ask = f"{unconfirmed} AND {asks}" if asks else unconfirmed
    in_time = f"NEW.confirmed_at <= NEW.asked_at + interval '{STANDS.days} days'"
    return [
        own_act(f"{name}_asked_by_who_acts", "asked_by_id", "asked_at", may=may_ask),
        own_act(
            f"{name}_confirmed_by_who_acts",
            "confirmed_by_id",
            "confirmed_at",
            on="UPDATE",
            when=begins("confirmed_at"),
            after="asked_at",
            may=" AND ".join(filter(None, (in_time, confirms, still))),
        ),
    ]


def require_standing(asked_at: datetime, *, may: bool, at: datetime) -> None:
    """Let a request pass that is not too old, and whose person may still ask for it.

    :param may: whether they may.
    :raises Refusal: saying what to do.
    """
    if at > asked_at + STANDS:
        words = gettext("This was requested more than %(n)d days ago. Withdraw it and request it again.")
        raise Refusal(words % {"n": STANDS.days})
    if not may:
        raise Refusal(gettext("Who requested this may no longer do so. Withdraw it and request it again."))


def later_than(first: datetime, at: datetime) -> datetime:
    """Return an instant, or the one right after the first where another machine's clock is ahead."""
    return max(at, first + timedelta(microseconds=1))
