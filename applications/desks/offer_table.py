"""The table of the offers of a cohort: a tab of the decision board."""

from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_filters import CharFilter, ChoiceFilter

from applications.desks.decision_table import SHOWN, BoardTable
from applications.models import Conflict, Decision, Offer
from portal.desk.cells import Badge, Column, ColumnKind, RowAct
from portal.desk.filters import TableFilters
from portal.desk.table import Empty
from portal.spans import ago

OFFERS = "offers"
TABS = {**SHOWN, OFFERS: gettext_lazy("Offers")}


class OfferFilters(TableFilters):
    """The startup's name or the reference, on that tab of the decision board."""

    tabs = "show"
    places = ("application__startup__name_folded", "application__reference")
    show = ChoiceFilter(label=gettext_lazy("Show"), choices=tuple(TABS.items()), method="on_its_tab")
    q = CharFilter(label=gettext_lazy("Startup or reference"), max_length=100, method="named")


def _replies_by(offer: Offer) -> datetime | None:
    return offer.expires_at if offer.state == Offer.State.OPEN else None


COLUMNS = (
    Column(
        "startup",
        gettext_lazy("Startup"),
        lambda offer: offer.application.startup.name,
        link=lambda offer: reverse("admin:desk_decision", args=[offer.application_id]),
        under=lambda offer: _("from the waitlist") if offer.decision.outcome == Decision.Outcome.WAITLIST else "",
    ),
    Column("reference", gettext_lazy("Reference"), lambda offer: offer.application.reference, on_page=False),
    Column(
        "state",
        gettext_lazy("State"),
        lambda offer: Badge(offer.state, offer.get_state_display()),
        ColumnKind.STATE,
        under=lambda offer: offer.decline_reason,
    ),
    Column("total", gettext_lazy("Total maximum"), lambda offer: offer.total, ColumnKind.MONEY),
    Column("first", gettext_lazy("First month"), lambda offer: offer.first_period, ColumnKind.MONTH),
    Column(
        "clock",
        gettext_lazy("Reply by"),
        _replies_by,
        ColumnKind.INSTANT,
        under=lambda offer: ago(_replies_by(offer)),
    ),
    Column("reason", gettext_lazy("Reason for declining"), lambda offer: offer.decline_reason, on_page=False),
)


class OfferTable(BoardTable):
    """The offers of the cohort, the newest first.

    Who is in conflict with a startup is told nothing of its offer, not even that there is one: no row is closed.
    """

    name = "offers"
    columns = COLUMNS
    title = gettext_lazy("Offers")
    filters = OfferFilters
    order = ("-id",)
    counted = ngettext_lazy("%(shown)s offer", "%(shown)s offers", "n")
    empty_tabs = {OFFERS: Empty(gettext_lazy("No offers"), icon="scale")}

    def queryset(self) -> models.QuerySet[Any]:
        offers = Offer.objects.filter(cohort=self.cohort).select_related("application__startup", "decision")
        return offers.exclude(application__startup__in=Conflict.objects.startups_of(self.user))

    def acts_of(self, offer: Offer) -> list[RowAct]:
        if not (self.may_act and offer.state == Offer.State.OPEN):
            return []
        return [
            RowAct(_("Revoke offer"), reverse("admin:desk_revoke", args=[offer.pk]), offer.application.startup.name)
        ]
