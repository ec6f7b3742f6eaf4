"""Documents at rest: checked by their bytes, kept under a name of our own, never served by address."""

import logging
import unicodedata
import uuid
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from portal.external import Unavailable
from portal.files import pdf
from portal.files.private import digest_of, discard, read
from portal.language.text import file_size
from portal.models import User
from portal.refusals import Refusal

log = logging.getLogger(__name__)

__all__ = ["FOLDER", "Away", "Kept", "digest_of", "discard", "keep", "read"]

FOLDER = "applications"
LONGEST_NAME = 200
PDF = ".pdf"


class Away(Refusal):
    """No file can be taken just now: to try the next one would only take its time again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes in storage: the name they came with, their length, digest and key."""

    name: str
    size: int
    sha256: str
    stored_as: str


def keep(upload: "UploadedFile[bytes]", *, by: User) -> Kept:
    """Check that an upload is a PDF, by opening it, and write it to private storage, before any transaction.

    :raises Refusal: if it is empty, too large, locked by a password, or no PDF whatever its name says.
    :raises Away: if it cannot be opened or stored now.
    """
    name = safe_name(upload.name or "")
    size = upload.size or 0
    if size == 0:
        raise Refusal(_("“%(name)s” is empty.") % {"name": name})
    if size > settings.DOCUMENT_MAX_BYTES:
        most = file_size(settings.DOCUMENT_MAX_BYTES)
        raise Refusal(_("“%(name)s” is too large: at most %(most)s.") % {"name": name, "most": most})
    try:
        verdict = pdf.examine(upload, of=by.pk)
    except pdf.Busy as busy:
        words = _("“%(name)s” could not be checked just now. Please try again in a few minutes.")
        raise Away(words % {"name": name}) from busy
    if verdict == pdf.Verdict.LOCKED:
        words = _("“%(name)s” opens only with a password. Save it without one, and upload it again.")
        raise Refusal(words % {"name": name})
    if verdict != pdf.Verdict.OPENS:
        raise Refusal(_("“%(name)s” is not a PDF document, or it is broken.") % {"name": name})
    return Kept(name, size, digest_of(upload), _stored(name, upload))


def safe_name(sent: str) -> str:
    """Return what a document is called on our pages: as its file was, in visible letters, and ending as a PDF does.

    "Pitch deck.exe" → "Pitch deck.pdf". It is never the name of a file that we serve (`Document.file_name`).
    """
    shown = "".join(letter for letter in sent if not unicodedata.category(letter).startswith("C"))
    path = PurePath(shown.replace("\\", "/"))
    stem = (path.stem if path.suffix else path.name).strip(" .")[: LONGEST_NAME - len(PDF)]
    return f"{stem or 'document'}{PDF}"


def _stored(name: str, upload: "UploadedFile[bytes]") -> str:
    key = f"{FOLDER}/{uuid.uuid4().hex}.pdf"
    try:
        return default_storage.save(key, upload)
    except (Unavailable, OSError) as error:
        log.exception("An upload could not be stored")
        if isinstance(error, OSError):
            discard(key)  # a disk that ran full keeps the beginning
        raise Away(
            _("“%(name)s” could not be stored just now. Please try again in a few minutes.") % {"name": name}
        ) from error
