"""Who an embedded server runs as, and the folders which that account can reach.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, in folders made for it: no folder
that was there before changes its mode or its owner.
"""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OUTSIDE = Path("/var/lib/tremplin")


@dataclass(frozen=True)
class Account:
    """The user and group a server runs as."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments that make a child process run as this account."""
        return {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, folder: Path) -> bool:
        """Return whether the account can pass through to a folder."""
        return self.is_ours or all(f.stat().st_mode & stat.S_IXOTH for f in (folder, *folder.parents))


def account_for(home: Path, data: Path) -> Account:
    """Choose the account: our own; for root the owner of what is there, or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for path in (data, home):
        if path.exists() and (owner := path.stat()).st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def make_folder(path: Path, mode: int, account: Account | None = None) -> None:
    """Make a folder with exactly this mode, whatever the umask; one that exists stays as it is."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    if account and not account.is_ours:
        os.chown(path, account.uid, account.gid)
    path.chmod(mode)


def copy_readable(sources: list[Path], target: Path, leave_out: tuple[str, ...] = ()) -> None:
    """Copy folders side by side into a new one that every account can read; whole or not at all."""
    if target.exists():
        return
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for source in sources:
        shutil.copytree(
            source,
            partial / source.name,
            symlinks=True,
            ignore=shutil.ignore_patterns(*leave_out),
        )
    owner = target.parent.stat()  # who must be able to remove it again
    for path in (partial, *partial.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    partial.rename(target)
