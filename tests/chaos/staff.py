"""What mentors, managers and finance do: log, confirm, verify, prepare, approve, send, and hold now and then."""

import re
from datetime import timedelta
from urllib.parse import urlencode

from tests.chaos.people import Person
from tests.chaos.visitor import Visitor

HOLDS = 0.02  # how often a manager's act is a hold
ASKED_AGAIN = 0.02  # how often a file is asked for again, of a batch that was sent


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
        if self.confirm(f"/admin/desks/holds/place/{seat}/", **told):
            sql = "SELECT 1 FROM payouts_hold WHERE participation_id = %s AND review_on = %s"
            self.did("hold placed", f"participation {seat}", sql, seat, review_on)

    def lift_holds(self) -> None:
        """Lift every hold that stands on the desk."""
        for path in self.visitor.get("/admin/desks/holds/").links("/lift/"):
            if self.confirm(path, why="The report has come."):
                hold = path.split("/")[-3]
                sql = "SELECT 1 FROM payouts_hold WHERE id = %s AND lifted_at IS NOT NULL"
                self.did("hold lifted", f"hold {hold}", sql, int(hold))


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
        desk = self.visitor.get(f"/admin/desks/batches/prepare/{self.life.world.programme.pk}/").text
        asking, months = re.search(r'formaction="([^"]+)"', desk), re.findall(r'name="row" value="(\d+)"', desk)
        if asking is None:
            return
        selected = [("which", self.random.choice(["all", "rows"])), *(("row", month) for month in months)]
        form = self.visitor.get(f"{asking[1]}?{urlencode(selected)}").form("shown")
        if form is None:
            return
        answer = self.visitor.send(form)
        if found := re.fullmatch(r"/admin/desks/batches/(\d+)/", answer.location):
            batch = int(found[1])
            self.did("batch prepared", f"batch {batch}", "SELECT 1 FROM payouts_paymentbatch WHERE id = %s", batch)
        else:
            self.life.tally.count(refused=1)


class Approver(Person):
    """Approves, downloads and sends, and asks for a file that is sent once more."""

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
        elif self.random.random() < ASKED_AGAIN:
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
