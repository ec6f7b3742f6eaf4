"""The one door: Debian's Caddy with docker/Caddyfile, with certificates of an authority of its own."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.stack.conftest import Stack
from tests.stack.debian import PATH, Process, require
from tests.stack.deployment import ROOT, SITE
from tests.stack.visitor import Visitor
from tests.waiting import until

# What stands in for the ports of a host, for the authority that the world trusts, and for the network's names.
HERE = """
	http_port {http}
	https_port {https}
	local_certs
	skip_install_trust
	admin off
"""


@dataclass
class Door:
    """The running proxy: its ports, the authority that signs for it, and the file of what it says."""

    http: int
    https: int
    authority: Path
    log: Path

    def ask(self, path: str, *, name: str = SITE, **headers: str) -> tuple[int, HTTPMessage]:
        """Ask over TLS, holding the certificate to the name; give status and headers.

        :raises ssl.SSLError: if the door has none for it.
        """
        trusted = ssl.create_default_context(cafile=str(self.authority))
        with (
            socket.create_connection(("127.0.0.1", self.https)) as wire,
            trusted.wrap_socket(wire, server_hostname=name) as link,
        ):
            asking = HTTPConnection(name)
            asking.sock = link
            asking.request("GET", path, headers=headers)
            answer = asking.getresponse()
            answer.read()
            return answer.status, answer.headers

    def ask_plainly(self, path: str) -> tuple[int, str]:
        """Ask without TLS; give status and where it leads."""
        with contextlib.closing(HTTPConnection("127.0.0.1", self.http)) as asking:
            asking.request("GET", path, headers={"Host": SITE})
            answer = asking.getresponse()
            answer.read()
            return answer.status, answer.headers["Location"]


@pytest.fixture
def door(stack: Stack, tmp_path: Path) -> Iterator[Door]:
    """Start the web and the proxy before it."""
    caddy, ports = require("caddy", "caddy"), {"http": free_port(), "https": free_port()}
    ours = (ROOT / "docker" / "Caddyfile").read_text()
    assert "dynamic a web 8000" in ours
    config = tmp_path / "Caddyfile"
    assert ours.startswith("{\n")
    here = ours.replace("dynamic a web 8000", f"dynamic a localhost {stack.port}")
    config.write_text("{" + HERE.format(**ports) + here.removeprefix("{\n"))
    env = {"PATH": PATH, "SITE_HOST": SITE, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    stack.deployment.start("web")
    words = [caddy, "run", "--config", str(config), "--adapter", "caddyfile"]
    proxy = Process.start(words, tmp_path / "caddy.log", env, tmp_path)
    authority = tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    made = Door(**ports, authority=authority, log=proxy.log)
    try:
        until(lambda: stack.deployment.healthy("web"), "the web is healthy")
        until(lambda: opens(made), "the door opens")
        yield made
    finally:
        proxy.stop()
        print(proxy.log.read_text())  # pytest shows it of a test that failed


def opens(door: Door) -> bool:
    try:
        return door.ask("/healthz")[0] == 200
    except OSError:
        return False


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
