"""Under which licence the product stands, and that those of all it depends on agree with it (docs/decisions/0009)."""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # SHA-256 of its text as published

# As SPDX names them, then as the older classifiers do. All ask the same of us: keep the notice.
PERMISSIVE = {
    *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"),
    *("Apache Software License", "BSD License", "ISC License (ISCL)", "MIT License"),
}
LINKED = "a library that is imported, not changed, not copied, and can be exchanged for another version"
# Whatever else a package says of itself, and why it is taken all the same.
UNUSUAL = {
    "psycopg": ({"LGPL-3.0-only"}, LINKED),
    "psycopg-binary": ({"LGPL-3.0-only"}, LINKED),
    "pycountry": ({"LGPL-2.1-only"}, LINKED),
    "python-stdnum": ({"GNU Lesser General Public License v2 or later (LGPLv2+)"}, LINKED),
    "fido2": (
        {"Mozilla Public License 2.0 (MPL 2.0)"},
        "covers its list of public suffixes alone, which is not changed",
    ),
    "pypdfium2": (
        {"BSD-3-Clause, Apache-2.0, dependency licenses"},
        "its own two, in a free text, and the permissive notices of what PDFium is built from",
    ),
    "waitress": ({"Zope Public License"}, "permissive: keep the notice, date what one changed, leave the names alone"),
    "qrcode": ({"Other/Proprietary License"}, "the MIT notice of the program it grew from, beside its own BSD"),
}


def locked() -> Iterator[Distribution]:
    """Yield the packages locked for the product that this Python and system install."""
    for line in re.findall(r"^(\S+==[^\\\n]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE):
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate():
            yield distribution(wanted.name)


def licences(package: Distribution) -> set[str]:
    """Return each licence a package names: in an SPDX expression, else in classifiers, else in a free text."""
    said = package.metadata.get_all
    if expression := said("License-Expression"):
        return set(re.split(r"\s+(?:AND|OR)\s+", expression[0].strip("()")))
    classifiers = (classifier.split(" :: ") for classifier in said("Classifier") or [])
    return {parts[-1] for parts in classifiers if parts[0] == "License"} or set(said("License") or [])


def test_every_dependency_has_a_licence_that_agrees_with_ours() -> None:
    packages = list(locked())
    assert len(packages) > len(UNUSUAL)
    unusual = {package.name: licences(package) - PERMISSIVE for package in packages}
    assert {name: found for name, found in unusual.items() if found} == {
        n: found for n, (found, _why) in UNUSUAL.items()
    }


def test_decision_tells_of_every_unusual_licence() -> None:
    decision = (ROOT / "docs/decisions/0009-apache-licence.md").read_text()
    assert [name for name in UNUSUAL if f"`{name}`" not in decision] == []


def test_licence_is_word_for_word_and_named_where_it_is_looked_for() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert "[Apache License 2.0](LICENSE)" in (ROOT / "README.md").read_text()
    assert "LICENSE" in re.findall(r"^COPY (.+) \./$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1].split()
    assert "!LICENSE" in (ROOT / ".dockerignore").read_text().splitlines()
