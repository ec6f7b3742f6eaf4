"""Names of people and startups: they stand in mails to strangers, and so carry neither addresses nor hidden letters.

A startup may be called Booking.com, and its legal name is what the register says. So a name with a dot is none that is
refused; mails write it so that no reader's program makes a link of it (`unlinked`).
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Judged as compatibility characters read: "ｅｖｉｌ．ｃｏｍ／ｌｏｇｉｎ" is an address, too.
ADDRESS = re.compile(
    r"://|www\.|\bh(?:tt|xx)ps?\b"
    r"|(?<![\w-])[\w-]+\.[^\W\d_]{2,}[/:?#]\S"  # with a path, a port or a query
    r"|\S@[\w.-]+\.[^\W\d_]{2,}",  # of a mailbox
    re.IGNORECASE,
)
# Controls, marks and overrides of direction, spaces without width, letters that are drawn as none. Two joiners are right
# between letters of scripts such as Persian, Hindi or Sinhala, and nowhere else.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?<![\u0600-\u1fff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u1fff])"
)
# Marks above and below a letter. The writing of Tibetan and Burmese needs four in a row that belong to it, and Hebrew with
# all of its points too; of those that any letter may bear, alphabets and transcriptions need two beside what is one letter.
MOST_MARKS = 4
ANYBODYS_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3}")
# Full stops of all kinds between what a program may take for the parts of a domain's name (RFC 3490, section 3.1).
_INNER_STOP = re.compile(r"(?<=\S)([.\u2024\u3002\ufe52\uff0e\uff61])(?=\w)")
_HAIR_SPACE = "\u200a"
_MAILBOX = re.compile(r"[^\s@]+@[^\s@]+")


def one_line(name: str) -> str:
    """Bring a name into one line."""
    return " ".join(name.split())


def plain_name(name: str) -> None:
    """Judge a name.

    :raises ValidationError: for one that holds a web address, by which our mails would carry advertisement, letters
        that nobody sees (they turn the text around them, or make two names look alike), or marks that cover other lines.
    """
    if UNSEEN.search(name):
        raise ValidationError(_("A name holds no invisible characters. Type it again."))
    read = unicodedata.normalize("NFKC", name).replace("\u3002", ".")  # the full stop of Chinese and Japanese
    if ADDRESS.search(read):
        raise ValidationError(_("A name holds no web address."))
    if ANYBODYS_MARKS.search(read) or _has_a_pile(read):
        raise ValidationError(_("A name has at most two accents on a letter. Type it again."))


def unlinked(name: str) -> str:
    """Write a name so that no program makes a link of it: with a hair's space after a full stop within a word.

    Whoever has no name is called by their own address, which stays as it is.
    """
    return name if _MAILBOX.fullmatch(name) else _INNER_STOP.sub(rf"\1{_HAIR_SPACE}", name)


def linkable(text: str) -> str:
    """Return a text with the names in it as they are."""
    return text.replace(_HAIR_SPACE, "")


def _has_a_pile(name: str) -> bool:
    """Return whether more marks follow each other than any script needs, or the same one comes twice."""
    run = before = ""
    for letter in name:
        is_mark = unicodedata.category(letter).startswith("M")
        run = run + letter if is_mark else ""
        if len(run) > MOST_MARKS or (is_mark and letter == before):
            return True
        before = letter
    return False
