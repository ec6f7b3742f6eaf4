"""The keeper of one private server: `python -m portal.embedded NAME VAR GRACE`."""

import sys
from pathlib import Path

from portal.embedded import EmbeddedServerError, Postgres, Valkey

if __name__ == "__main__":
    name, var, grace = sys.argv[1:]
    server = {"postgres": Postgres, "valkey": Valkey}[name]
    try:
        server(Path(var), grace=float(grace)).keep()
    except EmbeddedServerError as error:
        sys.exit(str(error))
