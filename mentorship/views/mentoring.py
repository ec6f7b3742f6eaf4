"""The mentor's own page: what is next, what is to be logged, the startups, and what is open; long lists in full."""

from datetime import datetime
from typing import Any

from django.db.models import Case, DateField, F, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentorship.models import ActionItem, Mentor, MentorSession, Mentorship, Side
from mentorship.pages import pairings, whose_move
from mentorship.pages.pairings import Beginning
from mentorship.views.zones import render_in_zone, zone_of
from portal import clock
from portal.accounts.access import person, requires
from portal.desk.paging import cut
from portal.language.dates import day_of
from portal.models import Role, User
from portal.strip import MINI, Month, months_of

STARTUPS = 10  # on a page, each with its strip of months
SHOWN = 6  # sessions of a list that has a page of its own
ITEMS = 8  # things promised, of a list that has a page of its own
LISTED = 25  # on a page of their own: things promised have their buttons
BY_NAME = ("participation__startup__name_folded", "id")
WHOLE = {
    "log": gettext_lazy("To log"),
    "ahead": gettext_lazy("After that"),
    "mine": gettext_lazy("Yours to do"),
    "theirs": gettext_lazy("Theirs to do"),
}


@requires(Role.MENTOR)
def mentoring(request: HttpRequest) -> HttpResponse:
    """Show a mentor the next session with its context, what is to be logged, the startups, and what is open."""
    if show := request.GET.get("show", ""):
        return _whole(request, show)
    user, at, zone = person(request), clock.now(), zone_of(request)
    mentor = pairings.profile_of(user)
    pairs = Mentorship.objects.of_mentor(user).active()
    count = pairs.count()
    page = cut(request, pairings.pairs_with_seats(pairs), BY_NAME, STARTUPS)
    sessions = _sessions(mentor, user, at)
    to_log, ahead = sessions["log"].rows, sessions["ahead"].rows
    next_session = ahead[0] if ahead else None
    items = _items(mentor, user, next_session)
    context = {
        "count": count,
        "startups": _startups(page.rows, at),
        **page.addresses(request),
        "next": next_session,
        "next_note": pairings.last_shared_note(next_session) if next_session else None,
        "later": ahead[1:],
        "to_log": to_log,
        "near": items["near"].rows,
        "mine": items[Side.MENTOR].rows,
        "theirs": items[Side.STARTUP].rows,
        "more": {name: part.more for name, part in (sessions | items).items()},
        "wait": whose_move.for_mentor(mentor, to_log=to_log, next_session=next_session, pairs=count),
        "closable": {item.pk for part in items.values() for item in part.rows},
        "today": day_of(at, zone=zone),
    }
    return render_in_zone(request, "mentorship/mentoring.html", context, zone)


def _whole(request: HttpRequest, show: str) -> HttpResponse:
    """Show one of the lists of the mentor's page from its beginning to its end."""
    user, at, zone = person(request), clock.now(), zone_of(request)
    mentor = pairings.profile_of(user)
    rows: dict[str, QuerySet[Any]] = {
        "log": pairings.to_log(mentor, user, at),
        "ahead": pairings.ahead(mentor, user, at),
        "mine": pairings.promised(mentor, user).filter(side=Side.MENTOR),
        "theirs": pairings.promised(mentor, user).filter(side=Side.STARTUP),
    }
    if show not in rows:
        raise Http404
    order = pairings.IN_TIME if show in ("log", "ahead") else pairings.BY_DUE
    page = cut(request, rows[show], order, LISTED, annotated={"due": DateField()})
    context = {
        "title": WHOLE[show],
        "show": show,
        "rows": page.rows,
        **page.addresses(request),
        "closable": {row.pk for row in page.rows},
        "today": day_of(at, zone=zone),
        "crumbs": [{"label": _("Mentoring"), "url": reverse("mentoring")}],
    }
    return render_in_zone(request, "mentorship/mentoring_list.html", context, zone)


def _startups(pairs: list[Mentorship], at: datetime) -> list[tuple[pairings.PairState, list[Month]]]:
    months = months_of([pair.participation for pair in pairs], at=at, kinds=MINI)
    return [(state, months[state.mentorship.participation_id]) for state in pairings.state_of(pairs, at=at)]


def _sessions(mentor: Mentor | None, user: User, at: datetime) -> dict[str, Beginning[MentorSession]]:
    part = Case(When(ends_at__lte=at, then=Value("log")), default=Value("ahead"))
    return pairings.beginnings(pairings.booked_of(mentor, user), pairings.IN_TIME, part, SHOWN)


def _items(mentor: Mentor | None, user: User, session: MentorSession | None) -> dict[str, Beginning[ActionItem]]:
    """Return what is open with the startup of the next session, and beside that what either side owes."""
    near = [When(session__mentorship=session.mentorship_id, then=Value("near"))] if session else []
    part = Case(*near, default=F("side"))
    items = pairings.beginnings(pairings.promised(mentor, user), pairings.BY_DUE, part, ITEMS)
    for item in items["near"].rows:
        if mentor:  # the reader
            item.session.mentorship.mentor = mentor
    return items
