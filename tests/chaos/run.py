"""One run: the world, the chaos with everybody at work, the end of it, the recovery, the books closed, the verdict."""

import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

from django.utils import timezone

from portal import clock
from portal.registry import registry
from tests.chaos import verdict, world
from tests.chaos.faults import Chaos
from tests.chaos.place import Place
from tests.chaos.processes import Host
from tests.chaos.traffic import Traffic

STARTS_WITHIN = 180.0  # seconds
BACK_WITHIN = 120.0  # seconds after the last fault, without a hand
CLOSING_WITHIN = 180.0
BETWEEN_TICKS = 0.5
CLOCK_IS_KNOWN_AFTER = 1.5  # seconds after which no process believes in the old time
LAST_STEP = 1  # days by which the clock moves with the last fault, past every dead sender's lease
SETTLED_AFTER = 10  # days after which whatever was sent has arrived
SHOWN = 40  # violations in the report
NEW_LINE = re.compile(r"^\d\d:\d\d:\d\d ")


class Run:
    """A run of so many seconds; `report` does it."""

    def __init__(
        self, place: Place, *, seconds: float, seed: int, keep: str | None, without: Sequence[str] = ()
    ) -> None:
        self.place, self.seconds, self.seed, self.keep, self.without = place, seconds, seed, keep, without
        self.violations: list[str] = []

    def report(self) -> dict[str, Any]:
        """Do it, and give the figures."""
        say("laying out the programme")
        world.prepare()
        host = Host(self.place, self.seed, unguarded="guard" in self.without)
        laid_out = world.build(clock.now())
        if "index" in self.without:
            verdict.drop_the_index()
        self.chaos = Chaos(self.place, host, self.seed)
        self.traffic = Traffic(
            laid_out, self.place.port, self.seed, self.chaos.outages.explain, self.lines_of, self.today
        )
        try:
            with self._living(host):
                recovery = self._live(host)
            return self._judge(host, recovery)
        finally:
            if self.keep:
                shutil.copytree(
                    self.place.folder, self.keep, ignore=shutil.ignore_patterns("postgres", "valkey", "static")
                )

    def today(self) -> date:
        """Give the run's day."""
        return (timezone.now() + timedelta(days=self.chaos.days)).date()

    def lines_of(self, request_id: str) -> str:
        """Give what the web server's log says of a request, its traceback included."""
        lines = iter((self.place.folder / "web.log").read_text(errors="replace").splitlines())
        found = []
        for line in lines:
            if f"[{request_id}]" in line:
                found += [line, *takewhile(lambda one: not NEW_LINE.match(one), lines)]
        return "\n".join(found[-60:])

    def _last_lines(self) -> str:
        logs = sorted(self.place.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {line}" for log in logs for line in log.read_text().splitlines()[-8:])

    @contextmanager
    def _living(self, host: Host) -> Iterator[None]:
        try:
            host.start()
            yield
        finally:
            self.traffic.stop()
            host.stop()

    def _live(self, host: Host) -> float | None:
        if self._wait(host.is_ready, STARTS_WITHIN, "not ready") is None:
            sys.exit(f"The product did not start.\n{self._last_lines()}")
        say("everybody comes, and chaos begins")
        self.traffic.start()
        self.chaos.rage(self.seconds)
        self.traffic.stop()
        self.chaos.lose_everything(LAST_STEP)
        say("chaos is over")
        recovery = self._wait(lambda: host.is_ready() and not self._waiting(), BACK_WITHIN, "not back to normal")
        if recovery is None:
            self.violations += self._waiting()
        else:
            self._close_the_books()
        return recovery

    def _close_the_books(self) -> None:
        """Look at the holds again, pay what is ready, in peace, and let it arrive."""
        say("closing the books")
        self.traffic.lift_holds()
        if self._all_done("the lifted months do not open"):
            self.traffic.close_the_books()
            self.chaos.move_the_clock(SETTLED_AFTER)
            time.sleep(CLOCK_IS_KNOWN_AFTER)
            self._all_done("the books do not close")

    def _all_done(self, otherwise: str) -> bool:
        """Send ticks until nothing waits any more; say whether that came to be."""

        def done() -> bool:
            self.chaos.send_ticks(list(registry.sweeps))
            time.sleep(BETWEEN_TICKS)
            return not self._waiting()

        if self._wait(done, CLOSING_WITHIN, otherwise) is None:
            self.violations += self._waiting()
            return False
        return True

    def _waiting(self) -> list[str]:
        clock.forget()
        return verdict.of_questions(verdict.WAITING, clock.now())

    def _wait(self, condition: Any, seconds: float, otherwise: str) -> float | None:
        """Wait for a condition and give the seconds it took; None, and a violation, if it does not come."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if condition():
                return time.monotonic() - started
            time.sleep(0.1)
        self.violations.append(f"{otherwise} within {seconds:.0f} seconds")
        return None

    def _judge(self, host: Host, recovery: float | None) -> dict[str, Any]:
        say("asking whether all is right")
        clock.forget()
        at, told, tally = clock.now(), self.traffic.life.told, self.traffic.life.tally
        post = verdict.Post.read(host.mail_notes)
        self.violations += [
            *tally.strange,
            *verdict.of_laws(at),
            *verdict.of_questions(verdict.MONEY, at),
            *verdict.of_sweeps(self.chaos.outages.without_database_on),
            *verdict.of_promises(told.promises, told.written),
            *verdict.of_files(told.files),
            *verdict.of_mails(post, "tremplin.example", self.chaos.outages.without_database),
        ]
        [(settled, amount)] = verdict.rows(
            "SELECT count(*), coalesce(sum(amount_minor), 0)::bigint FROM payouts_payment WHERE state = 'settled'"
        )
        return {
            "seconds": self.seconds,
            "seed": self.seed,
            "faults": self.chaos.counts.total(),
            "faults_by_kind": dict(sorted(self.chaos.counts.items())),
            "days_passed": self.chaos.days,
            "requests": tally.requests,
            "acts": sum(tally.acts.values()),
            "acts_by_kind": dict(sorted(tally.acts.items())),
            "refused": tally.refused,
            "cut": tally.cut,
            "unavailable": tally.unavailable,
            "batches_sent": len(told.files),
            "payments_settled": settled,
            "amount_settled": amount,
            "mails_sent": len(post.taken),
            "mails_doubled": len(post.doubled()),
            "doubled": sum(words.startswith("doubled:") for words in self.violations),
            "lost": sum(words.startswith("lost:") for words in self.violations),
            "recovery_seconds": None if recovery is None else round(recovery, 1),
            "violations": len(self.violations),
            "rows": self.violations[:SHOWN],
        }


def say(words: str) -> None:
    """Tell whoever watches how far it is."""
    print(f"chaos: {time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)
