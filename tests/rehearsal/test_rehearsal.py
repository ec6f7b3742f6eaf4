"""A rehearsal holds with everything that can go wrong, tells a seed's story twice alike, and goes red without the laws."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from payouts.models.awards import DisbursementQuerySet
from portal.operations import law_checks
from portal.settings import VAR_DIR, documents
from rehearsal import run, scratch
from rehearsal.management.commands.rehearse import name_of
from rehearsal.payouts import bank
from rehearsal.play import Play
from rehearsal.report import Report
from tests.rehearsal.conftest import Rehearsed

ONE_LIVE = "DROP INDEX payment_one_live"
ONE_NAME = "DROP INDEX batch_file_of_day_once"
ONE_MAIL = "ALTER TABLE portal_outgoingmail DROP CONSTRAINT portal_outgoingmail_key_key"
LEDGER = "DROP TRIGGER transfer_follows_event ON payouts_transfer"
LEDGER_GROWS = "DROP TRIGGER payouts_transfer_append_only ON payouts_transfer"


# What who runs the portal on a kept database sees first, and whether it is that one.
A_LOOK = """
import django
django.setup()
from django.db import connection
from django.test import Client
from applications.models import Participation
print(Client().get("/", headers={"host": "localhost"}).status_code, connection.settings_dict["NAME"], Participation.objects.count())
"""


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# One telling, in a process of its own: what hangs on the order of a set differs from one to the next.
A_TELLING = """
import sys
from pathlib import Path
import django
django.setup()
from rehearsal.play import Play
from rehearsal.run import rehearse
play = Play(startups=6, months=1, seed=7, faulty=True, out=Path(sys.argv[2]))
print(rehearse(play, database=sys.argv[1]).line())
"""


# Joins as a database with other statistics would plan them: rows come in another order wherever none is asked for.
OTHER_PLANS = "-c enable_nestloop=off -c enable_indexscan=off -c enable_mergejoin=off"


def test_a_seed_tells_the_same_story(copies: Callable[[], str], tmp_path: Path) -> None:
    tellings = []
    for hashed, plans in (("1", ""), ("2", OTHER_PLANS)):
        (tmp_path / hashed).mkdir()
        command = [sys.executable, "-c", A_TELLING, copies(), str(tmp_path / hashed)]
        env = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONHASHSEED": hashed, "PGOPTIONS": plans}
        tellings.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True))
    first, second = [telling.communicate()[0].strip().splitlines()[-1] for telling in tellings]
    assert files(tmp_path / "1") == files(tmp_path / "2")
    assert first.rpartition('"seconds"')[0] == second.rpartition('"seconds"')[0]
    told = json.loads(first)
    assert told["violations"] == 0
    assert {path.stem.partition("-")[0] for path in (tmp_path / "1").glob("*.txt")} == {"story", "statement"}
    paid = [file for name, file in files(tmp_path / "1").items() if name.endswith(".ach")]
    paid_out = [credit for data in paid for credit in bank.read(data)]
    assert told["participations"] == told["payments_settled"] == len({credit.month for credit in paid_out}) > 0
    assert told["amount_settled"] == 600_000 * told["payments_settled"]
    assert told["faults_by_kind"].keys() >= {"killed", "beside", "repeated", "dropped", "intrusion"}
    assert told["law_checks"] > told["steps"] > 500
    assert told["mails_sent"] > 100


@pytest.fixture
def unmissed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not miss the laws that were dropped: what comes of it shall be found."""
    monkeypatch.setattr(law_checks, "_promised", set)
    monkeypatch.setattr(law_checks, "not_in_force", list)


@pytest.fixture
def busy_intruder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an intruder try everything on every day, and nothing else go wrong."""
    monkeypatch.setattr(run, "AN_INTRUSION", 1)
    for luck in ("A_JUMP", "AN_OUTAGE", "A_BUSY_SERVER"):
        monkeypatch.setattr(run, luck, 0)
    for odds in ("OF_PEOPLE", "OF_SWEEPS"):
        monkeypatch.setattr(run, odds, {})


CONTROLS = {
    "two live payments": (ONE_LIVE, "law 2, two live payments of one month"),
    "two files of one name": (ONE_NAME, "law 2, one file name twice"),
    "a mail twice": (ONE_MAIL, "law 14, one mail twice"),
    "a transfer made larger": (LEDGER_GROWS, "law 4, a balance that is not the sum of its transfers"),
}


@pytest.mark.parametrize(("dropped", "found"), CONTROLS.values(), ids=CONTROLS)
@pytest.mark.usefixtures("busy_intruder", "unmissed")
def test_without_a_law_it_goes_red(rehearsed: Rehearsed, dropped: str, found: str) -> None:
    report = rehearsed(Play(startups=4, months=2, seed=3, faulty=True), dropped)
    assert any(row.startswith(found) for row in report.violations), report.violations
    assert report.broken_at


@pytest.mark.usefixtures("busy_intruder")
def test_without_the_ledgers_trigger_money_comes_out_of_nowhere(rehearsed: Rehearsed) -> None:
    def drop(day: int, _days: int) -> None:
        if day == 2:
            with connection.cursor() as cursor:
                cursor.execute(LEDGER)

    report = rehearsed(Play(startups=2, months=1, seed=3, faulty=True), told=drop)
    assert "an intruder tries" in report.broken_at
    assert {row.partition(": ")[0] for row in report.violations} == {
        "law 1, a law the database no longer holds",
        "law 4, a balance that is not the sum of its transfers",
    }


def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the code's own look at whether a month is in a batch, and let everybody click twice."""

    def payable(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
        return months.filter(state="ready").unblocked(at)

    monkeypatch.setattr(DisbursementQuerySet, "payable", payable)
    monkeypatch.setattr(run, "AN_INTRUSION", 0)
    monkeypatch.setattr(run, "OF_PEOPLE", {"twice": 1.0})


@pytest.mark.usefixtures("busy_intruder", "unmissed")
def test_two_clicks_without_index_and_guard_pay_twice(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded(monkeypatch)
    report = rehearsed(Play(startups=4, months=1, seed=3, faulty=True), ONE_LIVE, ONE_NAME)
    assert report.violations[0].startswith("law 2, two live payments of one month"), report.violations
    assert "prepares a batch" in report.broken_at


@pytest.mark.usefixtures("busy_intruder")
def test_two_clicks_without_a_guard_are_refused_by_the_index(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unguarded(monkeypatch)
    report = rehearsed(Play(startups=4, months=1, seed=3, faulty=True, out=tmp_path))
    assert report.violations == []
    assert report.counts["payments_settled"] == report.counts["participations"] > 0
    assert "prepares a batch: refused: One of these months is in another batch by now." in (
        tmp_path / "story.txt"
    ).read_text(encoding="utf-8")


@pytest.mark.usefixtures("busy_intruder", "unmissed")
def test_doubles_without_index_and_file_name(rehearsed: Rehearsed) -> None:
    report = rehearsed(Play(startups=4, months=1, seed=3, faulty=True), ONE_LIVE, ONE_NAME)
    assert any(row.startswith("law 2, ") for row in report.violations), report.violations


@pytest.mark.usefixtures("unmissed")
def test_a_mail_is_doubled_by_people_alone(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key, what a person does twice is told twice: no intruder is needed."""
    monkeypatch.setattr(run, "AN_INTRUSION", 0)
    monkeypatch.setattr(run, "OF_PEOPLE", {"twice": 1.0})
    report = rehearsed(Play(startups=6, months=1, seed=3, faulty=True), ONE_MAIL)
    assert any(row.startswith("law 14, one mail twice") for row in report.violations), report.violations


def test_a_bug_is_a_violation(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("applications.actions.submit", broken)
    report = rehearsed(Play(startups=2, months=1, seed=3))
    [violation] = report.violations
    assert violation.startswith("ZeroDivisionError: a bug\n")
    assert "submits" in report.broken_at


def test_money_that_the_bank_does_not_know_is_found(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank.Bank, "take", lambda self, name, data: [])
    report = rehearsed(Play(startups=4, months=1, seed=3))
    assert any("cents are out, the bank says" in row for row in report.violations), report.violations


def test_a_mail_that_is_lost_is_found(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rehearsal.mail_server.Office.take", lambda self, message: None)
    report = rehearsed(Play(startups=1, months=1, seed=3))
    assert any("the server never saw it" in row for row in report.violations), report.violations


@pytest.fixture
def template(copies: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the command copy the test database instead of laying one; give the names of its copies as they come."""
    made: list[str] = []

    def create(_name: str) -> None:
        made.append(copies())

    monkeypatch.setattr(scratch, "create", create)
    monkeypatch.setattr(scratch, "lay", lambda name: None)
    monkeypatch.setattr("rehearsal.management.commands.rehearse.name_of", lambda seed: made[-1] if made else "none")
    return made


def test_the_command_keeps_what_it_is_told_to_keep(
    template: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.settings.VAR_DIR", tmp_path / "var")
    monkeypatch.setattr(bank, "COMES_BACK", 1.0)
    ours = default_storage.save("applications/ours.pdf", ContentFile(b"%PDF-1.4"))
    os.utime(default_storage.path(ours), (0, 0))
    call_command("rehearse", startups=2, months=1, seed=5, out=tmp_path / "kept", keep=True)
    told = capsys.readouterr()
    said = json.loads(told.out.strip().splitlines()[-1])
    assert (said["startups"], said["violations"], said["faults"]) == (2, 0, 0)
    assert {path.suffix for path in (tmp_path / "kept").iterdir()} == {".txt", ".ach", ".ret"}
    assert default_storage.exists(ours)  # the sweeps of another database leave it alone
    [kept] = template
    assert f"DATABASE_NAME={kept} make run" in told.err
    with scratch.connected(kept) as wrapper, wrapper.cursor() as cursor:
        cursor.execute("SELECT now() + ahead > '2030-03-01' FROM portal_democlock")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT count(*) FROM mentorship_mentorsession WHERE state = 'held'")
        assert cursor.fetchone() == (said["sessions_logged"],)
        for setting, value in (("synchronous_commit", "on"), ("join_collapse_limit", "8")):
            cursor.execute(f"SHOW {setting}")
            assert cursor.fetchone() == (value,)
    assert said["sessions_logged"] > 0
    env = os.environ | {"DATABASE_NAME": kept, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run([sys.executable, "-c", A_LOOK], env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["200", kept, str(said["participations"])], done.stderr


def test_a_terminal_is_shown_how_far_it_is(template: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def played(play: Play, *, told: Callable[[int, int], None], **how: object) -> Report:
        for day in (1, 2, 3):
            told(day, 2)  # the last day comes later than foreseen
        return Report(play)

    terminal = StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("rehearsal.management.commands.rehearse.rehearse", played)
    call_command("rehearse", startups=1, months=1, seed=5, stdout=StringIO())
    assert "Rehearsing" in terminal.getvalue()
    assert re.findall(r"(\d+)%", terminal.getvalue())[-3:] == ["0", "50", "100"]


def test_the_command_fails_on_a_violation(
    template: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rehearsal.payouts.bank.Bank.paid", lambda self: 1)
    with pytest.raises(CommandError, match="1 violations"):
        call_command("rehearse", startups=2, months=1, seed=5)
    told = capsys.readouterr()
    assert json.loads(told.out.strip().splitlines()[-1])["violations"] == 1
    assert re.search(
        r"^Seed 5, after the step\n  20\d\d-\d\d-\d\d \d\d:\d\d:\d\d beat ticks \w+\n"
        r"  the ledger says 0 cents are out, the bank says 1$",
        told.err,
        re.MULTILINE,
    ), told.err
    assert exist(template) == []


def test_the_command_lays_its_own_database_and_drops_it(
    transactional_db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("rehearse", startups=1, months=1, seed=6)
    assert json.loads(capsys.readouterr().out.strip().splitlines()[-1])["violations"] == 0
    assert exist([name_of(6)]) == []


def exist(names: list[str]) -> list[str]:
    with scratch.connected("postgres") as wrapper, wrapper.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname = ANY(%s)", [names])
        return [name for (name,) in cursor.fetchall()]


def test_a_kept_database_has_documents_of_its_own() -> None:
    names = {
        documents(bucket, database)["OPTIONS"].get("location") for bucket in ("", "b") for database in ("", "kept")
    }
    assert names == {VAR_DIR / "documents", VAR_DIR / "documents-kept", None, "kept"}


def test_production_serves_no_kept_database() -> None:
    env = {"TREMPLIN_ENV": "production", "SECRET_KEY": "long", "DATABASE_NAME": "tremplin_rehearsal_1_2"}
    done = subprocess.run([sys.executable, "-c", "import portal.settings"], env=env, capture_output=True, text=True)
    assert "DATABASE_NAME is for looking at a rehearsal" in done.stderr
