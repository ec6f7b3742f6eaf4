"""Countries by their ISO 3166 codes, named in the reader's language (Unicode CLDR)."""

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language, to_locale

from portal.language.text import fold

# CLDR also names groupings and codes that are no country's own.
_NO_COUNTRY = {"EU", "EZ", "UN", "XA", "XB", "QO", "ZZ", "CQ"}


def countries() -> list[tuple[str, str]]:
    """Return code and name of every country, sorted as the reader's language sorts."""
    return list(_countries(to_locale(get_language() or "en")))


def country_name(code: str) -> str:
    """Name a country; an unknown code stays as it is."""
    name: str = Locale.parse(to_locale(get_language() or "en")).territories.get(code, code)
    return name


@lru_cache(maxsize=8)
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    named = Locale.parse(locale).territories.items()
    rows = [(code, name) for code, name in named if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY]
    return tuple(sorted(rows, key=lambda row: fold(row[1])))
