"""Ports for servers of the tests."""

import secrets
import socket
from contextlib import suppress

# Below those that the kernel gives to connections, of which one may take a port between its choice and its use.
PORTS = range(12_000, 32_000)


def free_port() -> int:
    """Return a port that nobody listens on, another for each who asks: some servers take it a minute later only."""
    while True:
        port = secrets.choice(PORTS)  # the same dice lie in each worker of a test run, but not these
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
