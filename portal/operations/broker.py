"""The broker's transport to the embedded Valkey: the first connection that is really opened starts the server."""

import socket
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from kombu.transport import redis as transport

from portal import embedded

OF_TCP = ("host", "port", "socket_keepalive", "socket_keepalive_options")


class Connection(redis.UnixDomainSocketConnection):
    """A socket to the embedded server."""

    def __init__(self, **options: Any) -> None:
        for name in OF_TCP:
            options.pop(name, None)
        super().__init__(**options)  # type: ignore[no-untyped-call]  # redis says nothing of its types

    def _connect(self) -> socket.socket:
        """Connect, and start the server if that fails: it may never have run, or have been killed since."""
        server = embedded.valkey(settings.VAR_DIR)
        server.hold()
        self.path = str(server.socket)
        connect: Callable[[], socket.socket] = super()._connect
        try:
            return connect()
        except OSError:
            server.ensure()
            return connect()


class Channel(transport.Channel):
    """Kombu's channel over our connection."""

    connection_class = Connection


class Transport(transport.Transport):
    """Kombu's Redis transport over our channel."""

    Channel = Channel
