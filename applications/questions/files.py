"""PDF documents."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from applications.questions.base import Kind
from portal.language.text import file_size


class File(Kind):
    """PDF documents, kept beside the answers: they are sent one by one and bound by `actions.attach_document`."""

    is_document = True
    tells_who = True

    @property
    def help(self) -> str:
        most = file_size(settings.DOCUMENT_MAX_BYTES)
        return f"{super().help} " + _("PDF, at most %(most)s.") % {"most": most}

    def draft_field(self) -> forms.Field:
        return forms.FileField(widget=forms.FileInput(attrs={"accept": "application/pdf"}), **self.options)

    def problem(self, value: Any, *, documents: int = 0) -> str:
        return _("Attach a document.") if self.is_required and not documents else ""
