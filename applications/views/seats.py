"""The offer, the signature, and the seat."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import actions, waiting
from applications.forms.offers import ReasonForm, SignForm
from applications.models import Membership, Offer, Participation
from portal import clock, kept
from portal.access import person
from portal.models import Transition
from portal.refusals import Refusal
from portal.registry import registry
from portal.strip import months_of


@login_required
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an offer: what it gives, its clock; accept or decline it, then read and sign the terms."""
    found = _mine(request, pk)
    form = SignForm(kept.take(request), initial={"digest": found.terms.digest})
    return _offer_page(request, found, form)


@login_required
@require_POST
def offer_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the offer."""
    try:
        actions.accept_offer(_mine(request, pk), by=person(request), at=clock.now())
        messages.success(request, _("Accepted: the seat is yours. One step is left, the agreement."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("offer", pk)


@login_required
def offer_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn the offer down, after saying what that means."""
    found = _mine(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decline_offer(found, form.cleaned_data["reason"], by=person(request), at=clock.now())
            messages.success(request, _("You turned the offer down. Thank you for telling us."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("offer", pk)
    return render(request, "applications/offer_decline.html", {"offer": found, "form": form})


@login_required
@require_POST
def offer_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the agreement."""
    found = _mine(request, pk)
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            agreement = actions.sign_agreement(
                found,
                signed_name=form.cleaned_data["signed_name"],
                digest=form.cleaned_data["digest"],
                language=get_language() or "en",
                ip_address=request.META["REMOTE_ADDR"],
                by=person(request),
                at=clock.now(),
            )
            messages.success(request, _("Signed. Welcome to the programme!"))
            return redirect("participation", agreement.offer.participation.pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return _offer_page(request, found, form)


@login_required
def participation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the seat to its members: the strip, then what each app adds: money, mentor."""
    mine = Participation.objects.of_member(person(request)).select_related(
        "startup", "cohort__programme", "offer__agreement"
    )
    found = get_object_or_404(mine, pk=pk)
    at = clock.now()
    panels = [
        (panel.template, context)
        for panel in sorted(registry.participation_panels, key=lambda p: p.order)
        if (context := panel.context(request, found, at)) is not None
    ]
    return render(
        request,
        "applications/participation.html",
        {
            "participation": found,
            "months": months_of([found], at=at)[found.pk],
            "panels": panels,
            "wait": waiting.for_offer(found.offer, at=at),
            "agreement": getattr(found.offer, "agreement", None),
            "history": Transition.objects.of(found).select_related("actor"),
        },
    )


@login_required
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the agreement as it was signed."""
    found = _mine(request, pk)
    if not hasattr(found, "agreement"):
        return redirect("offer", pk)
    return render(request, "applications/agreement.html", {"offer": found, "agreement": found.agreement})


def _mine(request: HttpRequest, pk: int) -> Offer:
    mine = Offer.objects.of_member(person(request)).select_related(
        "application__startup", "cohort__programme", "terms", "participation", "agreement"
    )
    return get_object_or_404(mine, pk=pk)


def _offer_page(request: HttpRequest, found: Offer, form: SignForm) -> HttpResponse:
    at = clock.now()
    return render(
        request,
        "applications/offer.html",
        {
            "offer": found,
            "form": form,
            "wait": waiting.for_offer(found, at=at),
            "is_founder": found.application.startup.memberships.filter(
                person=person(request), role=Membership.Role.FOUNDER, ended_at=None
            ).exists(),
            "is_signed": hasattr(found, "agreement"),
            "in_time": found.state == Offer.State.OPEN and found.expires_at > at,
        },
        status=422 if form.errors else 200,
    )
