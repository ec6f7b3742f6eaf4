"""Queries whose text is written once: what every page asks again and again, with nothing new but its values.

Django writes a query's text anew each time it is asked. For one that joins several tables that takes longer than
PostgreSQL takes to answer, so the pages that are looked at most keep the text:

    @prepared
    def places() -> QuerySet[Membership]:
        return Membership.objects.filter(person=slot("person"), ended_at=None).select_related("startup")

    places(person=user.pk)  # a list
"""

from collections.abc import Callable
from copy import copy
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigAutoField, BigIntegerField, DateTimeField, Expression, Field, Lookup, Model, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)


class Slot(Expression):
    """A place in the text that a value takes at each asking."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any, **_kwargs: Any) -> Any:
        """Leave itself among the parameters, for `prepared` to find."""
        return "%s", [self]  # a list: `iexact` writes into it


def slot(name: str) -> Slot:
    """Make a place for a key, or for the keys of `…__among`."""
    return Slot(name, BigIntegerField())


def instant(name: str) -> Slot:
    """Make a place for an instant."""
    return Slot(name, DateTimeField())


@BigAutoField.register_lookup
class Among(Lookup):
    """`pk__among`: in a list of any length, as one parameter; the text of `__in` differs with the length."""

    lookup_name = "among"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write it as the `IN` of PostgreSQL's own making."""
        key, of_key = self.process_lhs(compiler, connection)
        keys, of_keys = self.process_rhs(compiler, connection)
        return f"{key} = ANY({keys})", (*of_key, *of_keys)


class Prepared(Generic[M]):
    """A query with slots, which gives its rows for the values of them."""

    def __init__(self, build: "Callable[[], QuerySet[M]]") -> None:
        self._build = build
        self._written: tuple[SQLCompiler, str, tuple[Any, ...]] | None = None

    def __call__(self, **values: Any) -> list[M]:
        """Ask, with a value for every slot.

        :raises KeyError: naming a slot without a value.
        """
        compiler, text, parameters = self._written or self._write()
        filled = tuple(values[each.name] if isinstance(each, Slot) else each for each in parameters)
        compiler = copy(compiler)  # threads ask at the same time, each by its own connection
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        vars(compiler)["as_sql"] = lambda *_args, **_kwargs: (text, filled)
        query = SimpleNamespace(get_compiler=lambda **_kwargs: compiler)
        asked: Any = SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={})
        return list(ModelIterable(asked))

    def _write(self) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        compiler = self._build().query.get_compiler(using=DEFAULT_DB_ALIAS)
        text, parameters = compiler.as_sql()
        self._written = compiler, text, tuple(parameters)
        return self._written


def prepared(build: "Callable[[], QuerySet[M]]") -> Prepared[M]:
    """Prepare a query: it is built and written when it is asked for the first time."""
    return Prepared(build)
