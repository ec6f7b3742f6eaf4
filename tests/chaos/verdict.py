"""Whether everything came out right, asked anew of the database, of the files given out and of the mail server's notes.

Each function gives one sentence a violation, which begins with `doubled:` or `lost:` where it is that. None of them calls
the code that it checks, but for the laws' own questions.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection

from payouts.rails import nacha_reader
from portal.operations import law_checks
from portal.registry import registry
from tests.chaos.people import Promise

# What is due and not done. A month that a gate keeps closed is not due; nothing else may wait.
WAITING = {
    "lost: a month that is due is not ready": """
        SELECT 'month #' || m.id FROM payouts_disbursement m
        JOIN payouts_award a ON a.id = m.award_id
        JOIN applications_participation p ON p.id = a.participation_id
        JOIN payouts_payoutaccount t ON t.participation_id = p.id AND t.state = 'verified'
        WHERE m.state = 'scheduled' AND m.due_at <= %(at)s AND t.payable_from <= %(at)s AND p.state = 'active'
          AND NOT EXISTS (SELECT FROM payouts_hold h WHERE h.participation_id = p.id AND h.lifted_at IS NULL)""",
    "lost: a payment that arrived is not settled": """
        SELECT 'payment ' || p.end_to_end_id FROM payouts_payment p JOIN payouts_paymentbatch b ON b.id = p.batch_id
        JOIN applications_programme g ON g.id = b.programme_id
        WHERE p.state = 'sent' AND b.settles_on <= (%(at)s::timestamptz AT TIME ZONE g.timezone)::date""",
    "lost: a mail that is due is not sent": """
        SELECT 'mail #' || id || ' ' || kind || ' is ' || state FROM portal_outgoingmail
        WHERE state NOT IN ('sent', 'bounced') AND due_at <= %(at)s
          AND NOT (kind = 'account_step_up_code' AND state = 'failed')""",  # a code whose time was over
    "lost: an offer that ran out is still open": """
        SELECT 'offer #' || id FROM applications_offer WHERE state = 'open' AND expires_at <= %(at)s""",
    "lost: a reminder that is due is not handled": """
        SELECT 'reminder #' || id FROM mentorship_sessionreminder WHERE handled_at IS NULL AND due_at <= %(at)s""",
}

MONEY = {
    "doubled: a month is paid twice": """
        SELECT 'month #' || disbursement_id FROM payouts_payment WHERE state IN ('prepared', 'sent', 'settled')
        GROUP BY disbursement_id HAVING count(*) > 1""",
    "doubled: a slot of an award is paid twice": """
        SELECT 'award #' || m.award_id || ' n ' || m.n FROM payouts_payment p
        JOIN payouts_disbursement m ON m.id = p.disbursement_id WHERE p.state = 'settled'
        GROUP BY m.award_id, m.n HAVING count(*) > 1""",
    "a payment of a batch that was sent is not under way": """
        SELECT 'payment ' || p.end_to_end_id || ' is ' || p.state FROM payouts_payment p
        JOIN payouts_paymentbatch b ON b.id = p.batch_id
        WHERE b.state IN ('sent', 'closed') AND p.state NOT IN ('sent', 'settled', 'returned', 'withdrawn')""",
    "a payment is settled whose batch was never sent": """
        SELECT 'payment ' || p.end_to_end_id FROM payouts_payment p JOIN payouts_paymentbatch b ON b.id = p.batch_id
        WHERE p.state IN ('sent', 'settled') AND b.sent_at IS NULL""",
    "doubled: an award was paid more than its total": """
        SELECT 'award #' || a.id FROM payouts_award a JOIN payouts_disbursement m ON m.award_id = a.id
        JOIN payouts_payment p ON p.disbursement_id = m.id AND p.state IN ('sent', 'settled')
        GROUP BY a.id, a.total_minor HAVING sum(p.amount_minor) > a.total_minor""",
    "lost: a founder was not told of a payment": """
        SELECT 'payment ' || p.end_to_end_id || ': ' || k.kind FROM payouts_payment p
        JOIN payouts_disbursement m ON m.id = p.disbursement_id JOIN payouts_award a ON a.id = m.award_id
        JOIN applications_membership s ON s.startup_id = a.startup_id AND s.role = 'founder' AND s.ended_at IS NULL
        CROSS JOIN (VALUES ('payment_sent', ARRAY['sent', 'settled']), ('payment_settled', ARRAY['settled'])) k (kind, states)
        WHERE p.state = ANY (k.states) AND NOT EXISTS (
            SELECT FROM portal_outgoingmail o WHERE o.kind = k.kind AND o.subject_id = p.id AND o.recipient_id = s.person_id)""",
    "what was disbursed is not what was settled": """
        SELECT 'disbursed ' || d.total || ', settled ' || s.total
        FROM (SELECT coalesce(sum(credits_posted - debits_posted), 0) AS total FROM payouts_ledgeraccount
              WHERE kind = 'disbursed') d,
             (SELECT coalesce(sum(amount_minor), 0) AS total FROM payouts_payment WHERE state = 'settled') s
        WHERE d.total <> s.total""",
    "what is in transit is not what was sent": """
        SELECT 'in transit ' || d.total || ', sent ' || s.total
        FROM (SELECT coalesce(sum(credits_posted - debits_posted), 0) AS total FROM payouts_ledgeraccount
              WHERE kind = 'in_transit') d,
             (SELECT coalesce(sum(amount_minor), 0) AS total FROM payouts_payment WHERE state = 'sent') s
        WHERE d.total <> s.total""",
}

# A run of a sweep may fail because the database went away under it, and of nothing else. Django calls these alike, and more.
AWAY = ("OperationalError", "InterfaceError")
NOT_AWAY = ("DeadlockDetected", "LockNotAvailable", "QueryCanceled", "SerializationFailure")


@dataclass
class Post:
    """What the mail server took: by Message-ID the sessions in which it did; and how, and between when, each ended."""

    taken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    last_of: dict[int, str] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    end: dict[int, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, notes: Path) -> "Post":
        """Read the mail server's notes."""
        post = cls()
        for line in notes.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            session, at = event["session"], event["at"]
            if "took" in event:
                post.taken[event["took"]].append(session)
                post.last_of[session] = event["took"]
                post.end[session] = (at, at)
            else:
                post.ended[session] = event["ended"]
                post.end[session] = (post.end.get(session, (at, at))[0], at)
        return post

    def doubled(self) -> list[str]:
        """Give the Message-IDs that were taken more than once."""
        return [name for name, sessions in self.taken.items() if len(sessions) > 1]


def rows(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """Ask the database."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def drop_the_index() -> None:
    """Take the law away that a month has one live payment, for the control that must find doubles."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX payment_one_live")


def of_questions(questions: Mapping[str, str], at: datetime) -> list[str]:
    """Ask each question, to which there should be no answer."""
    return [f"{words}: {row[0]}" for words, sql in questions.items() for row in rows(sql, {"at": at})]


def of_laws(at: datetime) -> list[str]:
    """Ask whether the laws of the record hold."""
    return [
        f"law {verdict.law} is broken by {verdict.count} rows: {'; '.join(verdict.rows)}"
        for verdict in law_checks.check(registry.law_questions, at)
        if verdict.count
    ]


def of_sweeps(away: Callable[[datetime, datetime], bool]) -> list[str]:
    """Find runs of sweeps that failed of something else than a database that was away.

    `away` says whether it was, at some time between a run's beginning and its end.
    """
    failed = rows(
        "SELECT name, started_at, coalesce(finished_at, started_at), error FROM portal_jobrun WHERE error <> ''"
    )
    return [
        f"the sweep {name} of {start} failed: {error}"
        for name, start, end, error in failed
        if not (_says_away(error) and away(start, end))
    ]


def _says_away(error: str) -> bool:
    return any(word in error for word in AWAY) and not any(word in error for word in NOT_AWAY)


def of_promises(promises: Iterable[Promise], written: Mapping[tuple[int, int], Sequence[str]]) -> list[str]:
    """Find what was answered with a yes and is not in the database."""
    lost = [f"lost: {words}: {sql} {params}" for words, sql, params in promises if not rows(sql, params)]
    stored = {(a, q): v for a, q, v in rows("SELECT application_id, question_id, value FROM applications_answer")}
    for (application, question), may_stand in written.items():
        value = stored.get((application, question), '""')
        value = json.loads(value) if isinstance(value, str) else value
        if value not in may_stand:
            lost.append(f"lost: application {application} says {value!r} to {question}, and not {may_stand!r}")
    return lost


def of_files(files: Mapping[int, Sequence[bytes]]) -> list[str]:
    """Compare the files given out with their batches: the same bytes each time, every payment once, to the cent."""
    wrong = []
    kept = {pk: (sha, total) for pk, sha, total in rows("SELECT id, sha256, total_minor FROM payouts_paymentbatch")}
    named: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    for batch, copies in files.items():
        hashes = {sha256(copy).hexdigest() for copy in copies}
        if hashes != {kept[batch][0]}:
            wrong.append(f"batch {batch} gave out files with {hashes}, and keeps {kept[batch][0]}")
        entries = nacha_reader.read(copies[0]).credits
        named.update(entry.individual_id.strip() for entry in entries)
        paid.update({entry.individual_id.strip(): entry.amount for entry in entries})
        if sum(entry.amount for entry in entries) != kept[batch][1]:
            wrong.append(f"the file of batch {batch} is not of its total")
    wrong += [f"doubled: {name} stands in {n} files" for name, n in named.items() if n > 1]
    sent = rows("""SELECT p.end_to_end_id, p.amount_minor FROM payouts_payment p
        JOIN payouts_paymentbatch b ON b.id = p.batch_id WHERE b.sent_at IS NOT NULL AND p.state <> 'withdrawn'""")
    wrong += [f"lost: {name} was sent, and is in no file as {amount}" for name, amount in sent if paid[name] != amount]
    return wrong


def of_mails(post: Post, sender_domain: str, away: Callable[[float, float], bool]) -> list[str]:
    """Compare the outbox with what the mail server took; `away` says whether the database was, at some time in between.

    A mail may have been taken twice only where its sender was cut short before it could note the server's yes: then it is
    the last one of a session that broke off, or that ended while the database was away.
    """
    sent = rows("SELECT id, floor(extract(epoch FROM queued_at))::bigint FROM portal_outgoingmail WHERE state = 'sent'")
    known = {f"<{pk}.{queued}@{sender_domain}>" for pk, queued in sent}
    wrong = [f"lost: mail {name} counts as sent, and was never taken" for name in sorted(known - post.taken.keys())]
    wrong += [f"mail {name} was taken, and is not known as sent" for name in sorted(post.taken.keys() - known)]
    for name in post.doubled():
        whole = [session for session in post.taken[name][:-1] if not _cut_short(post, session, name, away)]
        if whole:
            wrong.append(
                f"mail {name} was taken {len(post.taken[name])} times: its sender was not cut short in {whole}"
            )
    return wrong


def _cut_short(post: Post, session: int, name: str, away: Callable[[float, float], bool]) -> bool:
    return post.last_of[session] == name and (post.ended.get(session) != "quit" or away(*post.end[session]))
