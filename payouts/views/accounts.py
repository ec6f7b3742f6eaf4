"""The founders' pages of money: bank details given, and confirmed by a second founder."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from applications.models import Membership, Participation
from applications.pages import member
from payouts import actions
from payouts.bank_details import Details
from payouts.forms.accounts import AccountForm
from payouts.models import PayoutAccount
from payouts.pages import whose_move
from payouts.pages.money import money_of_seat
from portal import clock
from portal.accounts import rescued_forms, step_up
from portal.accounts.access import person
from portal.models import StepUp, User
from portal.refusals import as_message, on_form, status_of
from portal.sealing.ring import last_four
from portal.views import step_up as step_up_page

GIVE, CONFIRM = "payout_account", "payout_account_confirm"


@rescued_forms.restored
@never_cache
@sensitive_post_parameters("account_number", "account_number_again", "routing_number")
@sensitive_variables()
@login_required
def payout_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where the money goes, and take new details."""
    participation = _of_founder(request, pk)
    currency = participation.cohort.programme.currency
    form = AccountForm(rescued_forms.written(request), currency=currency)
    if request.method == "POST" and form.is_valid():
        with on_form(form):
            step = _ask_to_give(participation, form.details(), by=person(request))
            return redirect("payout_account_prove", pk, step.uuid)
    accounts = list(participation.payout_accounts.select_related("changed_by", "confirmed_by").order_by("-version"))
    current = next((account for account in accounts if account.is_current), None)
    return render(
        request,
        "payouts/account.html",
        {
            "participation": participation,
            "form": form,
            "account": current,
            "earlier": [account for account in accounts if account != current],
            "wait": whose_move.for_account(money_of_seat(participation, clock.now()), user=person(request)),
            "cooling_off_days": participation.cohort.programme.cooling_off_days,
        },
        status=status_of(request, form),
    )


@never_cache
@sensitive_variables()
@login_required
def payout_account_prove(request: HttpRequest, pk: int, token: UUID) -> HttpResponse:
    """Ask who gave new details for one more proof, and save them."""
    participation = _of_founder(request, pk)
    by = person(request)
    step = get_object_or_404(StepUp.objects.of(by, GIVE, participation.pk), uuid=token)

    @sensitive_variables()
    def save(words: Mapping[str, str]) -> str:
        actions.give_account(participation, Details.of(**words), by=by, at=clock.now())
        return _("Saved. Every founder has been told by mail.")

    return step_up_page.show(
        request,
        step,
        save,
        back=reverse("payout_account", args=[pk]),
        again=lambda anew: reverse("payout_account_prove", args=[pk, anew.uuid]),
        button=_("Confirm and save"),
        note=_("What you typed is kept."),
    )


@never_cache
@login_required
def payout_account_confirm(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """Show a co-founder's details, to be confirmed exactly as they are by the second person."""
    participation = _of_founder(request, pk)
    account = _version(participation, version)
    if request.method == "POST":
        with as_message(request):
            step = _ask_to_confirm(account, by=person(request))
            return redirect("payout_account_confirm_prove", pk, version, step.uuid)
        return redirect("payout_account", pk)
    consequences = [
        _("First we check that it’s you, with your second factor or a code sent by email."),
        _("The programme verifies the account and pays the startup's money there."),
        _("Your name and this moment are kept with the details."),
    ]
    return render(
        request,
        "payouts/account_confirm.html",
        {"participation": participation, "account": account, "consequences": consequences},
    )


@never_cache
@sensitive_variables()
@login_required
def payout_account_confirm_prove(request: HttpRequest, pk: int, version: int, token: UUID) -> HttpResponse:
    """Ask who confirms a co-founder's details for one more proof, and confirm exactly these."""
    account = _version(_of_founder(request, pk), version)
    by = person(request)
    step = get_object_or_404(StepUp.objects.of(by, CONFIRM, account.pk), uuid=token)

    def confirm(_words: Mapping[str, str]) -> str:
        actions.confirm_account(account, by=by, at=clock.now())
        return _("Confirmed. The programme verifies the account next.")

    return step_up_page.show(
        request,
        step,
        confirm,
        back=reverse("payout_account", args=[pk]),
        again=lambda anew: reverse("payout_account_confirm_prove", args=[pk, version, anew.uuid]),
        button=_("Confirm these details"),
    )


@sensitive_variables()
def _ask_to_give(participation: Participation, details: Details, *, by: User) -> StepUp:
    """Keep new details, sealed, until their founder proves who they are."""
    actions.check_given(participation, details, by=by)
    about = _("New bank details of %(startup)s: %(holder)s, ending in %(last)s") % {
        "startup": participation.startup.name,
        "holder": details.holder_name,
        "last": last_four(details.account_number),
    }
    words = {name: getattr(details, name) for name in Details.__slots__}
    return step_up.ask(GIVE, participation, words, about=about, by=by, at=clock.now())


def _ask_to_confirm(account: PayoutAccount, *, by: User) -> StepUp:
    """Let the second person, if they may confirm these details, prove who they are."""
    at = clock.now()
    actions.check_confirmed(account, by=by, at=at)
    about = _("Confirming the bank details of %(startup)s: %(holder)s, ending in %(last)s") % {
        "startup": account.participation.startup.name,
        "holder": account.holder_name,
        "last": account.last_four,
    }
    return step_up.ask(CONFIRM, account, {}, about=about, by=by, at=at)


def _version(participation: Participation, version: int) -> PayoutAccount:
    return get_object_or_404(participation.payout_accounts.select_related("changed_by"), version=version)


def _of_founder(request: HttpRequest, pk: int) -> Participation:
    """Return a participation to its founders; bank details are nobody else's business, co-workers' neither."""
    found = member.seat(request, pk)
    if member.roles(request)[found.startup_id] != Membership.Role.FOUNDER:
        raise Http404
    return found
