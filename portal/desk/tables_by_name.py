"""Every table by its name, opened for a person: by the page, and again by the worker that acts or exports for them."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import admin
from django.http import Http404

from portal.desk.record_table import record_openers
from portal.desk.table import Table
from portal.models import User
from portal.registry import registry

Opener = Callable[[User, int, datetime], Table]


def openers() -> dict[str, Opener]:
    """Return every table there is by name: those of desks, and the record lists of the admin."""
    return {**registry.tables, **record_openers(admin.site)}


def open_table(name: str, user: User, place: int, at: datetime) -> Table:
    """Open a table for a person.

    :raises Http404: if there is none of that name, or it is not theirs.
    """
    opener = openers().get(name)
    if opener is None or not user.is_active:
        raise Http404
    return opener(user, place, at)
