"""The offer, the signature, and the seat."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from applications import actions
from applications.forms.offers import DeclineForm, SignForm
from applications.models import Membership, Offer
from applications.pages import member, steps, whose_move
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.models import Transition
from portal.refusals import Done, Refusal, as_message, on_form, status_of
from portal.registry import registry
from portal.strip import months_of

FOUNDER = Membership.Role.FOUNDER


@never_cache  # also when one comes back to it: what was true a moment ago is not
@login_required
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an offer: what it gives, its clock; accept or decline it, then read and sign the terms."""
    found = _offer_of_member(request, pk)
    form = SignForm(rescued_forms.take(request, reverse("offer_sign", args=[pk])), initial=_on_screen(found))
    return _offer_page(request, found, form)


@login_required
def offer_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the offer."""
    found = _offer_of_member(request, pk)
    if request.method != "POST":
        return redirect("offer", pk)
    with as_message(request):
        actions.accept_offer(found, by=person(request), at=clock.now())
        messages.success(request, _("Accepted: the seat is yours. One step is left, the agreement."))
    return redirect("offer", pk)


@rescued_forms.restored
@login_required
def offer_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn the offer down, after saying what that means."""
    found = _offer_of_member(request, pk)
    if found.state != Offer.State.OPEN:
        messages.info(request, _("This offer is no longer open."))
        return redirect("offer", pk)
    form = DeclineForm(rescued_forms.written(request))
    if request.method == "POST" and form.is_valid():
        with on_form(form):
            actions.decline_offer(found, form.cleaned_data["reason"], by=person(request), at=clock.now())
            messages.success(request, _("You turned the offer down. Thank you for telling us."))
            return redirect("offer", pk)
    context = {"offer": found, "form": form}
    return render(request, "applications/offer_decline.html", context, status=status_of(request, form))


@rescued_forms.restored
@login_required
def offer_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the agreement."""
    found = _offer_of_member(request, pk)
    if request.method != "POST":
        return redirect("offer", pk)
    if hasattr(found, "agreement"):  # by a click before, or by a co-founder
        messages.info(request, _("The agreement is signed already."))
        return redirect("participation", found.participation.pk)
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            signed = actions.sign_agreement(
                found,
                signed_name=form.cleaned_data["signed_name"],
                digest=form.cleaned_data["digest"],
                language=form.cleaned_data["language"],
                ip_address=get_adapter(request).get_client_ip(request),
                by=person(request),
                at=clock.now(),
            )
            messages.success(request, _("Signed. Welcome to the programme!"))
            return redirect("participation", signed.offer.participation.pk)
        except Done as done:
            messages.info(request, str(done))
            return redirect("offer", pk)
        except Refusal as refusal:
            if not _may_sign(request, found):  # then the page shows no form to say it in
                messages.error(request, str(refusal))
                return redirect("offer", pk)
            form.add_error(None, str(refusal))
    return _offer_page(request, found, form)


@login_required
def participation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the seat to its members: the strip, then what each app adds: money, mentor."""
    found, at = member.seat(request, pk), clock.now()
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
            "months": months_of([found], at=at, request=request)[found.pk],
            "panels": panels,
            "wait": whose_move.for_offer(found.offer, at=at, role=member.roles(request).get(found.startup_id, "")),
            "agreement": getattr(found.offer, "agreement", None),
            "history": steps.seat_history(Transition.objects.of(found).reverse()),
        },
    )


@login_required
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the agreement as it was signed."""
    found = _offer_of_member(request, pk)
    if not hasattr(found, "agreement"):
        return redirect("offer", pk)
    return render(request, "applications/agreement.html", {"offer": found, "agreement": found.agreement})


def _offer_of_member(request: HttpRequest, pk: int) -> Offer:
    ours = Offer.objects.of_member(person(request)).select_related(
        "application__startup", "cohort__programme", "terms", "decision", "participation", "agreement"
    )
    return get_object_or_404(ours, pk=pk)


def _may_sign(request: HttpRequest, found: Offer) -> bool:
    return found.state == Offer.State.ACCEPTED and found.application.startup.role_of(person(request)) == FOUNDER


def _on_screen(found: Offer) -> dict[str, str]:
    """Return what the page shows, to come back with the signature: which terms, in which language."""
    language = (get_language() or "en").split("-")[0]
    texts = [code for code, text in found.terms.text.items() if text]
    shown = language if language in texts else next(iter(texts), "")
    return {"digest": found.terms.digest, "language": shown}


def _offer_page(request: HttpRequest, found: Offer, form: SignForm) -> HttpResponse:
    at = clock.now()
    role = found.application.startup.role_of(person(request))
    return render(
        request,
        "applications/offer.html",
        {
            "offer": found,
            "form": form,
            "wait": whose_move.for_offer(found, at=at, role=role),
            "is_founder": role == FOUNDER,
            "is_signed": hasattr(found, "agreement"),
            "in_time": found.state == Offer.State.OPEN and found.expires_at > at,
        },
        status=status_of(request, form),
    )
