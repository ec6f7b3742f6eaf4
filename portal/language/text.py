"""Text as people search, sort and read it."""

import unicodedata

from babel import Locale
from babel.units import format_unit
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

KILO = 1024


def fold(text: str) -> str:
    """Take case and accents away: "Élan Santé" → "elan sante". The database's collation is C, so names are
    sorted and searched by this."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip()


def colon(before: object, after: object) -> str:
    """Write "before: after" with the spaces that the reader's language sets around a colon."""
    return _("%(before)s: %(after)s") % {"before": before, "after": after}


def few(names: list[str], most: int = 5) -> str:
    """List some names, and say how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return _("%(names)s and %(n)d more") % {"names": ", ".join(names[:most]), "n": len(names) - most}


def file_size(size: int) -> str:
    """Return the size of a file of so many bytes in the reader's language: 20 MB, 20 Mo."""
    locale = Locale.parse(to_locale(get_language() or "en"))
    for amount, unit in ((size / KILO**2, "megabyte"), (size / KILO, "kilobyte")):
        if amount >= 1:
            return format_unit(round(amount, 1), f"digital-{unit}", length="short", format="#,##0.#", locale=locale)
    return format_unit(size, "digital-byte", length="long", locale=locale)
