"""Production refuses to start as a demo, or half configured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from portal.laws import act_clock
from portal.sealing.files import new_ring
from rehearsal import scratch

ROOT = Path(__file__).parents[3]
COMPLETE = {
    "TREMPLIN_ENV": "production",
    "SECRET_KEY": "pretended-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    "TREMPLIN_KEYS": new_ring(),
    "SITE_URL": "https://tremplin.example",
    "ALLOWED_HOSTS": "tremplin.example",
    "DATABASE_URL": "postgresql://tremplin@db/tremplin",
    "REDIS_URL": "redis://redis/0",
    "EMAIL_HOST": "mail.tremplin.example",
    "MAIL_FROM": "programme@tremplin.example",
}


def check(environment: dict[str, str]) -> tuple[int, str]:
    """Run Django's deployment check in a process of its own; give its status and what it said."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    env = {"PATH": os.environ["PATH"]} | environment
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_complete_production_passes() -> None:
    status, said = check(COMPLETE)
    assert (status, "no issues" in said) == (0, True), said


def test_everything_missing_is_named_at_once() -> None:
    status, said = check({"TREMPLIN_ENV": "production", "SECRET_KEY": COMPLETE["SECRET_KEY"]})
    assert status != 0
    for name in ("TREMPLIN_KEYS", "SITE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "EMAIL_HOST", "MAIL_FROM"):
        assert name in said


@pytest.mark.parametrize(
    ("wrong", "id_"),
    [
        ({"TREMPLIN_KEYS": "not-a-ring"}, "tremplin.E018"),
        ({"SITE_URL": "http://tremplin.example"}, "tremplin.E016"),
        ({"SECRET_KEY": "short"}, "security.W009"),
    ],
)
def test_what_is_unfit_is_named(wrong: dict[str, str], id_: str) -> None:
    status, said = check(COMPLETE | wrong)
    assert status != 0
    assert id_ in said
    assert "not-a-ring" not in said


def test_production_without_its_key_does_not_start() -> None:
    status, said = check({"TREMPLIN_ENV": "production"})
    assert status != 0
    assert "SECRET_KEY or SECRET_KEY_FILE must be set in production" in said


@pytest.mark.parametrize(
    ("name", "value", "id_"),
    [
        ("DEMO_WITHOUT_SECOND_FACTOR", True, "tremplin.E001"),
        ("SECRET_KEY", "demo-only-key-that-production-refuses", "tremplin.E002"),
        ("DEBUG", True, "tremplin.E003"),
        ("DEMO", True, "tremplin.E003"),
        ("MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", True, "tremplin.E004"),
    ],
)
def test_production_refuses_each_convenience_of_the_demo(
    settings: LazySettings, name: str, value: object, id_: str
) -> None:
    settings.PRODUCTION, settings.DEMO, settings.DEBUG = True, False, False
    settings.DEMO_WITHOUT_SECOND_FACTOR, settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False, False
    settings.SECRET_KEY = COMPLETE["SECRET_KEY"]
    ours = [found.id for found in run_checks(tags=[Tags.security]) if (found.id or "").startswith("tremplin")]
    assert ours == []
    setattr(settings, name, value)
    assert id_ in [found.id for found in run_checks(tags=[Tags.security])]


def test_demo_starts_with_nothing_set() -> None:
    assert not [found for found in run_checks(tags=[Tags.security]) if (found.id or "").startswith("tremplin")]


def of_the_database() -> list[tuple[str | None, bool]]:
    """Check the database of the default connection as a deployment does; give what was found, and if with a hint."""
    found = run_checks(tags=[Tags.database], include_deployment_checks=True, databases=["default"])
    return [(one.id, bool(one.hint)) for one in found]


@pytest.mark.django_db
def test_production_refuses_a_database_whose_clock_is_moved(settings: LazySettings) -> None:
    settings.PRODUCTION = True
    assert of_the_database() == [("tremplin.E021", True)]
    act_clock.set_free(connection, False)
    assert of_the_database() == []


@pytest.mark.django_db
def test_a_database_in_another_order_is_refused() -> None:
    assert of_the_database() == []
    name = f"tremplin_another_order_{os.getpid()}"
    with scratch.connected(scratch.MAINTENANCE) as wrapper, wrapper.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} LOCALE 'C.UTF-8' TEMPLATE template0")
    try:
        with scratch.connected(name):
            assert of_the_database() == [("tremplin.E019", True)]
    finally:
        scratch.drop(name)


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "name"), [("portal", "0001_initial"), ("payouts", "0011_found_by_index")])
def test_a_database_of_former_migrations_is_told_what_to_do(app: str, name: str) -> None:
    MigrationRecorder(connection).record_applied(app, name)
    with pytest.raises(SystemCheckError, match="made by migrations that this version no longer has: make a new one"):
        call_command("migrate", skip_checks=False)


@pytest.mark.django_db
def test_former_migrations_of_a_library_are_its_own_business() -> None:
    MigrationRecorder(connection).record_applied("account", "0000_of_an_older_library")
    assert of_the_database() == []
