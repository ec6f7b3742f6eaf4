"""What docker-compose.yml starts, started by hand: the same commands and roles, on Debian's PostgreSQL and Redis."""

import re
from contextlib import ExitStack
from functools import partial

import psycopg
import pytest

from portal.laws import act_clock
from tests.ports import free_port
from tests.stack import acts
from tests.stack.conftest import Made, Stack
from tests.stack.deployment import ROOT, SERVING, address_secrets
from tests.stack.visitor import Visitor
from tests.waiting import until

POOL = 2
LEFT = """
SELECT current_setting('statement_timeout'), COALESCE(current_setting('tremplin.actor', true), ''),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), (SELECT count(*) FROM pg_prepared_statements)
"""


def test_the_job_checks_migrates_and_grants_as_the_owner(made: Made) -> None:
    assert "no issues" in made.said
    assert "Applying payouts.0001_tables... OK" in made.said
    assert "tremplin may serve, and only add to: " in made.said


def test_the_database_is_in_the_order_of_bytes_on_a_server_that_is_not(stack: Stack) -> None:
    asked = "SELECT datname, datcollate, datctype FROM pg_database WHERE datname IN ('postgres', 'tremplin') ORDER BY 1"
    assert stack.servers.sql(asked) == ["postgres|C.UTF-8|C.UTF-8", "tremplin|C|C"]


def test_an_unfit_setting_stops_the_job_before_it_changes_anything(stack: Stack) -> None:
    (stack.secrets / "keys").write_text("no-ring")
    said = stack.deployment.run("migrate", fails=True)
    assert "tremplin.E018" in said
    assert "Applying" not in said


def test_web_worker_and_beat_serve(stack: Stack) -> None:
    assert stack.servers.redis("config", "get", "appendonly").split() == ["appendonly", "yes"]
    assert stack.servers.redis("config", "get", "maxmemory-policy").split() == ["maxmemory-policy", "noeviction"]
    first_day(stack)
    assert acts.refused((stack.secrets / "database_url").read_text()) == set()


def test_they_serve_through_pgbouncer_in_transaction_mode(stack: Stack) -> None:
    pooled(stack)
    first_day(stack)
    stack.servers.sql(f"COMMENT ON TABLE portal_transition IS '{act_clock.FREE}'")  # its acts are of another year
    stack.deployment.think(acts.MONEY)
    assert stack.servers.sql("SELECT count(*) FROM payouts_transfer") != ["0"]
    stack.deployment.run("web", ["python", "manage.py", "check_laws"])
    assert acts.refused((stack.secrets / "database_url").read_text()) == set()
    assert left_behind((stack.secrets / "database_url").read_text()) == {("5min", "", 0, 0)}


FIRING = """
SELECT t.tgname FROM pg_trigger t WHERE NOT tgisinternal AND tgenabled <> 'A'
UNION ALL SELECT f.proname FROM pg_proc f WHERE pronamespace = 'public'::regnamespace
    AND proconfig IS DISTINCT FROM ARRAY['search_path=public, pg_temp'] AND proname <> 'portal_days_hold'  -- reads none
"""


def test_laws_fire_for_everybody_and_know_what_they_read(stack: Stack) -> None:
    assert stack.servers.sql(FIRING) == []
    with pytest.raises(AssertionError, match="payouts_funding_append_only"):
        stack.servers.sql("SET session_replication_role = replica; UPDATE payouts_funding SET id = id")


def first_day(stack: Stack) -> None:
    """Start the web, worker and beat; let somebody sign up, get the mail, and sign in; look at what watches."""
    running, visitor = stack.deployment, Visitor("127.0.0.1", stack.port)
    running.start("web")
    until(lambda: running.healthy("web"), lambda: f"the web is healthy\n{running.said()}")
    assert visitor.ready() == (503, {"tick"})
    acts.sign_up(visitor, "ada@startup.example")
    assert stack.mail.received == []

    running.start("worker")
    running.start("beat")
    until(lambda: stack.mail.received, "the mail arrives")
    acts.confirm(visitor, stack.mail, "ada@startup.example")
    acts.ticked(stack.servers, running)
    assert visitor.get("/healthz") == (200, "ok\n")
    assert visitor.ready() == (200, set())
    assert 'tremplin_ready{check="broker"} 1.0' in visitor.get("/metrics")[1]
    for service in ("worker", "beat"):
        until(partial(running.healthy, service), f"the {service} is healthy")
    running.run("web", ["python", "manage.py", "check_laws"])  # its status says that no row breaks one


def pooled(stack: Stack) -> None:
    """Put PgBouncer between, as docs/operations.md writes it, with so few connections that all must share them."""
    port, place = free_port(), stack.servers.ports["postgres"]
    [settings] = re.findall(r"```ini\n(.*?)```", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL)
    for theirs, ours in {
        "host=db port=5432": f"host=127.0.0.1 port={place}",
        "0.0.0.0": "127.0.0.1",
        "6432": str(port),
        "/etc/pgbouncer": str(stack.servers.folder),
        "default_pool_size = 20": f"default_pool_size = {POOL}\nunix_socket_dir =",
    }.items():
        assert theirs in settings
        settings = settings.replace(theirs, ours)
    password = (stack.secrets / "database_serving_password").read_text()
    stack.servers.start_pgbouncer(port, settings, {SERVING: password})
    address_secrets(stack.secrets, serving=f"127.0.0.1:{port}", owner=f"127.0.0.1:{place}")


def left_behind(url: str) -> set[tuple[str, str, int, int]]:
    """Ask every pooled connection what of a transaction stayed: the role's setting, the actor, locks, statements."""
    with ExitStack() as open_links:
        links = [open_links.enter_context(psycopg.connect(url, prepare_threshold=None)) for _ in range(POOL)]
        return {link.execute(LEFT).fetchone() or ("", "", 0, 0) for link in links}  # each in a transaction: one each
