"""The table of the pairing desk: the running seats of one's programmes, with their mentors and months."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_filters import CharFilter, ChoiceFilter

from applications.models import Conflict, Participation
from mentorship.models import Mentorship
from mentorship.pages import pairings
from mentorship.pages.pairings import PairState
from portal.desk.cells import Badge, Column, ColumnKind, Line, RowAct
from portal.desk.filters import TableFilters
from portal.desk.table import Empty, Table
from portal.language.dates import day_short, instant
from portal.models import Role, User
from portal.strip import MINI, Month, months_of

UNPAIRED = ~Exists(Mentorship.objects.active().filter(participation=OuterRef("pk")))
SHOWN = (("unpaired", gettext_lazy("Without a mentor")), ("paired", gettext_lazy("With a mentor")))
EMPTY = {
    "unpaired": Empty(gettext_lazy("Every startup has a mentor"), icon="user-group"),
    "paired": Empty(gettext_lazy("No startup has a mentor yet"), icon="user-group"),
}


def running_seats(user: User, roles: tuple[str, ...]) -> "models.QuerySet[Participation]":
    """Return the seats under way in the programmes for which the person holds one of the roles."""
    running = Participation.objects.filter(cohort__programme__in=user.scopes(*roles), state__in=Participation.RUNNING)
    return running.select_related("startup", "cohort__programme")


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One seat with its pairings and the months of its strip."""

    seat: Participation
    pairs: Sequence[PairState]
    months: Sequence[Month]


class SeatFilters(TableFilters):
    """With a mentor or without one, and the startup's name."""

    tabs = "show"
    places = ("startup__name_folded",)
    show = ChoiceFilter(label=gettext_lazy("Show"), choices=SHOWN, method="paired")
    q = CharFilter(label=gettext_lazy("Startup"), max_length=100, method="named")

    def paired(self, rows: models.QuerySet[Any], _name: str, chosen: str) -> models.QuerySet[Any]:
        """Filter by whether a mentor is paired."""
        return rows.filter(~UNPAIRED if chosen == "paired" else UNPAIRED)


class SeatTable(Table):
    """The seats under way, without a mentor first, for managers and auditors."""

    name = "pairing"
    title = gettext_lazy("Pairing")
    filters = SeatFilters
    order = ("id",)
    size = 10  # each with its strip of months
    counted = ngettext_lazy("%(shown)s startup", "%(shown)s startups", "n")
    empty_tabs = EMPTY

    def __init__(self, user: User, place: int, at: datetime) -> None:
        super().__init__(user, place, at)
        if place or not self.programmes():
            raise Http404
        self.managed = user.scopes(Role.MANAGER)
        self.in_no_file = Q(startup__in=Conflict.objects.startups_of(user))
        self.columns = [
            *COLUMNS,
            Column("mentors", _("Mentors"), self._mentors, ColumnKind.LINES, in_files=False),
            Column("act", _("What to do"), self._acts_of, ColumnKind.ACTS, in_files=False),
        ]

    def url(self) -> str:
        return reverse("admin:desk_pairing")

    def programmes(self) -> Collection[int]:
        return self.user.scopes(*Role.oversight())

    def queryset(self) -> models.QuerySet[Any]:
        return running_seats(self.user, Role.oversight())

    def rows(self, found: Sequence[Participation]) -> Sequence[SeatRow]:
        pairs = pairings.of_participations(found, at=self.at, ahead_only=True)
        months = months_of(found, at=self.at, kinds=MINI)
        return [SeatRow(seat, pairs[seat.pk], months[seat.pk]) for seat in found]

    def object_of(self, row: Any) -> Participation:
        return row.seat if isinstance(row, SeatRow) else row

    def label_of(self, row: Any) -> str:
        return str(self.object_of(row).startup)

    def _mentors(self, row: SeatRow) -> list[Line]:
        return [self._line(state, may_act=row.seat.cohort.programme_id in self.managed) for state in row.pairs]

    def _line(self, state: PairState, *, may_act: bool) -> Line:
        pair, acts = state.mentorship, []
        if may_act and not pair.is_primary:
            acts.append(RowAct(_("Make primary mentor"), reverse("admin:desk_pairing_first", args=[pair.pk]), pair))
        if may_act:
            acts.append(RowAct(_("End"), reverse("admin:desk_pairing_end", args=[pair.pk]), pair))
        since = _("since %(day)s") % {"day": day_short(pair.paired_at)}
        ahead = _("next: %(when)s") % {"when": instant(state.next.starts_at)} if state.next else _("nothing booked")
        words = [_("primary mentor"), since, ahead] if pair.is_primary else [since, ahead]
        return Line(pair.mentor, " · ".join(words), acts)

    def _acts_of(self, row: SeatRow) -> list[RowAct]:
        if row.seat.cohort.programme_id not in self.managed:
            return []
        label = _("Add a mentor") if row.pairs else _("Pair with a mentor")
        address = reverse("admin:desk_pairing_pair", args=[row.seat.pk])
        return [RowAct(label, address, row.seat.startup, is_main=not row.pairs)]


def _primary(row: SeatRow) -> PairState | None:
    return row.pairs[0] if row.pairs else None


def _next(row: SeatRow) -> datetime | None:
    ahead = [state.next.starts_at for state in row.pairs if state.next]
    return min(ahead) if ahead else None


COLUMNS = (
    Column("startup", gettext_lazy("Startup"), lambda row: str(row.seat.startup), under=lambda row: row.seat.cohort),
    Column("cohort", gettext_lazy("Cohort"), lambda row: str(row.seat.cohort), on_page=False),
    Column("about", gettext_lazy("What it does"), lambda row: row.seat.startup.description or None),
    Column(
        "state",
        gettext_lazy("State"),
        lambda row: Badge(row.seat.state, row.seat.get_state_display()),
        ColumnKind.STATE,
    ),
    Column("months", gettext_lazy("Months"), lambda row: row.months, ColumnKind.STRIP, in_files=False),
    Column(
        "names",
        gettext_lazy("Mentors"),
        lambda row: [str(state.mentorship.mentor) for state in row.pairs],
        ColumnKind.LINES,
        on_page=False,
    ),
    Column(
        "since",
        gettext_lazy("Paired"),
        lambda row: state.mentorship.paired_at if (state := _primary(row)) else None,
        ColumnKind.INSTANT,
        on_page=False,
    ),
    Column("next", gettext_lazy("Next session"), _next, ColumnKind.INSTANT, on_page=False),
)
