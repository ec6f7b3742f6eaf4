"""What docker-compose.yml starts, started by hand: the same commands and roles, on Debian's PostgreSQL and Redis."""

from tests.stack import acts
from tests.stack.conftest import Made, Stack
from tests.stack.debian import until
from tests.stack.visitor import Visitor


def test_the_job_checks_migrates_and_grants_as_the_owner(made: Made) -> None:
    assert "no issues" in made.said
    assert "Applying payouts.0001_initial... OK" in made.said
    assert "tremplin may serve, and only add to: " in made.said


def test_an_unfit_setting_stops_the_job_before_it_changes_anything(stack: Stack) -> None:
    (stack.secrets / "keys").write_text("no-ring")
    said = stack.deployment.run("migrate", fails=True)
    assert "tremplin.E018" in said
    assert "Applying" not in said


def test_web_worker_and_beat_serve(stack: Stack) -> None:
    servers, running = stack.servers, stack.deployment
    assert servers.redis("config", "get", "appendonly").split() == ["appendonly", "yes"]
    assert servers.redis("config", "get", "maxmemory-policy").split() == ["maxmemory-policy", "noeviction"]
    visitor = Visitor("127.0.0.1", stack.port)
    running.start("web")
    until(lambda: running.healthy("web"), "the web is healthy")
    assert visitor.ready() == (503, {"tick"})

    acts.sign_up(visitor, "ada@startup.example")
    assert stack.mail.received == []
    running.start("worker")
    running.start("beat")
    until(lambda: stack.mail.received, "the mail arrives")
    acts.confirm(visitor, stack.mail, "ada@startup.example")

    acts.ticked(servers, running)
    assert visitor.get("/healthz") == (200, "ok\n")
    assert visitor.ready() == (200, set())
    assert 'tremplin_ready{check="broker"} 1.0' in visitor.get("/metrics")[1]
    assert running.healthy("worker")
    assert running.healthy("beat")
    running.run("web", ["python", "manage.py", "check_laws"])  # its status says that no row breaks one


def test_the_serving_role_adds_to_what_only_grows_and_no_more(stack: Stack) -> None:
    stack.deployment.think(acts.MONEY)
    transfers = stack.servers.sql("SELECT count(*) FROM payouts_transfer")
    assert acts.refused((stack.secrets / "database_url").read_text()) == set()
    assert stack.servers.sql("SELECT count(*) FROM payouts_transfer") == transfers != ["0"]
    stack.deployment.run("web", ["python", "manage.py", "check_laws"])
