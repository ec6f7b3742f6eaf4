"""Searching long lists by what an index answers: the beginnings of words of a name, or of a code.

Every word of what is searched must begin a word of a name, or a code. A word that few rows have is looked up where the
names are, and the list is asked for those rows by their keys. What thousands have is soon met in the list itself, which
is read in its own order until the page is full. The database cannot choose between the two: it does not know how many
rows of one table belong to what is found in another.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery
from django.db import connection, models
from django.db.models import Q, Value

from portal.db.expressions import Among, words_of
from portal.language.text import fold

FOLDED = "name_folded"
# Codes that are written in capitals; addresses and keys are in small letters.
CAPITALS = ("reference", "end_to_end_id")
SMALL = ("code", "key", "email", "to_email", "name", "request_id")
MOST_WORDS = 6
# A word that more rows have is met often enough in the list itself.
FEW = 1000


class Lookup:
    """A term looked up at the places of a model: every word must begin something at one of them.

    `order` is the one in which what it finds is read, where that is not the list's own: one word that is the beginning of
    many codes of the rows themselves is read by the code, which may be anywhere in the order of the list.

    :param places: paths to columns: `startup__name_folded`, `reference`.
    """

    def __init__(self, model: type[models.Model], places: Sequence[str], term: str) -> None:
        self._model, self.order = model, tuple[str, ...]()
        self._words = term.split()[:MOST_WORDS] if places else []
        if not self._words:
            return
        self._where = _where(model, places, self._words)
        self._rarest = min(self._words, key=self._most_at_a_place)
        there = self._where[self._rarest]
        self._is_rare = self._most_at_a_place(self._rarest) <= FEW
        codes = [place for place in there if "__" not in place and not _is_of_words(model, place)]
        if not self._is_rare and len(self._words) == 1 and codes == list(there):
            self.order = (codes[0], "id")

    def filter(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Filter the rows of the model that it finds."""
        if not self._words:
            return rows
        there = self._where[self._rarest]
        if not there:
            return rows.filter(Value(False))
        if not self._is_rare:
            return _met(rows, self._where, self._words)
        rows = rows.filter(Among("pk", {key for keys in there.values() for key in keys}))
        return _met(rows, self._where, [word for word in self._words if word != self._rarest])

    def _most_at_a_place(self, word: str) -> int:
        return max(map(len, self._where[word].values()), default=0)


def find(rows: models.QuerySet[Any], places: Sequence[str], term: str) -> models.QuerySet[Any]:
    """Filter the rows in which every word of the term begins something at one of the places, as `Lookup` has them."""
    return Lookup(rows.model, places, term).filter(rows)


def is_quick(model: type[models.Model], places: Sequence[str]) -> bool:
    """Return whether there are places, and every one is a name or a code that has an index."""
    return bool(places) and all(_has_index(_model_at(model, place), place.rsplit("__", 1)[-1]) for place in places)


def _is_of_words(owner: type[models.Model], field: str) -> bool:
    return any(isinstance(i, GinIndex) and i.expressions == (words_of(field),) for i in owner._meta.indexes)


def _has_index(owner: type[models.Model], field: str) -> bool:
    if _is_of_words(owner, field):
        return True
    column: Any = owner._meta.get_field(field)
    leads = any(index.fields and index.fields[0] == field for index in owner._meta.indexes)
    return field in (*CAPITALS, *SMALL) and (column.unique or column.db_index or leads)


def _where(model: type[models.Model], places: Sequence[str], words: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    """Return for each word the places at which rows have it, and their keys: one beyond `FEW` at most.

    They are read once: a page asks for its rows, and for how many there are. The arrays are put side by side by
    hand, from `sql_with_params`: Django selects them only beside the rows of some table.
    """
    asked = [(word, place) for word in words for place in places]
    parts = [_keys(model, place, word)[: FEW + 1].query.sql_with_params() for word, place in asked]
    arrays = ", ".join(f"ARRAY({sql})" for sql, _told in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {arrays}", [each for _sql, told in parts for each in told])
        row = cursor.fetchone()
    where: dict[str, dict[str, list[Any]]] = {word: {} for word in words}
    for (word, place), keys in zip(asked, row, strict=True):
        if keys:
            where[word][place] = keys
    return where


def _keys(model: type[models.Model], place: str, word: str) -> models.QuerySet[Any, Any]:
    path, owner = place.rpartition("__")[0], _model_at(model, place)
    named: models.QuerySet[Any, Any] = _begun(owner, place, word).values("pk")
    if not path:
        return named
    found: models.QuerySet[Any, Any] = model._base_manager.order_by().filter(Among(path, named)).values("pk")
    return found


def _begun(owner: type[models.Model], place: str, word: str) -> models.QuerySet[Any]:
    """Keep the rows of the model at the end of a path in which a word begins something, by the column's index."""
    field = place.rsplit("__", 1)[-1]
    rows: models.QuerySet[Any] = owner._base_manager.order_by()
    if not _is_of_words(owner, field):
        return rows.filter(**{f"{field}__startswith": _spelled(field, word)})
    parts = _parts(field, word)
    if not parts:
        return rows.filter(Value(False))
    begun = SearchQuery(" & ".join(f"'{part}':*" for part in parts), config="simple", search_type="raw")
    having: models.QuerySet[Any] = rows.annotate(words=words_of(field))
    return having.filter(words=begun)


def _met(rows: models.QuerySet[Any], where: Mapping[str, Iterable[str]], words: Iterable[str]) -> models.QuerySet[Any]:
    """Keep the rows that have the words, by conditions on their own columns and those of the rows beside them."""
    for word in words:
        met = Q(pk__in=())
        for place in where[word]:
            field = place.rsplit("__", 1)[-1]
            if not _is_of_words(_model_at(rows.model, place), field):
                met |= Q(**{f"{place}__startswith": _spelled(field, word)})
            elif parts := _parts(field, word):
                kind = "regex" if field == FOLDED else "iregex"
                met |= Q(*(Q(**{f"{place}__{kind}": f"(^|[^[:alnum:]]){part}"}) for part in parts))
        rows = rows.filter(met)
    return rows


def _spelled(field: str, word: str) -> str:
    return word.upper() if field in CAPITALS else word.lower()


def _parts(field: str, word: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(word) if field == FOLDED else word.lower())


def _model_at(model: type[models.Model], place: str) -> type[models.Model]:
    """Return the model whose column a path ends at."""
    for part in place.split("__")[:-1]:
        model = model._meta.get_field(part).related_model  # type: ignore[assignment]  # our own paths lead to models
    return model
