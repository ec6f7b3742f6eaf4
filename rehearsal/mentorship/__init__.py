"""What mentorship plays in a rehearsal: pairing, booking, moving, calling off, coming or not, and logging."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from demo.mentorship.mentors import PROFILE, WORKDAYS
from mentorship import actions
from mentorship.models import ActionItem, MentorSession, Mentorship
from mentorship.models.sessions import BOTH_SIDES
from mentorship.slots import free_slots
from portal.models import User
from portal.refusals import Refusal
from rehearsal.applications import scenery
from rehearsal.mentorship import hours, pairs
from rehearsal.play import Intrusion, Part, Play, Step

State = MentorSession.State
BOOKS_A_DAY, MOVES, CALLS_OFF, LATE, NOBODY_CAME, LOGS_TODAY, MENDS_LOG = 0.06, 0.08, 0.06, 0.03, 0.04, 0.6, 0.15
KEEPS_WORD, LETS_GO, WRONG_CLICK = 0.15, 0.01, 0.02
SESSIONS_AHEAD = 2

INTRUSIONS = (
    Intrusion(
        "an hour taken twice",
        (
            """INSERT INTO mentorship_mentorsession (mentorship_id, state, starts_at, ends_at, topic, meeting_link, late_after,
                booked_by_id, booked_at, uid, sequence, changed_at, cancelled_side, cancel_reason)
            SELECT mentorship_id, 'booked', starts_at, ends_at, topic, meeting_link, late_after, booked_by_id, booked_at,
                gen_random_uuid(), 0, changed_at, '', ''
            FROM mentorship_mentorsession WHERE state = 'booked' ORDER BY id LIMIT 1""",
        ),
    ),
    Intrusion(
        "a session held before it began",
        (
            """UPDATE mentorship_mentorsession SET state = 'held', minutes = 45, logged_at = booked_at
            WHERE id = (SELECT max(id) FROM mentorship_mentorsession WHERE state = 'booked' AND booked_at < starts_at)""",
        ),
    ),
)


def _set_up(play: Play, at: datetime) -> None:
    """Give every mentor a profile and mornings on workdays, as the clocks at home show them."""
    for pk in play.memory["mentors"]:
        person = scenery.person(pk)
        mentor = actions.open_profile(person, at=at)
        if mentor.rules.exists():
            continue
        actions.save_profile(mentor, by=person, at=at, **PROFILE)
        for weekday in WORKDAYS:
            hours.weekly(mentor, weekday, at=at)


def _day(play: Play) -> Iterator[Step]:
    running = list(Mentorship.objects.active().order_by("pk"))
    yield from pairs.day(play, running)
    yield from hours.day(play)
    for session in MentorSession.objects.filter(state=State.BOOKED).order_by("pk"):
        yield from _meets(play, session)
    last_days = play.instant(0) - timedelta(days=2)
    for pk in (
        MentorSession.objects.filter(state=State.HELD, logged_at__gt=last_days)
        .order_by("pk")
        .values_list("pk", flat=True)
    ):
        if play.chance(MENDS_LOG, "mends", play.today, pk):
            yield _step(play, "mentor", "mends a log", f"session #{pk}", _log(play, pk, again=True))
    yield from _books(play, running)
    yield from _keeps_word(play)


def _step(play: Play, who: str, what: str, about: str, act: Any, hour: float = 12) -> Step:
    return Step(play.instant(hour, who, what, about, within=5), who, what, about, act)


# --- Booking ---------------------------------------------------------------------------------------------


def _books(play: Play, running: list[Mentorship]) -> Iterator[Step]:
    taken = Counter(MentorSession.objects.filter(state=State.BOOKED).values_list("mentorship", flat=True))
    for pair in running:
        if taken[pair.pk] < SESSIONS_AHEAD and play.chance(BOOKS_A_DAY, "books", play.today, pair.pk):
            yield _step(play, "founder", "books", f"pair #{pair.pk}", _book(play, pair.pk))


def _pair_of(pk: int) -> Mentorship:
    return Mentorship.objects.select_related(
        "mentor__person", "participation__startup", "participation__cohort__programme"
    ).get(pk=pk)


def _founder(pair: Mentorship) -> User:
    return pair.participation.startup.founders().order_by("pk")[0]


def _free(play: Play, pair: Mentorship, at: datetime, *about: object, moving: MentorSession | None = None) -> datetime:
    """Choose one of the free hours.

    :raises Refusal: when there is none.
    """
    free = free_slots(pair.mentor, at=at, startup=pair.participation.startup, moving=moving)
    if not free:
        raise Refusal("There is no free hour.")
    return play.dice("hour", play.today, pair.pk, *about).choice(free).start


def _book(play: Play, pk: int) -> Any:
    def act(at: datetime) -> str:
        pair = _pair_of(pk)
        session = actions.book(pair, _free(play, pair, at), topic="Evaluations <and> agents", by=_founder(pair), at=at)
        return f"session #{session.pk} at {session.starts_at:%Y-%m-%d %H:%M}"

    return act


# --- Meeting ---------------------------------------------------------------------------------------------


def _meets(play: Play, session: MentorSession) -> Iterator[Step]:
    about = f"session #{session.pk}"
    if session.ends_at < play.instant(0):
        if play.chance(NOBODY_CAME, "nobody", session.pk):
            yield _step(play, "mentor", "says that nobody came", about, _no_show(session.pk))
        elif play.chance(LOGS_TODAY, "logs", play.today, session.pk):
            yield _step(play, "mentor", "logs", about, _log(play, session.pk))
    elif session.starts_at > play.instant(24):
        if play.chance(MOVES / 5, "moves", play.today, session.pk):
            yield _step(play, "founder", "moves", about, _move(play, session.pk))
        elif play.chance(CALLS_OFF / 5, "calls off", play.today, session.pk):
            yield _step(play, "founder", "calls off", about, _cancel(session.pk))
    elif session.starts_at > play.instant(14) and play.chance(LATE, "late", session.pk):
        yield Step(play.instant(1, session.pk), "founder", "calls off late", about, _cancel(session.pk))


def _session(pk: int) -> MentorSession:
    return MentorSession.objects.select_related(*BOTH_SIDES).get(pk=pk)


def _log(play: Play, pk: int, *, again: bool = False) -> Any:
    def act(at: datetime) -> None:
        session = _session(pk)
        item = actions.NewItem("startup", "Collect twenty failures", play.today + timedelta(days=14))
        actions.log_session(
            session,
            minutes=50 if again else 45,
            shared="We looked at the evaluations." + " Twice." * again,
            private="They are tired.",
            items=[item],
            by=session.mentorship.mentor.person,
            at=at,
        )

    return act


def _no_show(pk: int) -> Any:
    def act(at: datetime) -> None:
        session = _session(pk)
        actions.mark_no_show(session, by=session.mentorship.mentor.person, at=at)

    return act


def _move(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        session = _session(pk)
        pair = session.mentorship
        actions.reschedule(session, _free(play, pair, at, "moves", moving=session), by=_founder(pair), at=at)

    return act


def _cancel(pk: int) -> Any:
    def act(at: datetime) -> None:
        session = _session(pk)
        actions.cancel(session, reason="Ill today.", by=_founder(session.mentorship), at=at)

    return act


def _keeps_word(play: Play) -> Iterator[Step]:
    for pk in ActionItem.objects.open().order_by("pk").values_list("pk", flat=True):
        if play.chance(KEEPS_WORD, "keeps", play.today, pk):
            yield _step(play, "founder", "keeps a promise", f"item #{pk}", _complete(pk))
        elif play.chance(LETS_GO, "lets go", play.today, pk):
            yield _step(play, "mentor", "lets a promise go", f"item #{pk}", _drop(pk))
    lately = ActionItem.objects.filter(closed_at__gt=play.instant(0) - timedelta(days=2)).order_by("pk")
    for pk in lately.values_list("pk", flat=True):
        if play.chance(WRONG_CLICK, "wrong click", play.today, pk):
            yield _step(play, "founder", "takes a wrong click back", f"item #{pk}", _reopen(pk))


def _item(pk: int) -> ActionItem:
    return ActionItem.objects.select_related(*(f"session__{side}" for side in BOTH_SIDES)).get(pk=pk)


def _complete(pk: int) -> Any:
    def act(at: datetime) -> None:
        item = _item(pk)
        actions.complete_action_item(item, by=_founder(item.session.mentorship), at=at)

    return act


def _drop(pk: int) -> Any:
    def act(at: datetime) -> None:
        item = _item(pk)
        actions.drop_action_item(item, by=item.session.mentorship.mentor.person, at=at)

    return act


def _reopen(pk: int) -> Any:
    def act(at: datetime) -> None:
        item = _item(pk)
        actions.reopen_action_item(item, by=_founder(item.session.mentorship), at=at)

    return act


# --- The end ---------------------------------------------------------------------------------------------


def _last_proof(play: Play) -> Iterable[str]:
    """Name sessions that were over for a fortnight and never logged, and reminders that nobody handled."""
    past = MentorSession.objects.filter(state=State.BOOKED, ends_at__lt=play.instant(0) - timedelta(days=14))
    return [f"session #{pk} was never logged" for pk in past.values_list("pk", flat=True)]


def _counts(play: Play) -> Mapping[str, int]:
    return {"sessions_logged": MentorSession.objects.filter(state=State.HELD).count()}


PART = Part("mentorship", set_up=_set_up, day=_day, last_proof=_last_proof, counts=_counts, intrusions=INTRUSIONS)
