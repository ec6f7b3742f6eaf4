"""The table of the decision board: the ranking of a cohort, what may be filtered, and what is done with many at once."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import CharField, Count, F, Func, OuterRef, Subquery, Value
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_filters import CharFilter, ChoiceFilter

from applications import actions
from applications.models import Application, Cohort, Conflict, Decision
from applications.models.applications import ApplicationQuerySet
from applications.pages.ranking import RankingRow, rows_of
from portal.desk.bulk_act import BulkAct
from portal.desk.cells import Badge, Column, ColumnKind, RowAct
from portal.desk.filters import TableFilters
from portal.desk.table import Empty, Selection, Table
from portal.language.text import colon
from portal.models import Role, User
from portal.refusals import Refusal

# Which decisions an application of the board has.
SHOWN = {
    "all": gettext_lazy("All"),
    "open": gettext_lazy("Undecided"),
    "proposed": gettext_lazy("To confirm"),
    "confirmed": gettext_lazy("Confirmed"),
    "released": gettext_lazy("Released"),
}


class DecisionFilters(TableFilters):
    """How far deciding is, and the name or the reference."""

    tabs = "show"
    places = ("startup__name_folded", "reference")
    show = ChoiceFilter(label=gettext_lazy("Show"), choices=tuple(SHOWN.items()), method="decided")
    q = CharFilter(label=gettext_lazy("Startup or reference"), max_length=100, method="named")

    def decided(self, rows: ApplicationQuerySet, _name: str, chosen: str) -> ApplicationQuerySet:
        """Filter by the state of the decision; undecided are those that wait for one."""
        if chosen == "all":
            return rows
        if chosen == "open":
            return rows.undecided().exclude(pk__in=Decision.objects.current().values("application"))
        return rows.filter(pk__in=Decision.objects.filter(state=chosen).values("application"))


def confirm_current(application: Application, *, by: User, at: datetime) -> None:
    """Confirm what is proposed for an application.

    :raises Refusal: if nothing is proposed, or by who may not confirm it.
    """
    decision = Decision.objects.current().filter(application=application).first()
    if decision is None:
        raise Refusal(_("No decision has been proposed for this application."))
    actions.confirm(decision, by=by, at=at)


def propose_decline(application: Application, *, by: User, at: datetime) -> None:
    """Propose to decline an application that nothing is proposed for yet."""
    actions.propose(application, Decision.Outcome.DECLINE, by=by, at=at, seen=0)


def _proposed(table: Table, row: RankingRow) -> str:
    """Return what an application is called, and what would be confirmed of it."""
    name, outcome = table.label_of(row), _outcome(row)
    return colon(name, outcome) if outcome else name


def _what_is_confirmed(selection: Selection, _at: datetime) -> list[Any]:
    """Return how many of each outcome are confirmed, and what that means."""
    proposed = Decision.objects.filter(application__in=selection.rows.order_by(), state=Decision.State.PROPOSED)
    found = proposed.values_list("outcome").annotate(n=Count("pk")).order_by("outcome")
    counts = ", ".join(f"{Decision.Outcome(outcome).label} {n}" for outcome, n in found)
    return [
        *([colon(_("Proposed"), counts)] if counts else []),
        _("What others proposed is confirmed. Your own proposals must be confirmed by a colleague."),
        _("Nobody outside sees it before the decisions are released."),
    ]


ACTS = (
    BulkAct(
        "confirm",
        gettext_lazy("Confirm proposals"),
        confirm_current,
        done=ngettext_lazy("%(shown)s decision confirmed.", "%(shown)s decisions confirmed.", "n"),
        consequences=_what_is_confirmed,
        called=_proposed,
        is_main=True,
    ),
    BulkAct(
        "decline",
        gettext_lazy("Propose to decline"),
        propose_decline,
        done=ngettext_lazy(
            "%(shown)s application proposed for decline.", "%(shown)s applications proposed for decline.", "n"
        ),
        consequences=(
            gettext_lazy("Each is proposed for decline. A colleague must confirm it."),
            gettext_lazy("An application that has a proposal already keeps it."),
        ),
    ),
)


# What is proposed is never changed: proposed anew, it is another row.
_CURRENT = (
    Decision.objects.current()
    .filter(application=OuterRef("pk"))
    .annotate(said=Func(F("pk"), Value(" "), F("state"), function="CONCAT", output_field=CharField()))
    .values("said")
)


def _under(row: RankingRow) -> str:
    application = row.application
    if application.state == Application.State.SUBMITTED:
        return application.reference
    return f"{application.reference} · {application.get_state_display()}"


def _recommended(row: RankingRow) -> list[Badge]:
    return [Badge(key, f"{n} {label}") for key, label, n in row.recommendations]


def _outcome(row: RankingRow) -> str | None:
    if row.decision is None:
        return None
    rank = f" {row.decision.rank}" if row.decision.outcome == Decision.Outcome.WAITLIST else ""
    return f"{row.decision.get_outcome_display()}{rank}"


def _people(row: RankingRow) -> str:
    decision = row.decision
    return ", ".join(str(each) for each in (decision.proposed_by, decision.confirmed_by) if each) if decision else ""


COLUMNS = (
    Column(
        "startup",
        gettext_lazy("Application"),
        lambda row: row.application.startup.name,
        link=lambda row: row.url,
        under=_under,
    ),
    Column("reference", gettext_lazy("Reference"), lambda row: row.application.reference, on_page=False),
    Column("state", gettext_lazy("State"), lambda row: row.application.get_state_display(), on_page=False),
    Column("score", gettext_lazy("Score"), lambda row: row.mean, ColumnKind.NUMBER, sort=Application.RANKING),
    Column("spread", gettext_lazy("Spread"), lambda row: row.spread, ColumnKind.NUMBER),
    Column("said", gettext_lazy("Recommended"), _recommended, ColumnKind.STATES),
    Column("reviews", gettext_lazy("Reviews submitted"), lambda row: row.progress, ColumnKind.TEXT),
    Column(
        "decision",
        gettext_lazy("Decision"),
        lambda row: row.decision and Badge(row.decision.state, row.decision.get_state_display()),
        ColumnKind.STATE,
    ),
    Column("outcome", gettext_lazy("Outcome"), _outcome, under=_people),
    Column("people", gettext_lazy("Decided by"), _people, on_page=False),
)


class BoardTable(Table):
    """A table of one cohort on the decision board, for its managers and auditors; its managers act."""

    size = 20

    def __init__(self, user: User, place: int, at: datetime, cohort: Cohort | None = None) -> None:
        """Open it for a person.

        :param cohort: that of the place, where the page has read it for the person already.
        :raises Http404: if the cohort is none of the person's.
        """
        super().__init__(user, place, at)
        programmes = user.scopes(*Role.oversight())
        cohort = cohort or Cohort.objects.filter(programme__in=programmes, pk=place).select_related("programme").first()
        if cohort is None:
            raise Http404
        self.cohort = cohort
        self.may_act = user.holds(Role.MANAGER, at=at, scope_id=cohort.programme_id)
        acts = Column("act", _("What to do"), self.acts_of, ColumnKind.ACTS, in_files=False)
        self.columns = [*self.columns, acts]

    def url(self) -> str:
        return reverse("admin:desk_decision_board", args=[self.place])

    def programmes(self) -> Collection[int]:
        return [self.cohort.programme_id]

    @abstractmethod
    def acts_of(self, row: Any) -> list[RowAct]:
        """Return what the person may do with a row."""


class DecisionTable(BoardTable):
    """The ranking of the cohort, best first."""

    name = "decisions"
    columns = COLUMNS
    filters = DecisionFilters
    order = Application.RANKING
    counted = ngettext_lazy("%(shown)s application", "%(shown)s applications", "n")
    empty = Empty(
        gettext_lazy("No applications yet"), gettext_lazy("Applications appear here once submitted."), "scale"
    )
    closed_words = gettext_lazy("You have a conflict of interest with this startup. A colleague must decide.")
    depends = ("state", Subquery(_CURRENT))

    def __init__(self, user: User, place: int, at: datetime) -> None:
        super().__init__(user, place, at)
        self.title = str(self.cohort)

    def queryset(self) -> models.QuerySet[Any]:
        return self._judgeable().exclude(startup__in=Conflict.objects.startups_of(self.user)).select_related("startup")

    def closed(self) -> models.QuerySet[Any]:
        return (
            self._judgeable()
            .filter(startup__in=Conflict.objects.startups_of(self.user))
            .select_related("startup")
            .order_by("pk")
        )

    def rows(self, found: Sequence[Application]) -> Sequence[RankingRow]:
        return rows_of(found, self.user)

    def object_of(self, row: Any) -> Application:
        return row.application if isinstance(row, RankingRow) else row

    def label_of(self, row: Any) -> str:
        application = self.object_of(row)
        return f"{application.startup.name} ({application.reference})"

    def acts(self) -> Mapping[str, BulkAct]:
        return {act.name: act for act in ACTS} if self.may_act else {}

    def selectable(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return rows.filter(state=Application.State.SUBMITTED)

    def is_selectable(self, row: RankingRow) -> bool:
        return row.application.state == Application.State.SUBMITTED

    def _judgeable(self) -> ApplicationQuerySet:
        return Application.objects.filter(cohort=self.cohort).handed_in().exclude(state=Application.State.WITHDRAWN)

    def acts_of(self, row: RankingRow) -> list[RowAct]:
        if not (self.may_act and self.is_selectable(row)):
            return []
        label = _("Review and confirm") if row.may_confirm else _("View") if row.decision else _("Decide")
        return [RowAct(label, row.url, row.application.startup.name, is_main=row.decision is None or row.may_confirm)]
