"""`make bench`: seed, measure, print one table, and end with 1 where a budget is missed, naming it."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.budgets import SMALL

ROOT = Path(__file__).resolve().parents[1]
FILE_OF = 10_000


def main() -> int:
    """Run every stage in a process, a folder and a database of its own; give how it ends."""
    words = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    words.add_argument("--startups", type=int, default=int(os.environ.get("BENCH_STARTUPS") or 2000))
    words.add_argument("--var", type=Path, default=Path(os.environ.get("TREMPLIN_VAR") or ROOT / "var") / "bench")
    words.add_argument("--rate-seconds", type=float, default=0.5)
    words.add_argument("--record", action="store_true", help="write the table into docs/performance.md")
    words.add_argument("--report-only", action="store_true", help="judge what the last run measured")
    told = words.parse_args()
    plan = [
        ("small", "pages", SMALL),
        ("large", "pages", told.startups),
        ("month", "month", told.startups),
        ("file", "jobs", min(FILE_OF, told.startups)),
    ]
    found = {}
    for name, stage, startups in plan:
        out = told.var / f"{name}.json"
        if not told.report_only:
            run(stage, startups, told.var / name, out, told.rate_seconds)
        found[name] = json.loads(out.read_text())
    lines, missed = report.judge(found, told.startups)
    print("\n".join(lines))  # noqa: T201  # what the run is for
    if told.record:
        report.record(ROOT / "docs" / "performance.md", lines, told.startups)
    for sentence in missed:
        print(f"MISSED  {sentence}")  # noqa: T201  # as above
    return 1 if missed else 0


def run(stage: str, startups: int, var: Path, out: Path, rate_seconds: float) -> None:
    """Run one stage.

    :raises CalledProcessError: if it fails.
    """
    var.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    left_out = ("DATABASE_URL", "REDIS_URL", "DATABASE_URL_FILE", "REDIS_URL_FILE")
    env: dict[str, Any] = {key: value for key, value in os.environ.items() if key not in left_out}
    env |= {
        "TREMPLIN_VAR": str(var),
        "TREMPLIN_ENV": "demo",
        "DEBUG": "0",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
    }
    command = [sys.executable, "-m", "benchmarks.stage", stage, str(startups), "--out", str(out)]
    command += ["--rate-seconds", str(rate_seconds)]
    subprocess.run(command, env=env, cwd=ROOT, check=True)  # noqa: S603  # our own words


if __name__ == "__main__":
    sys.exit(main())
