"""Text as people search, sort and read it."""

import re
import unicodedata

from babel import Locale
from babel.units import format_unit
from django.core.exceptions import ValidationError
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


def refuse_unseen(name: str) -> None:
    """Refuse a name with characters that nobody sees: they turn the text around them, or make two names look alike.

    Two of them join letters, or part them, in scripts such as Persian, Hindi or Sinhala, and are right between those.

    :raises ValidationError: if there are any.
    """
    if _UNSEEN.search(name):
        raise ValidationError(_("A name holds no invisible characters. Type it again."))


# Controls, marks and overrides of direction, spaces without width; joiners anywhere but between letters of such a script.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
    "|(?<![\u0600-\u1fff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u1fff])"
)


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
