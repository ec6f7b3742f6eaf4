"""Slow lines hold up nobody: uploads all go through, and everybody else is served, while the web is renewed and stopped."""

import asyncio
import contextlib
import json
import signal
import time
from pathlib import Path

from tests.ports import free_port
from tests.stack.conftest import Stack
from tests.stack.deployment import SITE, Deployment
from tests.stack.door import opened
from tests.stack.neighbours import Founder, Place, Seen, answer, hang_up, play, upload
from tests.waiting import until

UPLOADS = 16
LARGE = 5 * 2**20  # more than the proxy takes from anybody
SIZE, RATE = 2**20, 2**16  # bytes, and bytes a second: sixteen seconds, in which sync workers would answer nobody
FOUNDERS = """
import json
from datetime import timedelta
from django.conf import settings
from django.test import Client
from applications.models import Question
from portal import clock
from tests import factories as f

f.AT = clock.now()
cohort = f.cohort(opens_at=f.AT - timedelta(days=40), closes_at=f.AT + timedelta(days=9))
deck = Question.objects.get(section__cohort=cohort, key="deck")

def founder():
    draft, client = f.draft(None, cohort), Client()
    client.force_login(f.founder_of(draft.startup), backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return [f"{name}={client.cookies[name].value}", settings.CSRF_COOKIE_NAME, draft.pk, deck.pk]

print(json.dumps([founder() for _ in range(%d)]))
"""


def test_slow_lines_hold_up_nobody(stack: Stack, tmp_path: Path) -> None:
    one, port = stack.deployment, free_port()
    (one.folder / "other").mkdir()
    elsewhere = {theirs: f"127.0.0.1:{port}" for theirs, ours in one.swaps.items() if ours.endswith(f":{stack.port}")}
    two = Deployment(one.folder / "other", swaps={**one.swaps, **elsewhere}, given=one.given)
    renewed, stopped = one.start("web"), two.start("web")
    founders = [Founder(*words) for words in json.loads(one.think(FOUNDERS % (UPLOADS + 1)))]
    done: list[float] = []

    async def renew_and_stop(seen: Seen) -> None:
        """Renew the processes of one web, and stop the other, once people have been served beside the uploads."""
        for looks, process, sign in ((3, renewed, signal.SIGHUP), (6, stopped, signal.SIGTERM)):
            while any(len(each) < looks for each in seen.looks.values()):
                await asyncio.sleep(0.1)
            process.running.send_signal(sign)
            done.append(time.monotonic())

    try:
        for deployment in (one, two):
            until(lambda d=deployment: d.healthy("web"), "both webs are healthy")  # type: ignore[misc]  # bound at once
        with opened(tmp_path, stack.port, port) as door:
            place = Place(door.https, SITE, str(door.authority))
            beside = {"drips": 10, "idle": 300, "meanwhile": renew_and_stop}
            seen = asyncio.run(play(place, founders, size=SIZE, rate=RATE, **beside))  # type: ignore[arg-type]  # as named
            until(lambda: not stopped.lives, "the web that is to end has ended")
            assert seen.uploads == [200] * UPLOADS
            assert max(done) < min(seen.sent_at), "the web was renewed and stopped while all were on their way"
            for looks in seen.during_the_uploads().values():
                assert {look.status for look in looks} == {200}
                assert len([look for look in looks if look.at > max(done)]) >= 3, "nobody waits for an upload"
            assert asyncio.run(too_long(place, 25_000_000)) == 413
            assert asyncio.run(too_long(place, 10**12)) == 413
            assert asyncio.run(unmeasured(place, 4_000_001)) == 413
            assert asyncio.run(too_long(place, 24_000_000)) == 302, "who is not signed in sends nothing as long"
            watching, large = founders[-1], Seen()
            asyncio.run(upload(place, watching, LARGE, float(LARGE), large))
            assert large.uploads == [200]
            assert door.ask("/healthz")[0] == 200
    finally:
        two.stop()
    assert stack.servers.sql("SELECT size, count(*) FROM applications_document GROUP BY size ORDER BY size") == [
        f"{SIZE}|{UPLOADS}",
        f"{LARGE}|1",
    ]
    taken = stack.servers.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'tremplin'")
    assert int(taken[0]) <= 16, "of the web that is left"


async def too_long(place: Place, size: int) -> int:
    """Announce a body of so many bytes and send none of them; give the answer's status."""
    reader, writer = await place.line()
    try:
        writer.write(place.head("POST", "/account/login/", "", f"Content-Length: {size}"))
        return (await answer(reader))[0]
    finally:
        hang_up(writer)


async def unmeasured(place: Place, size: int) -> int:
    """Send a body whose length is not told before it ends; give the answer's status."""
    reader, writer = await place.line()
    try:
        writer.write(place.head("POST", "/account/login/", "", "Transfer-Encoding: chunked"))
        writer.write(f"{size:x}\r\n".encode() + b"%" * size + b"\r\n0\r\n\r\n")
        with contextlib.suppress(OSError):
            await writer.drain()
        return (await answer(reader))[0]
    finally:
        hang_up(writer)
