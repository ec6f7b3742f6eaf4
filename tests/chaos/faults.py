"""What goes wrong: kinds of faults, drawn from the seed, one after the other."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import redis
from django.db import connection

from portal import clock
from portal.celery import app
from portal.models import DemoClock
from portal.registry import registry
from portal.tasks import tick
from tests.chaos.outages import Outages
from tests.chaos.place import Place
from tests.chaos.processes import AHEAD, BEATS, WEB, WORKERS, Host

PAUSE = (0.1, 0.9)  # seconds between two faults
# Seconds a fault: none is waited for while there were fewer than one in so many, however slow the machine is,
RHYTHM = 1.3
# and a run goes on, though never for more than six times its time, until there was one in so many and one of each kind.
AT_LEAST_EVERY = 1.7
AT_MOST = 6.0
COMES_AGAIN_AFTER = 3  # faults, where there was nothing to befall
TIMES = 5  # how often one task is sent
TIME_PASSES_EVERY = 13.0  # seconds of the run
DAYS = (5, 9, 16, 24, 31)


class Chaos:
    """Breaks things, tells the time, and remembers what was broken when."""

    def __init__(self, place: Place, host: Host, seed: int) -> None:
        self.place, self.host, self.random = place, host, random.Random(f"faults {seed}")
        self.counts: Counter[str] = Counter()
        self.days = 0
        self.outages = Outages()
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._time_passes_at = 0.0
        self._copy: dict[bytes, bytes] = {}
        # How often each is drawn: the dearer ones, after which everything starts anew, more seldom.
        self._kinds: dict[Callable[[], None], int] = {
            self._kill_worker: 3,
            self._kill_worker_child: 5,
            self._kill_web: 1,
            self._kill_web_child: 3,
            self._kill_beat: 3,
            self._no_beat: 1,
            self._beat_ahead: 2,
            self._flush_broker: 3,
            self._restart_broker: 2,
            self._restore_broker: 2,
            self._broker_away: 1,
            self._restart_database: 2,
            self._crash_database: 1,
            self._send_five_times: 5,
        }
        self._unseen = set(self._kinds)
        self._deck = list(self._kinds)
        self.random.shuffle(self._deck)

    def rage(self, seconds: float) -> None:
        """Break one thing after the other for so long, and on until there was enough; let time pass now and then."""
        began = time.monotonic()
        self._time_passes_at = began + TIME_PASSES_EVERY / 2
        while self._goes_on(time.monotonic() - began, seconds):
            if time.monotonic() > self._time_passes_at:
                self.let_time_pass(self.random.choice(DAYS))
                self._time_passes_at = time.monotonic() + TIME_PASSES_EVERY
            self._befall(self._next())
            self._mend()
            if self.counts.total() >= (time.monotonic() - began) / RHYTHM:
                time.sleep(self.random.uniform(*PAUSE))

    def lose_everything(self, days: int) -> None:
        """Kill every process and the broker at once, let time pass, and break nothing any more."""
        self._later.clear()
        self.host.want(AHEAD, wanted=False)
        for name in (*BEATS, AHEAD):
            self.host.kill(name, whole=True)
        self._count("total loss")
        self.place.stop_broker()
        with self.outages.away("web", until=self._is_serving):
            self.host.kill(WEB, whole=True)
            self.let_time_pass(days)
            self.place.valkey.ensure()
            for name in BEATS:
                self.host.want(name, wanted=True)

    def let_time_pass(self, days: int) -> None:
        """Move the clock while no worker lives, so that no sender's lease runs out under its hands."""
        for name in WORKERS:
            self.host.want(name, wanted=False)
            self.host.kill_all(name)
        self._count("all workers killed")
        self._copy_broker()
        self.move_the_clock(days)
        for name in WORKERS:
            self.host.want(name, wanted=True)

    def move_the_clock(self, days: int) -> None:
        """Move the clock, when nobody is sending mail."""
        ahead = clock.offset() + timedelta(days=days)
        DemoClock.objects.update_or_create(pk=1, defaults={"ahead": ahead})
        clock.forget()
        self.days += days

    def send_ticks(self, names: list[str], times: int = 1) -> None:
        """Send ticks, as beat does."""
        with (
            suppress(redis.RedisError, OSError, tick.OperationalError),
            app.connection_for_write(connect_timeout=2) as link,
        ):
            for name in names * times:
                app.send_task(tick.name, (name,), connection=link, retry=False)

    def _goes_on(self, passed: float, seconds: float) -> bool:
        enough = not self._unseen and self.counts.total() >= seconds / AT_LEAST_EVERY
        return passed < seconds or (not enough and passed < seconds * AT_MOST)

    def _next(self) -> Callable[[], None]:
        """Draw a kind: each once at first, so that a short run has seen them all, then as often as it weighs."""
        if not self._deck:
            self._shuffle()
        return self._deck.pop()

    def _shuffle(self) -> None:
        self._deck = [kind for kind, weight in self._kinds.items() for _ in range(weight)]
        self.random.shuffle(self._deck)

    def _befall(self, kind: Callable[[], None]) -> None:
        """Let a kind happen; one that has not come yet, and found nothing to befall, comes again soon."""
        before = self.counts.total()
        kind()
        if self.counts.total() > before:
            self._unseen.discard(kind)
        elif kind in self._unseen:
            if not self._deck:
                self._shuffle()
            self._deck.insert(max(0, len(self._deck) - COMES_AGAIN_AFTER), kind)

    # --- What can happen ------------------------------------------------------------------------------

    def _kill_worker(self) -> None:
        self._busy()
        whole = self.random.random() < 0.5
        if any(self.host.kill(name, whole=whole) for name in self.random.sample(WORKERS, len(WORKERS))):
            self._count("worker killed")

    def _kill_worker_child(self) -> None:
        self._busy()
        if any(self.host.kill_child(name) for name in self.random.sample(WORKERS, len(WORKERS))):
            self._count("worker's child killed")

    def _kill_web(self) -> None:
        with self.outages.away("web", until=self._is_serving):
            if self.host.kill(WEB, whole=self.random.random() < 0.5):
                self._count("web killed")

    def _kill_web_child(self) -> None:
        with self.outages.away("web"):
            if self.host.kill_child(WEB):
                self._count("web's child killed")

    def _kill_beat(self) -> None:
        if any(self.host.kill(name, whole=True) for name in self.random.sample(BEATS, len(BEATS))):
            self._count("beat killed")

    def _no_beat(self) -> None:
        for name in BEATS:
            self.host.want(name, wanted=False)
            self.host.kill(name, whole=True)
        self._count("no beat")
        self._after(8, self._beats_again)

    def _beats_again(self) -> None:
        for name in BEATS:
            self.host.want(name, wanted=True)

    def _beat_ahead(self) -> None:
        self.host.want(AHEAD, wanted=True)
        self._count("beat a year ahead")

        def end() -> None:
            self.host.want(AHEAD, wanted=False)
            self.host.kill(AHEAD, whole=True)

        self._after(10, end)

    def _flush_broker(self) -> None:
        self._busy()
        with suppress(redis.RedisError):
            self.place.broker().flushall()
            self._count("broker flushed")

    def _restart_broker(self) -> None:
        self._busy()
        self._restart_empty()
        self._count("broker killed")

    def _restore_broker(self) -> None:
        """Put an old copy in the broker's place: what was done long ago is delivered again."""
        if self._copy:
            self._busy()
            self._restart_empty()
            self.place.restore_broker(self._copy)
            self._copy = {}
            self._count("broker restored from an old copy")

    def _broker_away(self) -> None:
        self.place.valkey.ensure()
        self.place.stop_broker()
        self._count("broker away")
        self._after(4, self.place.valkey.ensure)

    def _restart_database(self) -> None:
        self._without_database(lambda: self.place.stop_database(signal.SIGINT))
        self._count("database restarted")

    def _crash_database(self) -> None:
        self._without_database(lambda: self.place.stop_database(signal.SIGKILL))
        self._count("database killed")

    def _send_five_times(self) -> None:
        names = list(registry.sweeps)
        self.send_ticks(self.random.sample(names, self.random.randint(1, len(names))), TIMES)
        self._count("ticks sent five times")

    # --- How --------------------------------------------------------------------------------------------

    def _busy(self) -> None:
        """Give the workers something to be cut short in."""
        self.send_ticks(self.random.sample(list(registry.sweeps), 4))
        time.sleep(self.random.uniform(0.02, 0.4))

    def _restart_empty(self) -> None:
        self.place.valkey.ensure()
        self.place.stop_broker()
        self.place.valkey.ensure()

    def _copy_broker(self) -> None:
        """Keep a copy of a broker that is full of ticks, which no worker lives to take; keep it until it is restored."""
        if not self._copy:
            self.send_ticks(list(registry.sweeps), TIMES)
            with suppress(redis.RedisError):
                self._copy = self.place.copy_of_broker()

    def _without_database(self, stop: Callable[[], None]) -> None:
        self._busy()
        with self.outages.away("database"):
            connection.close()
            stop()
            time.sleep(self.random.uniform(0, 1))
            self.place.postgres.ensure()

    def _count(self, kind: str) -> None:
        self.counts[kind] += 1

    def _after(self, seconds: float, act: Callable[[], Any]) -> None:
        self._later.append((time.monotonic() + seconds, act))

    def _mend(self) -> None:
        """Bring back what was to be away only so long."""
        due = [act for at, act in self._later if at <= time.monotonic()]
        self._later = [(at, act) for at, act in self._later if at > time.monotonic()]
        for act in due:
            act()

    def _is_serving(self) -> bool:
        return self.host.is_serving()
