"""Let a role of the database serve: read and write all but the tables that only grow, which it may only add to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg import sql

# Their triggers refuse a change of a row already (`AppendOnly`); a right one never had cannot be misused.
ONLY_GROW = """
SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgname = c.relname || '_append_only' ORDER BY 1
"""
RIGHTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
-- Whatever was granted before: rows go by DELETE, which laws see, and no trigger or function is anybody's but the owner's.
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role};
REVOKE UPDATE ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {role};
REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role};
-- What serves goes on while a later version migrates: a table that comes with it can be used at once.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role};
"""
# From a trigger of its own temporary table a role could write what triggers alone may write.
NOTHING_TEMPORARY = "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}"
# What a role could get round laws by, beside temporary tables: the owner's own rights, and functions of its making.
TOO_MUCH = """
SELECT why FROM (VALUES
    (pg_has_role(%(role)s, current_user, 'MEMBER'), 'is a member of the tables'' owner, or a superuser'),
    (has_schema_privilege(%(role)s, 'public', 'CREATE'), 'may make functions and tables in the schema public'),
    (has_database_privilege(%(role)s, current_database(), 'CREATE'), 'may make schemas of its own')
) AS found (is_so, why) WHERE is_so
"""
OWNS_DATABASE = """
SELECT pg_has_role(current_user, datdba, 'USAGE'), datname FROM pg_database WHERE datname = current_database()
"""


class Command(BaseCommand):
    help = (
        "Grant a database role what the web, the worker and beat need, as the owner of the tables; run after migrate."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="the role that DATABASE_URL of the serving processes names")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(options["role"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolname = current_user FROM pg_roles WHERE rolname = %s", [options["role"]])
            match cursor.fetchone():
                case None:
                    raise CommandError(f"The database has no role {options['role']}.")
                case (True,):
                    raise CommandError("The owner of the tables cannot serve: it may do everything.")
            cursor.execute(sql.SQL(RIGHTS).format(role=role))
            cursor.execute(TOO_MUCH, {"role": options["role"]})
            if found := [why for (why,) in cursor.fetchall()]:
                raise CommandError(f"{options['role']} cannot serve: it {', it '.join(found)}.")
            cursor.execute(OWNS_DATABASE)
            [owns, database] = cursor.fetchone()
            if owns:
                cursor.execute(sql.SQL(NOTHING_TEMPORARY).format(database=sql.Identifier(database), role=role))
            cursor.execute("SELECT has_database_privilege(%s, current_database(), 'TEMPORARY')", [options["role"]])
            if cursor.fetchone() == (True,):
                raise CommandError(
                    f"{options['role']} may make temporary tables, and with them get round laws. The owner of the database"
                    f" takes that away: REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {options['role']}"
                )
            cursor.execute(ONLY_GROW)
            tables = [table for (table,) in cursor.fetchall()]
            names = sql.SQL(", ").join(map(sql.Identifier, tables))
            cursor.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(names, role))
        self.stdout.write(f"{options['role']} may serve, and only add to: {', '.join(tables)}.")
