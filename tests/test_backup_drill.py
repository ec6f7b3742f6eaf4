"""The drill: a portal in full work is backed up, lost, and brought back on another server by the scripts that operators run."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from payouts import actions
from payouts.models import PaymentBatch
from portal.embedded import Postgres, client_program
from portal.models import DemoClock, OutgoingMail
from portal.operations import dumps
from portal.operations.jobs import run_sweep
from portal.outbox import deliver
from portal.registry import registry
from portal.sealing.files import read_ring
from portal.sealing.ring import key_ring
from tests import factories, world
from tests.payouts import money
from tests.payouts.money import DUE
from tests.portal.test_embedded import open_folder

ROOT = Path(__file__).resolve().parents[1]
OWNER, SERVING, DATABASE = "drill_owner", "drill", "drill"
# What makes a database this one: its laws by name, their code, and where the sequences stand. A dump spells conditions anew.
STRUCTURE = """
SELECT tgrelid::regclass::text, tgname || tgtype || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT conrelid::regclass::text, conname || contype::text || convalidated FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'function', proname || md5(prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'sequence', sequencename || ' ' || coalesce(last_value::text, 'unused')
    FROM pg_sequences WHERE schemaname = 'public' AND sequencename NOT IN ('portal_transition_id_seq', 'portal_lawcheck_id_seq')
ORDER BY 1, 2
"""
# Told by the restored database itself: mails that may have gone already, their history, and what the laws were answered.
TOLD_ANEW = {"portal_outgoingmail", "portal_transition", "portal_lawcheck"}


@dataclass
class Server:
    """Another server with nothing in it but the two roles and an empty database."""

    postgres: Postgres
    var: Path

    def url(self, role: str) -> str:
        return f"postgresql://{role}@/{DATABASE}?host={self.postgres.sockets}&port=5432"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(OWNER)) as link:
            return link.execute(query).fetchall()


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    with open_folder() as folder:
        postgres = Postgres(folder / "var", grace=0.4)
        postgres.ensure()
        hba = postgres.data / "pg_hba.conf"
        hba.write_text(f"local all {OWNER},{SERVING} trust\n{hba.read_text()}")
        with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as link:
            link.execute("SELECT pg_reload_conf()")
        make_roles(postgres)
        yield Server(postgres, folder / "var")
        os.close(postgres._users or -1)  # the keeper stops it: we were its last user


def make_roles(postgres: Postgres) -> None:
    """Make the roles and the database as the new server of a deployment does, under names that are free here."""
    script = (ROOT / "docker" / "make-roles.sh").read_text()
    statements = script[script.index("<<'SQL'\n") + len("<<'SQL'\n") : script.rindex("SQL")].replace(
        "tremplin", "drill"
    )
    address = [f"--host={postgres.sockets}", "--port=5432", "--username=tremplin", "--dbname=postgres"]
    words = ["--set=ON_ERROR_STOP=1", "--quiet", "--no-psqlrc"]
    env = os.environ | {"OWNER_PASSWORD": "drill", "SERVING_PASSWORD": "drill"}
    subprocess.run([client_program("psql"), *address, *words], input=statements, env=env, text=True, check=True)


def run(*command: str, **environment: str) -> str:
    """Run a command as an operator does, knowing nothing but what it is told."""
    path = f"{Path(sys.executable).parent}:{os.defpath}"
    told = {"PATH": path, "HOME": os.environ.get("HOME", "/"), "LOG_LEVEL": "ERROR", **environment}
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(script: str, **instead: str) -> list[str]:
    """Give the command of a script as docs/operations.md tells operators, with other words for some of its own."""
    [line] = re.findall(rf"^ *({script} .*)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    return [instead.get(word, word) for word in line.split()]


def contents(rows: Any) -> dict[str, str]:
    """Give one digest for each table's rows, by its name; `rows` runs a query."""
    tables = [name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
    query = "SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM \"{}\" t"
    return {name: rows(query.format(name))[0][0] for name in tables}


def here(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def own_url() -> str:
    link = connection.connection.info
    return f"postgresql://{link.user}@/{link.dbname}?host={link.host}&port={link.port}"


@pytest.mark.django_db(transaction=True)
def test_portal_is_backed_up_lost_and_brought_back_elsewhere(
    settings: LazySettings, tmp_path: Path, elsewhere: Server
) -> None:
    made = world.build()
    next_month = money.approved(money.ready(money.seats(1)[0]))
    releaser, approver = money.approver(made.batch), money.approver(next_month)
    key_ring()
    ring = read_ring(Path(settings.VAR_DIR) / "keys" / "ring")
    backups = tmp_path / "backups"
    present = max(DUE + timedelta(seconds=1), timezone.now())  # what was confirmed came right after what was asked
    DemoClock.objects.create(pk=1, ahead=present - timezone.now())
    runs = [run_sweep(name, present) for name in registry.sweeps if name != "mail"]  # in full work, but for the post
    assert {run.error for run in runs} == {""}
    due = OutgoingMail.objects.filter(state="queued", due_at__lte=present).count()
    assert due

    # The backup, made of what was committed then, and what happened after it.
    source = {"DATABASE_URL": own_url(), "TREMPLIN_VAR": str(tmp_path), "TREMPLIN_KEYS": ring}
    before, structure = contents(here), here(STRUCTURE)
    folder = {"/backups": str(backups)}
    run(*told("docker/backup.sh", **folder), **source)
    [dump] = (backups / "database").glob("*.dump")
    assert dump.stat().st_mode & 0o777 == 0o600
    text = run(str(client_program("pg_restore")), "--file=-", str(dump))
    assert ("Loomwork Inc." in text, money.NUMBER in text) == (True, False)
    frozen = sha256(actions.release_batch(made.batch, by=releaser, at=DUE)).hexdigest()
    actions.freeze_batch(next_month, by=approver, at=DUE)
    assert deliver.drain(present) == due

    # Brought back on another server.
    target = {"TREMPLIN_VAR": str(elsewhere.var), "TREMPLIN_KEYS": ring}
    owner = {"DATABASE_URL": elsewhere.url(OWNER), **target}
    said = run(*told("docker/restore.sh", **folder, DUMP=dump.name, tremplin=SERVING), **owner)
    assert "1 documents are right; 1 of them were copied now." in said
    assert re.search(rf"{due} mails were due and are not sent", said)
    laws = [line for line in said.splitlines() if re.match(r" ?\d+ +\d+  ", line)]
    assert len(laws) >= 16
    assert all(line.split()[1] == "0" for line in laws)
    after = contents(elsewhere.rows)
    assert {name for name in before if before[name] != after.get(name)} <= TOLD_ANEW
    assert elsewhere.rows(STRUCTURE) == structure
    # It serves, and pays and writes nothing twice.
    facts = {
        "founder": made.people["founder"].pk,
        "participation": made.participation.pk,
        "document": made.document.pk,
        "account": made.account.pk,
        "frozen": [made.batch.pk, releaser.pk],
        "approved": [next_month.pk, approver.pk],
        "at": DUE.isoformat(),
    }
    serving = {"DATABASE_URL": elsewhere.url(SERVING), "DJANGO_SETTINGS_MODULE": "portal.settings", **target}
    found = json.loads(run(sys.executable, "-m", "tests.restored_portal", json.dumps(facts), **serving))
    assert found.pop("ready")["ready"]
    assert found == {
        "errors": [],
        "page": 200,
        "document": sha256(world.PDF).hexdigest(),
        "mails": 0,
        "number": money.NUMBER,
        "number under another ring": "does not open",
        "frozen": frozen,
        "approved": PaymentBatch.objects.get(pk=next_month.pk).sha256,
        "ledger": "permission denied",
    }


@pytest.mark.django_db(transaction=True)
def test_dump_goes_into_no_database_that_has_rows(tmp_path: Path) -> None:
    path = dumps.dump(tmp_path, DUE)
    before = contents(here)
    with pytest.raises(dumps.DumpError, match="not empty"):
        dumps.restore(path)
    assert contents(here) == before


@pytest.mark.django_db(transaction=True)
def test_dump_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "WITHOUT_ROLES", ("--no-such-option",))
    with pytest.raises(dumps.DumpError, match="no-such-option"):
        dumps.dump(tmp_path, DUE)
    assert list(tmp_path.iterdir()) == []


def test_only_the_newest_dumps_are_kept(tmp_path: Path) -> None:
    names = [f"tremplin-2027050{day}T020000Z.dump" for day in range(1, 6)]
    for name in [*names, "notes.txt"]:
        (tmp_path / name).touch()
    assert [path.name for path in dumps.forget_old(tmp_path, 3)] == names[:2]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names[2:], "notes.txt"])


@pytest.mark.django_db
def test_mails_that_may_have_gone_wait_for_a_person(settings: LazySettings) -> None:
    factories.submitted()
    later = OutgoingMail.objects.filter(due_at__gt=factories.AT).count()
    queued = OutgoingMail.objects.filter(state="queued", due_at__lte=factories.AT).count()
    assert queued
    deliver.claim(factories.AT)
    assert deliver.stop_due(factories.AT) == queued
    assert set(OutgoingMail.objects.filter(due_at__lte=factories.AT).values_list("state", "error")) == {
        ("failed", deliver.MAY_HAVE_GONE)
    }
    assert OutgoingMail.objects.filter(state="queued").count() == later
    assert deliver.drain(factories.AT) == 0
