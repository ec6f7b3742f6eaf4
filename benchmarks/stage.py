"""One stage of a run, in a process and a database of its own: `python -m benchmarks.stage pages 2000 --out rows.json`."""

import argparse
import json
import os
import time
from pathlib import Path

import django


def main() -> None:
    """Do one stage and write what it measured."""
    words = argparse.ArgumentParser()
    words.add_argument("stage", choices=["pages", "month", "jobs"])
    words.add_argument("startups", type=int)
    words.add_argument("--out", type=Path, required=True)
    words.add_argument("--rate-seconds", type=float, default=0.5)
    words.add_argument("--only", default="")
    told = words.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    from benchmarks import stages

    started = time.monotonic()
    found = getattr(stages, told.stage)(told.startups, rate_seconds=told.rate_seconds, only=told.only)
    told.out.write_text(json.dumps(found | {"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
