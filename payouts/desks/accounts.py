"""The desk of bank details: what waits for a second person, what waits to be verified, and on which evidence."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from applications.models import Membership
from payouts import actions
from payouts.desks.holds import holds_of
from payouts.desks.page import DeskAct, ask, scopes, show
from payouts.forms.money import EvidenceForm, ReasonForm
from payouts.models import Hold, PayoutAccount
from payouts.models.accounts import PayoutAccountQuerySet
from payouts.permissions import STAFF, conflicts
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk.paging import cut
from portal.language.text import colon
from portal.models import Disclosure

State = PayoutAccount.State
LISTED = 50

ACTS = {
    act.name: act
    for act in (
        DeskAct(
            "confirm",
            gettext_lazy("Confirm for the startup"),
            actions.confirm_account,
            STAFF,
            (State.PENDING,),
            (
                gettext_lazy("You are the second person, because the startup has no other founder."),
                gettext_lazy("Somebody else verifies the account after you."),
            ),
            form=EvidenceForm,
            done=gettext_lazy("Confirmed. Somebody else verifies the account."),
        ),
        DeskAct(
            "verify",
            gettext_lazy("Verify"),
            actions.verify_account,
            STAFF,
            (State.CONFIRMED,),
            (gettext_lazy("Money may go to this account, once its last change has cooled off."),),
            form=EvidenceForm,
            done=gettext_lazy("Verified. The founders have been told."),
        ),
        DeskAct(
            "reject",
            gettext_lazy("Turn down"),
            actions.reject_account,
            STAFF,
            (State.PENDING, State.CONFIRMED, State.VERIFIED),
            (gettext_lazy("Nothing is paid there any more. The founders read your reason and give other details."),),
            form=ReasonForm,
            done=gettext_lazy("Turned down. The founders have been told."),
            danger=True,
        ),
    )
}


def accounts(request: HttpRequest) -> HttpResponse:
    """List the details that wait, oldest first."""
    waiting = PayoutAccount.objects.filter(
        participation__cohort__programme__in=scopes(request), state__in=[State.PENDING, State.CONFIRMED]
    )
    founders = Membership.objects.founders().filter(startup=OuterRef("participation__startup"))
    others = founders.exclude(person=OuterRef("changed_by"))
    rows = waiting.annotate(has_other_founder=Exists(others), used_elsewhere=_used_elsewhere())
    rows = rows.defer("sealed").select_related("participation__startup", "changed_by")
    page = cut(request, rows, ("created_at", "id"), LISTED)
    context = {"title": _("Accounts to verify"), "accounts": page.rows, **page.addresses(request)}
    return show(request, "payouts/desks/accounts.html", context)


def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show one version of a startup's bank details, with what speaks for and against it."""
    return _page(request, _one(request, account_id))


@rescued_forms.restored
def account_act(request: HttpRequest, account_id: int, act: str) -> HttpResponse:
    """Ask before an act on bank details, and do it."""
    found = _one(request, account_id)
    if act not in ACTS:
        raise Http404
    return ask(
        request,
        ACTS[act],
        found,
        programme_id=found.participation.cohort.programme_id,
        back=reverse("admin:desk_account", args=[found.pk]),
        about=colon(found.participation.startup, found),
    )


@never_cache
@require_POST
@sensitive_variables()
def account_number(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show the number once, to be compared with the evidence; the look is logged, so it is a POST."""
    found = _one(request, account_id)
    if not person(request).holds(*STAFF, scope_id=found.participation.cohort.programme_id):
        raise Http404
    if conflicts(person(request), [found.participation.startup_id]):
        raise Http404
    numbers = actions.open_numbers([found], purpose="compare with evidence", by=person(request), at=clock.now())
    return _page(request, found, number=numbers[found.pk])


@sensitive_variables()
def _page(request: HttpRequest, found: PayoutAccount, number: str = "") -> HttpResponse:
    programme_id = found.participation.cohort.programme_id
    same = PayoutAccount.objects.filter(fingerprint=found.fingerprint).exclude(
        participation__startup=found.participation.startup_id
    )
    looks = Disclosure.objects.filter(subject_table=found._meta.db_table, subject_id=found.pk)
    return show(
        request,
        "payouts/desks/account.html",
        {
            "title": colon(found.participation.startup, found),
            "account": found,
            "number": number,
            "used_elsewhere": same.exists(),
            "holds": holds_of(request, Hold.objects.filter(participation=found.participation_id)),
            "looks": looks.select_related("person").order_by("-id")[:20],
            "may_look": person(request).holds(*STAFF, scope_id=programme_id),
            "acts": [act for act in ACTS.values() if act.is_offered(request, found, programme_id)],
        },
    )


def _of(request: HttpRequest) -> PayoutAccountQuerySet:
    found = PayoutAccount.objects.filter(participation__cohort__programme__in=scopes(request))
    return found.defer("sealed").select_related(
        "participation__startup", "participation__cohort__programme", "changed_by", "confirmed_by", "verified_by"
    )


def _one(request: HttpRequest, account_id: int) -> PayoutAccount:
    return get_object_or_404(_of(request), pk=account_id)


def _used_elsewhere() -> Any:
    """Count the other startups that gave the same account: a sign of a fraud, or of one bookkeeper for two."""
    same = (
        PayoutAccount.objects.filter(fingerprint=OuterRef("fingerprint"))
        .filter(~Q(participation__startup=OuterRef("participation__startup")))
        .order_by()
        .values("fingerprint")
    )
    return Subquery(same.annotate(n=Count("participation__startup", distinct=True)).values("n"))
