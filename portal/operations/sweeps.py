"""What the kernel does by the clock."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from portal.language.dates import day_of
from portal.models import AccountEvent, LawCheck, Session
from portal.operations import jobs, law_checks
from portal.outbox import deliver
from portal.registry import registry

log = logging.getLogger(__name__)

MAIL = "mail"
EVENTS_KEPT = timedelta(days=180)


def mail(at: datetime) -> int:
    """Send the mails that are due."""
    return deliver.drain(at)


def housekeeping(at: datetime) -> int:
    """Forget what has no reader any more: dull runs, sessions that ended, events at the door of half a year ago.

    The instants of the first two are the machine's own.
    """
    now = timezone.now()
    jobs.prune(now)  # not counted: each minute has its dull runs to forget
    ended, _each = Session.objects.filter(expire_date__lt=now).delete()
    AccountEvent.objects.filter(at__lt=at - EVENTS_KEPT).delete()
    return ended


def check_laws(at: datetime) -> int:
    """Ask once a day whether the laws hold, keep the answers, and say aloud where one is broken.

    After a standstill the others go first: what they have not caught up with is late, and no law is broken by it.
    """
    with jobs.alone(law_checks.SWEEP) as is_alone:
        if not is_alone or LawCheck.objects.filter(checked_on=day_of(at, zone=law_checks.DAYS)).exists():
            return 0
        if not jobs.has_each_run(registry.sweeps.keys() - {law_checks.SWEEP}, timezone.now()):
            return 0
        verdicts = law_checks.check(registry.law_questions, at)
        law_checks.keep(verdicts, at)
    for verdict in verdicts:
        if verdict.count:
            log.error("Law %d is broken by %d rows: %s", verdict.law, verdict.count, "; ".join(verdict.rows))
    return len(verdicts)
