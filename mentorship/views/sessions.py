"""One session: its page, its invitation, cancelling and logging it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from mentorship import actions
from mentorship.forms import CancelForm, ItemFormSet, LogForm
from mentorship.ics import invitation
from mentorship.models import Attendance, MentorSession, SessionNote, Side
from mentorship.pages import pairings, whose_move
from mentorship.permissions import closable, edits, side_of
from mentorship.views.zones import render_in_zone, zone_of
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.language.dates import day_of
from portal.models import User
from portal.refusals import as_message, on_form, status_of


@login_required
def mentor_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a session to its two sides, each what is theirs: the startup the shared part only."""
    user, at = person(request), clock.now()
    found, side = _session_of_person(request, pk)
    notes = _notes(found, user)
    items = list(found.items.select_related("closed_by").order_by("state", "due_on", "id"))
    for item in items:
        item.session = found  # the same session and pairing, not fetched again for each
    is_editor = side == Side.MENTOR or edits(found.mentorship.participation, user)
    owed = sum(1 for item in items if item.side == side and item.state == "open")
    context = {
        "session": found,
        "side": side,
        "is_mentor": side == Side.MENTOR,
        "wait": whose_move.for_session(found, side, at=at, owed=owed),
        "shared": notes.get(SessionNote.Kind.SHARED, []),
        "private": notes.get(SessionNote.Kind.PRIVATE, []) if side == Side.MENTOR else [],
        "attendances": found.attendances.select_related("person", "startup").order_by("startup_id", "id"),
        "items": items,
        "closable": closable(items, user, at=user.seen_at),
        "moves": found.moves.select_related("moved_by").order_by("id"),
        "may_change": is_editor and found.state == MentorSession.State.BOOKED and not found.has_begun(at),
        "is_late": found.is_late(at),
        "may_log": side == Side.MENTOR and found.has_begun(at) and not found.is_cancelled,
        "may_miss": side == Side.STARTUP
        and is_editor
        and found.has_begun(at)
        and found.state == MentorSession.State.BOOKED,
        "before": pairings.last_shared_note(found),
        "today": day_of(at, zone=found.mentorship.participation.zone),
        "crumbs": _crumbs(found, side),
    }
    return _page(request, "mentorship/mentor_session.html", found, context)


def _notes(session: MentorSession, user: User) -> dict[str, list[SessionNote]]:
    """Return the notes the person may read by kind, each with its newest version first."""
    found: dict[str, list[SessionNote]] = {}
    for note in session.notes.readable_by(user).select_related("author").order_by("-number", "-id"):
        found.setdefault(note.kind, []).append(note)
    return found


@login_required
def session_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a session as a calendar file, to its two sides only."""
    found, _side = _session_of_person(request, pk)
    response = HttpResponse(
        invitation(found, person(request), method="PUBLISH"),
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
    )
    response["Content-Disposition"] = f'attachment; filename="session-{found.pk}.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


@rescued_forms.restored
@login_required
def session_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a session, after saying what that means."""
    user, at = person(request), clock.now()
    found, side = _session_of_person(request, pk)
    if found.is_cancelled:
        messages.info(request, _("This session is cancelled already."))
        return redirect("mentor_session", pk)
    if found.state != MentorSession.State.BOOKED or found.has_begun(at):
        messages.error(request, _("Only a session that is booked and has not begun can be cancelled."))
        return redirect("mentor_session", pk)
    written = rescued_forms.written(request)
    form = CancelForm(written, is_late=found.is_late(at))
    if request.method == "POST" and form.is_valid():
        with on_form(form):
            actions.cancel(found, reason=form.cleaned_data["reason"], by=user, at=at)
            messages.success(request, _("Cancelled. Both calendars strike it out."))
            return redirect("mentor_session", pk)
    context = {
        "session": found,
        "form": form,
        "consequences": _consequences_of_cancelling(found, side, is_late=found.is_late(at)),
        "is_late": found.is_late(at),
        "crumbs": _crumb_of(found),
    }
    return _page(request, "mentorship/session_cancel.html", found, context, status_of(request, form))


def _consequences_of_cancelling(session: MentorSession, side: Side, *, is_late: bool) -> list[str]:
    pair = session.mentorship
    other = pair.participation.startup if side == Side.MENTOR else pair.mentor
    return [
        _("%(other)s gets a mail with your words, and the session leaves both calendars.") % {"other": other},
        _("The hour is free again for others."),
        _("It counts as cancelled late.") if is_late else _("It is in time: nobody holds it against you."),
    ]


@login_required
def session_no_show(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the startup say that the mentor did not come, after saying what that means."""
    user, at = person(request), clock.now()
    found, side = _session_of_person(request, pk)
    if side != Side.STARTUP:
        raise Http404
    if found.state != MentorSession.State.BOOKED or not found.has_begun(at):
        messages.error(request, _("Only of a session that has begun and was not logged can this be said."))
        return redirect("mentor_session", pk)
    if request.method == "POST":
        with as_message(request):
            actions.mark_no_show(found, by=user, at=at)
            messages.success(request, _("Noted. Your mentor is told."))
        return redirect("mentor_session", pk)
    context = {
        "session": found,
        "consequences": [
            _("%(mentor)s gets a mail that says so.") % {"mentor": found.mentorship.mentor},
            _("The programme sees it beside the session."),
            _("If you met after all, the mentor can still log the session."),
        ],
        "crumbs": _crumb_of(found),
    }
    return _page(request, "mentorship/session_no_show.html", found, context)


@rescued_forms.restored
@login_required
def session_log(request: HttpRequest, pk: int) -> HttpResponse:
    """Log a session in two minutes: who was there and how long is filled in already."""
    at = clock.now()
    found, side = _session_of_person(request, pk)
    if side != Side.MENTOR:
        raise Http404
    if found.is_cancelled or not found.has_begun(at):
        messages.error(request, _("A session is logged once it has begun, unless it was cancelled."))
        return redirect("mentor_session", pk)
    written = rescued_forms.written(request)
    form = LogForm(written, initial=_log_so_far(found, person(request)))
    items = ItemFormSet(written, prefix="items")
    if request.method == "POST" and all([form.is_valid(), items.is_valid()]) and _log(request, found, form, items):
        return redirect("mentor_session", pk)
    context = {
        "session": found,
        "form": form,
        "items": items,
        "known": found.items.order_by("id"),
        "before": pairings.last_shared_note(found),
        "crumbs": _crumb_of(found),
    }
    return _page(request, "mentorship/session_log.html", found, context, status_of(request, form, items))


def _log_so_far(session: MentorSession, user: User) -> dict[str, Any]:
    notes = _notes(session, user)
    outcome = session.attendances.filter(startup__isnull=False).values_list("outcome", flat=True).first()
    length = int((session.ends_at - session.starts_at).total_seconds()) // 60
    return {
        "outcome": LogForm.NO_SHOW if session.state == MentorSession.State.NO_SHOW else LogForm.HELD,
        "minutes": session.minutes or length,
        "startup_outcome": outcome if outcome == Attendance.Outcome.LATE else Attendance.Outcome.PRESENT,
        **{str(kind): versions[0].text for kind, versions in notes.items()},
    }


def _log(request: HttpRequest, session: MentorSession, form: LogForm, items: Any) -> bool:
    told, by, at = form.cleaned_data, person(request), clock.now()
    with on_form(form):
        if told["outcome"] == LogForm.NO_SHOW:
            actions.mark_no_show(session, private=told["private"], by=by, at=at)
            messages.success(request, _("Noted. The startup is told that it was missed."))
        else:
            actions.log_session(
                session,
                minutes=told["minutes"],
                startup_outcome=told["startup_outcome"],
                shared=told["shared"],
                private=told["private"],
                items=items.new_items(),
                by=by,
                at=at,
            )
            messages.success(request, _("Logged. The startup sees the shared part."))
    return form.is_valid()


def _session_of_person(request: HttpRequest, pk: int) -> tuple[MentorSession, Side]:
    user = person(request)
    found = get_object_or_404(pairings.with_pair(MentorSession.objects.of_person(user)), pk=pk)
    side = side_of(found.mentorship, user, at=user.seen_at)
    if side is None:
        raise Http404
    return found, side


def _crumbs(session: MentorSession, side: Side) -> list[dict[str, str]]:
    if side == Side.MENTOR:
        return [{"label": _("Mentoring"), "url": reverse("mentoring")}]
    seat = session.mentorship.participation
    return [{"label": str(seat.startup), "url": reverse("participation", args=[seat.pk])}]


def _crumb_of(session: MentorSession) -> list[dict[str, str]]:
    return [{"label": _("Session"), "url": reverse("mentor_session", args=[session.pk])}]


def _page(
    request: HttpRequest, template: str, session: MentorSession, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    zone = zone_of(request, session.mentorship.participation.cohort.programme)
    return render_in_zone(request, template, context, zone, status)
