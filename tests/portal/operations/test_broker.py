"""The worker's count of what is under way, where the broker cannot be told what is done with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from kombu.transport import resolve_transport, virtual

from portal.operations.broker import Channel, EmbeddedChannel, QoS


class Vanished:
    """A client of a broker that went away without a goodbye."""

    def pipeline(self) -> "Vanished":
        return self

    def zrem(self, *_words: str) -> "Vanished":
        return self

    def hdel(self, *_words: str) -> "Vanished":
        return self

    def execute(self) -> None:
        raise redis.TimeoutError("Timeout reading from socket")

    def transaction(self, *_words: Any) -> None:
        raise redis.ConnectionError("Connection closed by server.")


class OfVanished:
    """A channel to it."""

    unacked_key, unacked_index_key, do_restore = "unacked", "unacked_index", False

    @contextmanager
    def conn_or_acquire(self, _client: object = None) -> Iterator[Vanished]:
        yield Vanished()


@pytest.mark.parametrize(("verb", "more"), [("ack", {}), ("reject", {}), ("reject", {"requeue": True})])
def test_message_frees_its_place_although_the_broker_was_not_told(verb: str, more: dict[str, bool]) -> None:
    qos = QoS(OfVanished(), prefetch_count=1)
    virtual.QoS.append(qos, object(), "a tag")
    assert not qos.can_consume()
    with pytest.raises((redis.TimeoutError, redis.ConnectionError)):
        getattr(qos, verb)("a tag", **more)
    assert qos.can_consume()


@pytest.mark.parametrize(
    ("scheme", "channel"), [("redis", Channel), ("rediss", Channel), ("embedded", EmbeddedChannel)]
)
def test_every_address_of_a_broker_leads_to_it(scheme: str, channel: type[Channel]) -> None:
    found = resolve_transport(scheme)
    assert (found.Channel, found.Channel.QoS) == (channel, QoS)
