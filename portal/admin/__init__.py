"""The kernel's records in the admin: people and their roles, the outbox, logs."""

from portal.admin import logs, outbox, people

__all__ = ["logs", "outbox", "people"]
