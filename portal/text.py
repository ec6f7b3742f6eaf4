"""Text as people search and sort it."""

import unicodedata


def fold(text: str) -> str:
    """Take case and accents away: "Élan Santé" → "elan sante". The database's collation is C, so names are
    sorted and searched by this."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip()
