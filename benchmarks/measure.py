"""The table of pages: each measured over HTTP in turn with A1, its queries and rows counted within this process."""

import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from applications.models import Application, Question
from benchmarks.budgets import BUDGETS, Budget
from benchmarks.counting import counting
from benchmarks.pages import BACKEND, Page, founder
from benchmarks.web import Site
from demo.applications import crowd
from demo.applications.crowd.shape import SLUG
from portal.models import User

# Rounds, of which the first do not count; a page that is over its time is asked more often, for noise only adds.
ROUNDS, WARM, AGAIN = 15, 3, 45
CPU_ROUNDS = 3
# What stands around a page is the same on every page: header, navigation, footer.
CONTENT = re.compile(rb"<main\b.*</main>", re.DOTALL)


@dataclass(slots=True)
class Row:
    """What one page took: times in milliseconds, `a1` the ratio of its p50 to A1's in the same turns.

    `cpu` is the least processor time of this process for it, `content` the bytes within its frame.
    """

    name: str
    kind: str
    first: str
    queries: int
    rows: int
    p50: float
    p95: float
    cpu: float
    bytes: int
    content: int
    per_second: float
    a1: float

    def data(self) -> dict[str, Any]:
        return asdict(self)


class Eyes:
    """Sessions of people, made once each."""

    def __init__(self) -> None:
        self._clients: dict[int, Client] = {}

    def of(self, person: User | None) -> Client:
        key = person.pk if person else 0
        if key not in self._clients:
            client = self._clients[key] = Client(SERVER_NAME="localhost")
            if person:
                client.force_login(person, backend=BACKEND)
        return self._clients[key]

    def cookie(self, person: User | None) -> str:
        kept = self.of(person).cookies.get(settings.SESSION_COOKIE_NAME)
        return f"{settings.SESSION_COOKIE_NAME}={kept.value}" if kept else ""


def measure(site: Site, pages: Iterable[Page], *, rate_seconds: float) -> list[Row]:
    """Measure every page; one that does not answer with 200 is named and left out.

    :param rate_seconds: for how long eight clients ask for each page.
    :raises RuntimeError: naming a page that stopped answering.
    """
    eyes, found = Eyes(), []
    a1 = _a1(eyes)
    own = Page("A1", crowd.cast("manager"), a1[0], "a1")
    for page in [own, *pages]:
        if (answered := site.get(page.path, eyes.cookie(page.person))[0]) != 200:
            print(f"{page.name} answers {answered}: {page.path}")  # noqa: T201  # as below
            continue
        found.append(_one(site, page, eyes, a1, rate_seconds))
        print(_line(found[-1]), flush=True)  # noqa: T201  # what the run is watched by
    return found


def _one(site: Site, page: Page, eyes: Eyes, a1: tuple[str, str], rate_seconds: float) -> Row:
    cookie, most = eyes.cookie(page.person), BUDGETS.get(page.kind, Budget()).a1
    times, beside, size = _in_turn(site, page, cookie, a1, ROUNDS)
    if most is not None and median(times) > most * median(beside):
        times, beside, size = _in_turn(site, page, cookie, a1, AGAIN)
    client = eyes.of(page.person)
    cpu, body = min((_processor(client, page.path) for _turn in range(CPU_ROUNDS)), key=itemgetter(0))
    with counting() as counted:
        client.get(page.path)
    p50 = median(times)
    return Row(
        page.name,
        page.kind,
        page.first,
        counted.queries,
        counted.rows,
        p50 * 1000,
        _p95(times),
        cpu * 1000,
        size,
        len(content_of(body)),
        site.rate(page.path, cookie, seconds=rate_seconds) if rate_seconds else 0.0,
        p50 / median(beside),
    )


def _in_turn(
    site: Site, page: Page, cookie: str, a1: tuple[str, str], rounds: int
) -> tuple[list[float], list[float], int]:
    """Ask for a page and A1 in turn; give the seconds of both, and the page's bytes."""
    times, beside, size = [], [], 0
    for turn in range(WARM + rounds):
        seconds = site.get(*a1)[2]
        status, size, taken = site.get(page.path, cookie)
        if status != 200:
            raise RuntimeError(f"{page.name} answers {status}: {page.path}")
        if turn >= WARM:
            beside.append(seconds)
            times.append(taken)
    return times, beside, size


@dataclass(frozen=True, slots=True)
class Post:
    """One form as a person sends it."""

    person: User
    path: str
    fields: Mapping[str, str]


def submit(site: Site) -> Row:
    """Submit whole drafts."""
    drafts = _whole_drafts(ROUNDS + 1)
    posts = [Post(by, reverse("application_edit", args=[draft.pk]), {"action": "submit"}) for draft, by in drafts]
    row = _posted(site, Eyes(), "submit", "submit", posts, answer=302)
    missed = Application.objects.filter(pk__in=[each.pk for each, _by in drafts]).exclude(state="submitted").count()
    if missed:
        raise RuntimeError(f"{missed} drafts were not submitted.")
    return row


def save_field(site: Site) -> Row:
    """Save one answer of each draft, as the page does while one writes."""
    eyes = Eyes()
    posts = [_answer(eyes, draft) for draft in _drafts(ROUNDS + 1)]
    return _posted(site, eyes, "application_save", "field", posts, answer=200)


def _posted(site: Site, eyes: Eyes, name: str, kind: str, posts: Sequence[Post], *, answer: int) -> Row:
    """Send forms over HTTP, each once, in turn with A1; the last one within this process, to count."""
    a1, times, beside, size = _a1(eyes), [], [], 0
    for post in posts[:-1]:
        beside.append(site.get(*a1)[2])
        cookie, token = eyes.cookie(post.person), secrets.token_hex(16)
        status, size, taken = site.post(post.path, cookie, post.fields, token)
        if status != answer:
            raise RuntimeError(f"{name} answers {status}: {post.path}")
        times.append(taken)
    last = posts[-1]
    client = eyes.of(last.person)
    with counting() as counted:
        client.post(last.path, last.fields)
    row = Row(
        name,
        kind,
        first="",
        queries=counted.queries,
        rows=counted.rows,
        p50=median(times) * 1000,
        p95=_p95(times),
        cpu=0.0,
        bytes=size,
        content=size,
        per_second=0.0,
        a1=median(times) / median(beside),
    )
    print(_line(row), flush=True)  # noqa: T201  # as above
    return row


def _a1(eyes: Eyes) -> tuple[str, str]:
    """Return the address of A1, and the cookie of who asks for it."""
    return reverse("a1", args=[Application.objects.order_by("pk")[0].pk]), eyes.cookie(crowd.cast("manager"))


def _drafts(n: int) -> list[Application]:
    open_ = Application.objects.filter(cohort__slug=f"{SLUG}-5", state="draft")
    return list(open_.order_by("pk")[:n])


def _answer(eyes: Eyes, draft: Application) -> Post:
    """Return what the page of a draft sends of one answer that was changed."""
    person = founder(draft)
    page = eyes.of(person).get(reverse("application_edit", args=[draft.pk])).content.decode()
    asked = Question.objects.filter(section__cohort=draft.cohort_id, kind=Question.Kind.LONG).order_by("pk")[0]
    name = f"answer-{asked.pk}"
    seen = re.search(rf'name="seen-{name}" id="[^"]+" value="([^"]*)"', page)
    if seen is None:
        raise RuntimeError(f"The page of {draft} asks for no {name}.")
    return Post(person, reverse("application_save", args=[draft.pk]), {name: "Measured.", f"seen-{name}": seen[1]})


def _processor(client: Client, path: str) -> tuple[float, bytes]:
    """Return the processor's seconds for a page within this process, the database's not among them, and its body."""
    started = time.process_time()
    body = client.get(path).content
    return time.process_time() - started, body


def content_of(body: bytes) -> bytes:
    """Return a page without the shell around it; the whole of what has none."""
    found = CONTENT.search(body)
    return found[0] if found else body


def _whole_drafts(n: int) -> list[tuple[Application, User]]:
    """Take back as many submitted applications of the open round: drafts in which nothing is missing."""
    from applications.actions import reopen
    from portal import clock

    ours = Application.objects.filter(cohort__slug=f"{SLUG}-5", state="submitted").order_by("-pk")[:n]
    drafts = [(application, founder(application)) for application in ours]
    for draft, person in drafts:
        reopen(draft, by=person, at=clock.now())
    return drafts


def _p95(times: list[float]) -> float:
    """Return the milliseconds within which nineteen of twenty answers came."""
    return quantiles(times, n=20, method="inclusive")[-1] * 1000


def _line(row: Row) -> str:
    return (
        f"{row.name:52} {row.queries:4} {row.rows:6} {row.p50:8.1f} {row.p95:8.1f} {row.cpu:6.1f} {row.bytes:8} {row.content:8}"
        f" {row.per_second:7.1f} {row.a1:6.1f}"
    )
