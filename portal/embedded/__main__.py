"""The keeper of one private server: `python -m portal.embedded NAME VAR GRACE LOCK`.

LOCK is the number of the inherited file descriptor that holds the server lock.
"""

import os
import sys
from pathlib import Path

from portal.embedded import Postgres, Valkey


def main(name: str, var: str, grace: str, lock: str) -> None:
    """Leave the process that started us, then keep the server."""
    if os.fork():
        os._exit(0)
    server = {"postgres": Postgres, "valkey": Valkey}[name]
    server(Path(var), grace=float(grace)).keep(int(lock))


if __name__ == "__main__":
    main(*sys.argv[1:])
