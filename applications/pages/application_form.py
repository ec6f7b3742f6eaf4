"""The page on which an application is written: its parts, what is answered in each, and what is still wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.forms import BoundField
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from applications import rules
from applications.actions import Overtaken
from applications.forms.application import ApplicationForm
from applications.models import Application, Document, EligibilityCriterion, Question
from portal.language.fields import pick
from portal.refusals import Refusal

Reasons = Mapping[str, Refusal]  # by name of the field: why it was not saved


@dataclass(frozen=True, slots=True)
class Item:
    """One field of the page, with what is to be said beside it.

    `problem` is why it cannot be kept or submitted; `theirs` what somebody else wrote there meanwhile.
    """

    field: BoundField
    token: str
    is_answered: bool
    is_required: bool
    kind: str
    problem: str = ""
    finding: rules.Finding | None = None
    question: Question | None = None
    documents: Sequence[Document] = ()
    overtaken: Overtaken | None = None

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def help(self) -> str:
        """Give the words below the question; for a document what it may be."""
        words = str(self.field.help_text or "")
        if self.kind != Question.Kind.FILE:
            return words
        most = filesizeformat(settings.DOCUMENT_MAX_BYTES)
        return f"{words} " + _("PDF, at most %(most)s.") % {"most": most}

    @property
    def counts(self) -> bool:
        """Say whether its characters are counted."""
        return self.kind in (Question.Kind.LONG, Question.Kind.SHORT)

    @property
    def is_fine(self) -> bool:
        """Say whether nothing of it stands in the way of submission."""
        if self.finding is not None:
            return self.finding.verdict == rules.Verdict.PASS or not self.is_required
        return not self.problem and (self.is_answered or not self.is_required)

    @property
    def theirs(self) -> dict[str, Any] | None:
        """Give the other's answer as the filter `answer_text` reads it, or `fact_text`."""
        if self.overtaken is None:
            return None
        value = self.overtaken.answer.value if self.overtaken.answer else None
        if self.question is None:
            return {"value": value}
        return {"kind": self.question.kind, "choices": self.question.choices, "value": value}


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page; `blamed` are the fields for which a submission was just refused."""

    anchor: str
    title: str
    intro: str
    items: list[Item]
    blamed: set[str]

    @property
    def answered(self) -> int:
        return sum(item.is_answered for item in self.items)

    @property
    def asked(self) -> int:
        return len(self.items)

    @property
    def is_wrong(self) -> bool:
        """Say whether something in it cannot stay as it is."""
        return any(
            item.problem or item.name in self.blamed or (item.is_answered and not item.is_fine) for item in self.items
        )

    @property
    def is_done(self) -> bool:
        return all(item.is_fine for item in self.items)


class Page:
    """A draft as it is written: the parts of its form, and how far one is."""

    def __init__(self, application: Application, form: ApplicationForm, reasons: Reasons | None = None) -> None:
        self.application = application
        self.form = form
        self._reasons = reasons or {}
        self.blamed: set[str] = set()
        self._documents: dict[int, list[Document]] = {}
        there = application.documents.filter(removed_at=None).select_related("uploaded_by").order_by("id")
        for document in there:
            self._documents.setdefault(document.question_id, []).append(document)
        self.parts = [self._eligibility(), *self._sections()]

    def items(self) -> Iterator[Item]:
        """Give every field in order."""
        return (item for part in self.parts for item in part.items)

    @property
    def answered(self) -> int:
        return sum(part.answered for part in self.parts)

    @property
    def asked(self) -> int:
        return sum(part.asked for part in self.parts)

    def missing(self) -> dict[str, str]:
        """Give, by name of the field, what keeps the draft from being submitted."""
        return {item.name: self._hindrance(item) for item in self.items() if not item.is_fine}

    @staticmethod
    def _hindrance(item: Item) -> str:
        if item.finding is not None:
            unknown = item.finding.verdict == rules.Verdict.UNKNOWN
            return _("This question needs an answer.") if unknown else pick(item.finding.reason)
        if item.problem:
            return item.problem
        return rules.problem(item.question, None, documents=len(item.documents)) if item.question else ""

    def _eligibility(self) -> Part:
        findings = rules.judge(self.form.criteria.values(), self.form.stored.facts)
        return Part(
            anchor="eligibility",
            title=_("Eligibility"),
            intro=_("Facts as of today. The programme may ask for evidence before the first payment."),
            items=[self._fact(finding) for finding in findings],
            blamed=self.blamed,
        )

    def _fact(self, finding: rules.Finding) -> Item:
        criterion: EligibilityCriterion = finding.criterion
        name = f"fact-{criterion.fact}"
        reason = self._reasons.get(name)
        return Item(
            field=self.form[name],
            token=self.form.token(name),
            is_answered=finding.verdict != rules.Verdict.UNKNOWN,
            is_required=criterion.is_hard,
            kind="fact",
            problem=str(reason or ""),
            finding=finding,
            overtaken=reason if isinstance(reason, Overtaken) else None,
        )

    def _sections(self) -> list[Part]:
        questions: dict[int, list[Question]] = {}
        for question in self.form.questions.values():
            questions.setdefault(question.section_id, []).append(question)
        return [
            Part(
                anchor=f"section-{key}",
                title=pick(asked[0].section.title),
                intro=pick(asked[0].section.intro),
                items=[self._question(question) for question in asked],
                blamed=self.blamed,
            )
            for key, asked in questions.items()
        ]

    def _question(self, question: Question) -> Item:
        name = f"answer-{question.pk}"
        answer = self.form.stored.answers.get(question.pk)
        documents = self._documents.get(question.pk, [])
        value = answer.value if answer else None
        reason = self._reasons.get(name)
        problem = str(reason or "")
        if not problem and not rules.is_blank(value):
            problem = rules.problem(question, value, documents=len(documents))
        return Item(
            field=self.form[name],
            token=self.form.token(name),
            is_answered=bool(documents) or not rules.is_blank(value),
            is_required=question.is_required,
            kind=question.kind,
            problem=problem,
            question=question,
            documents=documents,
            overtaken=reason if isinstance(reason, Overtaken) else None,
        )
