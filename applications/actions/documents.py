"""Documents of a draft: stored before the transaction that binds them to their question, and never inside it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from applications.documents import storage
from applications.models import Application, Document, Question
from applications.permissions import require_editor
from applications.questions import Asked
from applications.questions.entries import AsSent
from portal.laws.transitions import lock
from portal.models import User
from portal.refusals import Refusal

MOST_DOCUMENTS = 5


def attach_uploads(application: Application, sent: Sequence[AsSent], *, by: User, at: datetime) -> dict[Asked, Refusal]:
    """Store the uploads sent to questions and bind each; a store that does not answer is asked once for all.

    :return: why, for each question of which one was not attached.
    """
    refused: dict[Asked, Refusal] = {}
    away: storage.Away | None = None
    for asked, upload in [(each.asked, upload) for each in sent for upload in each.value]:
        try:
            if away:
                raise away
            _store_and_attach(application, asked, upload, by=by, at=at)
        except Refusal as refusal:
            refused[asked] = refusal
            away = refusal if isinstance(refusal, storage.Away) else None
    return refused


def _store_and_attach(
    application: Application, asked: Any, upload: "UploadedFile[bytes]", *, by: User, at: datetime
) -> None:
    """Keep an upload's bytes, bind them, and forget them if they are not bound."""
    kept = storage.keep(upload, by=by)
    bound_as = ""
    try:
        document = attach_document(
            application,
            asked,
            name=kept.name,
            size=kept.size,
            sha256=kept.sha256,
            stored_as=kept.stored_as,
            by=by,
            at=at,
        )
        bound_as = document.stored_as
    finally:
        if bound_as != kept.stored_as:
            storage.discard(kept.stored_as)


@transaction.atomic
def attach_document(
    application: Application,
    question: Question,
    *,
    name: str,
    size: int,
    sha256: str,
    stored_as: str,
    by: User,
    at: datetime,
) -> Document:
    """Bind stored bytes to a question; the same bytes twice are one document.

    :param stored_as: key in the private storage; `applications.documents.storage.keep` checked and wrote it before.
    :raises Refusal: if the application is not a draft, or the question has many documents already.
    """
    require_editable(application, by)
    there = Document.objects.filter(application=application, question=question, removed_at=None)
    if same := there.filter(sha256=sha256).first():
        return same
    if there.count() >= MOST_DOCUMENTS:
        raise Refusal(
            _("There are %(n)d documents here already. Remove one before you add another.") % {"n": MOST_DOCUMENTS}
        )
    return Document.objects.create(
        application=application,
        question=question,
        name=name,
        content_type="application/pdf",
        size=size,
        sha256=sha256,
        stored_as=stored_as,
        uploaded_by=by,
        uploaded_at=at,
    )


@transaction.atomic
def remove_document(document: Document, *, by: User, at: datetime) -> None:
    """Take a document out of the draft; its row stays as a trace.

    :raises Refusal: if the application is not a draft.
    """
    require_editable(document.application, by)
    Document.objects.filter(pk=document.pk, removed_at=None).update(removed_at=at)


def require_editable(application: Application, by: User) -> None:
    """Lock the application.

    :raises Refusal: if it is no draft, or by who may not edit.
    """
    require_editor(application.startup, by)
    lock(application, fields=["state"])
    if not application.is_editable:
        raise Refusal(_("This application is submitted and can no longer be changed."))
