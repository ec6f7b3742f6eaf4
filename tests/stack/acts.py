"""What people and programmes do to a stack that runs."""

import re

import psycopg

from tests.portal.outbox.smtp_server import MailServer
from tests.stack.debian import Servers
from tests.stack.deployment import SITE, Deployment
from tests.stack.visitor import Visitor
from tests.waiting import until

ONLY_GROW = ("payouts_transfer", "payouts_funding", "portal_transition", "portal_disclosure")
FORBIDDEN = [
    *(f"UPDATE {table} SET id = id" for table in ONLY_GROW),
    *(f"DELETE FROM {table}" for table in ONLY_GROW),
    *(f"TRUNCATE {table}" for table in (*ONLY_GROW, "portal_outgoingmail")),
    "ALTER TABLE payouts_transfer DISABLE TRIGGER ALL",
    "DROP TABLE portal_jobrun",
    "CREATE TABLE another (id int)",
    "CREATE TEMPORARY TABLE another (id int)",
    "DELETE FROM django_migrations",
    "SET ROLE tremplin_owner",
    # What would lift a law: not firing, not being there, or reading other tables and functions than ours.
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "ALTER ROLE tremplin SET session_replication_role = replica",
    "GRANT SET ON PARAMETER session_replication_role TO tremplin",
    "ALTER TABLE payouts_transfer DISABLE TRIGGER payouts_transfer_append_only",
    "ALTER TABLE applications_offer ENABLE REPLICA TRIGGER offer_is_kept",
    "ALTER TABLE portal_transition DROP CONSTRAINT moves_payouts_award",
    "DROP TRIGGER offer_is_kept ON applications_offer",
    "CREATE TRIGGER swallow BEFORE INSERT ON portal_transition FOR EACH ROW EXECUTE FUNCTION portal_refuse()",
    "CREATE RULE swallow AS ON INSERT TO portal_transition DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION portal_break(law text) RETURNS void LANGUAGE sql AS ''",
    "CREATE FUNCTION portal_break(law name) RETURNS void LANGUAGE sql AS ''",
    "CREATE FUNCTION pg_temp.portal_break(law name) RETURNS void LANGUAGE sql AS ''",
    "ALTER FUNCTION portal_break(text) RESET search_path",
    "ALTER FUNCTION portal_break(text) OWNER TO tremplin",
    "CREATE TEMPORARY TABLE applications_conflict (LIKE public.applications_conflict)",
    "CREATE TEMPORARY VIEW applications_conflict AS SELECT * FROM public.applications_conflict WHERE false",
    "SELECT * INTO TEMPORARY applications_conflict FROM public.applications_conflict",
    # What would let acts tell any instant.
    "COMMENT ON TABLE portal_transition IS 'Acts tell any instant: the clock of this database is moved.'",
    "CREATE VIEW public.another AS SELECT 1",
    "CREATE SCHEMA another",
    "CREATE SCHEMA tremplin AUTHORIZATION tremplin",
]


def sign_up(visitor: Visitor, address: str) -> None:
    """Make an account, whose mail then waits in the outbox."""
    _, page = visitor.get("/account/signup/")
    fields = {"name": "Ada", "email": address, "password1": "a-long-Passw0rd", "password2": "a-long-Passw0rd"}
    status, place = visitor.post("/account/signup/", page, **fields, language="en")
    assert (status, "confirm" in place) == (302, True), place


def confirm(visitor: Visitor, mail: MailServer, address: str) -> None:
    """Follow the mail's link, which signs in."""
    letters = [letter for letter in mail.received if letter["To"] == address]
    assert len(letters) == 1
    text = letters[0].get_body(("plain",)).get_content()
    [path] = re.findall(rf"https://{SITE}(/account/\S+)", text)
    _, page = visitor.get(path)
    assert visitor.post(path, page)[0] == 302
    assert visitor.get("/dashboard/")[0] == 200


def finished(servers: Servers, name: str) -> int:
    """Count the runs of a sweep that ended well."""
    [count] = servers.sql(
        f"SELECT count(*) FROM portal_jobrun WHERE name = '{name}' AND error = '' AND finished_at > '-infinity'"
    )
    return int(count)


def ticked(servers: Servers, deployment: Deployment) -> None:
    """Wait until every sweep that beat knows of has left a run that ended well."""
    known = deployment.think(NAMES).split()
    until(lambda: all(finished(servers, name) for name in known), "every sweep has run")


NAMES = """
from portal.registry import registry
print(*registry.sweeps)
"""

# What is told to many at once.
LETTERS = """
from django.db import transaction
from portal.outbox.queue import queue_mail
from portal.clock import now
from tests import factories
from tests.portal.outbox.test_queue import URLS

def write(count, name):
    with transaction.atomic():
        for number in range(count):
            ada = factories.user(email=f"{name}-{number}@startup.example")
            queue_mail("account_exists", to=ada, about=ada, at=now(), context=URLS)
"""

# The path of a startup up to its money, as the serving role, four at a time.
MONEY = """
from concurrent.futures import ThreadPoolExecutor
from django.db import connection, transaction
from tests import factories
from tests.payouts import money
from payouts.models import Transfer

def settle(number):
    with transaction.atomic():
        money.settled(money.ready(factories.participation(factories.submitted(factories.startup()))))
    seen = sum(1 for _ in Transfer.objects.order_by("id").iterator(chunk_size=3))
    connection.close()
    return seen

with ThreadPoolExecutor(4) as pool:
    print(min(pool.map(settle, range(4))))
"""


def refused(url: str) -> set[str]:
    """Try what the serving role must not; give the statements that the database did not refuse for want of a right."""
    allowed = set()
    with psycopg.connect(url, autocommit=True) as link:
        for statement in FORBIDDEN:
            try:
                link.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            allowed.add(statement)
    return allowed
