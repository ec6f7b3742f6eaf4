"""Every question kind: sent, stored, shown, judged, frozen, and read by a reviewer. A new kind is a new line of the tables."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.html import escape
from django.utils.translation import override

from applications import actions
from applications.models import Application, Cohort, EligibilityCriterion, Question, Section
from applications.pages.application_form import ApplicationForm
from applications.questions import KINDS, kind_of
from portal.refusals import Refusal
from tests import factories as f
from tests.applications import judging, pages
from tests.applications.pages import SCRIPT, signed_in, text, upload

present = pages.present
CHOICES = [["a", {"en": "Apple", "fr": "Pomme"}], ["b", {"en": "Bread", "fr": "Pain"}]]


@dataclass(frozen=True)
class Told:
    """What is sent to a question, how it is stored, how it is shown in English and French, and a draft not to submit."""

    sent: Any
    stored: Any
    en: str
    fr: str
    wrong: Any
    problem: str


QUESTIONS = {
    "short": Told(
        f"One {SCRIPT}", f"One {SCRIPT}", f"One {SCRIPT}", f"One {SCRIPT}", "x" * 41, "1 character too long."
    ),
    "long": Told("One\r\nTwo", "One\nTwo", "One\nTwo", "One\nTwo", "x" * 43, "3 characters too long."),
    "url": Told(
        " https://a.co ", "https://a.co", "https://a.co", "https://a.co", "javascript:alert(1)", "starts with https://"
    ),
    "number": Told("012", "012", "012", "012", "²", "whole number"),
    "yes_no": Told("yes", "yes", "Yes", "Oui", "maybe", "yes or no"),
    "choice": Told("b", "b", "Bread", "Pain", "z", "from the list"),
    "choices": Told(["a", "b"], ["a", "b"], "Apple, Bread", "Pomme, Pain", ["a", "z"], "from the list"),
    "file": Told(None, None, "No answer", "Pas de réponse", None, "Attach a document."),
}


@dataclass(frozen=True)
class Stated:
    """What is sent to a criterion, the fact, how it is shown, what it is compared with, and what cannot be read."""

    sent: str
    stored: Any
    en: str
    fr: str
    operator: str
    wanted: Any
    other: str
    unreadable: str


CRITERIA = {
    "country": Stated("FR", "FR", "France", "France", "in", ["FR"], "DE", "XX"),
    "money": Stated("12.5", 1250, "$12.50", "12,50\xa0$US", "lt", 2000, "20", "much"),
    "number": Stated("3", 3, "3", "3", "ge", 3, "2", "²"),
    "yes_no": Stated("yes", True, "Yes", "Oui", "is", True, "no", "maybe"),
    "choice": Stated("b", "b", "Bread", "Pain", "in", ["b"], "a", "z"),
}


def test_every_kind_has_its_class_and_its_line_in_the_tables() -> None:
    assert set(KINDS) == {*Question.Kind.values, *EligibilityCriterion.Kind.values}
    assert set(QUESTIONS) == set(Question.Kind.values)
    assert set(CRITERIA) == set(EligibilityCriterion.Kind.values)


def question(kind: str, **fields: Any) -> Question:
    return Question(kind=kind, max_length=40, choices=CHOICES, label={"en": kind}, **fields)


def criterion(kind: str, cohort: Cohort | None = None) -> EligibilityCriterion:
    told = CRITERIA[kind]
    words = {"question": {"en": f"{kind}?"}, "passed": {"en": f"{kind} fits"}, "failed": {"en": f"{kind} does not fit"}}
    made = EligibilityCriterion(
        fact=f"the-{kind}", kind=kind, operator=told.operator, value=told.wanted, choices=CHOICES, order=50, **words
    )
    if cohort:
        made.cohort = cohort
    return made


# --- Alone ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in QUESTIONS if kind != "file"])
def test_answer_is_kept_as_it_was_typed_and_its_problem_is_said(kind: str) -> None:
    told, asked = QUESTIONS[kind], kind_of(question(kind))
    assert asked.parse(told.sent) == told.stored
    assert (asked.problem(told.stored), asked.unkept(told.stored)) == ("", "")
    assert told.problem in asked.problem(told.wrong)
    if kind != "choices":  # a browser sends no other
        assert asked.parse(told.wrong) == told.wrong
    assert asked.problem("  " if kind != "choices" else []) == "This question needs an answer."
    assert kind_of(question(kind, is_required=False)).problem(None) == ""


@pytest.mark.parametrize("kind", QUESTIONS)
def test_answer_is_shown_in_the_readers_language(kind: str) -> None:
    told, asked = QUESTIONS[kind], kind_of(question(kind))
    assert asked.show(told.stored) == told.en
    with override("fr"):
        assert asked.show(told.stored) == told.fr


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("short", "x" * 42, "2 characters too long"),
        ("url", "http://[bad", "https://"),
        ("url", "https://a.co/ b", "https://"),
        ("number", "12.5", "whole number"),
        ("number", "-1", "whole number"),
        ("number", "1" * 13, "whole number"),
        ("number", "١٢", "whole number"),
        ("choices", ["z"], "from the list"),
    ],
)
def test_problem_says_what_is_wrong(kind: str, value: Any, words: str) -> None:
    assert words in kind_of(question(kind)).problem(value)


def test_documents_are_counted_and_not_read() -> None:
    asked = kind_of(question("file"))
    assert [asked.problem(None, documents=n) for n in (0, 1)] == ["Attach a document.", ""]
    assert kind_of(question("file", is_required=False)).problem(None) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("kind", CRITERIA)
def test_fact_is_read_shown_and_judged(kind: str) -> None:
    told, asked = CRITERIA[kind], kind_of(criterion(kind, f.cohort()))
    assert asked.parse(told.sent) == told.stored
    assert asked.parse("") is None
    with pytest.raises(Refusal):
        asked.parse(told.unreadable)
    assert asked.show(told.stored) == told.en
    with override("fr"):
        assert asked.show(told.stored) == told.fr
    verdicts = [asked.verdict(value) for value in (told.stored, asked.parse(told.other), None, "")]
    assert verdicts == ["pass", "fail", "unknown", "unknown"]
    problems = [asked.problem(value) for value in (told.stored, asked.parse(told.other), None)]
    assert problems == ["", f"{kind} does not fit", "This question needs an answer."]
    assert asked.unkept(object).startswith("This value does not fit")
    assert asked.unkept(None) == asked.unkept(told.stored) == ""


@pytest.mark.parametrize("kind", CRITERIA)
def test_nothing_and_the_wrong_type_fit_no_kind(kind: str) -> None:
    values = [None, "", -1, 1.5, [], {}, *([True] if kind != "yes_no" else [1])]
    assert [value for value in values if kind_of(criterion(kind)).fits(value)] == []


# --- From the page that asks to the page of who reviews -------------------------------------------------


@pytest.fixture
def draft() -> Application:
    """Make a draft in a cohort that asks for everything."""
    cohort = f.cohort(publish=False)
    section = Section.objects.create(cohort=cohort, order=2, title={"en": "Everything"})
    for order, kind in enumerate(QUESTIONS):
        Question.objects.create(
            section=section, order=order, key=kind, kind=kind, label={"en": f"{kind}?"}, choices=CHOICES, max_length=40
        )
    for kind in CRITERIA:
        criterion(kind, cohort).save()
    cohort.published_at = f.AT - timedelta(days=31)
    cohort.save(update_fields=["published_at"])
    return f.draft(to=cohort)


def sent_to(draft: Application) -> dict[str, Any]:
    """Return what a browser sends when everything is answered, by name of the field."""
    answers = {
        f"answer-{q.pk}": QUESTIONS[q.key].sent if q.kind != "file" else upload()
        for q in Question.objects.filter(section__cohort=draft.cohort, section__order=2)
    }
    return answers | {f"fact-the-{kind}": told.sent for kind, told in CRITERIA.items()}


def form_of(draft: Application, data: dict[str, Any]) -> ApplicationForm:
    files: MultiValueDict[str, Any] = MultiValueDict(
        {name: [value] for name, value in data.items() if hasattr(value, "read")}
    )
    query: QueryDict = pages.as_query({name: value for name, value in data.items() if name not in files})
    return ApplicationForm(draft, query, files)


@pytest.mark.django_db
@pytest.mark.usefixtures("present")
def test_every_kind_goes_from_the_form_to_the_frozen_version_and_its_reviewer(draft: Application) -> None:
    founder = f.founder_of(draft.startup)
    form = form_of(draft, sent_to(draft))
    form.unsaved = actions.save_draft(draft, form.sent, by=founder, at=f.AT).refused
    assert form.unsaved == {}
    assert {item.kind.asked.kind for item in form.touched()} == set(KINDS)
    assert [item.name for item in form.items if item.hindrance] == []
    tokens = {f"seen-{item.name}": item.token for item in form.touched()}
    again = form_of(draft, {**sent_to(draft), **tokens})
    assert [each.asked.kind for each in again.sent] == ["file"]  # what the page showed is not sent anew

    version = actions.submit(draft, by=founder, at=f.AT)
    frozen = {q["key"]: q for section in version.content["sections"] for q in section["questions"]}
    assert {key: frozen[key]["value"] for key in QUESTIONS} == {key: told.stored for key, told in QUESTIONS.items()}
    assert {kind: version.content["facts"][f"the-{kind}"]["value"] for kind in CRITERIA} == {
        kind: told.stored for kind, told in CRITERIA.items()
    }
    assert [document["name"] for document in frozen["file"]["documents"]] == ["deck.pdf"]
    assert set(draft.findings.values_list("verdict", flat=True)) == {"pass"}

    assignment = judging.cleared(draft).assignment
    of_founder = text(signed_in(founder).get(reverse("application", args=[draft.pk])))
    of_reviewer = text(signed_in(assignment.reviewer).get(reverse("review", args=[assignment.pk])))
    shown = {*(told.en for told in QUESTIONS.values()), *(told.en for told in CRITERIA.values())} - {"No answer"}
    for page in (of_founder, of_reviewer):
        assert [words for words in shown if escape(words).replace("\n", "<br>") not in page] == []
        assert "deck.pdf" in page
        assert SCRIPT not in page
