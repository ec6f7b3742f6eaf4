"""What spans apps is composed here: the `registration.py` of each app fills it, the kernel assembles without knowing.

Imports go one way (`portal ← applications ← payouts, mentorship`), so an act that another app must complete *in the
same transaction* is a moment: `registry.emit("offer_accepted", offer=offer, by=…, at=…)`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from portal.money import Money

if TYPE_CHECKING:
    from django.db.models import Model, Q, QuerySet
    from prometheus_client.core import Metric

    from portal.laws.questions import LawQuestion
    from portal.models import User
    from portal.sealing.rotate import Sealed

Moment = Callable[..., None]
# Figures of an app at an instant, as /metrics says them.
Figures = Callable[[datetime], "Iterable[Metric]"]


@dataclass(frozen=True, slots=True)
class Sweep:
    """One tick: acts on what is due at `at` and gives how many it acted on. It may run twice, late or beside itself.

    Run by one hand, those of a higher `order` come later.
    """

    name: str
    run: Callable[[datetime], int]
    order: int = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """One part of a month in the six-month strip, for one participation.

    `kind` is the row it belongs to (money, sessions, check_in), `state` drives its look, `label` its words.
    """

    kind: str
    state: str
    label: str
    detail: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A line of the navigation, shown to whom `shown_to` admits."""

    label: Any
    url_name: str
    icon: str
    shown_to: Callable[["User"], bool]
    order: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A card of the dashboard: `context` gives None when there is nothing to show this person."""

    template: str
    context: Callable[[HttpRequest, datetime], Mapping[str, Any] | None]
    order: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A board of the admin, at `/admin/desks/<path>`, for those who hold one of the roles (or are operators).

    `name` is its URL name within `admin:`; `icon` a heroicon. `waiting` returns the rows that wait there for this person,
    in querysets whose counts are added up (none for who only looks): they are counted with those of all desks in one
    statement. `counted` says how many: words for `shown`, lazy and with their plural.
    """

    path: str
    view: Callable[..., Any]
    name: str
    label: Any
    icon: str
    roles: tuple[str, ...]
    waiting: Callable[["User", datetime], "Sequence[QuerySet[Any, Any]]"] | None = None
    counted: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationPanel:
    """A card of the participation page: `context(request, participation, at)` gives None to show nothing."""

    template: str
    context: Callable[[HttpRequest, Any, datetime], Mapping[str, Any] | None]
    order: int = 50


class Mover(StrEnum):
    """Whose move it is while a gate is closed."""

    STARTUP = "startup"
    PROGRAMME = "programme"
    NOBODY = ""  # time alone opens it


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One thing that must be right with a seat before a month of it is paid (portal.gates asks them all).

    `load(seats, periods)` reads what `closed` needs to know of many seats and months, in one query; gates may share one.
    `closed(seat, period, loaded, at)` is pure: the seat's id and the first of the month, what `load` gave, an instant.
    `seats()` gives seats by their key, with what `twin` reads of them; gates may share one.
    `twin(at)` is the same rule as a condition on a row of `seats()`; the month is `OuterRef(PERIOD)`.
    """

    code: str
    words: Any  # for founders, lazy
    staff_words: Any
    mover: Mover
    load: Callable[[Collection[int], Collection[date]], Any]
    closed: Callable[[int, date, Any, datetime], bool]
    seats: Callable[[], "QuerySet[Any]"]
    twin: Callable[[datetime], "Q"]


# Seats at an instant in, cells by (seat's id, first of month) out: one query for many rows. The request is that of a page
# whose panels show the same seats: what they read is read once.
StripSource = Callable[[Sequence[Any], datetime, HttpRequest | None], Mapping[tuple[int, date], Sequence[Cell]]]


@dataclass
class Registry:
    """The lists that apps fill and the kernel reads."""

    sweeps: dict[str, Sweep] = field(default_factory=dict)
    moments: dict[str, list[Moment]] = field(default_factory=lambda: defaultdict(list))
    strip_sources: dict[str, StripSource] = field(default_factory=dict)  # by the kind of cell each gives
    navigation: list[NavItem] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    participation_panels: list[ParticipationPanel] = field(default_factory=list)
    # Fresh context of a mail that carries a secret, made at sending from its subject's id (law 14).
    secret_mails: dict[str, Callable[[int], Mapping[str, Any] | None]] = field(default_factory=dict)
    desks: list[Desk] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)  # in the order in which pages name them
    # The tables of desks by name, each opened for a person, a place (0 where there is one table) and an instant:
    # `portal.desk.table.Table`, which imports this module.
    tables: "dict[str, Callable[[User, int, datetime], Any]]" = field(default_factory=dict)
    # A cohort's money for the desk that decides: `available` is what a release may still reserve.
    cohort_money: list[Callable[[Any], Mapping[str, Money]]] = field(default_factory=list)

    # Figures for /metrics, at a moment.
    metrics: "list[Figures]" = field(default_factory=list)
    # Names that tell of a person to whoever guesses at a password, such as those of their startups.
    names_around: "list[Callable[[User], Iterable[str]]]" = field(default_factory=list)
    # Whether rows were put out of a person's sight since an instant: what they took out before is theirs no more.
    hidden_since: "list[Callable[[User, datetime], bool]]" = field(default_factory=list)
    # What breaks a law, asked of the live database by `check_laws`.
    law_questions: "list[LawQuestion]" = field(default_factory=list)
    # Where secrets lie sealed, so that `rotate_keys` finds every one.
    sealed: "list[Sealed]" = field(default_factory=list)

    # The models of which a secret may be seen in clear, so that auditors are told of every look.
    disclosed: "list[type[Model]]" = field(default_factory=list)

    def sweep(self, name: str, run: Callable[[datetime], int], *, order: int = 50) -> None:
        """Register a sweep under its name."""
        self.sweeps[name] = Sweep(name, run, order)

    def sweeps_in_order(self) -> list[str]:
        """Name the sweeps in the order in which one hand runs them: as they were registered, the late ones last."""
        return [sweep.name for sweep in sorted(self.sweeps.values(), key=lambda sweep: sweep.order)]

    def on(self, moment: str, act: Moment) -> None:
        """Register what must happen in the same transaction as the moment."""
        self.moments[moment].append(act)

    def emit(self, moment: str, **about: Any) -> None:
        """Let every app do its part of the moment; a Refusal of one undoes all."""
        for act in self.moments[moment]:
            act(**about)

    def strip(
        self, seats: Sequence[Any], at: datetime, request: HttpRequest | None = None, *, kinds: Sequence[str] = ()
    ) -> dict[tuple[int, date], list[Cell]]:
        """Gather the cells of the six-month strip for many seats: all of them, or those of the kinds named."""
        cells: dict[tuple[int, date], list[Cell]] = defaultdict(list)
        for kind in kinds or self.strip_sources:
            for month, parts in self.strip_sources[kind](seats, at, request).items():
                cells[month].extend(parts)
        return cells


registry = Registry()
