"""Sending what the outbox holds: claim under a lease, send outside any transaction, record how it went.

A mail goes out at least once and, but for a crash between the mail server's yes and our note of it, exactly once;
for that one case every attempt bears the same Message-ID, by which mail servers know a repetition.
"""

import logging
import re
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q, QuerySet

from portal.external import Rejected, Unavailable
from portal.laws.transitions import move_many
from portal.models import OutgoingMail
from portal.outbox.queue import State, Words, render, words_of
from portal.registry import registry

log = logging.getLogger(__name__)

BATCH = 20
# A claimed mail that nobody reported on is claimed anew after this; who claimed it stops sending well before.
LEASE = timedelta(minutes=10)
SENDING_STOPS_AFTER = timedelta(minutes=3)
# Waits after each failed attempt; after the last the mail has failed and waits for a person.
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440))

MAY_HAVE_GONE = "The database came back from a backup: this may have been sent already."


def drain(at: datetime) -> int:
    """Send what is due, and give how many mails were sent.

    :raises Unavailable: when the mail server cannot be reached; what is due stays due and loses no attempt.
    """
    release_lapsed(at)
    if not due(at).exists():
        return 0
    started, sent = time.monotonic(), 0
    with Post() as post:
        while batch := claim(at):
            for number, mail in enumerate(batch):
                if time.monotonic() - started > SENDING_STOPS_AFTER.total_seconds():
                    _give_back(batch[number:], at)
                    return sent
                try:
                    post.reach()
                except Unavailable:
                    _give_back(batch[number:], at)
                    raise
                sent += _attempt(post, mail, at)
            if len(batch) < BATCH:
                break  # what came due since, or another sender let go of, is for the next tick
    return sent


def due(at: datetime) -> QuerySet[OutgoingMail]:
    """Return the mails that may be claimed."""
    return OutgoingMail.objects.filter(state=State.QUEUED, due_at__lte=at)


@transaction.atomic
def claim(at: datetime) -> list[OutgoingMail]:
    """Claim a few due mails under a lease, passing over those that somebody else is claiming."""
    rows = due(at).order_by("due_at", "id").select_for_update(skip_locked=True, of=("self",), no_key=True)
    ids = list(rows.values_list("id", flat=True)[:BATCH])
    changes: dict[str, Any] = {"lease_until": at + LEASE, "attempts": F("attempts") + 1}
    move_many(OutgoingMail.objects.filter(id__in=ids), State.SENDING, by=None, at=at, **changes)
    return list(OutgoingMail.objects.filter(id__in=ids).select_related("recipient").order_by("due_at", "id"))


def release_lapsed(at: datetime) -> None:
    """Queue anew what a killed sender claimed; what kills every sender fails in the end."""
    lapsed = OutgoingMail.objects.filter(state=State.SENDING, lease_until__lte=at)
    if not lapsed.exists():
        return
    hopeless = lapsed.filter(attempts__gt=len(BACKOFF))
    move_many(hopeless, State.FAILED, by=None, at=at, error="Its senders died.", lease_until=None)
    move_many(lapsed, State.QUEUED, by=None, at=at, lease_until=None)


@transaction.atomic
def stop_due(at: datetime) -> int:
    """Let what is due, or was being sent, fail in a database that came back from a backup; give how many.

    Nobody knows which of them went out after the backup was made: a person judges, and sends again what did not.
    """
    move_many(due(at), State.SENDING, by=None, at=at, lease_until=at)
    doubtful = OutgoingMail.objects.filter(state=State.SENDING)
    return move_many(doubtful, State.FAILED, by=None, at=at, error=MAY_HAVE_GONE, lease_until=None)


class Post:
    """The mail server, through Django's mail backend; says Rejected or Unavailable."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend = django_mail.get_connection(fail_silently=False)

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._close()

    def reach(self) -> None:
        """Open the connection unless it is open.

        :raises Unavailable: if the mail server does not answer, or does not let us in.
        """
        try:
            self._backend.open()
        except (SMTPException, OSError) as error:
            raise Unavailable(str(error)) from error

    def send(self, message: EmailMultiAlternatives) -> None:
        """Hand one message over.

        :raises Rejected: if the server refuses the recipient or the message for good.
        :raises Unavailable: if it may take it later; the connection is opened anew for the next.
        """
        try:
            self._backend.send_messages([message])
        except (SMTPException, OSError) as error:
            self._close()
            raise (Rejected if _is_final(error) else Unavailable)(str(error)) from error

    def _close(self) -> None:
        try:
            self._backend.close()
        except (SMTPException, OSError):
            log.info("The mail server hung up first")


def compose(mail: OutgoingMail) -> EmailMultiAlternatives | None:
    """Make the message of a mail; None when the secret it was to carry is no longer wanted."""
    words = _secret_words(mail) if mail.secret else words_of(mail)
    if words is None:
        return None
    headers = {"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(words.subject, words.plain, to=[mail.to_email], headers=headers)
    message.attach_alternative(words.html, "text/html")
    if mail.calendar:
        # RFC 6047 §2.4: the part's method parameter repeats the METHOD of the calendar.
        message.attach_alternative(mail.calendar, f"text/calendar; method={calendar_method(mail.calendar)}")
        message.attach("invitation.ics", mail.calendar.encode(), "application/ics")
    return message


def message_id(mail: OutgoingMail) -> str:
    """Name the message by its row: the same for every attempt, another when a person sends it again."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{mail.pk}.{int(mail.queued_at.timestamp())}@{domain}>"


def calendar_method(calendar: str) -> str:
    """Return the METHOD of an iCalendar text, PUBLISH where it has none (RFC 5546)."""
    found = re.search(r"^METHOD:([A-Z]+)\s*$", calendar, re.MULTILINE)
    return found[1] if found else "PUBLISH"


def _attempt(post: Post, mail: OutgoingMail, at: datetime) -> int:
    try:
        message = compose(mail)
        if message is None:
            _record(mail, State.FAILED, at, error="There was nothing left to send.")
            return 0
        post.send(message)
    except Rejected as refused:
        _record(mail, State.FAILED, at, error=str(refused))
    except Unavailable as trouble:
        _later(mail, at, str(trouble))
    except Exception as bug:
        log.exception("Mail %s (%s) could not be written", mail.pk, mail.kind)
        _later(mail, at, repr(bug))
    else:
        _record(mail, State.SENT, at, error="", sent_at=at)
        return 1
    return 0


def _later(mail: OutgoingMail, at: datetime, error: str) -> None:
    if mail.attempts > len(BACKOFF):
        _record(mail, State.FAILED, at, error=error)
    else:
        _record(mail, State.QUEUED, at, error=error, due_at=at + BACKOFF[mail.attempts - 1])


def _record(mail: OutgoingMail, state: State, at: datetime, *, error: str, **changes: Any) -> None:
    """Note how the attempt went, unless the lease lapsed and another attempt has begun since."""
    ours = OutgoingMail.objects.filter(_claim_of(mail), state=State.SENDING)
    # The error names the recipient; the history, which is never erased, shall not.
    move_many(ours, state, by=None, at=at, error=error, lease_until=None, **changes)


def _give_back(mails: Iterable[OutgoingMail], at: datetime) -> None:
    """Queue anew what was claimed but not tried; it loses no attempt by it."""
    untried = Q()
    for mail in mails:
        untried |= _claim_of(mail)
    ours = OutgoingMail.objects.filter(untried, state=State.SENDING)
    move_many(ours, State.QUEUED, by=None, at=at, lease_until=None, attempts=F("attempts") - 1)


def _claim_of(mail: OutgoingMail) -> Q:
    """Tell this claim of a mail from any later one."""
    return Q(pk=mail.pk, attempts=mail.attempts, lease_until=mail.lease_until)


def _secret_words(mail: OutgoingMail) -> Words | None:
    context = registry.secret_mails[mail.kind](mail.subject_id or 0)
    if context is None:
        return None
    zone = mail.recipient.timezone if mail.recipient else ""
    return render(mail.kind, {"recipient": mail.recipient, **context}, language=mail.language, zone=zone)


def _is_final(error: Exception) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500
