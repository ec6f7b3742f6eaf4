"""A connection to the embedded PostgreSQL: the first one that is really opened starts the server."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base, client

from portal import embedded


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell`, with the psql that came with the server."""

    executable_name = str(embedded.client_program("psql"))

    def runshell(self, parameters: Iterable[str]) -> None:
        """Open a shell on the running server."""
        self.connection.ensure_connection()
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own wrapper, plus the life of the server."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Return the address of the embedded server."""
        server = embedded.postgres(settings.VAR_DIR)
        server.hold()
        self.settings_dict.update({key.upper(): value for key, value in server.address.items()})
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and start the server if that fails: it may never have run, or have been killed since."""
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            embedded.postgres(settings.VAR_DIR).ensure()
            return super().get_new_connection(conn_params)
