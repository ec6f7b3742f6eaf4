"""The table of the mentors of one's programmes, with their load: a tab of the pairing desk."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_filters import CharFilter, ChoiceFilter

from mentorship.desks.pairing_table import SHOWN
from mentorship.pages.mentors import MentorRow, mentors_of, with_load
from portal.desk.cells import Column, ColumnKind
from portal.desk.filters import TableFilters
from portal.desk.table import Empty, Table
from portal.models import Role, User

MENTORS = "mentors"
TABS = (*SHOWN, (MENTORS, gettext_lazy("Mentors")))


class MentorFilters(TableFilters):
    """The mentor's name, on that tab of the pairing desk."""

    tabs = "show"
    places = ("name",)
    show = ChoiceFilter(label=gettext_lazy("Show"), choices=TABS, method="on_its_tab")
    q = CharFilter(label=gettext_lazy("Mentor"), max_length=100, method="named")


def of_profile(read: Callable[[Any], Any]) -> Callable[[MentorRow], Any]:
    """Return what reads a value of a mentor's profile; None before there is one."""
    return lambda row: read(row.profile) if row.profile else None


def _hours(profile: Any) -> str:
    return _("Yes") if profile.hours else _("No")


def _under(row: MentorRow) -> str:
    return row.profile.headline if row.profile else _("No profile yet: it is made with the first pairing.")


COLUMNS = (
    Column("mentor", gettext_lazy("Mentor"), lambda row: str(row.person), under=_under),
    Column("headline", gettext_lazy("In one line"), of_profile(lambda profile: profile.headline), on_page=False),
    Column("skills", gettext_lazy("Can help with"), of_profile(lambda profile: profile.skills or None)),
    Column("startups", gettext_lazy("Startups"), of_profile(lambda profile: profile.load), ColumnKind.NUMBER),
    Column(
        "soon",
        gettext_lazy("Sessions in 30 days"),
        of_profile(lambda profile: profile.sessions_soon),
        ColumnKind.NUMBER,
    ),
    Column("hours", gettext_lazy("Offers hours"), of_profile(_hours)),
)


class MentorTable(Table):
    """The mentors by name, for managers and auditors. It names no startup, so no conflict of interest closes a row."""

    name = "mentors"
    title = gettext_lazy("Mentors")
    columns = COLUMNS
    filters = MentorFilters
    order = ("name", "id")
    counted = ngettext_lazy("%(shown)s mentor", "%(shown)s mentors", "n")
    empty_tabs = {MENTORS: Empty(gettext_lazy("Nobody holds the mentor role in your programmes."), icon="user-group")}

    def __init__(self, user: User, place: int, at: datetime) -> None:
        super().__init__(user, place, at)
        if place or not self.programmes():
            raise Http404

    def url(self) -> str:
        return reverse("admin:desk_pairing")

    def programmes(self) -> Collection[int]:
        return self.user.scopes(*Role.oversight())

    def queryset(self) -> models.QuerySet[Any]:
        return mentors_of(self.user, self.at)

    def rows(self, found: Sequence[User]) -> Sequence[MentorRow]:
        return with_load(found, self.at)

    def object_of(self, row: Any) -> User:
        return row.person if isinstance(row, MentorRow) else row
