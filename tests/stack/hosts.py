"""Hosts of their own on one machine: a network namespace each, on one bridge, whose cables can be pulled.

A container is imitated on them as docker-compose.yml asks: a read-only root with the code, its Python and the secrets
where the image has them, another user, and what the service asks for: places in memory, capabilities, no way to gain one.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.stack.debian import Enter, Process, lacking, require
from tests.stack.deployment import BIN, ROOT, services
from tests.waiting import until

CLONE_NEWNET = 0x40000000
NETWORK = "10.77.0"
BRIDGE = f"{NETWORK}.1"
IMAGE_USER = "10001"
THREAD = Path("/proc/thread-self/ns/net")

CONTAINER = """
set -eu
root=$1 code=$2 python=$3 packages=$4 static=$5 secrets=$6 documents=$7 user=$8
read_only=$9 memory=${10} limits=${11}
shift 11
mount --make-rprivate /
mount --rbind / "$root"
for place in run srv opt var/lib; do mount -t tmpfs tmpfs "$root/$place"; done
for place in $memory; do mount -t tmpfs -o mode=1777 tmpfs "$root$place"; done
bind() {
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    [ "$3" = rw ] || mount -o remount,bind,ro "$root$2"
}
bind "$code" /srv/tremplin ro
bind "$python" /opt/python ro
cp -a "${root%/root}/venv" "$root/opt/venv"
bind "$packages" /opt/venv/lib ro
bind "$static" /srv/static ro
bind "$secrets" /run/secrets ro
bind "$documents" /var/lib/tremplin/documents rw
mount --bind "${root%/root}/hosts" "$root/etc/hosts"
[ "$read_only" = False ] || for place in srv opt run var/lib .; do mount -o remount,bind,ro "$root/$place"; done
exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups $limits sh -c 'cd /srv/tremplin && exec "$@"' sh "$@"
"""


class Network:
    """A bridge in a namespace of the test's own, and hosts on it; `names` gives each its last byte."""

    def __init__(self, names: Mapping[str, int]) -> None:
        self.names = names
        self.holders: dict[str, subprocess.Popen[bytes]] = {}

    def address(self, name: str) -> str:
        return f"{NETWORK}.{self.names[name]}"

    def enter(self, name: str) -> list[str]:
        """Give the words that run a command on a host."""
        return ["nsenter", f"--target={self.holders[name].pid}", "--net"]

    def cut(self, name: str) -> None:
        """Pull the cable: nobody is told, packets just end."""
        _ip("link", "set", name, "nomaster")

    def join(self, name: str) -> None:
        """Plug it in."""
        _ip("link", "set", name, "master", "bridge")

    def make(self) -> None:
        """Lay the bridge and the cables."""
        _ip("link", "set", "lo", "up")
        _ip("link", "add", "bridge", "type", "bridge")
        _ip("address", "add", f"{BRIDGE}/24", "dev", "bridge")
        _ip("link", "set", "bridge", "up")
        for name in self.names:
            self.holders[name] = holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
            until(partial(_is_elsewhere, holder.pid), "a host of its own")
            _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
            _ip("link", "set", name, "master", "bridge", "up")
            for words in (("link", "set", "lo", "up"), ("link", "set", "eth0", "up")):
                subprocess.run([*self.enter(name), "ip", *words], check=True)
            place = ("address", "add", f"{self.address(name)}/24", "dev", "eth0")
            subprocess.run([*self.enter(name), "ip", *place], check=True)

    def end(self) -> None:
        for holder in self.holders.values():
            holder.kill()
            holder.wait()


def _is_elsewhere(pid: int) -> bool:
    return Path(f"/proc/{pid}/ns/net").readlink() != THREAD.readlink()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def network(names: Mapping[str, int]) -> Iterator[Network]:
    """Move this thread into a network of its own for the length of a block."""
    if os.geteuid() != 0:
        lacking("Only root can make hosts of network namespaces.")
    require("ip", "iproute2")
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open(THREAD, os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET) != 0:
            lacking(f"This kernel refuses network namespaces: {os.strerror(ctypes.get_errno())}.")
        made = Network(names)
        try:
            made.make()
            yield made
        finally:
            made.end()
            libc.setns(before, CLONE_NEWNET)
    finally:
        os.close(before)


class Containers:
    """What the containers of one deployment share: the image, the secrets, the documents and the hosts' names."""

    def __init__(self, folder: Path, *, secrets: Path, static: Path, hosts: Mapping[str, str]) -> None:
        self.folder, self.secrets, self.static = folder, secrets, static
        self.script, self.root = folder / "container.sh", folder / "root"
        self.documents = folder / "documents"
        self.script.write_text(CONTAINER)
        self.root.mkdir()
        self.documents.mkdir()
        os.chown(self.documents, int(IMAGE_USER), int(IMAGE_USER))
        (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{at} {name}\n" for name, at in hosts.items()))
        self._image()

    def enter(self, host: list[str], service: str = "web") -> Enter:
        """Give the words that run a command in a container on a host, within what Compose allows the service."""
        code = [str(ROOT), sys.base_prefix, str(BIN.parent / "lib"), str(self.static)]
        mine = [str(self.secrets), str(self.documents), IMAGE_USER]
        return [*host, "unshare", "--mount", "sh", str(self.script), str(self.root), *code, *mine, *limits(service)]

    def _image(self) -> None:
        """Make the image's /opt/venv: the packages of this one, under another path."""
        venv, python = self.folder / "venv", f"python{sys.version_info.major}.{sys.version_info.minor}"
        (venv / "bin").mkdir(parents=True)
        (venv / "pyvenv.cfg").write_text("home = /opt/python/bin\ninclude-system-site-packages = false\n")
        for name in ("python", python):
            (venv / "bin" / name).symlink_to(f"/opt/python/bin/{python}")
        for name in ("gunicorn", "celery"):
            _, _, rest = (BIN / name).read_text().partition("\n")
            (venv / "bin" / name).write_text(f"#!/opt/venv/bin/python\n{rest}")
            (venv / "bin" / name).chmod(0o755)


def limits(service: str) -> list[str]:
    """Give what Compose allows a service: whether it may write to its root, its places in memory, setpriv's words."""
    asked = services()[service]
    words = ["--bounding-set=-all", "--inh-caps=-all"] if asked.get("cap_drop") == ["ALL"] else []
    words += ["--no-new-privs"] if "no-new-privileges:true" in asked.get("security_opt", []) else []
    return [str(asked.get("read_only", False)), " ".join(asked.get("tmpfs", [])), " ".join(words)]


def inside(process: Process) -> Enter:
    """Give the words that run a command in the container of a process, as its health check is."""
    words = ["nsenter", f"--target={process.running.pid}", "--mount", "--net", "--root"]
    return [*words, "setpriv", f"--reuid={IMAGE_USER}", f"--regid={IMAGE_USER}", "--clear-groups"]


def require_mounts() -> None:
    """Skip where the kernel refuses mounts, without which no container can be imitated."""
    if not shutil.which("setpriv"):
        lacking("setpriv was not found: install Debian's package util-linux.")
    tried = subprocess.run(["unshare", "--mount", "mount", "--make-rprivate", "/"], capture_output=True, text=True)
    if tried.returncode:
        lacking(f"This kernel refuses mounts: {tried.stderr.strip()}")
