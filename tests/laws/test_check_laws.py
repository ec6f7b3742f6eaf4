"""`check_laws` is silent about a sound record, and finds each way of breaking it that got past the database."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from applications.models import Participation
from payouts.actions import cancel_batch, end_award, place_hold, return_payment, settle
from payouts.ledger import balances
from payouts.models import LedgerAccount
from portal import clock
from portal.models import JobRun, LawCheck
from portal.operations import jobs, law_checks, metrics
from portal.registry import registry
from tests.applications import judging
from tests.mentorship import builders
from tests.payouts import money

pytestmark = pytest.mark.django_db
AT = money.DUE + timedelta(days=10)

CONFLICT = "INSERT INTO applications_conflict (person_id, startup_id, kind, note, declared_at) SELECT "

# By the words of its question: a table whose own constraints are gone, as are all triggers, and what is done to it.
BREAKERS = {
    "a state its history does not end in": ("payouts_award", "UPDATE payouts_award SET state = 'closed'"),
    "a history with a gap": ("portal_transition", "DELETE FROM portal_transition WHERE to_state = 'sent'"),
    "a run that never ended": (
        "portal_jobrun",
        "UPDATE portal_jobrun SET finished_at = NULL, started_at = '2020-01-01'",
    ),
    "a mail that its sweep passed by for an hour": (
        "portal_outgoingmail",
        "UPDATE portal_outgoingmail SET state = 'queued', attempts = 0",
    ),
    "one mail twice": ("portal_outgoingmail", "UPDATE portal_outgoingmail SET key = 'same', recipient_id = 1"),
    "a secret kept in a mail": ("portal_outgoingmail", "UPDATE portal_outgoingmail SET secret = true"),
    "a finance role that one person gave": (
        "portal_rolegrant",
        "UPDATE portal_rolegrant SET confirmed_by_id = granted_by_id WHERE role LIKE 'finance%'",
    ),
    "a submitted application without the version that was read": (
        "applications_applicationversion",
        "DELETE FROM applications_applicationversion",
    ),
    "versions that do not count up by one": (
        "applications_applicationversion",
        "UPDATE applications_applicationversion SET number = number + 1",
    ),
    "a version of other words than were submitted": (
        "applications_applicationversion",
        """UPDATE applications_applicationversion SET content = content || '{"answers": []}'""",
    ),
    "terms of other words than their digest": (
        "applications_terms",
        """UPDATE applications_terms SET text = '{"en": "The startup owes us all it has."}'""",
    ),
    "a review of somebody who never said they are free of conflict": (
        "portal_transition",
        "DELETE FROM portal_transition WHERE to_state = 'cleared'",
    ),
    "a review begun by a member of the startup": (
        "applications_membership",
        (
            "INSERT INTO applications_membership (startup_id, person_id, role, joined_at)"
            " SELECT a.startup_id, s.reviewer_id, 'viewer', '2020-01-01' FROM applications_reviewassignment s"
            " JOIN applications_application a ON a.id = s.application_id"
        ),
    ),
    "a decision that one person made alone": (
        "applications_decision",
        "UPDATE applications_decision SET confirmed_by_id = proposed_by_id",
    ),
    "an application told of a decision that was not released": (
        "applications_decision",
        "UPDATE applications_decision SET state = 'confirmed'",
    ),
    "an application that does not stand where its reviews put it": (
        "applications_application",
        "UPDATE applications_application SET judged = judged + 1",
    ),
    "more seats offered than there are": ("applications_cohort", "UPDATE applications_cohort SET seats = 0"),
    "an offer still open an hour after its end": (
        "applications_offer",
        "UPDATE applications_offer SET state = 'open', expires_at = '2020-01-01'",
    ),
    "an accepted offer without its seat": ("applications_participation", "DELETE FROM applications_participation"),
    "a signature under other words than the published": (
        "applications_agreement",
        "UPDATE applications_agreement SET text = 'Other words'",
    ),
    "an active seat without a signature": ("applications_agreement", "DELETE FROM applications_agreement"),
    "somebody booked twice": (
        "mentorship_attendance",
        (
            "INSERT INTO mentorship_attendance (session_id, person_id, startup_id, span, is_active, outcome)"
            " SELECT session_id + 1, person_id, startup_id, span, is_active, outcome FROM mentorship_attendance"
        ),
    ),
    "a session without both its sides": ("mentorship_attendance", "UPDATE mentorship_attendance SET is_active = false"),
    "an hour that is called off and still taken": (
        "mentorship_mentorsession",
        "UPDATE mentorship_mentorsession SET state = 'cancelled'",
    ),
    "a mentor in conflict with whom they mentor": (
        "applications_conflict",
        CONFLICT + "m.person_id, s.startup_id, 'investor', '', now() FROM mentorship_mentorship p"
        " JOIN mentorship_mentor m ON m.id = p.mentor_id JOIN applications_participation s ON s.id = p.participation_id",
    ),
    "a reminder that was due and never handled": (
        "mentorship_sessionreminder",
        "UPDATE mentorship_sessionreminder SET handled_at = NULL",
    ),
    "two live payments of one month": (
        "payouts_payment",
        "UPDATE payouts_payment SET disbursement_id = (SELECT min(disbursement_id) FROM payouts_payment)",
    ),
    "one name for two payments": ("payouts_payment", "UPDATE payouts_payment SET end_to_end_id = 'same'"),
    "one slot or one period twice": ("payouts_disbursement", "UPDATE payouts_disbursement SET period = '2027-05-01'"),
    "one file name twice": (
        "payouts_paymentbatch",
        "UPDATE payouts_paymentbatch SET file_name = 'same.ach', source_id = 1",
    ),
    "a payment whose amount is not its month's": (
        "payouts_payment",
        "UPDATE payouts_payment SET amount_minor = amount_minor + 1",
    ),
    "a month paid without a settled payment, or settled and not paid": (
        "payouts_disbursement",
        "UPDATE payouts_disbursement SET state = 'ready' WHERE state = 'paid'",
    ),
    "a payment on its way whose month is not approved for it": (
        "payouts_payment",
        "UPDATE payouts_payment SET state = 'sent', settled_at = NULL",
    ),
    "a payment put right other than by a correction of two people": (
        "portal_transition",
        "UPDATE portal_transition SET from_state = 'settled', to_state = 'sent' WHERE subject_table = 'payouts_payment'",
    ),
    "a month above its ceiling": (
        "payouts_disbursement",
        "UPDATE payouts_disbursement SET amount_minor = ceiling_minor + 1",
    ),
    "an award above its total": ("payouts_award", "UPDATE payouts_award SET total_minor = 1"),
    "a balance that is not the sum of its transfers": (
        "payouts_ledgeraccount",
        "UPDATE payouts_ledgeraccount SET credits_posted = credits_posted + 1",
    ),
    "an account overdrawn": (
        "payouts_ledgeraccount",
        "UPDATE payouts_ledgeraccount SET debits_posted = credits_posted + 1",
    ),
    "a transfer between two currencies or two cohorts": (
        "payouts_transfer",
        "UPDATE payouts_transfer SET currency = 'EUR'",
    ),
    "an account that does not hold what the records say": (
        "payouts_payment",
        "UPDATE payouts_payment SET state = 'returned'",
    ),
    "a budget that does not hold what the records say": ("payouts_award", "UPDATE payouts_award SET state = 'freed'"),
    "a cohort given other money than its ledger says": (
        "payouts_funding",
        "UPDATE payouts_funding SET amount_minor = 1",
    ),
    "a batch that one person made and approved or released": (
        "payouts_paymentbatch",
        "UPDATE payouts_paymentbatch SET prepared_by_id = approved_by_id",
    ),
    "a frozen batch without its file, or with other sums than its payments'": (
        "payouts_payment",
        "UPDATE payouts_payment SET amount_minor = amount_minor + 1",
    ),
    "a batch approved or released by somebody in conflict with one of its payments": (
        "applications_conflict",
        CONFLICT + "b.approved_by_id, a.startup_id, 'investor', '', '2020-01-01' FROM payouts_paymentbatch b"
        " CROSS JOIN payouts_award a",
    ),
    "a payment to an account that was not verified, or had not cooled off": (
        "payouts_payoutaccount",
        "UPDATE payouts_payoutaccount SET payable_from = '2099-01-01'",
    ),
    "two current accounts of one seat": (
        "payouts_payoutaccount",
        "UPDATE payouts_payoutaccount SET participation_id = 1",
    ),
    "a hold without a word to the startup, or kept by who placed it": (
        "payouts_hold",
        "UPDATE payouts_hold SET notice = ''",
    ),
    "a hold nobody looked at again a week after its day": (
        "payouts_hold",
        "UPDATE payouts_hold SET review_on = '2020-01-01'",
    ),
    "a month approved while its money was held": ("payouts_hold", "UPDATE payouts_hold SET placed_at = '2020-01-01'"),
    "an open offer for which no money is reserved": ("payouts_award", "DELETE FROM payouts_award"),
    "bank details that are not sealed": (
        "payouts_payoutaccount",
        "UPDATE payouts_payoutaccount SET sealed = convert_to('123456789012', 'UTF8')",
    ),
    "a month due two days ago and neither open nor explained by a gate": (
        "payouts_disbursement",
        "UPDATE payouts_disbursement SET state = 'scheduled', due_at = '2020-01-01'",
    ),
}

UNCHECKED = """DO $$ DECLARE held record; BEGIN
FOR held IN SELECT conname FROM pg_constraint WHERE conrelid = '{0}'::regclass AND contype IN ('c', 'u', 'x') LOOP
    EXECUTE format('ALTER TABLE {0} DROP CONSTRAINT %I CASCADE', held.conname);
END LOOP;
FOR held IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = '{0}'::regclass AND i.indisunique AND NOT i.indisprimary LOOP
    EXECUTE format('DROP INDEX %I', held.relname);
END LOOP; END $$"""


@pytest.fixture
def record() -> None:
    """Make a record in which everything has happened once: reviewed, paid, held, mentored."""
    judging.reviewed()
    money.settled(*money.ready_months(2))
    money.settled()
    builders.held()
    seat = Participation.objects.order_by("id")[0]
    manager = builders.manager(seat)
    place_hold(seat, reason="report", notice="We ask.", review_on=AT.date(), by=manager, at=AT - timedelta(days=1))
    jobs.run_all(AT)


def told() -> list[str]:
    return [row for verdict in law_checks.check(registry.law_questions, AT) for row in verdict.rows]


def test_a_sound_record_gives_no_answer(record: None) -> None:
    assert told() == []
    assert [verdict.law for verdict in law_checks.check(registry.law_questions, AT)] == list(range(1, 17))


def test_every_question_is_broken_once() -> None:
    words = [question.words for question in (*law_checks.of_history(), *law_checks.KERNEL, *registry.law_questions)]
    assert set(words) == set(BREAKERS)


def test_what_got_past_the_database_is_found(record: None) -> None:
    unseen = []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for words, (table, statement) in BREAKERS.items():
            with transaction.atomic():
                cursor.execute(UNCHECKED.format(table))
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(statement)
                if not any(row.startswith(f"{words}: ") for row in told()):
                    unseen.append(words)
                transaction.set_rollback(True)
    assert unseen == []


BOOKED_ONCE_MORE = """
WITH told AS (
    INSERT INTO payouts_transfer (key, debit_account_id, credit_account_id, amount_minor, currency, event, subject_table,
        subject_id, booked_at)
    SELECT 'once more', d.id, c.id, 1, d.currency, 'approve', 'payouts_payment', 0, now()
    FROM payouts_ledgeraccount d JOIN payouts_ledgeraccount c ON c.cohort_id = d.cohort_id
        AND (c.award_id IS NULL OR d.award_id IS NULL OR c.award_id = d.award_id)
    WHERE d.kind = %s AND c.kind = %s ORDER BY d.id DESC, c.id DESC LIMIT 1
    RETURNING debit_account_id, credit_account_id
) UPDATE payouts_ledgeraccount l SET debits_posted = debits_posted + (l.id = debit_account_id)::int,
    credits_posted = credits_posted + (l.id = credit_account_id)::int
FROM told WHERE l.id IN (debit_account_id, credit_account_id) RETURNING l.code"""


@pytest.mark.parametrize(
    ("debit", "credit"),
    [("committed", "payable"), ("in_transit", "disbursed"), ("budget", "reserved"), ("outside", "budget")],
)
def test_a_cent_in_the_wrong_account_is_named(record: None, debit: str, credit: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_ledgeraccount DROP CONSTRAINT account_never_overdrawn")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(BOOKED_ONCE_MORE, [debit, credit])
        moved = {code for (code,) in cursor.fetchall()}
    found = {row.partition(": ")[2].partition(" holds ")[0] for row in told() if ", the records say " in row}
    assert found == {code for code in moved if not code.endswith("outside")}
    assert len(moved) == 2


def test_money_that_came_back_or_was_called_off_is_where_the_records_say() -> None:
    batch = money.sent(*money.ready_months(3))
    programme, by = batch.programme, money.approver(batch)
    came_back, came_late, _on_its_way = batch.payments.order_by("pk")
    return_payment(came_back, code="R03", by=by, at=AT)
    settle(came_late, by=by, at=AT)
    return_payment(came_late, code="R17", by=by, at=AT)
    assert told() == []
    again = money.approved(came_late.disbursement, at=AT)  # its money lies in payable already
    assert told() == []
    cancel_batch(again, reason="The bank asks for another day.", by=by, at=AT)
    assert told() == []
    seat = came_back.disbursement.award.participation
    assert seat
    end_award(seat, by=by, at=AT)
    assert told() == []
    accounts = LedgerAccount.objects.filter(cohort__programme=programme)
    cap = came_late.amount_minor
    left = {kind: balances(accounts)[kind] for kind in ("reserved", "payable", "in_transit", "disbursed")}
    assert left == {"reserved": 0, "payable": cap, "in_transit": cap, "disbursed": 0}


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("ALTER TABLE payouts_transfer DISABLE TRIGGER payouts_transfer_append_only", "payouts_transfer_append_only"),
        (
            "ALTER TABLE payouts_transfer ENABLE REPLICA TRIGGER payouts_transfer_append_only",
            "payouts_transfer_append_only",
        ),
        ("DROP TRIGGER applications_offer_history_update ON applications_offer", "applications_offer_history_update"),
        ("ALTER TABLE payouts_hold DROP CONSTRAINT hold_kept_by_another", "hold_kept_by_another"),
        (
            "DROP INDEX payment_one_live; CREATE INDEX payment_one_live ON payouts_payment (disbursement_id)",
            "payment_one_live",
        ),
        ("ALTER TABLE payouts_payment DROP CONSTRAINT payment_attempt_once", "payment_attempt_once"),
        (
            "ALTER TABLE portal_outgoingmail DROP CONSTRAINT portal_outgoingmail_key_key",
            "portal_outgoingmail.key is unique",
        ),
        (
            """DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE payouts_payment DROP CONSTRAINT %I', conname)
            FROM pg_constraint WHERE conrelid = 'payouts_payment'::regclass AND confrelid = 'payouts_paymentbatch'::regclass);
            END $$""",
            "payouts_payment.batch_id points at payouts_paymentbatch",
        ),
    ],
)
def test_a_law_switched_off_is_told(statement: str, law: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert told() == [f"a law the database no longer holds: {law}"]


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        (
            (
                "CREATE OR REPLACE FUNCTION offer_within_seats() RETURNS trigger LANGUAGE plpgsql"
                " SET search_path = public, pg_temp AS 'BEGIN RETURN NULL; END'"
            ),
            "offer_within_seats()",
        ),
        ("ALTER FUNCTION portal_break(text) RESET search_path", "portal_break(law text)"),
        ("ALTER FUNCTION portal_break(text) SECURITY DEFINER", "portal_break(law text)"),
        (
            (
                "CREATE OR REPLACE TRIGGER offer_is_kept BEFORE DELETE ON applications_offer FOR EACH ROW WHEN (OLD.id < 0)"
                " EXECUTE FUNCTION portal_refuse()"
            ),
            "offer_is_kept",
        ),
        (
            (
                "CREATE OR REPLACE TRIGGER terms_published_stand_still BEFORE UPDATE OR DELETE ON applications_terms"
                " FOR EACH ROW WHEN (OLD.published_at IS NULL) EXECUTE FUNCTION portal_refuse()"
            ),
            "terms_published_stand_still",
        ),
        (
            (
                "CREATE OR REPLACE TRIGGER payouts_funding_append_only BEFORE UPDATE OF id OR DELETE ON payouts_funding"
                " FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse()"
            ),
            "payouts_funding_append_only",
        ),
        (
            (
                "ALTER TABLE portal_transition DROP CONSTRAINT moves_payouts_award, ADD CONSTRAINT moves_payouts_award"
                " CHECK (subject_table <> 'payouts_award' OR from_state = 'closed')"
            ),
            "moves_payouts_award",
        ),
        (
            (
                "ALTER TABLE payouts_transfer DROP CONSTRAINT transfer_debit_currency, ADD CONSTRAINT transfer_debit_currency"
                " FOREIGN KEY (debit_account_id) REFERENCES payouts_ledgeraccount (id)"
            ),
            "transfer_debit_currency",
        ),
        (
            (
                "ALTER TABLE payouts_hold DROP CONSTRAINT hold_kept_by_another,"
                " ADD CONSTRAINT hold_kept_by_another CHECK (kept_by_id IS NULL OR kept_by_id > 0)"
            ),
            "hold_kept_by_another",
        ),
        (
            (
                "DROP INDEX payment_one_live;"
                "CREATE UNIQUE INDEX payment_one_live ON payouts_payment (disbursement_id) WHERE state = 'prepared'"
            ),
            "payment_one_live",
        ),
        (
            (
                "ALTER TABLE payouts_disbursement DROP CONSTRAINT disbursement_period_once,"
                " ADD CONSTRAINT disbursement_period_once UNIQUE (award_id, period, n) DEFERRABLE"
            ),
            "disbursement_period_once",
        ),
        (
            (
                "ALTER TABLE applications_section DROP CONSTRAINT section_order_once,"
                ' ADD CONSTRAINT section_order_once UNIQUE (cohort_id, "order")'
            ),
            "section_order_once",
        ),
        (
            (
                "ALTER TABLE mentorship_attendance DROP CONSTRAINT attendance_person_booked_once,"
                " ADD CONSTRAINT attendance_person_booked_once CHECK (true)"
            ),
            "attendance_person_booked_once",
        ),
        (
            (
                "ALTER TABLE mentorship_attendance DROP CONSTRAINT attendance_startup_booked_once,"
                " ADD CONSTRAINT attendance_startup_booked_once EXCLUDE USING gist"
                " (int8range(startup_id, startup_id, '[]') WITH =, span WITH &&)"
                " WHERE (is_active AND startup_id IS NOT NULL)"
            ),
            "attendance_startup_booked_once",
        ),
    ],
)
def test_a_law_in_other_words_is_told(statement: str, law: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert told() == [f"a law the database holds in other words: {law}"]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE FUNCTION portal_break(name) RETURNS void LANGUAGE sql AS ''", "portal_break(name)"),
        (
            (
                "CREATE TRIGGER swallow BEFORE INSERT ON portal_transition FOR EACH ROW EXECUTE FUNCTION portal_refuse();"
                "ALTER TABLE portal_transition DISABLE TRIGGER swallow"
            ),
            "swallow",
        ),
    ],
)
def test_what_nobody_declared_among_the_laws_is_told(statement: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert told() == [f"a trigger or function among the laws that nobody declared: {name}"]


def test_a_column_that_a_law_names_and_nobody_has_is_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE portal_rolegrant RENAME COLUMN granted_at TO given_at")
    assert told() == ["a law the database holds in other words: grant_stays_what_it_is"]


def test_the_command_fails_where_a_law_is_broken(record: None) -> None:
    clock.forget()
    output = StringIO()
    call_command("check_laws", stdout=output)
    assert [line.split()[:2] for line in output.getvalue().splitlines()] == [[str(n), "0"] for n in range(1, 17)]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_hold DROP CONSTRAINT hold_kept_by_another")
    with pytest.raises(CommandError, match="1 violations of 1 laws"):
        call_command("check_laws", stdout=StringIO())


def forget_checks() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica; DELETE FROM portal_lawcheck")
        cursor.execute("SET LOCAL session_replication_role = origin")


def violations() -> list[float]:
    [counts, _age] = metrics.laws(AT)
    return [sample.value for sample in counts.samples if sample.labels["law"] == "1"]


def test_an_alarm_ends_when_what_broke_a_law_is_mended(record: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_stands_at", AT)
    forget_checks()
    rename = "ALTER TABLE payouts_hold RENAME CONSTRAINT {} TO {}"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(rename.format("hold_kept_by_another", "unknown"))
        jobs.run_sweep("laws", AT)
        assert violations() == [1]
        cursor.execute(rename.format("unknown", "hold_kept_by_another"))
    jobs.run_sweep("laws", AT)
    assert violations() == [1]  # the night asks once
    monkeypatch.setattr(clock, "_stands_at", AT + timedelta(minutes=1))
    call_command("check_laws", stdout=StringIO())
    assert violations() == [0]
    assert LawCheck.objects.count() == len(law_checks.LAWS)


def test_the_night_waits_until_the_other_sweeps_have_caught_up(record: None) -> None:
    forget_checks()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        JobRun.objects.update(finished_at=F("finished_at") - timedelta(hours=2))  # nothing ran for two hours
        cursor.execute("SET LOCAL session_replication_role = origin")
    *others, last = registry.sweeps_in_order()
    assert last == "laws"
    for name in others:
        assert jobs.run_sweep("laws", AT).acted == 0
        jobs.run_sweep(name, AT)
    assert jobs.run_sweep("laws", AT).acted == len(law_checks.LAWS)


def test_the_night_asks_once_and_keeps_what_it_was_told(record: None) -> None:
    forget_checks()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_hold DROP CONSTRAINT hold_kept_by_another")
    assert [jobs.run_sweep("laws", AT).acted for _ in range(2)] == [16, 0]
    broken = LawCheck.objects.filter(count__gt=0).values_list("law", "count", "rows")
    assert list(broken) == [(1, 1, ["a law the database no longer holds: hold_kept_by_another"])]
    assert jobs.run_sweep("laws", AT + timedelta(days=1)).acted == 16
