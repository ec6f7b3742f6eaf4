"""The pairing desk: startups without a mentor, mentors with their load, pairing and parting."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext_lazy

from applications.models import Participation
from mentorship import actions
from mentorship.desks.mentor_table import MENTORS, TABS, MentorTable
from mentorship.desks.pairing_table import UNPAIRED, SeatTable, running_seats
from mentorship.forms import EndForm, PairForm
from mentorship.models import Mentorship
from mentorship.pages import pairings
from mentorship.pages.mentors import mentors_of, with_load
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act
from portal.desk.counts import Rows
from portal.desk.frame import Crumb, Tab, crumb, show, tabs
from portal.desk.table_page import page_of
from portal.forms import looked_for
from portal.models import Role, User

BESIDE = 10  # mentors beside the startups
WITHOUT = ngettext_lazy("%(shown)s startup without a mentor", "%(shown)s startups without a mentor", "n")


def pairing(request: HttpRequest) -> HttpResponse:
    """Show the running seats of the person's programmes, without a mentor first, and the mentors with their load."""
    user, at = person(request), clock.now()
    if request.GET.get("show") == MENTORS:
        return _mentors(request, user, at)
    table = SeatTable(user, 0, at)
    page = page_of(table, request, tab_rows={"unpaired": running_seats(user, Role.oversight()).filter(UNPAIRED)})
    page.tabs.append(Tab(_("Mentors"), f"?show={MENTORS}"))
    beside = list(mentors_of(user, at).order_by(*MentorTable.order)[: BESIDE + 1])
    context = {"page": page, "mentors": with_load(beside[:BESIDE], at), "more_mentors": len(beside) > BESIDE}
    return show(request, "mentorship/desks/pairing.html", _("Pairing"), context, tabs=page.tabs)


def _mentors(request: HttpRequest, user: User, at: datetime) -> HttpResponse:
    """Show every mentor with their load."""
    page = page_of(MentorTable(user, 0, at), request)
    return show(request, "mentorship/desks/mentors.html", _("Pairing"), {"page": page}, tabs=tabs(dict(TABS), MENTORS))


def unpaired(user: User, at: datetime) -> Rows:
    """Return the startups without a mentor, for who pairs them."""
    return [running_seats(user, (Role.MANAGER,)).filter(UNPAIRED)] if user.holds(Role.MANAGER, at=user.seen_at) else []


def _consequences_of_ending(pair: Mentorship, at: datetime) -> list[str]:
    ahead = pair.sessions.booked().filter(starts_at__gt=at).count()
    return [
        ngettext("%(n)d booked session is cancelled.", "%(n)d booked sessions are cancelled.", ahead) % {"n": ahead}
        if ahead
        else _("No session is booked."),
        _("Both sides get an email with your reason."),
        _("Notes and action items are kept. The conflict of interest stays noted."),
    ]


def _pair(seat: Participation, *, mentor: User, is_primary: bool, by: User, at: datetime) -> Mentorship:
    return actions.pair(seat, mentor, is_primary=is_primary, by=by, at=at)


PAIR = Act(
    "pair",
    pgettext_lazy("mentor with startup", "Pair"),
    _pair,
    title=lambda seat: _("Pair %(startup)s") % {"startup": seat.startup},
    consequences=(
        gettext_lazy("Both sides get an email. The startup can book the mentor’s times at once."),
        gettext_lazy("The mentor approves nothing of this startup from now on: no review, no decision, no payment."),
    ),
    form=PairForm,
    done=lambda seat, made: _("%(pair)s: paired. Both have been told by email.") % {"pair": made},
)
END = Act(
    "end",
    gettext_lazy("End pairing"),
    actions.end_pairing,
    title=lambda pair: _("End the pairing %(pair)s") % {"pair": pair},
    states=(Mentorship.State.ACTIVE,),
    into=Mentorship.State.ENDED,
    consequences=_consequences_of_ending,
    form=EndForm,
    done=lambda pair, result: _("%(pair)s: ended. Both have been told by email.") % {"pair": pair},
    danger=True,
)
MAKE_PRIMARY = Act(
    "first",
    gettext_lazy("Make primary mentor"),
    actions.make_primary,
    title=lambda pair: _("Make %(pair)s the primary mentor") % {"pair": pair.mentor},
    states=(Mentorship.State.ACTIVE,),
    offered=lambda pair: not pair.is_primary,
    consequences=(gettext_lazy("The startup is shown this mentor’s times first."),),
    done=lambda pair, result: _("%(pair)s: primary mentor now.") % {"pair": pair},
)


@rescued_forms.restored
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Pair a startup with a mentor."""
    seat = get_object_or_404(running_seats(person(request), (Role.MANAGER,)), pk=pk)
    wanted = looked_for(request.GET.get("q"))
    return acts.ask(
        request,
        PAIR,
        seat,
        back=reverse("admin:desk_pairing"),
        crumbs=_crumbs(),
        about=seat.cohort,
        form={"wanted": wanted, "initial": {"mentor": request.GET.get("mentor")}},
        template="mentorship/desks/pair.html",
        context={"wanted": wanted},
    )


@rescued_forms.restored
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pairing."""
    found = _pairing(person(request), pk)
    about = found.participation.cohort
    return acts.ask(request, END, found, back=reverse("admin:desk_pairing"), crumbs=_crumbs(), about=about)


def make_first(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a mentor the one whose times are shown first."""
    found = _pairing(person(request), pk)
    back = f"{reverse('admin:desk_pairing')}?show=paired"
    about = found.participation.startup
    return acts.ask(request, MAKE_PRIMARY, found, back=back, crumbs=_crumbs(), about=about)


def _pairing(user: User, pk: int) -> Mentorship:
    ours = Mentorship.objects.filter(participation__cohort__programme__in=user.scopes(Role.MANAGER))
    return get_object_or_404(pairings.pairs_with_names(ours), pk=pk)


def _crumbs() -> list[Crumb]:
    return [crumb(_("Pairing"), "desk_pairing")]
