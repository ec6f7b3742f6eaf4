"""Queries that join as they are written, and only those."""

import pytest
from django.db import connection, transaction

from portal.planning import joined_as_written

pytestmark = pytest.mark.django_db


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW join_collapse_limit")
        (found,) = cursor.fetchone()
    return str(found)


def test_order_is_kept_within_and_chosen_again_after() -> None:
    assert limit() == "8"
    with joined_as_written():
        assert limit() == "1"
    assert limit() == "8"


def test_order_is_chosen_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(), joined_as_written():
        raise ZeroDivisionError
    assert limit() == "8"
