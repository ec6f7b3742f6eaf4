"""Where one is signed in: each browser, to be signed out by its owner."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts import devices, sessions
from portal.accounts import events as door
from portal.accounts.access import person
from portal.views.methods import posted_from


@login_required
def signed_in(request: HttpRequest) -> HttpResponse:
    """Show where the person is signed in."""
    places = sessions.places(person(request), request.session.session_key)
    return render(request, "account/sessions.html", {"places": places, "others": len(places) - 1})


@posted_from("account_sessions")
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def end(request: HttpRequest, handle: UUID) -> HttpResponse:
    """Sign the person out of one other browser, which is a stranger then; this one is none, though it had the same cookie."""
    user = person(request)
    if sessions.end(user, handle):
        devices.remember(request, user)
        door.note(door.Kind.ENDED, request, user)
        messages.success(request, _("That browser is signed out."))
    else:
        messages.info(request, _("This is done already."))
    return redirect("account_sessions")


@posted_from("account_sessions")
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere else, and forget every other device."""
    user = person(request)
    ended = sessions.end_all(user, but=request.session.session_key)
    devices.remember(request, user)
    door.note(door.Kind.ENDED, request, user)
    told = ngettext("%(count)d other browser is signed out.", "%(count)d other browsers are signed out.", ended)
    messages.success(request, told % {"count": ended})
    return redirect("account_sessions")
