"""That the verdict goes red: each kind of violation planted by itself, where all was right before."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection

from payouts.actions import release_batch
from payouts.models import Disbursement, Payment, PaymentBatch
from portal.models import JobRun, OutgoingMail
from tests import factories
from tests.chaos import verdict
from tests.chaos.verdict import Post
from tests.payouts import money

pytestmark = pytest.mark.django_db

AT = money.DUE
DOMAIN = "tremplin.example"


def sql(*statements: str) -> None:
    """Write past every law, as only who owns the database can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


def beginnings(found: list[str]) -> list[str]:
    """Give what each violation says before its row."""
    return [": ".join(words.split(": ")[:-1]) for words in found]


@pytest.fixture
def batch() -> PaymentBatch:
    """Give a settled batch of one payment, all mails of which were sent."""
    made = money.settled()
    sql("UPDATE portal_outgoingmail SET state = 'sent', sent_at = due_at")
    return made


def file_of(batch: PaymentBatch) -> bytes:
    return release_batch(batch, by=money.approver(batch), at=AT)


def test_all_is_right_where_nothing_was_planted(batch: PaymentBatch) -> None:
    assert verdict.of_questions(verdict.WAITING, AT) == []
    assert verdict.of_questions(verdict.MONEY, AT) == []
    assert verdict.of_files({batch.pk: [file_of(batch), file_of(batch)]}) == []
    assert verdict.of_sweeps() == []


def test_second_payment_of_a_month_is_found(batch: PaymentBatch) -> None:
    verdict.drop_the_index()
    [payment] = Payment.objects.all()
    sql(
        f"""INSERT INTO payouts_payment (disbursement_id, attempt, batch_id, account_id, amount_minor, currency,
            end_to_end_id, trace_number, payee_name_ascii, state, settled_at, bank_reference, return_code)
        SELECT disbursement_id, 2, batch_id, account_id, amount_minor, currency, 'D{payment.disbursement_id}-2',
            trace_number + 1, payee_name_ascii, state, settled_at, '', '' FROM payouts_payment"""
    )
    assert sorted(beginnings(verdict.of_questions(verdict.MONEY, AT))) == [
        "doubled: a month is paid twice",
        "doubled: a slot of an award is paid twice",
        f"lost: a founder was not told of a payment: payment D{payment.disbursement_id}-2",
        f"lost: a founder was not told of a payment: payment D{payment.disbursement_id}-2",
        "what was disbursed is not what was settled",
    ]


def test_payment_in_two_files_is_found(batch: PaymentBatch) -> None:
    again = money.settled()
    found = verdict.of_files({batch.pk: [file_of(batch)], again.pk: [file_of(batch)]})
    assert any(words.startswith("doubled: D") for words in found)
    assert any(words.startswith("lost: D") for words in found)


def test_file_that_changed_is_found(batch: PaymentBatch) -> None:
    data = file_of(batch)
    other = data.replace(b"FEDERAL", b"FOREIGN")
    [words] = verdict.of_files({batch.pk: [data, other]})
    assert sha256(other).hexdigest() in words


def test_month_that_is_due_and_was_forgotten_is_found() -> None:
    account = money.verified()
    [month] = Disbursement.objects.filter(award__participation=account.participation, n=1)
    sql("UPDATE portal_outgoingmail SET state = 'sent', sent_at = due_at")
    found = verdict.of_questions(verdict.WAITING, AT)
    assert found == [f"lost: a month that is due is not ready: month #{month.pk}"]


def test_payment_that_never_settles_is_found(batch: PaymentBatch) -> None:
    sql("UPDATE payouts_payment SET state = 'sent'")
    found = verdict.of_questions(verdict.WAITING | verdict.MONEY, AT + (AT - factories.DECIDED))
    assert "lost: a payment that arrived is not settled" in beginnings(found)
    assert "what is in transit is not what was sent" in beginnings(found)


def test_mail_that_waits_is_found(batch: PaymentBatch) -> None:
    sql("UPDATE portal_outgoingmail SET state = 'sending' WHERE id = (SELECT min(id) FROM portal_outgoingmail)")
    assert beginnings(verdict.of_questions(verdict.WAITING, AT)) == ["lost: a mail that is due is not sent"]


def test_sweep_that_failed_is_found_unless_the_database_was_away() -> None:
    JobRun.objects.create(name="mail", started_at=AT, error="django.db.utils.OperationalError: gone")
    assert verdict.of_sweeps() == []
    JobRun.objects.create(name="mail", started_at=AT, error="KeyError: 'x'")
    deadlock = "psycopg.errors.DeadlockDetected: …\ndjango.db.utils.OperationalError: deadlock detected"
    JobRun.objects.create(name="mail", started_at=AT, error=deadlock)
    assert len(verdict.of_sweeps()) == 2


def test_act_that_was_lost_is_found() -> None:
    question = "SELECT 1 FROM applications_startup WHERE name = %s"
    factories.startup(name="Loomwork")
    assert verdict.of_promises([("Loomwork", question, ("Loomwork",))], {}) == []
    [words] = verdict.of_promises([("Warpwork", question, ("Warpwork",))], {})
    assert words.startswith("lost: Warpwork")


def test_word_that_was_lost_is_found() -> None:
    draft = factories.draft()
    answer = draft.answers.get()
    key = (draft.pk, answer.question_id)
    assert verdict.of_promises([], {key: [answer.value, "sent without an answer"]}) == []
    [words] = verdict.of_promises([], {key: ["saved later"]})
    assert words.startswith("lost: application")


# --- Mails ----------------------------------------------------------------------------------------------


@pytest.fixture
def names(batch: PaymentBatch) -> list[str]:
    """Give the Message-IDs of three mails that are known as sent, and forget the others."""
    kept = list(OutgoingMail.objects.order_by("id")[:3])
    OutgoingMail.objects.exclude(pk__in=[mail.pk for mail in kept]).delete()
    return [f"<{mail.pk}.{int(mail.queued_at.timestamp())}@{DOMAIN}>" for mail in kept]


def post(folder: Path, *events: tuple[int, str]) -> Post:
    """Give what the mail server notes of sessions: a Message-ID that it took, or how the session ended."""
    notes = folder / "post.jsonl"
    lines = [{"at": 0, "session": n, "ended" if word in ("quit", "cut") else "took": word} for n, word in events]
    notes.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Post.read(notes)


def never(start: float, end: float) -> bool:
    return False


def always(start: float, end: float) -> bool:
    return True


def test_mails_that_were_taken_once_are_right(names: list[str], tmp_path: Path) -> None:
    a, b, c = names
    assert verdict.of_mails(post(tmp_path, (1, a), (1, b), (1, "quit"), (2, c), (2, "quit")), DOMAIN, never) == []


def test_mail_that_never_came_is_found(names: list[str], tmp_path: Path) -> None:
    a, b, c = names
    assert verdict.of_mails(post(tmp_path, (1, a), (1, b), (1, "quit")), DOMAIN, never) == [
        f"lost: mail {c} counts as sent, and was never taken"
    ]


def test_mail_may_come_twice_where_its_sender_was_cut_short(names: list[str], tmp_path: Path) -> None:
    a, b, c = names
    taken = post(tmp_path, (1, a), (1, b), (1, "cut"), (2, b), (2, c), (2, "quit"))
    assert (taken.doubled(), verdict.of_mails(taken, DOMAIN, never)) == ([b], [])


def test_mail_may_not_come_twice_where_its_sender_went_on(names: list[str], tmp_path: Path) -> None:
    a, b, c = names
    [words] = verdict.of_mails(post(tmp_path, (1, a), (1, b), (1, "cut"), (2, a), (2, c), (2, "quit")), DOMAIN, never)
    assert words.startswith(f"mail {a} was taken 2 times")


def test_mail_may_not_come_twice_where_the_sender_left_in_peace(names: list[str], tmp_path: Path) -> None:
    a, b, c = names
    taken = post(tmp_path, (1, a), (1, b), (1, "quit"), (2, b), (2, c), (2, "quit"))
    assert len(verdict.of_mails(taken, DOMAIN, never)) == 1
    assert verdict.of_mails(taken, DOMAIN, always) == []
