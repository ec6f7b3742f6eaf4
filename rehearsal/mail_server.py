"""The mail server of a rehearsal: it takes, refuses, is away for a while, and remembers what it took."""

import smtplib
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Office:
    """What the mail server has done, and how it is at the moment."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.is_away = False
        # How many of the next messages are put off, as a busy server does (RFC 5321, 451).
        self.busy_for = 0

    def take(self, message: EmailMessage) -> None:
        """Take one message, or say why not."""
        if self.busy_for:
            self.busy_for -= 1
            raise smtplib.SMTPDataError(451, b"try again later")
        self.taken[message.extra_headers["Message-ID"]] += 1


class Backend(BaseEmailBackend):
    """Django's way to the office of the rehearsal that is being played."""

    office: ClassVar[Office] = Office()

    def open(self) -> bool:
        """Connect, unless the server is away."""
        if self.office.is_away:
            raise ConnectionRefusedError("the mail server of the rehearsal is away")
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Hand messages over."""
        for message in email_messages:
            self.office.take(message)
        return len(email_messages)
