"""A short run of the chaos, and the clock of the beat that runs a year ahead."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SECONDS, SEED, FAULTS = 30, 1, 15


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
        "seed": SEED, "doubled": 0, "lost": 0, "violations": 0
    }  # fmt: skip
    assert report["recovery_seconds"] <= 120
    assert report["faults"] >= FAULTS
    assert min(report[name] for name in ("requests", "acts", "payments_settled", "mails_sent")) > 0


def test_beat_ahead_stamps_its_ticks_a_year_ahead() -> None:
    turned = "from tests.chaos.ahead import turn_the_clock; turn_the_clock()"
    code, told, said = run("-c", f"{turned}\nfrom portal.celery import app\nprint(app.now().isoformat())")
    assert code == 0, said
    ahead = datetime.fromisoformat(told.strip()) - datetime.now(UTC)
    assert abs(ahead - timedelta(days=365)) < timedelta(minutes=1)
