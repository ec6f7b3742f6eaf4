"""After release: the offers and their clocks, taking one back, and offering a free seat to the next."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications import actions
from applications.desks.cohorts import application_of, cohort_of, crumbs_of
from applications.desks.offer_table import OfferTable
from applications.forms.offers import RevokeForm
from applications.models import Decision, Offer
from portal.accounts import rescued_forms
from portal.desk import acts
from portal.desk.acts import Act
from portal.desk.table_rows import Excerpt, excerpt_of
from portal.models import Role
from portal.money import Money

SHOWN = 10


def beginning(table: OfferTable) -> Excerpt | None:
    """Return a cohort's offers whose clocks end first, or the last answered; None where there are none."""
    offers = table.queryset()
    waiting = list(offers.filter(state=Offer.State.OPEN).order_by("expires_at", "pk")[:SHOWN])
    answered = offers.exclude(state=Offer.State.OPEN).order_by("-made_at", "pk")
    found = [*waiting, *answered[: SHOWN - len(waiting)]]
    return excerpt_of(table, found) if found else None


REVOKE = Act(
    "revoke",
    gettext_lazy("Revoke offer"),
    actions.revoke_offer,
    states=(Offer.State.OPEN,),
    into=Offer.State.REVOKED,
    consequences=(
        gettext_lazy("The startup gets an email with your reason, and can no longer accept."),
        gettext_lazy("Its seat and money go to the next on the waitlist, if there is one."),
    ),
    form=RevokeForm,
    done=gettext_lazy("Revoked. Its seat and money are free again."),
    danger=True,
)


@rescued_forms.restored
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an open offer back, saying why."""
    offer = get_object_or_404(Offer.objects.select_related("cohort__programme"), pk=pk)
    application = application_of(request, offer.application_id)
    return acts.ask(
        request,
        REVOKE,
        offer,
        back=reverse("admin:desk_decision_board", args=[offer.cohort_id]),
        crumbs=crumbs_of(offer.cohort, (_("Decide"), "desk_decisions"), "desk_decision_board"),
        about=f"{application.startup} · {application.reference}",
    )


OFFER_NEXT = Act(
    "next",
    gettext_lazy("Offer to next on waitlist"),
    actions.offer_free_seat,
    (Role.MANAGER,),
    done=lambda cohort, offer: _("%(startup)s has an offer now.") % {"startup": offer.application.startup},
)


def offer_next(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Say who is next on the waitlist, and offer them a free seat."""
    cohort = cohort_of(request, cohort_id)
    following = Decision.objects.for_free_seats(cohort).first()
    free = cohort.seats - Offer.objects.filter(cohort=cohort).holding_seats().count()
    refusal = "" if following else _("Nobody waits for a seat.")
    return acts.ask(
        request,
        OFFER_NEXT,
        cohort,
        scope_id=cohort.programme_id,
        back=reverse("admin:desk_decision_board", args=[cohort.pk]),
        crumbs=crumbs_of(cohort, (_("Decide"), "desk_decisions"), "desk_decision_board"),
        about=cohort,
        consequences=_consequences_of_offering(following, cohort.programme.offer_days) if following else (),
        refusal=refusal if free > 0 else _("No seat of this cohort is free."),
        shown=(following and following.pk, free),
        run=partial(actions.offer_free_seat, seen=following.pk if following else 0),
    )


def _consequences_of_offering(decision: Decision, days: int) -> list[str]:
    given = {"startup": decision.application.startup, "rank": decision.rank}
    lines = [
        _("%(startup)s, place %(rank)d on the waitlist, gets an offer and an email at once.") % given,
        ngettext("It has %(n)d day to accept.", "It has %(n)d days to accept.", days) % {"n": days},
    ]
    total = Money((decision.months or 0) * (decision.monthly_cap_minor or 0), decision.currency)
    return [*lines, _("Money: %(asked)s is reserved.") % {"asked": total.format(short=True)}]
