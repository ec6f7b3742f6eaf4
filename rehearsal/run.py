"""Plays a rehearsal day by day: what people do, what the clock does, what goes wrong, and whether the laws hold."""

import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TextIO

from portal import clock
from portal.external import Unavailable
from portal.models import JobRun, OutgoingMail
from portal.operations import jobs
from portal.outbox import deliver
from portal.refusals import Refusal
from portal.registry import registry
from rehearsal import applications, mentorship, payouts
from rehearsal.faults import A_BUSY_SERVER, A_JUMP, AN_INTRUSION, AN_OUTAGE, OF_PEOPLE, OF_SWEEPS, Faults
from rehearsal.law_watch import Watch
from rehearsal.mail_server import Backend
from rehearsal.play import Play, Step, Violation
from rehearsal.report import Report
from rehearsal.surroundings import faults_of, story_of, surroundings

# Money needs seats, and mentors too.
PARTS = (applications.PART, payouts.PART, mentorship.PART)
# Beat ticks every minute; of a simulated day these hours are enough. The last comes before the day is judged.
TICKS = (9, 23)
NIGHT = 23 + 59 / 60
# How long after its last day a rehearsal may go on while something is still under way.
PATIENCE = timedelta(days=60)
CUT_OFF, IDLE = "cut off", "nothing was due"


def rehearse(
    play: Play,
    *,
    database: str,
    keeps_documents: bool = False,
    told: Callable[[int, int], None] = lambda _day, _days: None,
) -> Report:
    """Play a whole programme on an empty, migrated database of its own, and say how it ended.

    It stops at the first violation; the report holds it with its step and rows.

    :param told: is told after each day how many days are played and how many there are at least.
    """
    report = Report(play)
    started = time.monotonic()
    with surroundings(database, keeps_documents) as stage, story_of(play) as story:
        show = _Show(play, report, story, faults_of(stage, play, database))
        try:
            show.run(told)
        except Violation as violation:
            report.violations = violation.rows
            report.broken_at = show.last
            story.write(f"VIOLATION {violation} after {show.last}\n")
        report.law_checks, report.ended_at = show.watch.asked, play.instant(0)
        report.counts = Counter({k: v for part in show.parts for k, v in part.counts(play).items()})
        report.mails_sent, report.mails_twice = len(show.office.taken), show.doubled()
        report.faults = show.faults.struck if show.faults else Counter()
    report.seconds = time.monotonic() - started
    return report


class _Show:
    """One rehearsal while it is being played."""

    def __init__(self, play: Play, report: Report, story: TextIO, faults: Faults | None) -> None:
        self.play, self.report, self.story, self.faults = play, report, story, faults
        self.parts = PARTS
        self.watch, self.office = Watch(), Backend.office
        self.last = "the beginning"
        self._runs_judged = 0
        self._excused: Counter[str] = Counter()

    def run(self, told: Callable[[int, int], None]) -> None:
        """Play from the first day to the last.

        :raises Violation: at the first thing that is wrong; a bug, wherever it is, is one.
        """
        try:
            self._play(told)
        except Violation:
            raise
        except Exception as bug:
            words = f"{type(bug).__name__}: {bug}"
            raise Violation(words, [f"{words}\n{traceback.format_exc()}"]) from bug

    def _play(self, told: Callable[[int, int], None]) -> None:
        begins_on = self.play.today
        for part in self.parts:
            at = self.play.instant(0)
            clock.stand(at)
            part.set_up(self.play, at)
            self._judge(at)
        ends_on = max(part.ends_on(self.play) for part in self.parts if part.ends_on)
        while self.play.today <= ends_on or self._goes_on(ends_on):
            self.day()
            self._jump()
            self.play.today += timedelta(days=1)
            told((self.play.today - begins_on).days, (ends_on - begins_on).days + 1)
        self._close()

    def day(self) -> None:
        """Play one day: people and ticks in the order of their instants, then the night's judgement."""
        self._bad_luck_of_the_day()
        ticks = [_tick(self.play, hour, name) for hour in TICKS for name in registry.sweeps if name != "laws"]
        last = self.play.instant(TICKS[-1])
        steps = [step for part in self.parts for step in part.day(self.play)]
        for step in sorted([*ticks, *steps], key=lambda step: step.at):
            if step in ticks:
                self._sweep(step, is_last=step.at == last)
            else:
                self._act(step)
        self._intrude()
        self._night()

    # --- One step -------------------------------------------------------------------------------------

    def _act(self, step: Step) -> None:
        """Let a person do something, with what may befall them; who is cut off tries again, as people do."""
        clock.stand(step.at)
        match self.faults.befall(OF_PEOPLE) if self.faults else "":
            case "killed":
                if self._do(step, self._killed) == CUT_OFF:
                    self._do(step)
            case "twice":
                self._struck("twice")
                self._do(step)
                self._do(step)
            case "beside":
                self._do(step, self._beside)
            case _:
                self._do(step)
        self._judge(step.at)

    def _sweep(self, step: Step, *, is_last: bool) -> None:
        """Let a tick come, with what may befall it; the day's last one arrives and catches up, whatever befell."""
        clock.stand(step.at)
        if is_last:
            self.office.is_away = False
        match self.faults.befall(OF_SWEEPS) if self.faults else "":
            case "dropped" if not is_last:
                self._struck("dropped")
                return
            case "killed":
                if self._do(step, self._killed) == CUT_OFF:
                    self._excuse_doubles()
                    if is_last:
                        self._do(step)
            case "repeated":
                self._struck("repeated")
                for _ in range(5):
                    self._do(step)  # the same message five times
            case "beside":
                self._do(step, self._beside)
            case _:
                if self._do(step) == IDLE:
                    return
        self._judge(step.at)

    def _do(self, step: Step, how: Callable[[Step], object] | None = None) -> str:
        """Do it, tell the story how it went, and give that: done, or refused in words."""
        self.report.steps += 1
        self.last = f"{step.at:%Y-%m-%d %H:%M:%S} {step.who} {step.what} {step.about}".strip()
        try:
            given = how(step) if how else step.act(step.at)
            outcome = given if isinstance(given, str) else "done"
        except Refusal as refusal:
            outcome = f"refused: {refusal}"
        if outcome != IDLE:
            self.story.write(f"{self.last}: {outcome}\n")
        return outcome

    def _killed(self, step: Step) -> object:
        assert self.faults  # nothing befalls without them
        died, given = self.faults.kill(step)
        return CUT_OFF if died else given

    def _beside(self, step: Step) -> object:
        assert self.faults  # as above
        return self.faults.beside(step)

    def _struck(self, fault: str) -> None:
        assert self.faults  # as above
        self.faults.struck[fault] += 1

    def _excuse_doubles(self) -> None:
        """Note which mails may go out again: their sender died, perhaps between the server's yes and our note of it."""
        for mail in OutgoingMail.objects.filter(state="sending"):
            self._excused[deliver.message_id(mail)] += 1

    # --- Judgement ------------------------------------------------------------------------------------

    def _judge(self, at: datetime) -> None:
        """Ask the laws of what was touched.

        :raises Violation: if something broke one.
        """
        if rows := self.watch.look(at):
            raise Violation("a law is broken", rows)

    def _night(self) -> None:
        """Ask everything of everything: the laws by their own nightly sweep, each part's proof, and how runs ended."""
        at = self.play.instant(NIGHT)
        clock.stand(at)
        rows = self.watch.look_at_all(at)
        rows += [words for part in self.parts for words in part.proof(self.play)]
        rows += self._failed_runs()
        rows += self._mails_told_twice()
        rows += self._mails_never_seen()
        if rows:
            raise Violation("the night's judgement", rows)

    def _failed_runs(self) -> list[str]:
        """Return the runs that failed for another reason than the one the rehearsal gave them."""
        runs = JobRun.objects.filter(pk__gt=self._runs_judged).order_by("pk")
        failed = [(run.pk, run.name, run.error) for run in runs.exclude(error="")]
        self._runs_judged = runs.values_list("pk", flat=True).last() or self._runs_judged
        excused = (Unavailable.__name__, "LockNotAvailable") if self.faults else ()
        return [f"run #{pk} of {name}: {error}" for pk, name, error in failed if not any(e in error for e in excused)]

    def _mails_told_twice(self) -> list[str]:
        """Return the messages that went out again though nobody died between the server's yes and our note of it."""
        return [
            f"mail {key} went out {n} times"
            for key, n in sorted(self.office.taken.items())
            if n > 1 + self._excused[key]
        ]

    def _mails_never_seen(self) -> list[str]:
        """Return the mails that count as sent today and that the server never saw."""
        today = (
            OutgoingMail.objects.only("pk", "kind", "queued_at")
            .filter(state="sent", sent_at__gte=self.play.instant(0))
            .order_by("pk")
        )
        unseen = [mail for mail in today if deliver.message_id(mail) not in self.office.taken]
        return [f"mail #{mail.pk} {mail.kind} counts as sent, and the server never saw it" for mail in unseen]

    def doubled(self) -> int:
        """Return how many messages the mail server took more than once."""
        return sum(n > 1 for n in self.office.taken.values())

    def _close(self) -> None:
        """Let what is late arrive, then ask whether anything was lost."""
        at = self.play.instant(NIGHT)
        clock.stand(at)
        for name in [*registry.sweeps, "mail"]:  # and what the others wrote
            jobs.run_sweep(name, at)
        rows = [words for part in self.parts for words in part.last_proof(self.play)]
        waiting = OutgoingMail.objects.filter(state__in=["queued", "sending"], due_at__lte=at)
        self._judge(at)
        rows += [f"mail #{mail.pk} {mail.kind} was never sent" for mail in waiting.order_by("pk")]
        if rows:
            raise Violation("something was lost", rows)

    # --- Bad luck -------------------------------------------------------------------------------------

    def _bad_luck_of_the_day(self) -> None:
        if self.faults is None:
            return
        if self.faults.comes(AN_OUTAGE):
            self._struck("mail server away")
            self.office.is_away = True
        if self.faults.comes(A_BUSY_SERVER):
            self._struck("mail server busy")
            self.office.busy_for = 3

    def _intrude(self) -> None:
        """Let somebody with a database client try what the laws must refuse."""
        at = self.play.instant(NIGHT)
        for intrusion in [each for part in self.parts for each in part.intrusions]:
            if self.faults and self.faults.comes(AN_INTRUSION) and (outcome := self.faults.intrude(intrusion, at)):
                self.last = f"{at:%Y-%m-%d} an intruder tries: {intrusion.name}"
                self.story.write(f"{self.last}: {outcome}\n")
        self._judge(at)

    def _jump(self) -> None:
        """Let the clock jump over days on which nothing runs, now and then."""
        if self.faults and self.faults.comes(A_JUMP):
            self._struck("jump")
            days = self.faults.dice.randint(1, 3)
            self.play.today += timedelta(days=days)
            self.story.write(f"The clock jumps over {days} days.\n")

    def _goes_on(self, ends_on: date) -> bool:
        return self.play.today <= ends_on + PATIENCE and any(part.under_way(self.play) for part in self.parts)


def _tick(play: Play, hour: int, name: str) -> Step:
    return Step(
        play.instant(hour), "beat", f"ticks {name}", "", lambda at: f"acted on {jobs.run_sweep(name, at).acted}"
    )
