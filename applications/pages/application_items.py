"""The fields and sections of an application form as its page shows them: what is answered, and what is said beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.utils.functional import cached_property

from applications import rules
from applications.models import Document
from applications.questions import Asked, Kind
from applications.questions.entries import AsStored, Overtaken
from portal.refusals import Refusal


@dataclass(frozen=True)
class Item:
    """One field of the form, with what is to be said beside it.

    `token_sent` came with words that are shown as they were sent, `refusal` is why these were not saved, and `is_blamed` says
    that a submission was refused for what is not fine.
    """

    form: forms.Form
    kind: Kind
    stored: AsStored
    token_sent: str
    documents: Sequence[Document]
    refusal: Refusal | None
    is_blamed: bool

    @property
    def asked(self) -> Asked:
        return self.kind.asked

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def field(self) -> BoundField:
        return self.form[self.name]

    @property
    def token(self) -> str:
        """Return what travels with the field, for the page to be told of a change by somebody else."""
        return self.token_sent or self.stored.token

    @cached_property
    def finding(self) -> rules.Finding | None:
        """Return what a criterion says of the fact; None for a question."""
        return rules.judge_one(self.kind.criterion, self.stored.value) if self.kind.criterion else None

    @property
    def is_answered(self) -> bool:
        if self.finding is not None:
            return self.finding.verdict != rules.Verdict.UNKNOWN
        return bool(self.documents) or not self.stored.is_blank

    @cached_property
    def hindrance(self) -> str:
        """Return what keeps it from being saved or submitted; empty when all is well."""
        return str(self.refusal or "") or self.kind.problem(self.stored.value, documents=len(self.documents))

    @property
    def problem(self) -> str:
        """Return what is said beside it in words of its own; of a fact that is saved the finding speaks."""
        if self.refusal or (self.finding is None and (self.is_answered or self.is_blamed)):
            return self.hindrance
        return ""

    @property
    def is_judged(self) -> bool:
        """Return whether its finding is shown."""
        return self.finding is not None and (self.is_answered or (self.is_blamed and bool(self.hindrance)))

    @property
    def is_wrong(self) -> bool:
        """Return whether it cannot stay as it is."""
        return bool(self.hindrance) and (self.is_answered or self.is_blamed or self.refusal is not None)

    @property
    def side(self) -> tuple[bool, bool, bool]:
        """Return what its part counts of it."""
        return self.is_answered, bool(self.hindrance), self.is_wrong

    @property
    def theirs(self) -> str:
        """Return what somebody else wrote there meanwhile."""
        return self.kind.show(self.refusal.stored.value) if isinstance(self.refusal, Overtaken) else ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page."""

    anchor: str
    title: str
    intro: str
    items: list[Item]

    @property
    def answered(self) -> int:
        return sum(item.is_answered for item in self.items)

    @property
    def asked(self) -> int:
        return len(self.items)

    @property
    def is_wrong(self) -> bool:
        return any(item.is_wrong for item in self.items)

    @property
    def is_done(self) -> bool:
        return not any(item.hindrance for item in self.items)
