"""Names of people and startups: they stand in mails to strangers, and so carry neither addresses nor hidden letters."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ADDRESS = re.compile(r"://|www\.|https?\b|\b[a-z0-9-]+\.[a-z]{2,}/", re.IGNORECASE)
# Controls, marks and overrides of direction, spaces without width, letters that are drawn as none. Two joiners are right
# between letters of scripts such as Persian, Hindi or Sinhala, and nowhere else.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?<![\u0600-\u1fff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u1fff])"
)


def one_line(name: str) -> str:
    """Bring a name into one line."""
    return " ".join(name.split())


def plain_name(name: str) -> None:
    """Judge a name.

    :raises ValidationError: for one that holds a web address, by which our mails would carry advertisement, or letters
        that nobody sees: they turn the text around them, or make two names look alike.
    """
    if UNSEEN.search(name):
        raise ValidationError(_("A name holds no invisible characters. Type it again."))
    if ADDRESS.search(name):
        raise ValidationError(_("A name holds no web address."))
