"""What founders do: write and submit, answer an offer, say where the money goes, book hours."""

import re
from uuid import UUID

from portal.accounts import step_up
from tests.chaos.people import Person
from tests.chaos.visitor import Page

ROUTING = "021000021"
SAVES = (2, 6)  # how often a draft is saved before it is submitted


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
        asked = self.visitor.send(form, told | {"account_number": number, "account_number_again": number})
        if (found := re.fullmatch(r"/participations/\d+/account/prove/([0-9a-f-]+)/", asked.location)) is None:
            return
        form = self.visitor.get(asked.location).form("code")
        answer = self.visitor.send(form, {"code": step_up.code_for(UUID(found[1]))}) if form else asked
        if answer.location.endswith("/account/"):
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
        if self._is_done(self.visitor.send(form, {"starts_at": hour})):
            sql = "SELECT 1 FROM mentorship_sessionmove WHERE session_id = %s AND to_starts_at = %s"
            self.did("session moved", f"session {self.booked}", sql, int(self.booked), hour)

    def _cancel(self) -> None:
        path = f"/sessions/{self.booked}/cancel/"
        form = self.visitor.get(path).form("reason")
        if form is not None and self._is_done(self.visitor.send(form, {"reason": "Ill"})):
            sql = "SELECT 1 FROM mentorship_mentorsession WHERE id = %s AND state LIKE 'cancelled%%'"
            self.did("session cancelled", f"session {self.booked}", sql, int(self.booked))
        self.booked = ""

    def _is_done(self, answer: Page) -> bool:
        """Say whether the session's page tells that it was done; it tells as well that the hour has come meanwhile."""
        return answer.location == f"/sessions/{self.booked}/" and self.visitor.get(answer.location).says_done
