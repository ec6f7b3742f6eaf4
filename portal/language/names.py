"""Names of people and startups: they stand in mails to strangers, and so carry neither addresses nor hidden letters."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ADDRESS = re.compile(r"://|www\.|https?\b|\b[a-z0-9-]+\.[a-z]{2,}/", re.IGNORECASE)
# Two that join letters are written in Persian, in the languages of India and in emoji; they turn nothing round.
JOINERS = "\u200c\u200d"


def one_line(name: str) -> str:
    """Bring a name into one line."""
    return " ".join(name.split())


def plain_name(name: str) -> None:
    """Judge a name.

    :raises ValidationError: for one that holds a web address, by which our mails would carry advertisement, or letters
        that nobody sees: controls, and marks that turn the direction of writing.
    """
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") and letter not in JOINERS for letter in name):
        raise ValidationError(_("A name holds no invisible characters."))
    if ADDRESS.search(name):
        raise ValidationError(_("A name holds no web address."))
