"""Expressions that models and searches share."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func


class Among(Func):
    """Say whether a key is one of those that a query gives: taken to be few, so that they are looked up one by one."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()

    def __init__(self, path: str, keys: models.QuerySet[Any, Any], *more: models.QuerySet[Any, Any]) -> None:
        found: Any = ArraySubquery(keys)
        for other in more:
            found = Func(found, ArraySubquery(other), template="(%(expressions)s)", arg_joiner=" || ")
        super().__init__(F(path), found)


def words_of(column: str) -> SearchVector:
    """Give the words of a column, as its index holds them."""
    return SearchVector(column, config="simple")
