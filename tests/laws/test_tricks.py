"""What somebody with the password of the serving role tries, beside plain statements: each is refused, by right or by law."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from psycopg.errors import CheckViolation

from applications.actions import ask_settings_change
from applications.models import SettingsChange
from payouts.actions import ask_correction
from portal.laws.act_clock import FREE
from portal.laws.transitions import acting
from portal.models import Role, User
from tests import factories as f
from tests.payouts import money

pytestmark = pytest.mark.django_db

SERVING = "tricks_of_laws"
NO_RIGHT = "42501"
LATER = f.AT.replace(hour=15)

OUT_OF_REACH = [
    "TRUNCATE payouts_hold CASCADE",
    "TRUNCATE portal_accountevent",
    "CREATE TEMPORARY TABLE loophole (n int)",
    "CREATE TABLE public.loophole (n int)",
    "CREATE TABLE public.loophole AS SELECT * FROM payouts_payment",
    "CREATE VIEW public.loophole AS SELECT 1 AS n",
    "CREATE MATERIALIZED VIEW public.loophole AS SELECT 1 AS n",
    "CREATE FUNCTION public.portal_break(law varchar) RETURNS void LANGUAGE sql AS 'SELECT'",
    "CREATE FUNCTION pg_temp.portal_break(law text) RETURNS void LANGUAGE sql AS 'SELECT'",
    "CREATE OR REPLACE FUNCTION public.portal_break(law text) RETURNS void LANGUAGE sql AS 'SELECT'",
    "CREATE SCHEMA loophole",
    "CREATE SEQUENCE public.loophole",
    "CREATE TYPE public.loophole AS ENUM ('a')",
    "CREATE TRIGGER aaa BEFORE UPDATE ON payouts_payment FOR EACH ROW EXECUTE FUNCTION portal_refuse()",
    "CREATE RULE loophole AS ON UPDATE TO payouts_payment DO INSTEAD NOTHING",
    "CREATE INDEX loophole ON payouts_payment (state)",
    "CREATE EVENT TRIGGER loophole ON ddl_command_end EXECUTE FUNCTION portal_refuse()",
    "DROP TRIGGER payment_is_kept ON payouts_payment",
    "DROP FUNCTION portal_break CASCADE",
    "ALTER TABLE payouts_payment DISABLE TRIGGER payment_is_kept",
    "ALTER TABLE payouts_payment DROP CONSTRAINT payment_positive",
    "ALTER TABLE payouts_payment ENABLE ROW LEVEL SECURITY",
    "ALTER FUNCTION portal_break(text) SET search_path = pg_temp",
    "ALTER SEQUENCE payouts_trace_number RESTART",
    "SELECT setval('payouts_trace_number', 1)",
    "SELECT setval(pg_get_serial_sequence('payouts_payment', 'id'), 1)",
    "SET session_replication_role = replica",
    f"COMMENT ON TABLE portal_transition IS '{FREE}'",
    "UPDATE pg_catalog.pg_trigger SET tgenabled = 'D'",
    "UPDATE pg_catalog.pg_description SET description = ''",
    "COPY payouts_payment TO '/tmp/loophole'",
    "COPY payouts_payment FROM PROGRAM 'true'",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_read_file('/etc/passwd')",
    "LOCK TABLE portal_transition IN ACCESS EXCLUSIVE MODE",
    "UPDATE portal_transition SET reason = ''",
    "DELETE FROM payouts_transfer",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('payouts', '9999', now())",
]


@pytest.fixture(autouse=True)
def _served() -> Iterator[None]:
    """Grant a role what the serving processes may do."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {SERVING}")
        call_command("grant_serving", SERVING, stdout=StringIO())
        yield


def refused_by(*statements: str) -> str:
    """Run statements as the serving role; give the law that refused, or why the database did."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {SERVING}")
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DatabaseError as error:
        cause = error.__cause__
        return str(getattr(getattr(cause, "diag", None), "constraint_name", None) or getattr(cause, "sqlstate", ""))
    return ""


def changing() -> tuple[SettingsChange, User, User]:
    """Give a change of money settings that waits, who asked for it, and a colleague."""
    programme = f.cohort(f.programme(cooling_off_days=3)).programme
    ruth, soren = (f.holder(Role.MANAGER, programme) for _ in range(2))
    told = {"monthly_cap_minor": 600_000, "months": 6, "cooling_off_days": 0}
    return ask_settings_change(programme, **told, reason="A trial", by=ruth, at=f.AT), ruth, soren


def confirm(change: SettingsChange, by: User, at: object = LATER) -> str:
    return (
        f"UPDATE applications_settingschange SET state = 'confirmed', confirmed_by_id = {by.pk}, confirmed_at = '{at}'"
        f" WHERE id = {change.pk}"
    )


HANDED_ON = "DO $$ BEGIN ASSERT NOT has_table_privilege('public', 'payouts_payment', 'TRUNCATE, DELETE'); END $$"


def test_rights_are_not_handed_on() -> None:
    assert refused_by("GRANT ALL ON payouts_payment TO PUBLIC", HANDED_ON) == ""


@pytest.mark.parametrize("statement", OUT_OF_REACH)
def test_out_of_reach(statement: str) -> None:
    assert refused_by(statement) == NO_RIGHT


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {t} SET cooling_off_days = 0",
        "UPDATE {t} p SET cooling_off_days = 0 FROM applications_cohort c WHERE c.programme_id = p.id",
        "INSERT INTO {t} SELECT * FROM {t} ON CONFLICT (id) DO UPDATE SET cooling_off_days = 0",
        "MERGE INTO {t} p USING (SELECT id FROM {t}) o ON o.id = p.id WHEN MATCHED THEN UPDATE SET cooling_off_days = 0",
        "WITH changed AS (UPDATE {t} SET cooling_off_days = 0 RETURNING id) SELECT count(*) FROM changed",
        "DO $$ BEGIN UPDATE applications_programme SET cooling_off_days = 0; END $$",
        "PREPARE weaken AS UPDATE {t} SET cooling_off_days = 0; EXECUTE weaken",
        # A confirmation in the same statement does not carry it.
        "WITH asked AS (UPDATE applications_settingschange SET state = 'withdrawn') UPDATE {t} SET cooling_off_days = 0",
    ],
)
def test_one_law_however_it_is_put(statement: str) -> None:
    change, ruth, _soren = changing()
    acting(by=ruth, at=LATER)
    assert refused_by(statement.format(t=change.programme._meta.db_table)) == "programme_money_set_by_two"


def test_rows_that_are_merged_away_are_kept() -> None:
    money.settled()
    for table, law in {"payouts_payment": "payment_is_kept", "payouts_paymentbatch": "batch_is_kept"}.items():
        assert refused_by(f"MERGE INTO {table} p USING {table} o ON o.id = p.id WHEN MATCHED THEN DELETE") == law
        assert refused_by(f"WITH gone AS (DELETE FROM {table} RETURNING id) SELECT FROM gone") == law


def test_history_is_not_copied_in() -> None:
    f.submitted()
    rows = "applications_application\t1\tdraft\tsubmitted\tsystem\t2027-03-02 12:00+00\t\n"
    columns = "subject_table, subject_id, from_state, to_state, agent, at, reason"

    def copy_in() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {SERVING}")
            with cursor.copy(f"COPY portal_transition ({columns}) FROM STDIN") as stream:
                stream.write(rows)

    with pytest.raises(CheckViolation, match="transition_only_by_trigger"):
        copy_in()


# --- Who acts, and when -------------------------------------------------------------------------------

CONFIRMED = "settings_change_confirmed_by_who_acts"


def told(by: User, at: object = LATER) -> str:
    return f"SELECT set_config('tremplin.actor', '{by.pk}', true), set_config('tremplin.at', '{at}', true)"


def test_colleague_confirms_by_the_same_statements() -> None:
    change, _ruth, soren = changing()
    assert refused_by(told(soren), confirm(change, soren)) == ""


def test_nobody_confirms_in_anothers_name() -> None:
    change, ruth, soren = changing()
    assert refused_by(told(ruth), confirm(change, soren)) == CONFIRMED


def test_actor_told_while_a_row_is_written_is_the_one_of_the_history_too() -> None:
    change, ruth, soren = changing()
    away = f"{confirm(change, soren)} RETURNING set_config('tremplin.actor', '{ruth.pk}', true)"
    assert refused_by(told(soren), away) == CONFIRMED


def test_actor_told_in_a_savepoint_is_forgotten_with_it() -> None:
    change, ruth, soren = changing()
    around = [told(ruth), "SAVEPOINT before", told(soren), "ROLLBACK TO before"]
    assert refused_by(*around, confirm(change, soren)) == CONFIRMED


def test_statement_prepared_by_one_is_executed_by_another_in_vain() -> None:
    change, ruth, soren = changing()
    prepared = [told(soren), f"PREPARE confirming AS {confirm(change, soren)}", told(ruth), "EXECUTE confirming"]
    assert refused_by(*prepared) == CONFIRMED


def test_asking_and_confirming_are_two_acts() -> None:
    change, _ruth, soren = changing()
    assert refused_by(told(soren, f.AT), confirm(change, soren, f.AT)) == CONFIRMED


@pytest.mark.parametrize("others", [[], ["SET CONSTRAINTS ALL DEFERRED"], ["SET CONSTRAINTS ALL IMMEDIATE"]])
def test_consent_to_a_correction_is_kept_for_no_other_day(others: list[str]) -> None:
    payment = money.settled().payments.get()
    by, other = f.holder(Role.FINANCE_PREPARER, payment.batch.programme), money.approver(payment.batch)
    asked_at = money.DUE.replace(day=20)
    correction = ask_correction(payment, reason="The wrong row", by=by, at=asked_at)
    at = asked_at.replace(hour=20)
    statement = (
        f"UPDATE payouts_correction SET state = 'confirmed', confirmed_by_id = {other.pk}, confirmed_at = '{at}'"
        f" WHERE id = {correction.pk}"
    )
    assert refused_by(*others, told(other, at), statement) == "correction_carried_out_at_once"
