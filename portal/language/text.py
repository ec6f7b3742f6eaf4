"""Text as people search, sort and read it."""

import unicodedata

from django.utils.translation import gettext as _


def fold(text: str) -> str:
    """Take case and accents away: "Élan Santé" → "elan sante". The database's collation is C, so names are
    sorted and searched by this."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip()


def colon(before: object, after: object) -> str:
    """Write "before: after" with the spaces that the reader's language sets around a colon."""
    return _("%(before)s: %(after)s") % {"before": before, "after": after}
