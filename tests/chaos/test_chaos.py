"""A short run of the chaos, and the clock of the beat that runs a year ahead."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.place import Place

PROJECT = Path(__file__).resolve().parents[2]
SECONDS, SEED, FAULTS = 30, 1, 18  # as many as there are in 120 seconds where those have 70

# What every run has seen, however short: docs/reliability.md says what each is.
KINDS = {
    "all workers killed",
    "beat a year ahead",
    "beat killed",
    "broker away",
    "broker flushed",
    "broker killed",
    "broker restored from an old copy",
    "database killed",
    "database restarted",
    "no beat",
    "ticks sent five times",
    "total loss",
    "web killed",
    "web's child killed",
    "worker killed",
    "worker's child killed",
}


def run(*arguments: str) -> tuple[int, str, str]:
    """Run a module of the chaos with an environment that says nothing of our own database."""
    names = ("TREMPLIN_VAR", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_short_chaos_leaves_everything_right() -> None:
    code, told, said = run("-m", "tests.chaos", "--seconds", str(SECONDS), "--seed", str(SEED))
    assert told.count("\n") == 1, said
    report: dict[str, Any] = json.loads(told)
    assert (code, report["rows"]) == (0, [])
    assert {name: report[name] for name in ("seed", "doubled", "lost", "violations")} == {
        "seed": SEED,
        "doubled": 0,
        "lost": 0,
        "violations": 0,
    }
    assert report["recovery_seconds"] <= 120
    assert (report["faults"] >= FAULTS, report["faults_by_kind"].keys()) == (True, KINDS)
    assert min(report[name] for name in ("requests", "acts", "payments_settled", "mails_sent")) > 0


def test_old_copy_of_the_broker_brings_back_what_was_taken(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = Place(tmp_path_factory.mktemp("v"))
    place.valkey.ensure()
    try:
        broker = place.broker()
        broker.rpush("celery", "first", "second")
        broker.hset("unacked", "tag", "a message that somebody holds")
        copy = place.copy_of_broker()
        broker.lpop("celery", 2)
        broker.rpush("celery", "later")
        place.restore_broker(copy)
        assert broker.lrange("celery", 0, -1) == [b"first", b"second"]
        assert broker.hgetall("unacked") == {b"tag": b"a message that somebody holds"}
    finally:
        place.stop_broker()


def test_beat_ahead_stamps_its_ticks_a_year_ahead() -> None:
    turned = "from tests.chaos.ahead import turn_the_clock; turn_the_clock()"
    code, told, said = run("-c", f"{turned}\nfrom portal.celery import app\nprint(app.now().isoformat())")
    assert code == 0, said
    ahead = datetime.fromisoformat(told.strip()) - datetime.now(UTC)
    assert abs(ahead - timedelta(days=365)) < timedelta(minutes=1)
