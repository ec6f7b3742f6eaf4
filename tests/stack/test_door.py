"""The one door, tried from outside: TLS, what stays inside, and what its log may not say."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.conftest import Stack
from tests.stack.deployment import SITE
from tests.stack.door import Door, opened
from tests.stack.visitor import Visitor
from tests.waiting import until


@pytest.fixture
def door(stack: Stack, tmp_path: Path) -> Iterator[Door]:
    """Start the web and the proxy before it."""
    stack.deployment.start("web")
    until(lambda: stack.deployment.healthy("web"), "the web is healthy")
    with opened(tmp_path, stack.port) as made:
        yield made


def test_the_door(door: Door, stack: Stack) -> None:
    """Tries all of it with one start of the site, which takes longer than the rest."""
    assert door.ask_plainly("/fr/?a=1") == (308, f"https://{SITE}/fr/?a=1")
    status, headers = door.ask("/account/login/")
    assert status == 200
    assert "max-age" in headers["Strict-Transport-Security"]
    assert all("Secure" in cookie for cookie in headers.get_all("Set-Cookie", ["none"]))

    inside = Visitor("127.0.0.1", stack.port)
    for path in ("/readyz", "/metrics"):
        assert inside.get(path)[0] != 404
        assert door.ask(path)[0] == 404, "this is for those who watch from inside"

    with pytest.raises(ssl.SSLError):
        door.ask("/", name="elsewhere.example")

    says_nothing_of_secrets(door, serves=True)
    stack.deployment.stop()
    assert door.ask("/healthz")[0] in (502, 503)
    says_nothing_of_secrets(door, serves=False)


def says_nothing_of_secrets(door: Door, *, serves: bool) -> None:
    """Show secrets to the door, whether the site answers or not, and look for them in all that it said."""
    secret = "s3cret-of-a-link"
    shown = {
        "Cookie": f"sessionid={secret}",
        "Authorization": f"Bearer {secret}",
        "Referer": f"https://{SITE}/{secret}/",
    }
    before = len(door.log.read_text())
    _, found = door.ask(f"/invitations/{secret}/?next=/{secret}/", **shown)
    if serves:
        assert secret in door.ask(f"/dashboard/?of={secret}", **shown)[1]["Location"]
    until(lambda: door.log.read_text()[before:].count("handled request") == 1 + serves, "it is logged")
    said = door.log.read_text()[before:]
    assert not serves or found["X-Request-ID"] in said, "this leads to the line of portal.requests"
    assert (secret in door.log.read_text(), "sessionid" in said, "Set-Cookie" in said) == (False, False, False)
