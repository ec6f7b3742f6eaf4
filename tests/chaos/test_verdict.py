"""That the verdict goes red: each kind of violation planted by itself, where all was right before."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from payouts.actions import release_batch
from payouts.models import Disbursement, Payment, PaymentBatch
from portal.models import JobRun, OutgoingMail
from portal.operations import jobs
from tests import factories
from tests.arranged import past_laws
from tests.chaos import verdict
from tests.chaos.outages import AFTERMATH, Outages
from tests.chaos.verdict import Post
from tests.laws.test_check_laws import UNCHECKED
from tests.mentorship import builders
from tests.payouts import money

pytestmark = pytest.mark.django_db

AT = money.DUE
LATER = AT + timedelta(days=14)
DOMAIN = "tremplin.example"

# What makes each question of the verdict find something in the record: the tables whose laws are in the way, and the deed.
PLANTED = {
    "lost: a month that is due is not ready": (
        ["payouts_disbursement"],
        "UPDATE payouts_disbursement SET state = 'scheduled' WHERE state = 'paid'",
    ),
    "lost: a payment that arrived is not settled": (
        ["payouts_payment"],
        "UPDATE payouts_payment SET state = 'sent', settled_at = NULL",
    ),
    "lost: a mail that is due is not sent": (
        ["portal_outgoingmail"],
        "UPDATE portal_outgoingmail SET state = 'sending' WHERE id = (SELECT min(id) FROM portal_outgoingmail)",
    ),
    "lost: an offer that ran out is still open": (
        ["applications_offer"],
        "UPDATE applications_offer SET state = 'open', expires_at = '2020-01-01'",
    ),
    "lost: a reminder that is due is not handled": (
        ["mentorship_sessionreminder"],
        "UPDATE mentorship_sessionreminder SET handled_at = NULL, due_at = '2020-01-01'",
    ),
    "doubled: a month is paid twice": (
        ["payouts_payment"],
        "UPDATE payouts_payment SET disbursement_id = (SELECT min(disbursement_id) FROM payouts_payment)",
    ),
    "doubled: a slot of an award is paid twice": (
        ["payouts_disbursement"],
        """UPDATE payouts_disbursement SET (award_id, n) = (
            SELECT m.award_id, m.n FROM payouts_disbursement m JOIN payouts_payment p ON p.disbursement_id = m.id
            ORDER BY m.id LIMIT 1)
        WHERE id IN (SELECT disbursement_id FROM payouts_payment)""",
    ),
    "a payment of a batch that was sent is not under way": (
        ["payouts_payment"],
        "UPDATE payouts_payment SET state = 'prepared'",
    ),
    "a payment is settled whose batch was never sent": (
        ["payouts_paymentbatch"],
        "UPDATE payouts_paymentbatch SET sent_at = NULL",
    ),
    "doubled: an award was paid more than its total": (["payouts_award"], "UPDATE payouts_award SET total_minor = 1"),
    "lost: a founder was not told of a payment": (
        ["portal_outgoingmail"],
        "DELETE FROM portal_outgoingmail WHERE kind = 'payment_settled'",
    ),
    "what was disbursed is not what was settled": (
        ["payouts_ledgeraccount"],
        "UPDATE payouts_ledgeraccount SET credits_posted = credits_posted + 1 WHERE kind = 'disbursed'",
    ),
    "what is in transit is not what was sent": (
        ["payouts_ledgeraccount"],
        "UPDATE payouts_ledgeraccount SET credits_posted = credits_posted + 1 WHERE kind = 'in_transit'",
    ),
}


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


@pytest.fixture
def record(batch: PaymentBatch) -> None:
    """Make a record to which every question applies: two payments that settled, an offer, and reminders of a session."""
    money.settled(*money.ready_months(2))
    builders.held()
    sql(
        "UPDATE mentorship_sessionreminder SET handled_at = due_at",
        "UPDATE portal_outgoingmail SET state = 'sent', sent_at = due_at",
    )


def file_of(batch: PaymentBatch) -> bytes:
    return release_batch(batch, by=money.approver(batch), at=AT)


def test_all_is_right_where_nothing_was_planted(record: None, batch: PaymentBatch) -> None:
    assert verdict.of_questions(verdict.WAITING | verdict.MONEY, LATER) == []
    assert verdict.of_files({made.pk: [file_of(made), file_of(made)] for made in PaymentBatch.objects.all()}) == []
    assert verdict.of_sweeps(never_on) == []


def test_every_question_is_planted_once() -> None:
    assert PLANTED.keys() == (verdict.WAITING | verdict.MONEY).keys()


def test_what_was_planted_is_found(record: None) -> None:
    unseen = []
    for words, (tables, deed) in PLANTED.items():
        with transaction.atomic():
            sql(*(UNCHECKED.format(table) for table in tables), deed)
            found = verdict.of_questions(verdict.WAITING | verdict.MONEY, LATER)
            if not any(told.startswith(f"{words}: ") for told in found):
                unseen.append(words)
            transaction.set_rollback(True)
    assert unseen == []


def test_law_that_was_broken_is_found() -> None:
    money.settled()
    jobs.run_all(AT)
    assert verdict.of_laws(AT) == []
    sql("UPDATE payouts_award SET state = 'closed'")
    assert any(words.startswith("law 1 is broken by ") for words in verdict.of_laws(AT))


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


def test_file_of_another_total_is_found(batch: PaymentBatch) -> None:
    data = file_of(batch)
    sql("UPDATE payouts_paymentbatch SET total_minor = total_minor + 1")
    assert verdict.of_files({batch.pk: [data]}) == [f"the file of batch {batch.pk} is not of its total"]


def test_month_that_is_due_and_was_forgotten_is_found() -> None:
    account = money.verified()
    [month] = Disbursement.objects.filter(award__participation=account.participation, n=1)
    sql("UPDATE portal_outgoingmail SET state = 'sent', sent_at = due_at")
    found = verdict.of_questions(verdict.WAITING, AT)
    assert found == [f"lost: a month that is due is not ready: month #{month.pk}"]


def test_payment_that_never_settles_is_found(batch: PaymentBatch) -> None:
    sql("UPDATE payouts_payment SET state = 'sent', settled_at = NULL")
    found = verdict.of_questions(verdict.WAITING | verdict.MONEY, AT + (AT - factories.DECIDED))
    assert "lost: a payment that arrived is not settled" in beginnings(found)
    assert "what is in transit is not what was sent" in beginnings(found)


def never_on(start: datetime, end: datetime) -> bool:
    return False


def always_on(start: datetime, end: datetime) -> bool:
    return True


def test_sweep_that_failed_while_the_database_was_away_is_right() -> None:
    gone = "django.db.utils.OperationalError: gone"
    JobRun.objects.create(name="mail", started_at=AT, finished_at=AT, error=gone)
    assert verdict.of_sweeps(always_on) == []


def test_sweep_that_lost_a_database_which_was_there_is_found() -> None:
    gone = "django.db.utils.OperationalError: gone"
    JobRun.objects.create(name="mail", started_at=AT, finished_at=AT, error=gone)
    assert verdict.of_sweeps(never_on) == [f"the sweep mail of {AT} failed: {gone}"]


@pytest.mark.parametrize(
    "error",
    [
        "KeyError: 'x'",
        "psycopg.errors.DeadlockDetected: …\ndjango.db.utils.OperationalError: deadlock detected",
    ],
)
def test_sweep_that_failed_of_something_else_is_found_at_any_time(error: str) -> None:
    JobRun.objects.create(name="mail", started_at=AT, error=error)
    assert len(verdict.of_sweeps(always_on)) == 1


def test_sweep_is_judged_by_its_own_time() -> None:
    """A run that ended before the database went away, or began well after it was back, has no excuse."""
    outages, second = Outages(), timedelta(seconds=1)
    began = timezone.now()
    with outages.away("web"):
        assert not outages.without_database_on(began, timezone.now())
    with outages.away("database"):
        assert outages.without_database_on(began, timezone.now() + second)
    ended = timezone.now()
    assert outages.without_database_on(ended + second, ended + 2 * second)  # it had no word of it yet
    assert not outages.without_database_on(began - 2 * second, began - second)
    aftermath = timedelta(seconds=AFTERMATH)
    assert not outages.without_database_on(ended + aftermath + second, ended + aftermath + 2 * second)


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
    with past_laws():
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


def test_mail_that_is_not_known_as_sent_is_found(names: list[str], tmp_path: Path) -> None:
    a = names[0]
    with past_laws():
        OutgoingMail.objects.filter(pk=int(a[1:].partition(".")[0])).delete()
    taken = post(tmp_path, *((1, name) for name in names), (1, "quit"))
    assert verdict.of_mails(taken, DOMAIN, never) == [f"mail {a} was taken, and is not known as sent"]


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
