"""The application form: what a cohort asks, what a draft says to it, and what a page sent of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from applications.models import Application
from applications.pages.application_items import Item, Part
from applications.questions import Asked, Kind, kind_of
from applications.questions.entries import AsSent, Overtaken, Saved, digest
from applications.questions.questionnaire import Contents, Questionnaire, contents, questionnaire
from portal.forms import posted_number
from portal.language.fields import pick
from portal.refusals import Refusal


class ApplicationForm(forms.Form):
    """What a cohort asks, all of it or `asked`, with what the draft says; `sent` is what was changed on its page.

    Each field travels with a token of what the page showed (`seen-<name>`): so one knows what was changed on that page,
    and whether somebody else changed it too. To Django it is never bound: a field shows what is stored, and the words of
    `unsaved` as they were sent.
    """

    def __init__(
        self,
        application: Application,
        posted: QueryDict | None = None,
        uploads: "MultiValueDict[str, Any] | None" = None,
        *,
        asked: Questionnaire | None = None,
    ) -> None:
        super().__init__()
        self.application = application
        self.questionnaire = asked or questionnaire(application.cohort)
        self.kinds = {kind.name: kind for kind in map(kind_of, self.questionnaire.everything())}
        self.fields |= {name: kind.field for name, kind in self.kinds.items()}
        self.posted = QueryDict() if posted is None else posted
        self.uploads = MultiValueDict() if uploads is None else uploads
        self.unsaved: Mapping[Asked, Refusal | None] = {}
        self.saved = Saved()
        self.is_refused = False  # a submission was
        self._send_documents_at_once()

    # --- What was sent ---

    @cached_property
    def sent(self) -> list[AsSent]:
        """Return what was changed on the page that sent it: what it left alone, it does not overwrite."""
        return [each for kind in self.kinds.values() if (each := self._read(kind))]

    def differing(self) -> list[AsSent]:
        """Return what was sent of which the draft says something else."""
        values = [each for each in self.sent if not kind_of(each.asked).is_document]
        return [
            each
            for each in values
            if each.refusal or digest(each.value) != digest(self.contents.stored(each.asked).value)
        ]

    @property
    def is_overtaken(self) -> bool:
        """Return whether one of the fields was not saved because it was changed meanwhile."""
        return any(isinstance(refusal, Overtaken) for refusal in self.unsaved.values())

    def restore(self) -> bool:
        """Show what was sent and is not saved; return whether there is any."""
        self.unsaved = {each.asked: None for each in self.differing()}
        return bool(self.unsaved)

    def _read(self, kind: Kind) -> AsSent | None:
        """Read a field; None where it was not sent, left alone, or dropped in favour of what somebody else wrote."""
        name = kind.name
        if kind.is_document:
            uploads = self.uploads.getlist(name)
            return AsSent(kind.asked, uploads) if uploads else None
        token = self.posted.get(f"seen-{name}")
        if (token is None and name not in self.posted) or name == self.posted.get("drop"):
            return None
        raw = kind.field.widget.value_from_datadict(self.posted, self.uploads, name)
        version, _dash, seen = (token or "").partition("-")
        value, refusal = _parsed(kind, raw)
        if seen and not refusal and digest(value) == seen:
            return None
        is_kept = name == self.posted.get("keep")
        return AsSent(kind.asked, value, None if is_kept else posted_number(version), refusal, raw, token or "")

    # --- What is shown ---

    @cached_property
    def contents(self) -> Contents:
        """Return what the draft says once all is saved; who only saves or submits never reads it here."""
        return contents(self.application, self.questionnaire)

    @cached_property
    def parts(self) -> list[Part]:
        words = _("Facts as of today. The programme may ask for evidence before the first payment.")
        eligibility = Part("eligibility", _("Eligibility"), words, self._items_of(self.questionnaire.criteria))
        return [
            eligibility,
            *(
                Part(f"section-{section.pk}", pick(section.title), pick(section.intro), self._items_of(questions))
                for section, questions in self.questionnaire.sections
            ),
        ]

    @cached_property
    def items(self) -> list[Item]:
        return [self._item(kind) for kind in self.kinds.values()]

    @property
    def answered(self) -> int:
        return sum(part.answered for part in self.parts)

    @property
    def asked(self) -> int:
        return len(self.kinds)

    @property
    def is_wrong(self) -> bool:
        return any(part.is_wrong for part in self.parts)

    @property
    def problems(self) -> list[Item]:
        """Return what was not saved, or what a submission was refused for."""
        return [item for item in self.items if item.refusal or (item.is_blamed and item.hindrance)]

    def touched(self) -> list[Item]:
        """Return the items of what was sent."""
        sent = {each.asked for each in self.sent}
        return [item for item in self.items if item.asked in sent]

    def changed_side(self) -> bool:
        """Return whether its parts count anything anew since what was sent is saved."""
        return any(
            item.asked not in self.saved.before
            or item.side != replace(item, stored=self.saved.before[item.asked], refusal=None).side
            for item in self.touched()
        )

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """Return what a field shows: the words that were not saved, or else what is stored."""
        asked = self.kinds[field_name].asked
        if each := self._shown_as_sent.get(asked):
            return each.raw
        return self.contents.stored(asked).value

    @cached_property
    def _shown_as_sent(self) -> dict[Asked, AsSent]:
        return {each.asked: each for each in self.sent if each.asked in self.unsaved}

    def _items_of(self, asked: Sequence[Asked]) -> list[Item]:
        chosen = set(asked)
        return [item for item in self.items if item.asked in chosen]

    def _item(self, kind: Kind) -> Item:
        sent = self._shown_as_sent.get(kind.asked)
        return Item(
            form=self,
            kind=kind,
            stored=self.saved.after.get(kind.asked) or self.contents.stored(kind.asked),
            token_sent=sent.token if sent else "",
            documents=self.contents.attached(kind.question) if kind.question and kind.is_document else (),
            refusal=self.unsaved.get(kind.asked),
            is_blamed=self.is_refused,
        )

    def _send_documents_at_once(self) -> None:
        """Let a document go up as soon as it is chosen."""
        url = reverse("application_save", args=[self.application.pk])
        for kind in self.kinds.values():
            if kind.is_document:
                kind.field.widget.attrs |= {
                    "hx-post": url,
                    "hx-trigger": "change, again",
                    "hx-sync": "this:replace",
                    "hx-encoding": "multipart/form-data",
                    "data-most-bytes": settings.DOCUMENT_MAX_BYTES,
                    "data-too-large": _("This file is too large."),
                    "data-not-sent": _("could not be sent."),
                    "data-try-again": _("Try again"),
                }


def _parsed(kind: Kind, raw: Any) -> tuple[Any, Refusal | None]:
    try:
        return kind.parse(raw), None
    except Refusal as refusal:
        return None, refusal
