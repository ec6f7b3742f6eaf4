"""Names as bank files carry them: plain ASCII, settled before approval so that the approver sees it."""

import re
import unicodedata

from anyascii import anyascii
from django.utils.translation import gettext_lazy as _

from portal.refusals import Refusal

# What every bank takes. A file may hold more of ASCII, but some banks turn a whole file down for one `<`.
NOT_PLAIN = re.compile(r"[^0-9A-Za-z&'()+,./-]+")
PICTURES = ("So", "Sk", "Cs", "Co", "Cn")


def transliterate(name: str, *, limit: int | None = None) -> str:
    """Spell a name in plain ASCII: `Müller & Söhne 🚀` becomes `Muller & Sohne`; cut at `limit` characters.

    What it gives, it gives back unchanged when asked again.

    :raises Refusal: if no letter or digit is left.
    """
    spelt = "".join(map(_spell, unicodedata.normalize("NFKC", name)))
    plain = NOT_PLAIN.sub(" ", spelt).strip()[:limit].rstrip()
    if not _has_letter(plain):
        raise Refusal(_("This name cannot be written in the letters of a bank file: give one that can."))
    return plain


def is_plain(name: str) -> bool:
    """Return whether a name is one that `transliterate` gives."""
    return not NOT_PLAIN.search(name.replace(" ", "")) and name == " ".join(name.split()) and _has_letter(name)


def _has_letter(name: str) -> bool:
    return re.search("[0-9A-Za-z]", name) is not None


def _spell(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.category(character) in PICTURES:
        return " "
    spelt = anyascii(character)
    return " " if spelt.startswith(":") else spelt  # a picture told in words, `:wavy_dash:`
