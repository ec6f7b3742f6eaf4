"""What the tests of the web's processes serve: it says who answers, and what came."""

import os
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the process's id, and the digest of what was sent; hang at `/hang`, and send much at `/much`."""
    if environ["PATH_INFO"] == "/hang":
        time.sleep(600)
    body = environ["wsgi.input"].read()
    said = f"{os.getpid()} {sha256(body).hexdigest()} {environ.get('HTTP_X_FORWARDED_PROTO', '-')}".encode()
    if environ["PATH_INFO"] == "/much":
        said += b" " * 20 * 2**20
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(said)))])
    return [said]
