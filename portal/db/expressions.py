"""Expressions that models and searches share."""

from collections.abc import Collection
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Value


class Among(Func):
    """Say whether a key is one of those that a query gives: taken to be few, so that they are looked up one by one.

    Keys that are known already are one parameter, however many they are.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()

    def __init__(self, path: str, keys: models.QuerySet[Any, Any] | Collection[Any]) -> None:
        found: Any = ArraySubquery(keys) if isinstance(keys, models.QuerySet) else Value(list(keys))
        super().__init__(F(path), found)


def words_of(column: str) -> SearchVector:
    """Return the words of a column, as its index holds them."""
    return SearchVector(column, config="simple")
