"""A startup and its people, as its members see them."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from applications import actions
from applications.forms.startups import InvitationForm, StartupForm
from applications.mails import verify_token
from applications.models import Invitation, Membership, Startup
from applications.pages import member
from portal import clock
from portal.accounts import rescued_forms, step_up
from portal.accounts.access import person
from portal.language.countries import country_name
from portal.language.dates import day
from portal.models import StepUp, User
from portal.onward import onward
from portal.refusals import as_message, on_form, status_of
from portal.views import step_up as step_up_page

ACT = "invite_founder"


@rescued_forms.restored
@login_required
def startup_new(request: HttpRequest) -> HttpResponse:
    """Create a startup, then go on to where one came from: an open cohort."""
    form = StartupForm(rescued_forms.written(request))
    goal = onward(request, request.GET.get("next"), "")
    if request.method == "POST" and form.is_valid():
        startup = actions.create_startup(by=person(request), at=clock.now(), **form.cleaned_data)
        if goal:
            return redirect(_with(goal, startup=startup.pk))
        messages.success(request, _("Your startup is here. Invite your co-founders, then choose a programme."))
        return redirect("startup", startup.pk)
    context = {"form": form, "onward": goal}
    return render(request, "applications/startup_new.html", context, status=status_of(request, form))


@rescued_forms.restored
@login_required
def startup(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a startup to its members: applications, details, people; who may write changes the details here."""
    found = _startup_of_member(request, pk)
    written = rescued_forms.written(request)
    form = StartupForm(written, instance=found)
    if request.method == "POST":
        if found.role_of(person(request)) not in Membership.WRITERS:
            raise Http404
        if form.is_valid():
            actions.describe_startup(found, by=person(request), at=clock.now(), **form.changed())
            messages.success(request, _("Saved."))
            return redirect("startup", pk)
        found.refresh_from_db()  # the form has put into it what cannot be saved
    return _page(
        request, found, form, InvitationForm(rescued_forms.take(request, reverse("startup_invite", args=[pk])))
    )


@rescued_forms.restored
@login_required
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite somebody to a startup."""
    found = _startup_of_member(request, pk)
    if request.method != "POST":
        return redirect("startup", pk)
    form = InvitationForm(request.POST)
    if form.is_valid():
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]
        with on_form(form, "email"):
            if role == Membership.Role.FOUNDER:
                return redirect("startup_invite_prove", pk, _ask(found, email, by=person(request)).uuid)
            actions.invite(found, email, role, by=person(request), at=clock.now())
            messages.success(request, _invited(email))
            return redirect("startup", pk)
    return _page(request, found, StartupForm(instance=found), form)


@never_cache
@login_required
def invite_prove(request: HttpRequest, pk: int, token: UUID) -> HttpResponse:
    """Ask who invites a founder for one more proof, and send the invitation."""
    found = _startup_of_member(request, pk)
    by = person(request)
    step = get_object_or_404(StepUp.objects.of(by, ACT, found.pk), uuid=token)

    def send(words: Mapping[str, str]) -> str:
        actions.invite(found, words["email"], Membership.Role.FOUNDER, by=by, at=clock.now())
        return _invited(words["email"])

    return step_up_page.show(
        request,
        step,
        send,
        back=reverse("startup", args=[pk]),
        button=_("Send invitation"),
        again=lambda anew: reverse("startup_invite_prove", args=[pk, anew.uuid]),
    )


@login_required
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an invitation void."""
    member = Invitation.objects.filter(startup__in=Startup.objects.of_member(person(request)))
    found = get_object_or_404(member.select_related("startup"), pk=pk)
    if request.method == "POST":
        with as_message(request):
            actions.withdraw_invitation(found, by=person(request), at=clock.now())
            messages.success(request, _("The invitation of %(email)s is void.") % {"email": found.email})
    return redirect("startup", found.startup_id)


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to who holds its link, with an account or not, and accept it."""
    found = verify_token(token)
    if found is None:
        raise Http404
    user = request.user
    if request.method == "POST" and isinstance(user, User):
        with as_message(request):
            actions.accept_invitation(found, by=user, at=clock.now())
            messages.success(request, _("You belong to %(startup)s now.") % {"startup": found.startup})
            return redirect("startup", found.startup_id)
        return redirect("invitation", token)
    belongs = isinstance(user, User) and bool(found.startup.role_of(user))
    return render(
        request,
        "applications/invitation.html",
        {
            "invitation": found,
            "belongs": belongs,
            "is_valid": not found.accepted_at and not found.withdrawn_at and found.expires_at > clock.now(),
            "is_meant": isinstance(user, User) and user.email.lower() == found.email.lower(),
        },
    )


def _ask(found: Startup, email: str, *, by: User) -> StepUp:
    """Keep a founder's invitation until who sends it proves who they are: founders decide where money goes."""
    at = clock.now()
    words = {"email": actions.check_invited(found, email, by=by, at=at)}
    about = _("%(email)s joins %(startup)s as founder") % {"email": words["email"], "startup": found.name}
    return step_up.ask(ACT, found, words, about=about, by=by, at=at)


def _invited(email: str) -> str:
    return _("Invited: %(email)s gets a link that is valid for 14 days.") % {"email": email}


def _startup_of_member(request: HttpRequest, pk: int) -> Startup:
    found = next((each.startup for each in member.memberships(request) if each.startup_id == pk), None)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: Startup, form: StartupForm, invitation_form: InvitationForm) -> HttpResponse:
    role = member.roles(request)[found.pk]
    return render(
        request,
        "applications/startup.html",
        {
            "startup": found,
            "role": role,
            "writes": role in Membership.WRITERS,
            "is_founder": role == Membership.Role.FOUNDER,
            "form": form,
            "details": [{"label": field.label, "value": _value(found, field.name)} for field in form],
            "invitation_form": invitation_form,
            "memberships": found.memberships.current().select_related("person").order_by("id"),
            "invitations": found.invitations.open().order_by("id"),
            "now": clock.now(),
            "seats": found.participations.select_related("cohort__programme").order_by("-id"),
            "applications": found.applications.select_related("cohort__programme").order_by("-id"),
        },
        status=status_of(request, form, invitation_form),
    )


def _with(address: str, **told: object) -> str:
    """Return an address that says something more."""
    parts = urlsplit(address)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), *told.items()])).geturl()


def _value(found: Startup, name: str) -> object:
    value = getattr(found, name)
    return country_name(value) if name == "country" else day(value) if name == "founded_on" else value
