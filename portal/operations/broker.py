"""The broker's transport: Kombu's for Redis, and one to the embedded Valkey, which the first connection starts."""

import socket
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from kombu.transport import redis as transport
from kombu.transport import virtual

from portal import embedded

OF_TCP = ("host", "port", "socket_keepalive", "socket_keepalive_options")


class QoS(transport.QoS):
    """Free the place of a message although the broker could not be told that it is done with.

    Kombu logs such a failure and goes on, but counts the message as under way for ever: after as many as a worker takes at
    a time it would take no other, and stand still beside a broker that is back. The message itself is delivered again
    once its visibility timeout is over.
    """

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message.

        :raises redis.RedisError: if the broker could not be told.
        """
        try:
            super().ack(delivery_tag)
        except (redis.RedisError, OSError):
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Reject a message, or put it back.

        :raises redis.RedisError: if the broker could not be told.
        """
        try:
            super().reject(delivery_tag, requeue=requeue)
        except (redis.RedisError, OSError):
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(transport.Channel):
    """Kombu's channel with our count of what is under way."""

    QoS = QoS


class Transport(transport.Transport):
    """Kombu's Redis transport over our channel."""

    Channel = Channel


class EmbeddedConnection(redis.UnixDomainSocketConnection):
    """A socket to the embedded server."""

    def __init__(self, **options: Any) -> None:
        for name in OF_TCP:
            options.pop(name, None)
        super().__init__(**options)  # type: ignore[no-untyped-call]  # redis says nothing of its types

    def _connect(self) -> socket.socket:
        """Connect, and start the server if that fails: it may never have run, or have been killed since.

        This is the method that redis leaves to each kind of connection. `connect`, the public one, tries several times
        with pauses between, where there is nothing to wait for before the server has been started.
        """
        server = embedded.valkey(settings.VAR_DIR)
        server.hold()
        self.path = str(server.socket)
        connect: Callable[[], socket.socket] = super()._connect
        try:
            return connect()
        except OSError:
            server.ensure()
            return connect()


class EmbeddedChannel(Channel):
    """Our channel over the socket to the embedded server."""

    connection_class = EmbeddedConnection


class EmbeddedTransport(transport.Transport):
    """Kombu's Redis transport to the embedded server."""

    Channel = EmbeddedChannel
