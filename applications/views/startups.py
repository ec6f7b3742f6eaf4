"""A startup and its people, as its members see them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import actions
from applications.forms.startups import InvitationForm, StartupForm
from applications.models import Invitation, Startup
from portal import clock, kept
from portal.access import person
from portal.refusals import Refusal


@login_required
def startup_new(request: HttpRequest) -> HttpResponse:
    """Create a startup, then go on to where one came from: an open cohort."""
    form = StartupForm(request.POST or kept.take(request))
    if request.method == "POST" and form.is_valid():
        startup = actions.create_startup(by=person(request), at=clock.now(), **form.cleaned_data)
        onward = request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
            return redirect(f"{onward}?{urlencode({'startup': startup.pk})}")
        return redirect("startup", startup.pk)
    return render(request, "applications/startup_new.html", {"form": form})


@login_required
def startup(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a startup to its members: details, people, applications; founders change and invite here."""
    found = get_object_or_404(Startup.objects.of_member(person(request)), pk=pk)
    membership = found.memberships.get(person=person(request), ended_at=None)
    form = StartupForm(request.POST or kept.take(request), instance=found)
    if request.method == "POST":
        if not membership.may_edit:
            raise Http404
        if form.is_valid():
            form.save()
            messages.success(request, _("Saved."))
            return redirect("startup", pk)
        found.refresh_from_db()
    return render(
        request,
        "applications/startup.html",
        {
            "startup": found,
            "membership": membership,
            "form": form,
            "invitation_form": InvitationForm(),
            "memberships": found.memberships.filter(ended_at=None).select_related("person").order_by("id"),
            "invitations": found.invitations.filter(accepted_at=None, withdrawn_at=None).order_by("id"),
            "applications": found.applications.select_related("cohort__programme").order_by("-id"),
        },
    )


@login_required
@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite somebody to a startup."""
    found = get_object_or_404(Startup.objects.of_member(person(request)), pk=pk)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a valid e-mail address."))
    else:
        try:
            actions.invite(
                found, form.cleaned_data["email"], form.cleaned_data["role"], by=person(request), at=clock.now()
            )
            messages.success(request, _("Invited. The link is valid for 14 days."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
    return redirect("startup", pk)


@login_required
@require_POST
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an invitation void."""
    found = get_object_or_404(Invitation.objects.filter(startup__in=Startup.objects.of_member(person(request))), pk=pk)
    try:
        actions.withdraw_invitation(found, by=person(request), at=clock.now())
        messages.success(request, _("The invitation is void."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("startup", found.startup_id)


@login_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to who holds its link, and accept it."""
    from applications.mails import verify_token

    found = verify_token(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            actions.accept_invitation(found, by=person(request), at=clock.now())
            messages.success(request, _("You belong to %(startup)s now.") % {"startup": found.startup})
            return redirect("startup", found.startup_id)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("dashboard")
    return render(request, "applications/invitation.html", {"invitation": found, "cancel_url": reverse("dashboard")})
