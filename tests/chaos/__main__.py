"""`python -m tests.chaos --seconds 120 --seed 1`: one run, one JSON line; exit 1 and the rows on any violation."""

import argparse
import json
import os
import signal
import sys

from tests.chaos import place


def main() -> int:
    """Run once and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break everything for a while.")
    parser.add_argument("--seconds", type=float, default=120, help="how long things break")
    parser.add_argument("--seed", type=int, default=1, help="what the choices come from")
    parser.add_argument("--keep", metavar="FOLDER", help="where to leave the logs")
    without = "a control: take the code's own guard against a second payment away, or the database's"
    parser.add_argument("--without", action="append", choices=["guard", "index"], default=[], help=without)
    asked = vars(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and everything with it
    with place.opened() as opened:
        os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
        import django

        django.setup()
        from tests.chaos.run import Run  # needs the settings, which need the place

        report = Run(opened, **asked).report()
    print(json.dumps(report, default=str))
    return 1 if report["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
