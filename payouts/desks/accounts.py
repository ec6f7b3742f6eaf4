"""The desk of bank details: what waits for a second person, what waits to be verified, and on which evidence."""

from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from payouts import actions
from payouts.desks.holds import holds_of
from payouts.forms.accounts import EvidenceForm
from payouts.models import Hold, PayoutAccount
from payouts.models.accounts import PayoutAccountQuerySet
from payouts.permissions import STAFF, conflicts, watched_programmes
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act, ReasonForm
from portal.desk.frame import Crumb, crumb, show
from portal.desk.paging import cut
from portal.language.text import colon
from portal.models import Disclosure
from portal.views.methods import posted_from

State = PayoutAccount.State
LISTED = 50

ACTS = {
    act.name: act
    for act in (
        Act(
            "confirm",
            gettext_lazy("Confirm for the startup"),
            actions.confirm_account,
            STAFF,
            states=(State.PENDING,),
            into=State.CONFIRMED,
            consequences=(
                gettext_lazy("You are the second person, because no other founder of the startup can confirm them."),
                gettext_lazy("A colleague must verify the account after you."),
            ),
            form=EvidenceForm,
            done=gettext_lazy("Confirmed. A colleague must verify the account."),
        ),
        Act(
            "verify",
            gettext_lazy("Verify"),
            actions.verify_account,
            STAFF,
            states=(State.CONFIRMED,),
            into=State.VERIFIED,
            consequences=(
                gettext_lazy("We can pay into this account once its cooling-off has ended."),
                gettext_lazy("Every founder gets an email."),
            ),
            form=EvidenceForm,
            done=gettext_lazy("Verified. The founders have been told."),
        ),
        Act(
            "reject",
            gettext_lazy("Reject"),
            actions.reject_account,
            STAFF,
            states=(State.PENDING, State.CONFIRMED, State.VERIFIED),
            into=State.REJECTED,
            consequences=(
                gettext_lazy("Nothing is paid into this account any more."),
                gettext_lazy("Every founder gets an email with your reason, and can add other bank details."),
            ),
            form=ReasonForm,
            done=gettext_lazy("Rejected. The founders have been told."),
            danger=True,
        ),
    )
}


def accounts(request: HttpRequest) -> HttpResponse:
    """List the details that wait, oldest first."""
    waiting = PayoutAccount.objects.filter(
        participation__cohort__programme__in=watched_programmes(person(request)),
        state__in=[State.PENDING, State.CONFIRMED],
    )
    rows = waiting.with_other_founder(clock.now()).annotate(used_elsewhere=_used_elsewhere())
    rows = rows.defer("sealed").select_related("participation__startup", "changed_by")
    page = cut(request, rows, ("created_at", "id"), LISTED)
    context = {"accounts": page.rows, **page.addresses(request)}
    return show(request, "payouts/desks/accounts.html", _("Accounts to verify"), context)


def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show one version of a startup's bank details, with what speaks for and against it."""
    return _page(request, _one(request, account_id))


@rescued_forms.restored
def account_act(request: HttpRequest, account_id: int, act: str) -> HttpResponse:
    """Ask before an act on bank details, and do it."""
    found = _one(request, account_id)
    if act not in ACTS:
        raise Http404
    return acts.ask(
        request,
        ACTS[act],
        found,
        scope_id=found.participation.cohort.programme_id,
        back=reverse("admin:desk_account", args=[found.pk]),
        crumbs=[*_crumbs(), crumb(found.participation.startup, "desk_account", found.pk)],
        about=colon(found.participation.startup, found),
    )


@never_cache
@posted_from("admin:desk_account")
@sensitive_variables()
def account_number(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show the number once, to be compared with the evidence; the look is logged, so it is a POST."""
    found = _one(request, account_id)
    if not person(request).holds(*STAFF, at=person(request).seen_at, scope_id=found.participation.cohort.programme_id):
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
        colon(found.participation.startup, found),
        {
            "account": found,
            "number": number,
            "used_elsewhere": same.exists(),
            "holds": holds_of(request, Hold.objects.filter(participation=found.participation_id)),
            "looks": looks.select_related("person").order_by("-id")[:20],
            "may_look": person(request).holds(*STAFF, at=person(request).seen_at, scope_id=programme_id),
            "acts": [act for act in ACTS.values() if act.is_offered(person(request), found, programme_id)],
        },
        crumbs=_crumbs(),
    )


def _crumbs() -> list[Crumb]:
    return [crumb(_("Accounts to verify"), "desk_accounts")]


def _of(request: HttpRequest) -> PayoutAccountQuerySet:
    found = PayoutAccount.objects.filter(participation__cohort__programme__in=watched_programmes(person(request)))
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
