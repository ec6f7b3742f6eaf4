"""Putting money into a cohort's budget: what it will be, said beforehand, and done once."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Cohort
from payouts import actions, ledger
from payouts.forms.funding import FundForm
from payouts.models import Funding, Kind
from payouts.permissions import STAFF, watched_programmes
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act
from portal.desk.frame import crumb
from portal.models import User
from portal.money import Money


def _fund(cohort: Cohort, *, amount: Money, reference: str, key: UUID, by: User, at: datetime) -> Funding:
    return actions.fund_cohort(cohort, amount.minor, reference=reference, key=key, by=by, at=at)


FUND = Act(
    "fund",
    gettext_lazy("Add to the budget"),
    _fund,
    STAFF,
    form=FundForm,
    done=lambda cohort, funding: _("%(amount)s added to the budget.") % {"amount": funding.amount},
    final=True,
    seen_first=True,
)


@rescued_forms.restored
def fund(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Ask how much a cohort's budget is given and what it rests on, and book it."""
    cohort = get_object_or_404(
        Cohort.objects.select_related("programme"), pk=cohort_id, programme__in=watched_programmes(person(request))
    )
    back = reverse("admin:desk_cohort_money", args=[cohort.pk])
    if _is_booked(request, cohort):
        messages.info(request, _("You have already done this."))
        return redirect(back)
    budget = Money(ledger.totals([cohort]).get(cohort.pk, {}).get(Kind.BUDGET, 0), cohort.programme.currency)
    return acts.ask(
        request,
        FUND,
        cohort,
        scope_id=cohort.programme_id,
        back=back,
        crumbs=[crumb(_("Cohort money"), "desk_money"), crumb(cohort, "desk_cohort_money", cohort.pk)],
        about=cohort,
        consequences=_consequences(request, cohort, budget),
        shown=(budget,),
    )


def _is_booked(request: HttpRequest, cohort: Cohort) -> bool:
    """Return whether a post is the second click on a form of the person's, whose first click has booked the money."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return False
    return Funding.objects.filter(key=key, cohort=cohort, funded_by=person(request)).exists()


def _consequences(request: HttpRequest, cohort: Cohort, budget: Money) -> list[str]:
    """Say what the budget is and will be: the sum, once it is typed."""
    filled = FundForm(request.POST, by=person(request), at=clock.now(), subject=cohort)
    if filled.is_valid():
        added = filled.cleaned_data["amount"]
        told = {"added": added, "before": budget, "after": Money(budget.minor + added.minor, budget.currency)}
        line = _("%(added)s is added to the budget: it is %(before)s now, and %(after)s afterwards.") % told
    else:
        line = _("The amount you enter is added to the budget, which is %(before)s now.") % {"before": budget}
    return [
        line,
        _("The amount, its reference and your name stay in the books; managers, finance and auditors see them."),
    ]
