"""What each person of a run does: one act at a time, through the pages, as a browser without scripts would."""

import itertools
import random
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

from tests.chaos.visitor import Page, Tally, Visitor
from tests.chaos.world import World

ROUTING = "021000021"
SAVES = (2, 6)  # how often a draft is saved before it is submitted
HOLDS = 0.02  # how often a manager's act is a hold

Promise = tuple[str, str, tuple[Any, ...]]  # what was promised, and the question that must have rows


@dataclass
class Told:
    """What the product said yes to, and the files it gave out; written by many threads."""

    promises: list[Promise] = field(default_factory=list)
    # By application and question: what may stand there: what was saved last, and what was sent since without an answer.
    written: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    files: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def promise(self, words: str, sql: str, *params: Any) -> None:
        """Keep a promise of the product."""
        with self.lock:
            self.promises.append((words, sql, params))


@dataclass
class Life:
    """What everybody shares."""

    world: World
    tally: Tally
    told: Told
    today: Callable[[], date]
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


class Someone(Protocol):
    """Whoever can act."""

    name: str
    random: random.Random

    def act(self) -> None:
        """Do one thing.

        :raises Cut: without an answer.
        """


class Person:
    """Somebody with a browser and a part to play."""

    def __init__(self, name: str, visitor: Visitor, chance: random.Random, life: Life) -> None:
        self.name, self.visitor, self.random, self.life = name, visitor, chance, life

    def act(self) -> None:
        """Do one thing.

        :raises Cut: without an answer.
        """
        raise NotImplementedError

    def did(self, act: str, words: str = "", sql: str = "", *params: Any) -> None:
        """Count an act that was answered with a yes, and keep what it promised."""
        self.life.tally.act(act)
        if sql:
            self.life.told.promise(words, sql, *params)

    def confirm(self, path: str, **told: str) -> Page | None:
        """Open the page that asks before an act, say yes, and give the page after it if it tells of a success."""
        asked = self.visitor.get(path)
        form = asked.form(*(told or ["csrfmiddlewaretoken"]), action=path)
        if form is None:
            return None
        answer = self.visitor.send(form, told)
        after = self.visitor.get(answer.location) if answer.location else answer
        if after.says_done:
            return after
        self.life.tally.count(refused=1)
        return None


class OneAfterTheOther:
    """Several people of whom one acts at a time, so that a run needs no thread for each."""

    def __init__(self, name: str, people: Sequence[Someone], chance: random.Random) -> None:
        self.name, self.people, self.random = name, people, chance

    def act(self) -> None:
        """Let one of them act."""
        self.random.choice(self.people).act()


class Writer(Person):
    """Founds startups, writes their applications with autosave, submits them, and begins again."""

    startup = ""
    application = 0
    saves = 0

    def act(self) -> None:
        """Found, apply, write a little, or submit."""
        if not self.startup:
            self._found()
        elif not self.application:
            self._apply()
        elif self.saves > 0:
            self._save()
        else:
            self._submit()

    def _found(self) -> None:
        name = f"Written {self.name} {next(self.life.numbers)}"
        form = self.visitor.get("/startups/new/").form("name", "country")
        answer = self.visitor.send(form, {"name": name, "country": "US"})
        if found := re.fullmatch(r"/startups/(\d+)/", answer.location):
            self.did("startup founded", name, "SELECT 1 FROM applications_startup WHERE name = %s", name)
            self.startup = found[1]

    def _apply(self) -> None:
        form = self.visitor.get(f"/apply/{self.life.world.open_cohort.slug}/").form("startup")
        answer = self.visitor.send(form, {"startup": self.startup})
        if found := re.fullmatch(r"/applications/(\d+)/edit/", answer.location):
            self.application, self.saves = int(found[1]), self.random.randint(*SAVES)
            sql = "SELECT 1 FROM applications_application WHERE id = %s AND startup_id = %s"
            self.did("application started", f"startup {self.startup}", sql, self.application, int(self.startup))

    def _begin_anew(self) -> None:
        self.startup, self.application = "", 0

    def _save(self) -> None:
        form = self.visitor.get(f"/applications/{self.application}/edit/").form("fact-country")
        if form is None:
            self._begin_anew()
            return
        area = next(name for name, _ in form.fields if name.startswith("answer-"))
        words = f"We read scans faster: {self.random.random()}"
        key = (self.application, int(area.removeprefix("answer-")))
        with self.life.told.lock:
            self.life.told.written.setdefault(key, [""]).append(words)
        form.action = f"/applications/{self.application}/edit/save/"
        facts = {"fact-country": "US", "fact-raised": "1000", "fact-developers": "3"}
        answer = self.visitor.send(form, {area: words, **facts})
        if answer.status == 200:
            self.did("draft saved")
            self.saves -= 1
            with self.life.told.lock:
                self.life.told.written[key] = [words]

    def _submit(self) -> None:
        form = self.visitor.get(f"/applications/{self.application}/edit/").form("fact-country")
        if form is None:  # submitted, by the answer that did not come
            self._begin_anew()
            return
        answer = self.visitor.send(form, button=("action", "submit"))
        if answer.status == 302:
            sql = "SELECT 1 FROM applications_application WHERE id = %s AND state = 'submitted'"
            self.did("application submitted", f"application {self.application}", sql, self.application)
            self._begin_anew()


class Chosen(Person):
    """Answers an offer: accepts, signs, gives bank details; later changes them now and then."""

    offer = 0
    seat = ""
    given = False

    def act(self) -> None:
        """Take the next step."""
        if not self.seat:
            self._answer()
        elif not self.given or self.random.random() < 0.05:
            self._give_account()
        else:
            self.visitor.get(f"/participations/{self.seat}/")

    def _answer(self) -> None:
        path = f"/offers/{self.offer}/"
        page = self.visitor.get(path)
        accept = next((form for form in page.forms() if form.action.startswith(f"{path}accept/")), None)
        if accept:
            self.visitor.send(accept)
            if self.visitor.get(path).form("signed_name"):
                sql = "SELECT 1 FROM applications_participation WHERE offer_id = %s"
                self.did("offer accepted", f"offer {self.offer}", sql, self.offer)
        elif form := page.form("signed_name"):
            answer = self.visitor.send(form, {"signed_name": "Ada Founder", "agreed": "on"})
            if found := re.fullmatch(r"/participations/(\d+)/", answer.location):
                sql = "SELECT 1 FROM applications_agreement WHERE offer_id = %s"
                self.did("agreement signed", f"offer {self.offer}", sql, self.offer)
                self.seat = found[1]
        elif link := next(iter(page.links("/participations/")), ""):
            self.seat = re.findall(r"\d+", link)[0]

    def _give_account(self) -> None:
        form = self.visitor.get(f"/participations/{self.seat}/account/").form("account_number")
        if form is None:
            return
        number = f"{self.random.randrange(10**8, 10**9)}"
        told = {"holder_name": f"Offered Works {self.offer}", "account_type": "checking", "routing_number": ROUTING}
        answer = self.visitor.send(form, told | {"account_number": number, "account_number_again": number})
        if answer.status == 302:
            sql = "SELECT 1 FROM payouts_payoutaccount WHERE participation_id = %s AND last_four = %s"
            self.did("bank details given", f"participation {self.seat}", sql, int(self.seat), number[-4:])
            self.given = True


class Booking(Person):
    """Books a mentor's hours; moves and cancels some of them."""

    seat = 0
    booked = ""

    def act(self) -> None:
        """Book, move, cancel, or look."""
        if not self.booked:
            self._book()
        elif (chance := self.random.random()) < 0.25:
            self._move()
        elif chance < 0.35:
            self._cancel()
        else:
            page = self.visitor.get(f"/sessions/{self.booked}/")
            if not page.links("/reschedule/"):
                self.booked = ""

    def _book(self) -> None:
        form = self.visitor.get(f"/participations/{self.seat}/book/").form("starts_at", "topic")
        if form is None:
            return
        hour, topic = self.random.choice(form.choices["starts_at"]), f"Scans {self.random.random()}"
        answer = self.visitor.send(form, {"starts_at": hour, "topic": topic})
        if found := re.fullmatch(r"/sessions/(\d+)/", answer.location):
            self.booked = found[1]
            sql = "SELECT 1 FROM mentorship_mentorsession WHERE id = %s AND topic = %s"
            self.did("session booked", f"session {self.booked}", sql, int(self.booked), topic)

    def _move(self) -> None:
        form = self.visitor.get(f"/sessions/{self.booked}/reschedule/").form("starts_at")
        if form is None:
            self.booked = ""
            return
        hour = self.random.choice(form.choices["starts_at"])
        answer = self.visitor.send(form, {"starts_at": hour})
        if answer.location == f"/sessions/{self.booked}/":
            sql = "SELECT 1 FROM mentorship_sessionmove WHERE session_id = %s AND to_starts_at = %s"
            self.did("session moved", f"session {self.booked}", sql, int(self.booked), hour)

    def _cancel(self) -> None:
        path = f"/sessions/{self.booked}/cancel/"
        form = self.visitor.get(path).form("reason")
        if form is not None and self.visitor.send(form, {"reason": "Ill"}).location == f"/sessions/{self.booked}/":
            sql = "SELECT 1 FROM mentorship_mentorsession WHERE id = %s AND state LIKE 'cancelled%%'"
            self.did("session cancelled", f"session {self.booked}", sql, int(self.booked))
        self.booked = ""


class Mentor(Person):
    """Logs the sessions whose hour has come."""

    def act(self) -> None:
        """Log one session, or look what there is."""
        links = self.visitor.get("/mentoring/").links("/log/")
        if not links:
            return
        path = self.random.choice(links)
        form = self.visitor.get(path).form("outcome", "shared")
        if form is None:
            return
        session, words = re.findall(r"\d+", path)[0], f"We looked at the scans {self.random.random()}"
        answer = self.visitor.send(form, {"shared": words, "private": "Needs a statistician."})
        if answer.location == f"/sessions/{session}/":
            sql = "SELECT 1 FROM mentorship_sessionnote WHERE session_id = %s AND text = %s"
            self.did("session logged", f"session {session}", sql, int(session), words)


class Manager(Person):
    """Confirms bank details as the second person, and places a hold now and then."""

    def act(self) -> None:
        """Confirm what waits."""
        if self.random.random() < HOLDS:
            self._hold()
            return
        for account in accounts(self.visitor):
            self.confirm_account(account)

    def confirm_account(self, account: str) -> None:
        """Confirm one version of bank details."""
        if f"/accounts/{account}/confirm/" in self.visitor.get(
            f"/admin/desks/accounts/{account}/"
        ).text and self.confirm(
            f"/admin/desks/accounts/{account}/confirm/", evidence="Called the number of the application"
        ):
            sql = "SELECT 1 FROM payouts_payoutaccount WHERE id = %s AND confirmed_by_id IS NOT NULL"
            self.did("bank details confirmed", f"account {account}", sql, int(account))

    def _hold(self) -> None:
        seat = self.random.choice(self.life.world.seats).pk
        review_on = (self.life.today() + timedelta(days=10)).isoformat()
        told = {"reason": "report", "notice": "We miss your report.", "note": "", "review_on": review_on}
        if self.confirm(f"/admin/desks/holds/{seat}/", **told):
            sql = "SELECT 1 FROM payouts_hold WHERE participation_id = %s AND review_on = %s"
            self.did("hold placed", f"participation {seat}", sql, seat, review_on)


class Preparer(Person):
    """Verifies bank details and prepares batches of whatever is ready."""

    def act(self) -> None:
        """Verify what waits, then prepare."""
        for account in accounts(self.visitor):
            path = f"/admin/desks/accounts/{account}/verify/"
            if path in self.visitor.get(f"/admin/desks/accounts/{account}/").text and self.confirm(
                path, evidence="Bank letter of today"
            ):
                sql = "SELECT 1 FROM payouts_payoutaccount WHERE id = %s AND verified_by_id IS NOT NULL"
                self.did("bank details verified", f"account {account}", sql, int(account))
        self._prepare()

    def _prepare(self) -> None:
        form = self.visitor.get(f"/admin/desks/batches/prepare/{self.life.world.programme.pk}/").form("month")
        if form is None:
            return
        answer = self.visitor.send(form, button=("which", self.random.choice(["all", "chosen"])))
        if found := re.fullmatch(r"/admin/desks/batches/(\d+)/", answer.location):
            batch = int(found[1])
            self.did("batch prepared", f"batch {batch}", "SELECT 1 FROM payouts_paymentbatch WHERE id = %s", batch)
        else:
            self.life.tally.count(refused=1)


class Approver(Person):
    """Approves, downloads and sends; records a return now and then."""

    def act(self) -> None:
        """Bring every batch one step further."""
        page = self.visitor.get("/admin/desks/batches/")
        for link in page.links("/admin/desks/batches/"):
            if found := re.fullmatch(r"/admin/desks/batches/(\d+)/", link):
                self._advance(int(found[1]), link)

    def _advance(self, batch: int, path: str) -> None:
        page = self.visitor.get(path)
        for act, words in (("approve", "approved_at"), ("freeze", "frozen_at")):
            if f"{path}{act}/" in page.text and self.confirm(f"{path}{act}/"):
                sql = f"SELECT 1 FROM payouts_paymentbatch WHERE id = %s AND {words} IS NOT NULL"
                self.did(f"batch {words.removesuffix('_at')}", f"batch {batch}", sql, batch)
                return
        if f"{path}send/" in page.text:
            if self._download(batch, path):
                self._send(batch, path)
        elif self.random.random() < 0.02:
            self._download(batch, path)  # asked again much later, the bytes are the same

    def _download(self, batch: int, path: str) -> bool:
        form = next((form for form in self.visitor.get(path).forms() if form.action.endswith("/file/")), None)
        answer = self.visitor.send(form) if form else None
        if answer is None or answer.status != 200:
            return False
        with self.life.told.lock:
            self.life.told.files[batch].append(answer.body)
        self.did("file downloaded")
        return True

    def _send(self, batch: int, path: str) -> None:
        if self.confirm(f"{path}send/"):
            sql = "SELECT 1 FROM payouts_paymentbatch WHERE id = %s AND sent_at IS NOT NULL"
            self.did("batch sent", f"batch {batch}", sql, batch)


def accounts(visitor: Visitor) -> list[str]:
    """Give the bank details that wait at the desk."""
    links = visitor.get("/admin/desks/accounts/").links("/admin/desks/accounts/")
    return [found[1] for link in links if (found := re.fullmatch(r"/admin/desks/accounts/(\d+)/", link))]
