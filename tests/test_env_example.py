"""`.env.example` names every variable that the code reads, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READS = re.compile(r"""(?:environ\.get\(|environ\[|\bsecret\()f?"(?P<name>[A-Z_]+)\"""")
READERS = ("portal", "applications", "payouts", "mentorship")
# A file may stand for a secret, Django's own variable is set by the entry points, and a request has an environ, too.
NOT_LISTED = {"TREMPLIN_KEYS_FILE", "DJANGO_SETTINGS_MODULE", "REQUEST_METHOD"}


def test_every_variable_is_named_once() -> None:
    sources = [path for app in READERS for path in (ROOT / app).rglob("*.py")]
    read = {found["name"] for path in sources for found in READS.finditer(path.read_text(encoding="utf-8"))}
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(named) == sorted(read - NOT_LISTED)


def test_every_variable_is_explained() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if "=" in line and not line.startswith("#") and not before
    ]
    assert bare == []
