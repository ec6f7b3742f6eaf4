"""The production stack as files: accepted by Compose, no secret in it, and every variable it reads is named for it."""

import re
import subprocess
from pathlib import Path

from tests.stack.debian import require

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DEPLOYMENT = {
    "SITE_HOST": "tremplin.example",
    "MAIL_FROM": "programme@tremplin.example",
    "EMAIL_HOST": "mail.tremplin.example",
}


def test_compose_accepts_it() -> None:
    done = subprocess.run(
        [require("docker-compose", "docker-compose"), "config", "--quiet"],
        cwd=ROOT,
        env=DEPLOYMENT | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_secrets_come_from_files_alone() -> None:
    given = re.findall(r"^    (\w*(?:KEY|KEYS|PASSWORD|DATABASE_URL)\w*): (.+)$", COMPOSE, re.MULTILINE)
    assert given
    assert all(name.endswith("_FILE") and value.startswith("/run/secrets/") for name, value in given)


def test_what_it_sets_is_read() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    block = COMPOSE[COMPOSE.index("environment: &environment") : COMPOSE.index("secrets: [secret_key")]
    assert {name.removesuffix("_FILE") for name in re.findall(r"^    ([A-Z_]+):", block, re.MULTILINE)} <= known


def test_the_image_is_the_tested_python() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"python:3.11-slim-bookworm"}
    assert "RUN pip install --require-hashes -r requirements.txt\n" in dockerfile
    assert "pip uninstall" not in dockerfile  # backups run what comes with the embedded servers (portal.dumps)
    assert "USER tremplin" in dockerfile


def test_the_image_brings_the_scripts_that_compose_calls() -> None:
    called = set(re.findall(r"docker/\w+\.sh", COMPOSE[COMPOSE.index("  backup:") :]))
    brought = set(re.findall(r"docker/\w+\.sh", (ROOT / "Dockerfile").read_text()))
    assert called == {"docker/backup.sh"}
    assert brought == called | {"docker/restore.sh"}
    assert brought <= {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    assert all((ROOT / script).stat().st_mode & 0o111 for script in brought)
