"""`python -m tests.chaos.table --seeds 20`: one seed after the other, each a row of the table in docs/reliability.md."""

import argparse
import json
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.embedded import kernel

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- seeds -->", "<!-- end of seeds -->"
COLUMNS = {
    "seed": "seed",
    "seconds": "seconds",
    "faults": "faults",
    "requests": "requests",
    "acts": "acts done",
    "payments_settled": "payments settled",
    "mails_sent": "mails",
    "mails_doubled": "mails twice",
    "doubled": "paid twice",
    "lost": "lost",
    "violations": "violations",
    "recovery_seconds": "back after, s",
}


def run(seed: int, seconds: float) -> dict[str, Any]:
    """Run one seed in a process of its own, and give its report."""
    command = [sys.executable, "-m", "tests.chaos", "--seed", str(seed), "--seconds", str(seconds)]
    ends_with_us = kernel.end_with_parent(signal.SIGTERM)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, cwd=PAGE.parents[1], text=True, check=False, preexec_fn=ends_with_us
    )
    if not (lines := done.stdout.strip().splitlines()):
        sys.exit(f"Seed {seed} ended with code {done.returncode} and said nothing.")
    report: dict[str, Any] = json.loads(lines[-1])
    return report


def row(report: Mapping[str, Any]) -> str:
    """Write a report as a row of the table."""
    values = [report[name] for name in COLUMNS]
    return f"| {' | '.join(f'{value:g}' if isinstance(value, float) else str(value) for value in values)} |"


def with_row(page: str, report: Mapping[str, Any]) -> str:
    """Put a report's row into the page, in place of an earlier one of the same seed and length."""
    before, rest = page.split(BEGIN)
    table, after = rest.split(END)
    rows = {_key(line): line for line in table.splitlines() if re.match(r"\| \d", line)}
    new = row(report)
    rows[_key(new)] = new
    head = [f"| {' | '.join(COLUMNS.values())} |", f"|{'--:|' * len(COLUMNS)}"]
    lines = [BEGIN, "", *head, *(rows[key] for key in sorted(rows)), "", END]
    return before + "\n".join(lines) + after


def _key(line: str) -> tuple[float, int]:
    seed, seconds = line.strip("| ").split(" | ")[:2]
    return float(seconds), int(seed)


def main() -> int:
    """Run the seeds; the table has each as soon as it is done, so that a run that was cut short can go on."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.table")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120)
    asked = parser.parse_args()
    broken = 0
    for seed in range(asked.first, asked.seeds + 1):
        report = run(seed, asked.seconds)
        PAGE.write_text(with_row(PAGE.read_text(encoding="utf-8"), report), encoding="utf-8")
        print(json.dumps(report), flush=True)
        broken += bool(report["violations"])
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
