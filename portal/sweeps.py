"""What the kernel does by the clock."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.utils import timezone

from portal import delivery, jobs
from portal.registry import registry


@registry.sweep("mail")
def mail(at: datetime) -> int:
    """Send the mails that are due."""
    return delivery.drain(at)


@registry.sweep("housekeeping")
def housekeeping(at: datetime) -> int:
    """Forget what has no reader any more: dull runs and sessions that ended. Their instants are the machine's own."""
    now = timezone.now()
    jobs.prune(now)  # not counted: each minute has its dull runs to forget
    ended, _each = Session.objects.filter(expire_date__lt=now).delete()
    return ended
