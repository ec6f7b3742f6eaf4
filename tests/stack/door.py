"""The one door: Caddy with docker/Caddyfile, with certificates of an authority of its own."""

import contextlib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

from tests.ports import free_port
from tests.stack.debian import PATH, Process
from tests.stack.deployment import BIN, ROOT, SITE
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


@contextmanager
def opened(folder: Path, *webs: int) -> Iterator[Door]:
    """Start the proxy before the web at ports of this machine, and wait until it answers."""
    ports = {"http": free_port(), "https": free_port()}
    ours = (ROOT / "docker" / "Caddyfile").read_text()
    assert ours.startswith("{\n")
    found = re.findall(r"dynamic a web 8000 \{[^}]+\}", ours)
    assert len(found) == 1
    # A name stands for hosts, which are one here: several ports of it must be named.
    several = "to " + " ".join(f"127.0.0.1:{port}" for port in webs)
    one = found[0].replace("web 8000", f"localhost {webs[0]}")
    here = ours.replace(found[0], several if len(webs) > 1 else one)
    config = folder / "Caddyfile"
    config.write_text("{" + HERE.format(**ports) + here.removeprefix("{\n"))
    env = {"PATH": PATH, "SITE_HOST": SITE, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    words = [str(BIN / "caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
    proxy = Process.start(words, folder / "caddy.log", env, folder)
    authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    made = Door(**ports, authority=authority, log=proxy.log)
    try:
        until(lambda: opens(made), "the door opens")
        yield made
    finally:
        proxy.stop()
        wrong = [line for line in proxy.log.read_text().splitlines() if '"level":"info"' not in line]
        print("\n".join(wrong)[-5000:])  # pytest shows it of a test that failed


def opens(door: Door) -> bool:
    """Tell whether the door leads to the site."""
    try:
        return door.ask("/healthz")[0] == 200
    except OSError:
        return False
