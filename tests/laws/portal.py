"""Breakers of the kernel's laws: history, mail, grants, second factors, the demo's clock."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from portal.accounts import step_up
from portal.laws import act_clock
from portal.laws.transitions import acting
from portal.models import (
    AccountEvent,
    BulkJob,
    Disclosure,
    Export,
    JobRun,
    LawCheck,
    OutgoingMail,
    Role,
    RoleGrant,
    SecondFactorReset,
    StepUp,
    Transition,
    User,
)
from portal.outbox.queue import queue_mail
from tests import factories
from tests.factories import AT
from tests.laws import acting_as, breaks, sql, without


def _mail() -> OutgoingMail:
    person = factories.user()
    acting_as()
    queue_mail("account_exists", to=person, about=person, at=AT)
    return OutgoingMail.objects.get(recipient=person)


def _grant(role: str = Role.MANAGER) -> RoleGrant:
    return factories.grant(factories.user(), role, factories.programme())


# --- People -----------------------------------------------------------------------------------------


@breaks("user_email_once")
def take_an_address_in_capitals() -> Iterator[None]:
    first, second = factories.user(), factories.user()
    yield
    sql("UPDATE portal_user SET email = upper(%s) WHERE id = %s", first.email, second.pk)


@breaks("grant_days_known")
def hold_a_role_for_ten_thousand_years() -> Iterator[None]:
    grant = _grant()
    yield
    sql("UPDATE portal_rolegrant SET ends_on = '9999-12-31' WHERE id = %s", grant.pk)


@breaks("grant_finance_not_to_oneself")
def grant_oneself_finance() -> Iterator[None]:
    person, programme = factories.user(), factories.programme()
    yield
    sql(
        "INSERT INTO portal_rolegrant (person_id, role, scope_id, starts_on, granted_by_id, granted_at)"
        " VALUES (%s, 'finance_preparer', %s, '2027-01-01', %s, %s)",
        person.pk,
        programme.pk,
        person.pk,
        AT,
    )


@breaks("grant_confirmed_by_another")
def confirm_a_grant_of_ones_own() -> Iterator[None]:
    grant = _grant()
    yield
    sql("UPDATE portal_rolegrant SET confirmed_by_id = granted_by_id, confirmed_at = %s WHERE id = %s", AT, grant.pk)


@breaks("grant_confirmed_by_and_at")
def confirm_a_grant_at_no_time() -> Iterator[None]:
    grant, other = _grant(), factories.user()
    yield
    sql("UPDATE portal_rolegrant SET confirmed_by_id = %s WHERE id = %s", other.pk, grant.pk)


@breaks("grant_given_by_who_acts")
def give_a_role_that_is_confirmed_already() -> Iterator[None]:
    person, giver, second = (factories.user() for _ in range(3))
    programme = factories.programme()
    yield
    acting(by=giver, at=AT)
    sql(
        "INSERT INTO portal_rolegrant (person_id, role, scope_id, starts_on, granted_by_id, granted_at, confirmed_by_id,"
        " confirmed_at) VALUES (%s, 'finance_approver', %s, '2027-01-01', %s, %s, %s, %s)",
        person.pk,
        programme.pk,
        giver.pk,
        AT,
        second.pk,
        AT,
    )


@breaks("grant_confirmed_by_who_acts")
def confirm_a_grant_in_anothers_name() -> Iterator[None]:
    grant, giver, other = _grant(), factories.user(), factories.user()
    yield
    acting(by=giver, at=AT)
    sql("UPDATE portal_rolegrant SET confirmed_by_id = %s, confirmed_at = %s WHERE id = %s", other.pk, AT, grant.pk)


@breaks("grant_ends_after_start")
def end_a_grant_before_its_start() -> Iterator[None]:
    grant = _grant()
    yield
    sql("UPDATE portal_rolegrant SET ends_on = starts_on - 1 WHERE id = %s", grant.pk)


@breaks("grant_stays_what_it_is")
def turn_a_grant_into_another() -> Iterator[None]:
    grant = _grant(Role.REVIEWER)
    yield
    sql("UPDATE portal_rolegrant SET role = 'manager' WHERE id = %s", grant.pk)


@breaks("grant_is_ended_not_deleted")
def delete_a_grant() -> Iterator[None]:
    grant = _grant()
    yield
    sql("DELETE FROM portal_rolegrant WHERE id = %s", grant.pk)


def _ask_for_reset(person: User, asked_by: User, confirmed_by: User | None, at: object) -> None:
    sql(
        "INSERT INTO portal_secondfactorreset (person_id, reason, asked_by_id, asked_at, confirmed_by_id, confirmed_at)"
        " VALUES (%s, 'Seen at the office', %s, %s, %s, %s)",
        person.pk,
        asked_by.pk,
        AT,
        confirmed_by.pk if confirmed_by else None,
        at,
    )


@breaks("factor_reset_by_two_others")
def confirm_the_reset_one_asked_for() -> Iterator[None]:
    person, asker = factories.user(), factories.user()
    yield
    _ask_for_reset(person, asker, asker, AT)


@breaks("factor_reset_confirmed_by_and_at")
def confirm_a_reset_at_no_time() -> Iterator[None]:
    person, asker, other = factories.user(), factories.user(), factories.user()
    yield
    _ask_for_reset(person, asker, other, None)


@breaks("grant_end_comes_only_nearer")
def revive_an_ended_grant() -> Iterator[None]:
    grant = factories.grant(factories.user(), Role.FINANCE_APPROVER, factories.programme(), ends_on=date(2027, 1, 1))
    yield
    sql("UPDATE portal_rolegrant SET ends_on = NULL WHERE id = %s", grant.pk)


def _reset() -> SecondFactorReset:
    person, asker = factories.user(), factories.user()
    acting(by=asker, at=AT)
    return SecondFactorReset.objects.create(person=person, reason="Seen at the office", asked_by=asker, asked_at=AT)


@breaks("factor_reset_asked_by_who_acts")
def ask_for_a_reset_in_anothers_name() -> Iterator[None]:
    person, asker, other = factories.user(), factories.user(), factories.user()
    yield
    acting(by=other, at=AT)
    _ask_for_reset(person, asker, None, None)


@breaks("factor_reset_confirmed_by_who_acts")
def confirm_a_reset_in_the_act_that_asked() -> Iterator[None]:
    reset, other = _reset(), factories.user()
    yield
    acting(by=other, at=AT)
    sql(
        "UPDATE portal_secondfactorreset SET confirmed_by_id = %s, confirmed_at = %s WHERE id = %s",
        other.pk,
        AT,
        reset.pk,
    )


@breaks("factor_reset_stays_what_it_is")
def turn_a_reset_on_another_person() -> Iterator[None]:
    reset, other = _reset(), factories.user()
    yield
    sql("UPDATE portal_secondfactorreset SET person_id = %s WHERE id = %s", other.pk, reset.pk)


@breaks("factor_reset_is_kept")
def delete_a_reset() -> Iterator[None]:
    reset = _reset()
    yield
    sql("DELETE FROM portal_secondfactorreset WHERE id = %s", reset.pk)


# --- History ----------------------------------------------------------------------------------------


@breaks("portal_transition_append_only")
def rewrite_history() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql("UPDATE portal_transition SET at = now() WHERE id = %s", Transition.objects.of(application)[0].pk)


@breaks("transition_only_by_trigger")
def invent_history() -> Iterator[None]:
    application = factories.draft()
    yield
    sql(
        "INSERT INTO portal_transition (subject_table, subject_id, from_state, to_state, agent, at, reason)"
        " VALUES ('applications_application', %s, 'draft', 'submitted', 'system', %s, '')",
        application.pk,
        AT,
    )


@breaks("transition_happens_now")
def act_years_ago() -> Iterator[None]:
    application = factories.submitted()
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    act_clock.set_free(connection, False)
    yield
    acting_as()
    sql("UPDATE applications_application SET state = 'withdrawn' WHERE id = %s", application.pk)


@breaks("transition_has_actor_and_instant")
def act_as_nobody() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql("SELECT set_config('tremplin.actor', '', true)")
    sql("UPDATE applications_application SET state = 'withdrawn' WHERE id = %s", application.pk)


@breaks("portal_disclosure_append_only")
def hide_a_look_at_a_secret() -> Iterator[None]:
    look = Disclosure.objects.create(
        person=factories.user(), subject_table="portal_user", subject_id=1, purpose="a test", at=AT
    )
    yield
    sql("DELETE FROM portal_disclosure WHERE id = %s", look.pk)


# --- Mail -------------------------------------------------------------------------------------------


@breaks("moves_portal_outgoingmail")
def send_a_mail_nobody_claimed() -> Iterator[None]:
    row = _mail()
    yield
    acting_as()
    sql("UPDATE portal_outgoingmail SET state = 'sent', sent_at = %s WHERE id = %s", AT, row.pk)


@breaks("mail_secret_keeps_no_words")
def keep_the_words_of_a_secret() -> Iterator[None]:
    row = _mail()
    without("portal_outgoingmail", "mail_stands_as_written")
    yield
    sql("UPDATE portal_outgoingmail SET secret = true WHERE id = %s", row.pk)


@breaks("mail_sent_at_when_sent")
def send_a_mail_at_no_time() -> Iterator[None]:
    row = _mail()
    acting_as()
    sql("UPDATE portal_outgoingmail SET state = 'sending' WHERE id = %s", row.pk)
    yield
    sql("UPDATE portal_outgoingmail SET state = 'sent' WHERE id = %s", row.pk)


@breaks("mail_stands_as_written")
def say_that_something_else_was_written() -> Iterator[None]:
    row = _mail()
    yield
    sql("UPDATE portal_outgoingmail SET text = 'You are accepted.' WHERE id = %s", row.pk)


@breaks("mail_tells_how_it_went")
def have_sent_a_mail_earlier() -> Iterator[None]:
    row = _mail()
    yield
    sql("UPDATE portal_outgoingmail SET sent_at = %s WHERE id = %s", AT, row.pk)


@breaks("mail_is_kept")
def forget_a_mail() -> Iterator[None]:
    row = _mail()
    yield
    sql("DELETE FROM portal_outgoingmail WHERE id = %s", row.pk)


# --- Bulk acts and exports --------------------------------------------------------------------------


def _job() -> BulkJob:
    person, keys, versions = factories.user(), [1, 2], ["a", "b"]
    return BulkJob.objects.create(
        person=person, table="decisions", act="decline", keys=keys, versions=versions, asked_at=AT
    )


@breaks("bulkjob_rows_were_shown")
def act_on_a_row_of_which_nothing_was_shown() -> Iterator[None]:
    job = _job()
    columns = ", ".join(
        f'"{field.column}"' for field in BulkJob._meta.concrete_fields if field.name not in ("id", "token", "versions")
    )
    yield
    sql(
        f"INSERT INTO portal_bulkjob (token, versions, {columns})"
        f" SELECT gen_random_uuid(), '{{a}}', {columns} FROM portal_bulkjob WHERE id = %s",
        job.pk,
    )


@breaks("bulkjob_done_is_handled")
def say_more_rows_done_than_handled() -> Iterator[None]:
    job = _job()
    yield
    sql("UPDATE portal_bulkjob SET done = 1 WHERE id = %s", job.pk)


@breaks("bulkjob_handles_its_rows")
def handle_more_rows_than_were_confirmed() -> Iterator[None]:
    job = _job()
    yield
    sql("UPDATE portal_bulkjob SET position = 3 WHERE id = %s", job.pk)


@breaks("bulkjob_stands_as_asked")
def act_on_other_rows_than_were_confirmed() -> Iterator[None]:
    job = _job()
    yield
    sql("UPDATE portal_bulkjob SET keys = '{7}' WHERE id = %s", job.pk)


def _finished() -> BulkJob:
    job = _job()
    sql("UPDATE portal_bulkjob SET position = 2, done = 1, finished_at = %s WHERE id = %s", AT, job.pk)
    return job


@breaks("bulkjob_stands_once_finished")
def have_done_more_rows() -> Iterator[None]:
    job = _finished()
    yield
    sql("UPDATE portal_bulkjob SET done = 2 WHERE id = %s", job.pk)


@breaks("bulkjob_handles_a_row_once")
def handle_a_row_again() -> Iterator[None]:
    job = _job()
    sql("UPDATE portal_bulkjob SET position = 1 WHERE id = %s", job.pk)
    yield
    sql("UPDATE portal_bulkjob SET position = 0 WHERE id = %s", job.pk)


@breaks("bulkjob_is_kept_until_finished")
def forget_a_bulk_act_under_way() -> Iterator[None]:
    job = _job()
    yield
    sql("DELETE FROM portal_bulkjob WHERE id = %s", job.pk)


def _export() -> Export:
    return Export.objects.create(person=factories.user(), table="decisions", title="A", format="csv", asked_at=AT)


@breaks("export_made_with_rows")
def make_an_export_of_no_known_size() -> Iterator[None]:
    export = _export()
    yield
    sql("UPDATE portal_export SET made_at = %s WHERE id = %s", AT, export.pk)


@breaks("export_file_is_made")
def keep_a_file_without_its_digest() -> Iterator[None]:
    export = _export()
    yield
    sql("UPDATE portal_export SET made_at = %s, rows = 1, stored_as = 'exports/a.csv' WHERE id = %s", AT, export.pk)


@breaks("export_is_kept")
def forget_that_somebody_exported() -> Iterator[None]:
    export = _export()
    yield
    sql("DELETE FROM portal_export WHERE id = %s", export.pk)


@breaks("export_stays_what_it_is")
def say_that_somebody_else_exported() -> Iterator[None]:
    export, other = _export(), factories.user()
    yield
    sql("UPDATE portal_export SET person_id = %s WHERE id = %s", other.pk, export.pk)


# --- Acts that wait for a proof ---------------------------------------------------------------------


def _step_up() -> StepUp:
    seat = factories.participation()
    return step_up.ask("payout_account", seat, {}, about="Details", by=factories.user(), at=AT)


@breaks("step_up_short_lived")
def let_a_code_live_for_a_day() -> Iterator[None]:
    by = factories.user()
    yield
    sql(
        """INSERT INTO portal_stepup (uuid, person_id, act, subject_id, about, sealed, by_mail, asked_at, expires_at, tries,
        proof) VALUES (gen_random_uuid(), %s, 'payout_account', 1, 'Details', 'x', true, %s, %s, 0, '')""",
        by.pk,
        AT,
        AT + timedelta(days=1),
    )


@breaks("step_up_few_tries")
def try_codes_without_end() -> Iterator[None]:
    step = _step_up()
    yield
    sql("UPDATE portal_stepup SET tries = 6 WHERE id = %s", step.pk)


@breaks("step_up_done_by_a_proof_in_time")
def do_it_without_a_proof() -> Iterator[None]:
    step = _step_up()
    yield
    sql("UPDATE portal_stepup SET done_at = %s, sealed = NULL WHERE id = %s", AT, step.pk)


@breaks("step_up_proof_serves_once")
def do_two_things_by_one_proof() -> Iterator[None]:
    step = _step_up()
    other = step_up.ask_again(step, by=step.person, at=AT)
    step_up.finish(step, "totp:1:1", at=AT)
    yield
    sql("UPDATE portal_stepup SET done_at = %s, sealed = NULL, proof = 'totp:1:1' WHERE id = %s", AT, other.pk)


@breaks("step_up_stays_what_it_is")
def let_a_code_answer_for_somebody_else() -> Iterator[None]:
    step, other = _step_up(), factories.user()
    yield
    sql("UPDATE portal_stepup SET person_id = %s WHERE id = %s", other.pk, step.pk)


@breaks("step_up_done_is_kept")
def forget_by_which_proof() -> Iterator[None]:
    step = _step_up()
    step_up.finish(step, "totp:1:1", at=AT)
    yield
    sql("DELETE FROM portal_stepup WHERE id = %s", step.pk)


@breaks("account_event_stays_what_it_is")
def say_that_it_was_somebody_else() -> Iterator[None]:
    event = AccountEvent.objects.create(kind="refused", at=AT)
    yield
    sql("UPDATE portal_accountevent SET kind = 'signed_in' WHERE id = %s", event.pk)


@breaks("account_event_is_kept_its_time")
def forget_a_wrong_password_of_this_month() -> Iterator[None]:
    event = AccountEvent.objects.create(kind="refused", at=timezone.now() - timedelta(days=30))
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    act_clock.set_free(connection, False)
    yield
    sql("DELETE FROM portal_accountevent WHERE id = %s", event.pk)


# --- The demo's clock -------------------------------------------------------------------------------


@breaks("demo_clock_one_row")
def keep_two_clocks() -> Iterator[None]:
    yield
    sql("INSERT INTO portal_democlock (id, ahead) VALUES (2, interval '0')")


@breaks("demo_clock_only_ahead")
def turn_the_clock_back() -> Iterator[None]:
    yield
    sql("INSERT INTO portal_democlock (id, ahead) VALUES (1, interval '-1 day')")


# --- Runs and checks --------------------------------------------------------------------------------


def _run(**fields: object) -> JobRun:
    ended = timezone.now()
    return JobRun.objects.create(**({"name": "mail", "started_at": ended, "finished_at": ended, "acted": 1} | fields))


@breaks("jobrun_stands_as_begun")
def have_run_at_another_time() -> Iterator[None]:
    run = _run(finished_at=None)
    yield
    sql("UPDATE portal_jobrun SET started_at = %s WHERE id = %s", AT, run.pk)


@breaks("jobrun_stands_once_finished")
def have_run_without_an_error() -> Iterator[None]:
    run = _run(error="Traceback")
    yield
    sql("UPDATE portal_jobrun SET error = '' WHERE id = %s", run.pk)


@breaks("jobrun_is_kept_its_time")
def forget_a_run_that_did_something() -> Iterator[None]:
    run = _run(started_at=timezone.now() - timedelta(days=80))
    yield
    sql("DELETE FROM portal_jobrun WHERE id = %s", run.pk)


def _check() -> LawCheck:
    return LawCheck.objects.create(checked_on=AT.date(), law=1, count=3, checked_at=AT)


@breaks("lawcheck_stands_for_its_day")
def put_a_check_on_another_day() -> Iterator[None]:
    check = _check()
    yield
    sql("UPDATE portal_lawcheck SET checked_on = %s WHERE id = %s", AT.date() - timedelta(days=1), check.pk)


@breaks("lawcheck_stands_until_asked_anew")
def say_that_no_law_was_broken() -> Iterator[None]:
    check = _check()
    yield
    sql("UPDATE portal_lawcheck SET count = 0 WHERE id = %s", check.pk)


@breaks("lawcheck_is_kept")
def forget_a_check() -> Iterator[None]:
    check = _check()
    yield
    sql("DELETE FROM portal_lawcheck WHERE id = %s", check.pk)


@breaks("law_checked_once_a_day")
def check_a_law_twice_a_day() -> Iterator[None]:
    LawCheck.objects.create(checked_on=AT.date(), law=1, count=0, checked_at=AT)
    yield
    sql(
        "INSERT INTO portal_lawcheck (checked_on, law, count, rows, checked_at) VALUES (%s, 1, 0, '[]', %s)",
        AT.date(),
        AT,
    )
