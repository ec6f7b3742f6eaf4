"""Searching long lists by what an index can answer: the beginnings of words of a folded name, or of a code.

Every word of what is searched must begin a word of a name, or a code; each place is asked by itself and the answers
are joined, because OR over several tables would read all of them.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models

from portal.text import fold

FOLDED = "name_folded"
# Codes that are written in capitals; addresses and keys are in small letters.
CAPITALS = ("reference", "end_to_end_id")
SMALL = ("code", "key", "email")
MOST_WORDS = 6


def find(rows: models.QuerySet[Any], places: Sequence[str], term: str) -> models.QuerySet[Any]:
    """Keep the rows in which every word of the term begins something at one of the places.

    :param places: paths to columns: `startup__name_folded`, `reference`.
    """
    for word in fold(term).split()[:MOST_WORDS]:
        found = [_at(rows.model, place, word) for place in places]
        keys = found[0].union(*found[1:], all=True) if len(found) > 1 else found[0]
        rows = rows.filter(pk__in=keys)
    return rows


def is_quick(places: Sequence[str]) -> bool:
    """Say whether there are places, and every one is a folded name or a code that has an index."""
    return bool(places) and all(place.rsplit("__", 1)[-1] in (FOLDED, *CAPITALS, *SMALL) for place in places)


def words_of(column: str) -> SearchVector:
    """Give the words of a folded column, as its index holds them."""
    return SearchVector(column, config="simple")


def _at(model: type[models.Model], place: str, word: str) -> models.QuerySet[Any, Any]:
    """Give the keys of a model's rows in which a word begins something at a place."""
    field, rows = place.rsplit("__", 1)[-1], model._base_manager.order_by()
    if field == FOLDED:
        return _named(model, place, word)
    asked = word.upper() if field in CAPITALS else word
    return rows.filter(**{f"{place}__startswith": asked}).values("pk")


def _named(model: type[models.Model], place: str, word: str) -> models.QuerySet[Any, Any]:
    """Ask the named model by itself, so that its index of words is used, and come back along the path."""
    path = place.rsplit("__", 1)[0] if "__" in place else ""
    owner = _model_at(model, path)
    parts = re.findall(r"[^\W_]+", word)
    if not parts:
        return model._base_manager.none().values("pk")
    begun = SearchQuery(" & ".join(f"'{part}':*" for part in parts), config="simple", search_type="raw")
    named = owner._base_manager.order_by().annotate(words=words_of(FOLDED)).filter(words=begun).values("pk")
    return model._base_manager.order_by().filter(**{f"{path or 'pk'}__in": named}).values("pk")


def _model_at(model: type[models.Model], path: str) -> type[models.Model]:
    for part in path.split("__") if path else ():
        model = model._meta.get_field(part).related_model  # type: ignore[assignment]  # our own paths lead to models
    return model
