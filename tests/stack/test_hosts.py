"""Production on four hosts: the database and the broker on one, the web and beat on another, a worker on two more."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from celery import Celery

from tests.portal.outbox.smtp_server import MailServer, mail_server
from tests.stack import acts, deployment, hosts
from tests.stack.conftest import Made, folder_for_all
from tests.stack.debian import Process, Servers
from tests.stack.deployment import Deployment
from tests.stack.hosts import BRIDGE, Containers, Network
from tests.stack.visitor import Visitor
from tests.waiting import until

HOSTS = {"data": 2, "web": 3, "one": 4, "two": 5}
# Shorter than a deployment's, so that the test need not wait; that an address goes before the settings is tried by it.
IMPATIENT = "?connect_timeout=2&tcp_user_timeout=2000&keepalives_idle=1&keepalives_interval=1"
PATIENCE = "ALTER ROLE tremplin SET tcp_user_timeout = '3s'; ALTER ROLE tremplin SET tcp_keepalives_idle = '1s'"
PROBE = """
sed -nE 's/^(CapBnd|NoNewPrivs):[^0-9]*0*([0-9a-f])/\\1: \\2/p' /proc/self/status
for place in / /srv/tremplin /opt/venv /run /var/lib /tmp; do
    (: > $place/probe) 2>/dev/null && echo "writes $place" || true
done
"""
AWAY = {"database", "migrations", "broker", "tick", "mail"}


@dataclass
class Field:
    """The hosts, and what runs on them."""

    network: Network
    servers: Servers
    deployment: Deployment
    containers: Containers
    mail: MailServer
    bell: Celery
    visitor: Visitor

    def start(self, service: str, host: str) -> Process:
        """Start a service on a host."""
        enter = self.containers.enter(self.network.enter(host), service)
        return self.deployment.start(service, called=f"{service}-{host}", enter=enter)

    def write(self, count: int, name: str) -> None:
        """Queue mails to people whose addresses begin with a name."""
        enter = self.containers.enter(self.network.enter("web"))
        self.deployment.think(f"{acts.LETTERS}\nwrite({count}, {name!r})", enter=enter)

    def probed(self, service: str) -> list[str]:
        """Ask the kernel what a container of a service may do, and where it can write."""
        enter = self.containers.enter(self.network.enter("web"), service)
        return self.deployment.run(service, ["sh", "-c", PROBE], enter=enter).splitlines()

    def ring(self) -> None:
        """Ask for a tick of the mails at once, as beat will within a minute."""
        self.bell.send_task("portal.tasks.tick", ["mail"], expires=55)

    def arrives(self, count: int) -> None:
        """Ring until so many mails have come."""

        def ring_and_count() -> bool:
            self.ring()
            return len(self.mail.received) >= count

        until(ring_and_count, f"{count} mails arrive", pause=0.5)

    def waits_for_a_lock(self, host: str) -> bool:
        """Tell whether the database lets a host wait."""
        at = self.network.address(host)
        return self.servers.sql(
            f"SELECT count(*) FROM pg_stat_activity WHERE client_addr = '{at}' AND wait_event_type = 'Lock'"
        ) != ["0"]


@pytest.fixture
def field(made: Made) -> Iterator[Field]:
    """Lay the network and start the database, the broker, the web and one worker."""
    hosts.require_mounts()
    with hosts.network(HOSTS) as network, folder_for_all() as folder, mail_server(BRIDGE) as mail:
        data = network.address("data")
        servers = Servers(folder / "servers", data, network.enter("data"))
        shutil.copytree(made.secrets, folder / "secrets")
        deployment.address_secrets(folder / "secrets", serving="db", owner="db", asked=IMPATIENT)
        broker = deployment.broker_secret(folder / "secrets", "redis:6379")
        for file in (folder / "secrets").iterdir():
            file.chmod(0o444)
        servers.copy_cluster(made.cluster)
        servers.start_postgres(5432)
        servers.sql(PATIENCE)
        deployment.start_redis(servers, 6379, folder / "secrets")
        containers = Containers(
            folder,
            secrets=folder / "secrets",
            static=made.static,
            hosts={"db": data, "redis": data, deployment.mail_host(): BRIDGE},
        )
        given = {"EMAIL_PORT": str(mail.port), "EMAIL_USE_TLS": "0", "STATIC_ROOT": "/srv/static"}
        image = {"PATH": "/opt/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TREMPLIN_VAR": "/var/lib/tremplin"}
        image["LD_LIBRARY_PATH"] = "/opt/python/lib"  # where this Python is, it finds its own library
        running = Deployment(folder, swaps={}, given=given | image)
        visitor = Visitor(network.address("web"), 8000)
        bell = Celery("bell", broker=broker.replace("@redis:", f"@{data}:"), set_as_current=False)
        try:
            yield Field(network, servers, running, containers, mail, bell, visitor)
        finally:
            bell.close()
            running.stop()
            servers.stop()
            print(running.said())  # pytest shows it of a test that failed


def test_a_worker_is_cut_off_and_comes_back_then_the_database(field: Field) -> None:
    web, beat, one = field.start("web", "web"), field.start("beat", "web"), field.start("worker", "one")
    until(lambda: field.deployment.healthy("beat", enter=hosts.inside(beat)), "beat has sent its ticks", pause=1)
    assert field.probed("web") == ["CapBnd: 0", "NoNewPrivs: 1", "writes /tmp"]
    field.write(20, "first")
    release = field.servers.hold("LOCK TABLE portal_transition IN SHARE MODE")
    field.ring()
    until(lambda: field.waits_for_a_lock("one"), "the worker is in the middle of its work")
    field.network.cut("one")
    release()

    # The others carry on, and pass over what the lost one holds, until the server lets go of it.
    two = field.start("worker", "two")
    field.write(10, "second")
    field.arrives(30)
    assert field.visitor.ready() == (200, set())

    # The lost one comes back by itself, alone now.
    field.network.join("one")
    two.stop()
    field.write(1, "third")
    field.arrives(31)
    assert one.lives
    everybody = {letter["To"] for letter in field.mail.received}
    assert (len(everybody), len(field.mail.received)) == (31, 31)
    assert field.servers.sql("SELECT state, attempts, count(*) FROM portal_outgoingmail GROUP BY 1, 2") == ["sent|1|31"]

    # Without its database and broker the web says so in time; it lives, and all of them go on once these are back.
    field.network.cut("data")
    assert field.visitor.ready() == (503, AWAY)
    assert field.visitor.get("/healthz") == (200, "ok\n")
    assert field.visitor.get("/")[0] == 503
    assert 'tremplin_ready{check="database"} 0.0' in field.visitor.get("/metrics")[1]
    field.network.join("data")
    until(lambda: field.visitor.ready() == (200, set()), "the web is ready again")
    acts.sign_up(field.visitor, "ada@startup.example")
    field.arrives(32)
    acts.confirm(field.visitor, field.mail, "ada@startup.example")
    assert (web.lives, beat.lives, one.lives) == (True, True, True)
