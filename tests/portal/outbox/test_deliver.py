"""Sending: once under two beats, again after a kill, later after trouble, never inside a transaction."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections, transaction

from portal.accounts.mails import EMAIL_CONFIRMATION, PASSWORD_RESET
from portal.external import Unavailable
from portal.laws.transitions import acting
from portal.models import OutgoingMail, Transition
from portal.outbox import deliver
from portal.outbox.queue import State, mark_bounced, queue_mail, resend, words_of
from tests import factories
from tests.arranged import past_laws
from tests.factories import AT
from tests.portal.outbox.smtp_server import MailServer, mail_server
from tests.portal.outbox.test_queue import URLS

MINUTE = timedelta(minutes=1)
INVITATION = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def server(settings: LazySettings) -> Iterator[MailServer]:
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", running.port, False
        yield running


def queued(count: int = 1, **letter: Any) -> list[OutgoingMail]:
    with transaction.atomic():
        for _ in range(count):
            person = factories.user()
            queue_mail("account_exists", to=person, about=person, at=AT, context=URLS, **letter)
    return list(OutgoingMail.objects.order_by("-id")[:count])[::-1]


def now(row: OutgoingMail) -> tuple[str, int]:
    row.refresh_from_db()
    return row.state, row.attempts


def part(message: EmailMessage, content_type: str) -> EmailMessage:
    return next(p for p in message.walk() if p.get_content_type() == content_type)


# --- What is sent -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_message_has_text_html_and_a_name_of_its_row(server: MailServer, settings: LazySettings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Tremplin <help@tremplin.example>"
    [row] = queued()
    assert deliver.drain(AT) == 1
    [message] = server.received
    assert (message["To"], message["From"], message["Subject"]) == (
        row.to_email,
        settings.DEFAULT_FROM_EMAIL,
        row.subject,
    )
    assert message["Message-ID"] == f"<{row.pk}.{int(AT.timestamp())}@tremplin.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert part(message, "text/plain").get_content().replace("\r\n", "\n") == words_of(row).plain
    assert part(message, "text/html").get_content().replace("\r\n", "\n").strip() == words_of(row).html.strip()
    assert now(row) == ("sent", 1)
    assert row.sent_at == AT


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "method"), [(INVITATION, "REQUEST"), (INVITATION.replace("REQUEST", "CANCEL"), "CANCEL")]
)
def test_invitation_part_repeats_the_calendars_method(server: MailServer, text: str, method: str) -> None:
    queued(calendar=text)
    deliver.drain(AT)
    [message] = server.received
    calendar = part(message, "text/calendar")
    assert calendar.get_param("method") == method
    assert f"METHOD:{method}" in calendar.get_content()
    attached = part(message, "application/ics")
    assert (attached.get_filename(), attached.get_content()) == ("invitation.ics", text.encode())
    assert message.get_content_type() == "multipart/mixed"


@pytest.mark.django_db
def test_secret_is_made_at_sending_and_kept_nowhere() -> None:
    ada = factories.user(password="before")
    queue_mail(PASSWORD_RESET, to=ada, about=ada, at=AT, secret=True)
    deliver.drain(AT)
    row = OutgoingMail.objects.get()
    [message] = django_mail.outbox
    assert "/account/password/reset/key/" in message.body
    assert (row.state, row.text, row.subject) == ("sent", "", "")


@pytest.mark.django_db
def test_secret_no_longer_wanted_is_not_sent() -> None:
    ada = factories.user()
    address = EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    queue_mail(EMAIL_CONFIRMATION, to=ada, about=address, at=AT, secret=True)
    assert deliver.drain(AT) == 0
    row = OutgoingMail.objects.get()
    assert (row.state, row.error) == ("failed", "There was nothing left to send.")
    assert not django_mail.outbox


@pytest.mark.django_db
def test_line_break_in_a_name_reaches_no_header(server: MailServer) -> None:
    ada = factories.user()
    context = {**URLS, "what": "Hello\r\nBcc: evil@example.org", "when": AT, "ip": "192.0.2.1"}
    queue_mail("account_changed", to=ada, about=ada, at=AT, context=context)
    assert deliver.drain(AT) == 1
    assert server.received[0]["Bcc"] is None


# --- When ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_mail_waits_until_it_is_due_and_oldest_goes_first() -> None:
    queued(due_at=AT + MINUTE)
    queued(due_at=AT - MINUTE)
    queued()
    assert deliver.drain(AT - 2 * MINUTE) == 0
    assert deliver.drain(AT) == 2
    assert [m.to[0] for m in django_mail.outbox] == list(
        OutgoingMail.objects.filter(state="sent").order_by("due_at").values_list("to_email", flat=True)
    )


@pytest.mark.django_db
def test_drain_goes_on_past_one_batch_and_sends_nothing_twice() -> None:
    queued(deliver.BATCH * 2 + 3)
    assert deliver.drain(AT) == deliver.BATCH * 2 + 3
    assert deliver.drain(AT) == 0
    assert len({m.extra_headers["Message-ID"] for m in django_mail.outbox}) == deliver.BATCH * 2 + 3


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_double_no_mail() -> None:
    queued(deliver.BATCH * 3)
    counts = together(lambda: deliver.drain(AT), times=4)
    assert sum(counts) == deliver.BATCH * 3
    sent = [m.extra_headers["Message-ID"] for m in django_mail.outbox]
    assert len(sent) == len(set(sent)) == deliver.BATCH * 3


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Watchful"
    queued(2)
    assert deliver.drain(AT) == 2


class Watchful(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        assert not connection.in_atomic_block
        assert OutgoingMail.objects.filter(state="sending").exists()  # the claim is on record before the mail is out
        return int(super().send_messages(messages))


# --- Killed -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_claimed_and_killed_is_sent_after_the_lease() -> None:
    [row] = queued()
    assert [m.pk for m in deliver.claim(AT)] == [row.pk]  # and the process is gone
    assert deliver.drain(AT + deliver.LEASE - MINUTE) == 0
    assert now(row) == ("sending", 1)
    assert deliver.drain(AT + deliver.LEASE) == 1
    assert now(row) == ("sent", 2)
    assert [t.to_state for t in Transition.objects.of(row)] == ["queued", "sending", "queued", "sending", "sent"]


@pytest.mark.django_db
def test_late_sender_does_not_overwrite_the_next_attempt() -> None:
    [row] = queued()
    [late] = deliver.claim(AT)
    deliver.release_lapsed(AT + deliver.LEASE)
    [_current] = deliver.claim(AT + deliver.LEASE)
    deliver._record(late, State.FAILED, AT + deliver.LEASE, error="too late")
    assert now(row) == ("sending", 2)


@pytest.mark.django_db
def test_mail_that_kills_every_sender_fails_in_the_end() -> None:
    [row] = queued()
    at = AT
    for _ in range(len(deliver.BACKOFF) + 1):
        deliver.claim(at)
        at += deliver.LEASE
        deliver.release_lapsed(at)
    assert now(row) == ("failed", len(deliver.BACKOFF) + 1)


# --- Trouble ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_unreachable_server_costs_no_attempt(server: MailServer, settings: LazySettings) -> None:
    [row] = queued()
    settings.EMAIL_PORT = 1  # nobody listens there
    with pytest.raises(Unavailable):
        deliver.drain(AT)
    assert now(row) == ("queued", 0)
    settings.EMAIL_PORT = server.port
    assert deliver.drain(AT) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("answers", [{"RCPT": "550 no such user"}, {"DATA": "554 spam"}])
def test_refused_for_good_fails_at_once_and_stops_no_other(server: MailServer, answers: dict[str, str]) -> None:
    [refused] = queued()
    server.answers = answers
    deliver.drain(AT)
    assert now(refused) == ("failed", 1)
    assert answers.popitem()[1][4:] in refused.error
    server.answers = {}
    queued()
    assert deliver.drain(AT) == 1


@pytest.mark.django_db
def test_error_text_stays_out_of_the_history(server: MailServer) -> None:
    [row] = queued()
    server.answers = {"RCPT": "550 no such user"}
    deliver.drain(AT)
    assert row.to_email in OutgoingMail.objects.get().error
    assert {t.reason for t in Transition.objects.of(row)} == {""}


@pytest.mark.django_db
def test_trouble_is_tried_again_ever_later_until_it_has_failed(server: MailServer) -> None:
    [row] = queued()
    server.answers = {"RCPT": "451 try later"}
    at, waits = AT, []
    while now(row)[0] == "queued":
        deliver.drain(at)
        row.refresh_from_db()
        waits.append(row.due_at - at)
        at = row.due_at
    assert tuple(waits[:-1]) == deliver.BACKOFF
    assert now(row) == ("failed", len(deliver.BACKOFF) + 1)
    assert "451" in row.error


@pytest.mark.django_db
def test_server_that_hangs_up_is_met_again_for_the_next_mail(server: MailServer) -> None:
    first, second = queued(2)
    server.hangs_up_at = {"DATA"}
    assert deliver.drain(AT) == 0
    assert (now(first), now(second)) == (("queued", 1), ("queued", 1))
    server.hangs_up_at = set()
    assert deliver.drain(AT + MINUTE) == 2


@pytest.mark.django_db
def test_mail_that_cannot_be_written_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ada = factories.user()
    queue_mail(EMAIL_CONFIRMATION, to=ada, about=ada, at=AT, secret=True)
    with past_laws():
        OutgoingMail.objects.update(kind="no_such_kind")
    [fine] = queued()
    assert deliver.drain(AT) == 1
    assert now(fine) == ("sent", 1)
    assert OutgoingMail.objects.get(kind="no_such_kind").state == "queued"
    assert "could not be written" in caplog.text


@pytest.mark.django_db
def test_slow_server_leaves_the_rest_for_the_next_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = queued(3)
    monkeypatch.setattr(deliver, "SENDING_STOPS_AFTER", timedelta(seconds=-1))
    assert deliver.drain(AT) == 0
    assert [now(row) for row in rows] == [("queued", 0)] * 3
    monkeypatch.undo()
    assert deliver.drain(AT) == 3


# --- Bounced ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_bounce_is_recorded_and_can_be_sent_again() -> None:
    [row] = queued()
    operator = factories.user(is_operator=True)
    deliver.drain(AT)
    mark_bounced(row, by=operator, at=AT + MINUTE, error="mailbox full")
    assert (now(row), row.error) == (("bounced", 1), "mailbox full")
    first = deliver.message_id(row)
    resend(row, by=operator, at=AT + 2 * MINUTE)
    assert deliver.message_id(row) != first
    assert deliver.drain(AT + 2 * MINUTE) == 1


@pytest.mark.django_db
def test_only_a_sent_mail_comes_back() -> None:
    [row] = queued()
    acting(by=None, at=AT)
    with pytest.raises(Exception, match="cannot become"):
        mark_bounced(row, by=None, at=AT, error="")


def together(act: Callable[[], int], *, times: int) -> list[int]:
    """Run an act in several threads at once, each with a connection of its own."""
    barrier, results = threading.Barrier(times), []

    def run() -> None:
        try:
            barrier.wait()
            results.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == times
    return results
