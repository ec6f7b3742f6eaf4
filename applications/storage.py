"""Documents at rest: checked by their bytes, kept under a name of our own, never served by address."""

import hashlib
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from portal.refusals import Refusal

_HEAD = 1024  # a reader accepts the signature within the first kilobyte (ISO 32000-1, annex H.3.4.1)


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes in storage: the name they came with, their length, digest and key."""

    name: str
    size: int
    sha256: str
    stored_as: str


def keep(upload: "UploadedFile[bytes]") -> Kept:
    """Check that an upload is a PDF and write it to private storage, before any transaction.

    :raises Refusal: if it is empty, too large, or no PDF whatever its name says.
    """
    name = (upload.name or "document.pdf")[-200:]
    size = upload.size or 0
    if size == 0:
        raise Refusal(_("“%(name)s” is empty.") % {"name": name})
    if size > settings.DOCUMENT_MAX_BYTES:
        most = filesizeformat(settings.DOCUMENT_MAX_BYTES)
        raise Refusal(_("“%(name)s” is too large: at most %(most)s.") % {"name": name, "most": most})
    if not _is_pdf(upload):
        raise Refusal(_("“%(name)s” is not a PDF document, or it is broken.") % {"name": name})
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    key = f"applications/{uuid.uuid4().hex}.pdf"
    upload.seek(0)
    return Kept(name, size, digest.hexdigest(), default_storage.save(key, upload))


def discard(stored_as: str) -> None:
    """Forget kept bytes that no document is bound to."""
    default_storage.delete(stored_as)


def read(stored_as: str) -> "File[bytes]":
    """Open kept bytes."""
    return default_storage.open(stored_as)


def _is_pdf(upload: "UploadedFile[bytes]") -> bool:
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(max(0, (upload.size or 0) - _HEAD))
    tail = upload.read()
    upload.seek(0)
    return b"%PDF-" in head and b"%%EOF" in tail
