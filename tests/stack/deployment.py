"""docker-compose.yml as Compose reads it, and its services started by hand with the same words."""

import json
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from portal.sealing.files import new_ring
from tests.stack.debian import PATH, Enter, Process, Servers, require

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
EXAMPLE = "docker/compose.env.example"
SITE = "tremplin.example"
SERVING, OWNER = "tremplin", "tremplin_owner"


@cache
def services() -> dict[str, dict[str, Any]]:
    """Give the services with every variable and anchor resolved."""
    return resolved((ROOT / EXAMPLE).read_text())


def resolved(settings: str) -> dict[str, dict[str, Any]]:
    """Give the services as Compose resolves them from a `.env` and from nothing else.

    :raises subprocess.CalledProcessError: if Compose refuses them.
    """
    compose = require("docker-compose", "docker-compose")
    with tempfile.TemporaryDirectory(prefix="tremplin-compose-") as folder:
        shutil.copy(ROOT / "docker-compose.yml", folder)
        (Path(folder) / ".env").write_text(settings)
        command = [compose, "--file", f"{folder}/docker-compose.yml", "config"]
        done = subprocess.run(command, env={"PATH": PATH}, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == "", "Compose warns"
    found: dict[str, dict[str, Any]] = yaml.safe_load(done.stdout.replace("$$", "$"))["services"]
    return found


def image_command() -> list[str]:
    """Give the command of the image, for services that name none."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    found: list[str] = json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])
    return found


def make_secrets(folder: Path) -> None:
    """Write the secrets that need no address, as docs/operations.md says."""
    folder.mkdir(mode=0o755)
    words = {"secret_key": secrets.token_urlsafe(64), "keys": new_ring(), "email_password": ""}
    words |= dict.fromkeys(("documents_access_key", "documents_secret_key"), "")  # documents lie in the volume
    for name in ("database_admin", "database_owner", "database_serving", "redis"):
        words[f"{name}_password"] = secrets.token_urlsafe(32)
    for name, word in words.items():
        (folder / name).write_text(word)


def address_secrets(folder: Path, *, serving: str, owner: str, asked: str = "") -> None:
    """Write the two addresses of the database, `host:port` each; `asked` is what follows the question mark."""
    for name, role, place in (("serving", SERVING, serving), ("owner", OWNER, owner)):
        password = (folder / f"database_{name}_password").read_text()
        file = folder / ("database_url" if name == "serving" else "database_owner_url")
        file.write_text(f"postgresql://{role}:{password}@{place}/tremplin{asked}")


def broker_secret(folder: Path, place: str) -> str:
    """Write the address of the broker, `host:port`, with its password; give the address."""
    address = f"redis://:{(folder / 'redis_password').read_text()}@{place}/0"
    (folder / "redis_url").write_text(address)
    return address


class Deployment:
    """Services of docker-compose.yml as processes of this machine.

    `swaps` says what stands here for a path or an address inside a container, `given` which variables differ.
    """

    def __init__(self, folder: Path, *, swaps: Mapping[str, str], given: Mapping[str, str]) -> None:
        self.folder, self.swaps, self.given = folder, swaps, given
        self.started: dict[str, Process] = {}

    def start(self, name: str, *, called: str = "", enter: Enter = ()) -> Process:
        """Start a service; `called` tells two of a kind apart, `enter` brings it onto another host."""
        command = services()[name].get("command") or image_command()
        process = self._launch(name, command, called or name, enter)
        self.started[called or name] = process
        return process

    def run(self, name: str, command: Sequence[str] = (), *, enter: Enter = (), fails: bool = False) -> str:
        """Run a command to its end as a service would, the service's own unless another is given; give its words."""
        words = command or services()[name]["command"]
        log = self.folder / "run.log"
        log.unlink(missing_ok=True)
        status = self._launch(name, words, "run", enter).running.wait()
        said = log.read_text()
        assert (status != 0) == fails, said
        return said

    def think(self, code: str, *, enter: Enter = ()) -> str:
        """Run a few lines of Python as the web would; give what they print."""
        return self.run("web", ["python", "manage.py", "shell", "--no-imports", "--command", code], enter=enter)

    def healthy(self, name: str, *, enter: Enter = ()) -> bool:
        """Ask a service's health check."""
        kind, *words = services()[name]["healthcheck"]["test"]
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        return self._launch(name, command, f"{name}-health", enter).running.wait() == 0

    def stop(self) -> None:
        """Stop everything, the last first."""
        for process in reversed(self.started.values()):
            process.running.terminate()
        for process in reversed(self.started.values()):
            process.stop()

    def said(self) -> str:
        """Give the last words of every process, for a test that failed."""
        return "\n".join(f"--- {log.stem}\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def environment(self, name: str) -> dict[str, str]:
        """Give what a service finds in its environment, the image's own variables included."""
        theirs = {key: self._here(str(value)) for key, value in services()[name]["environment"].items()}
        image = {"PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8", "PATH": f"{BIN}:{PATH}"}
        return image | theirs | dict(self.given)

    def _here(self, text: str) -> str:
        for theirs, ours in self.swaps.items():
            text = text.replace(theirs, ours)
        return text

    def _launch(self, name: str, command: Sequence[str], called: str, enter: Enter) -> Process:
        words = [*enter, *map(self._here, command)]
        return Process.start(words, self.folder / f"{called}.log", self.environment(name), ROOT)


def mail_host() -> str:
    """Give the name of the mail server."""
    found: str = services()["web"]["environment"]["EMAIL_HOST"]
    return found


def start_redis(servers: Servers, port: int, folder: Path) -> None:
    """Start the broker by its own command, with the secrets of a folder."""
    command = [word.replace("/run/secrets", str(folder)) for word in services()["redis"]["command"]]
    servers.start_redis(port, command, (folder / "redis_password").read_text())


def make_roles(servers: Servers, folder: Path) -> None:
    """Run the script that a new database runs."""
    env = servers.env | {"SECRETS": str(folder)}
    subprocess.run(["sh", str(ROOT / "docker" / "make-roles.sh")], env=env, check=True, capture_output=True)
