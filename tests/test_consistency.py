"""The repository checked against itself: what a reviewer would have to remember."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from portal.celery import app as celery_app
from portal.celery import tick_schedule
from portal.registry import registry

ROOT = Path(__file__).resolve().parents[1]
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}", re.S)
OURS = ("portal", "applications", "payouts", "mentorship")
SOURCES = [path for app in OURS for path in sorted((ROOT / app).rglob("*.py"))]
TEMPLATES = [path for app in OURS for path in sorted((ROOT / app).glob("templates/**/*")) if path.is_file()]
# Found by name by Django and the libraries that we dress, not by our code.
LIBRARY = (
    *(f"{code}.html" for code in ("400", "403", "403_csrf", "404", "500")),
    *(f"{package}/" for package in ("account", "admin", "allauth", "bootstrap5", "mfa")),
)


def tracked() -> list[str]:
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_no_foreign_key_of_ours_cascades() -> None:
    loose = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is not models.PROTECT
    ]
    assert loose == []


def test_no_model_orders_by_itself() -> None:
    assert [m._meta.label for m in our_models() if m._meta.ordering] == []


def test_every_template_is_used() -> None:
    text = "\n".join(path.read_text() for path in SOURCES + TEMPLATES if path.suffix in (".py", ".html", ".txt"))
    unused = []
    for path in TEMPLATES:
        name = path.relative_to(next(p for p in path.parents if p.name == "templates")).as_posix()
        if name.startswith(LIBRARY) or path.suffix == ".md":
            continue
        asked = f'"{path.stem}"' if name.startswith("mail/") and path.suffix == ".txt" else f'"{name}"'
        if asked not in text:
            unused.append(name)
    assert unused == []


def test_every_queued_mail_has_its_words() -> None:
    kinds = {kind for path in SOURCES for kind in re.findall(r'queue_mail\(\s*"(\w+)"', path.read_text())}
    known = {path.stem for path in TEMPLATES if path.parent.name == "mail" and path.suffix == ".txt"}
    assert kinds
    assert kinds - known == set()


def test_beat_ticks_every_sweep_and_nothing_else() -> None:
    schedule = tick_schedule().values()
    assert {entry["args"][0] for entry in schedule} == set(registry.sweeps)
    celery_app.loader.import_default_modules()
    assert {entry["task"] for entry in schedule} <= set(celery_app.tasks)
    assert {entry["options"]["expires"] for entry in schedule} == {55}


def names_of_the_clock(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        if node.attr in ("now", "today", "utcnow") and node.value.id in ("clock", "timezone", "datetime", "date"):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_acts_and_rules_never_read_the_clock() -> None:
    """The kernel's own housekeeping alone judges by the machine's instants, as the sessions it forgets do."""
    names = ("rules", "ledger", "sweeps", "transitions", "gates")
    timeless = [p for p in SOURCES if "actions" in p.as_posix() or p.stem in names]
    timeless.remove(ROOT / "portal" / "operations" / "sweeps.py")
    assert [place for path in timeless for place in names_of_the_clock(path)] == []


def test_no_module_imports_from_template_tags() -> None:
    """Template tags take from modules, never the other way round; tags of one library may build on another's."""
    pattern = re.compile(rf"^from ({'|'.join(OURS)})\.templatetags", re.M)
    found = [path for path in SOURCES if pattern.search(path.read_text()) and "templatetags" not in path.parts]
    assert [path.relative_to(ROOT).as_posix() for path in found] == []


def test_only_the_door_writes_a_state() -> None:
    """`state` is assigned by `portal.laws.transitions` alone, and no queryset updates it directly; SQL compares it with a 'word'."""
    pattern = re.compile(r"\.state = (?!')|\.update\([^)]*\bstate=")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SOURCES
        if "migrations" not in path.parts
        for line in path.read_text().splitlines()
        if pattern.search(line)
    ]
    assert found == [
        "portal/laws/transitions.py: return queryset.filter(state__in=sources).update(state=to, **changes)"
    ]


def test_every_exception_to_a_tool_has_its_reason() -> None:
    """Whoever silences a linter, the formatter or mypy says why, on the same line."""
    told = re.compile(r"#\s*(?:noqa|type: ignore|fmt:|pragma)(?!.*  # \S)")
    found = [
        f"{path}: {line.strip()}"
        for path in tracked()
        if path.endswith(".py")
        for line in (ROOT / path).read_text().splitlines()
        if told.search(line)
    ]
    assert found == []


def test_every_exception_of_a_whole_tool_has_its_reason() -> None:
    """What pyproject.toml silences for many files has its reason on its line, or on the line beside it."""
    silenced = re.compile(r"""^\s*(?!select)[^#]*"[A-Z]+\d+[",]|^\[\[tool\.mypy\.overrides|^(?:extend-)?exclude = """)
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    found = [
        line
        for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False)
        if silenced.search(line) and "# " not in line and not before.startswith("#") and not after.startswith("#")
    ]
    assert found == []


def test_lock_files_name_no_host_and_hash_everything() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert len(re.findall(r"^\S+==", text, re.M)) == len(
            re.findall(r"^    --hash=.*\\?$(?:\n    --hash=.*)*", text, re.M)
        )


def test_no_file_holds_an_inline_style_or_script() -> None:
    """The Content-Security-Policy would refuse it; a mail's HTML is read elsewhere."""
    pattern = re.compile(
        r"""<style|\sstyle=|\son[a-z]+=["']|javascript:|<script(?![^>]*\ssrc=)(?![^>]*application/json)"""
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in TEMPLATES
        if path.suffix == ".html" and path.parent.name != "mail"
        for match in pattern.finditer(COMMENT.sub("", path.read_text()))
    ]
    assert found == []


def test_nothing_tracked_is_made_by_a_machine_alone() -> None:
    assert [
        f for f in tracked() if f.startswith("var/") or f.endswith((".mo", ".pyc", "uv.lock", "package-lock.json"))
    ] == []
