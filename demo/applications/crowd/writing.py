"""The crowd's people, startups and applications: written as drafts, then handed in."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db.models import F

from applications.models import (
    Answer,
    Application,
    ApplicationVersion,
    Cohort,
    EligibilityCriterion,
    EligibilityFact,
    EligibilityFinding,
    Membership,
    Question,
    Startup,
)
from demo import bulk
from demo.applications.crowd.shape import Calendar, Member
from portal.laws.transitions import acting, move_many
from portal.models import User
from portal.outbox.queue import render

Kind, Fact = Question.Kind, EligibilityCriterion.Kind
WRITING = timedelta(days=2)
SENTENCES = (
    "Clerks retype what a form already says, and every tenth line comes out wrong.",
    "We read the document, ask the model for its fields, and show a person only what is in doubt.",
    "Three pilots have run since spring; the longest saves its team eleven hours a week.",
    "One of us built search for a hospital, the other wrote its billing; we met over a bad import.",
    "The first month buys an evaluation set, the second its labels, the rest makes it fast.",
)


@dataclass(frozen=True, slots=True)
class Form:
    """A cohort with all that is asked in it, read once."""

    cohort: Cohort
    questions: list[Question]
    criteria: list[EligibilityCriterion]
    sections: list[tuple[dict[str, str], list[Question]]]

    @classmethod
    def of(cls, cohort: Cohort) -> "Form":
        sections = [
            (section.title, list(section.questions.order_by("order", "pk")))
            for section in cohort.sections.order_by("order", "pk")
        ]
        questions = [question for _title, asked in sections for question in asked]
        return cls(cohort, questions, list(cohort.criteria.order_by("order", "pk")), sections)

    def answers(self, member: Member) -> dict[int, Any]:
        """Return what a startup answers, by question id; a draft is half written, and documents nobody attached."""
        asked = [question for question in self.questions if question.kind != Kind.FILE]
        written = asked if member.fate != "draft" else asked[: member.n % len(asked)]
        return {question.pk: _answer(question, member.n) for question in written}

    def facts(self, member: Member) -> dict[str, Any]:
        """Return what a startup states, by fact."""
        stated = self.criteria if member.fate != "draft" else self.criteria[: member.n % len(self.criteria)]
        return {criterion.fact: _fact(criterion, member.n) for criterion in stated}


def introduce(members: Sequence[Member], at: datetime) -> None:
    """Copy the founders with their addresses; nobody signs in with a password."""
    numbers = iter(bulk.reserve(User, len(members) + sum(member.has_two for member in members)))
    for member in members:
        member.founder = next(numbers)
        member.cofounder = next(numbers) if member.has_two else 0
    unusable = make_password(None)
    people = [(m.founder, *m.person()) for m in members] + [
        (m.cofounder, *m.person(True)) for m in members if m.has_two
    ]
    bulk.copy(
        User,
        ("id", "email", "name", "language", "timezone", "is_active", "is_operator", "joined_at", "password"),
        ((pk, email, name, "en", "America/New_York", True, False, at, unusable) for pk, name, email in people),
    )
    bulk.copy(
        EmailAddress, ("user", "email", "verified", "primary"), ((pk, email, True, True) for pk, _name, email in people)
    )


def found(members: Sequence[Member], at: datetime) -> None:
    """Copy the startups with their founders; the database notes the conflict of each."""
    for member, key in zip(members, bulk.reserve(Startup, len(members)), strict=True):
        member.startup = key
    bulk.copy(
        Startup,
        (
            "id",
            "name",
            "name_folded",
            "legal_name",
            "country",
            "city",
            "website",
            "registry_number",
            "founded_on",
            "description",
            "created_by",
            "created_at",
        ),
        (
            (
                m.startup,
                m.name,
                m.name_folded,
                f"{m.name} Inc.",
                "US",
                m.city,
                m.website,
                "",
                None,
                SENTENCES[m.n % 5],
                m.founder,
                at,
            )
            for m in members
        ),
    )
    pairs = ((m.startup, who) for m in members for who in (m.founder, m.cofounder) if who)
    founder = Membership.Role.FOUNDER.value
    bulk.copy(
        Membership, ("startup", "person", "role", "joined_at"), ((startup, who, founder, at) for startup, who in pairs)
    )


def write(form: Form, members: Sequence[Member], on: Calendar) -> None:
    """Copy the drafts of a round with their answers and facts."""
    for member, key in zip(members, bulk.reserve(Application, len(members)), strict=True):
        member.application = key
    at, code, cohort = on.started_at, form.cohort.code, form.cohort.pk
    acting(by=None, at=at)
    bulk.copy(
        Application,
        ("id", "cohort", "startup", "reference", "state", "started_by", "started_at", "returned_question"),
        (
            (m.application, cohort, m.startup, f"{code}-{m.application:04d}", "draft", m.founder, at, "")
            for m in members
        ),
    )
    bulk.copy(
        Answer,
        ("application", "question", "value", "version", "saved_by", "saved_at"),
        (
            (m.application, question, value, 1, m.founder, at)
            for m in members
            for question, value in form.answers(m).items()
        ),
    )
    bulk.copy(
        EligibilityFact,
        ("application", "fact", "value", "as_of", "stated_by", "stated_at", "evidence"),
        (
            (m.application, fact, value, at.date(), m.founder, at, "")
            for m in members
            for fact, value in form.facts(m).items()
        ),
    )


def hand_in(form: Form, members: Sequence[Member], on: Calendar) -> None:
    """Submit what is not a draft any more: versions, findings and the mail that says so, then the move."""
    at = on.submitted_at
    submitted = [member for member in members if member.is_submitted]
    bulk.copy(
        ApplicationVersion,
        ("application", "number", "content", "digest", "submitted_by", "submitted_at"),
        _versions(form, submitted, on),
    )
    bulk.copy(
        EligibilityFinding,
        ("application", "criterion", "verdict", "value", "found_at"),
        (
            (m.application, criterion.pk, EligibilityFinding.Verdict.PASS.value, _fact(criterion, m.n), at)
            for m in submitted
            for criterion in form.criteria
        ),
    )
    chosen = Application.objects.filter(pk__in=[m.application for m in submitted])
    move_many(chosen, Application.State.SUBMITTED, by=None, at=at, submitted_at=F("started_at") + WRITING)
    gone = Application.objects.filter(pk__in=[m.application for m in members if m.fate == "withdrawn"])
    move_many(gone, Application.State.WITHDRAWN, by=None, at=at)
    if submitted:
        bulk.copy_sent_mails(_mails(form, submitted), at=at)


def ask(members: Iterable[Member], on: Calendar) -> None:
    """Ask some startups for more."""
    chosen = Application.objects.filter(pk__in=[m.application for m in members if m.fate == "returned"])
    question = "How many of the pilots pay you today?"
    changes = {"returned_question": question}
    move_many(chosen, Application.State.RETURNED, by=None, at=on.judged_at, reason=question, **changes)


def _versions(form: Form, members: Sequence[Member], on: Calendar) -> Iterator[tuple[Any, ...]]:
    """Freeze each application as `applications.snapshot` does; a test holds the two equal."""
    stated_on, at = on.started_at.date().isoformat(), on.started_at + WRITING
    sections = [(_canonical({"title": title}), [(q.pk, _head(q)) for q in asked]) for title, asked in form.sections]
    for m in members:
        answers = form.answers(m)
        facts = {fact: {"value": value, "as_of": stated_on} for fact, value in form.facts(m).items()}
        startup = {"name": m.name, "country": "US", "city": m.city, "website": m.website}
        frozen = ",".join(
            f'{{"questions":[{",".join(f"{head}{_canonical(answers.get(key))}}}" for key, head in asked)}],{title[1:]}'
            for title, asked in sections
        )
        canonical = f'{{"facts":{_canonical(facts)},"sections":[{frozen}],"startup":{_canonical(startup)}}}'
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        yield (m.application, 1, bulk.Json(canonical), digest, m.founder, at)


def _head(question: Question) -> str:
    """Write a frozen question up to its value, which comes last in the order of the keys."""
    content = {
        "key": question.key,
        "kind": question.kind,
        "label": question.label,
        "choices": question.choices,
        "identifies": question.identifies,
        "documents": [],
        "value": None,
    }
    return _canonical(content).removesuffix("null}")


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _mails(form: Form, members: Sequence[Member]) -> Iterator[tuple[Any, ...]]:
    """Write the mail of one startup, and put the others' names and references into its words."""
    versions = dict(
        ApplicationVersion.objects.filter(application__cohort=form.cohort).values_list("application_id", "pk")
    )
    first = members[0]
    version = ApplicationVersion.objects.select_related("application__startup").get(pk=versions[first.application])
    person = User.objects.get(pk=first.founder)
    context = {"recipient": person, "about": version, "application": version.application}
    words = render("application_submitted", context, language="en", zone=person.timezone)
    for m in members:
        told = {first.name: m.name, version.application.reference: f"{form.cohort.code}-{m.application:04d}"}
        name, email = m.person()
        told[person.name.split(" ")[0]] = name.split(" ")[0]
        about = versions[m.application]
        key = f"application_submitted:applications.applicationversion:{about}::{m.founder}"
        subject, text = (_put(part, told) for part in (words.subject, words.text))
        yield key, "application_submitted", m.founder, email, "en", subject, text, about


def _put(text: str, told: dict[str, str]) -> str:
    for before, after in told.items():
        text = text.replace(before, after)
    return text


def _answer(question: Question, n: int) -> Any:
    match question.kind:
        case Kind.URL:
            return f"https://startup-{n}.example.com/demo"
        case Kind.NUMBER:
            return str(n % 900 + 1)
        case Kind.YES_NO:
            return "yes" if n % 3 else "no"
        case Kind.CHOICE:
            return question.choices[n % len(question.choices)][0]
        case Kind.CHOICES:
            return [key for key, _words in question.choices[: n % len(question.choices) + 1]]
        case Kind.SHORT:
            return SENTENCES[(n + question.order) % 5][: question.max_length]
    return " ".join(SENTENCES[(n + question.order + k) % 5] for k in range(3))[: question.max_length]


def _fact(criterion: EligibilityCriterion, n: int) -> Any:
    """Return a value for which a criterion holds."""
    match criterion.kind:
        case Fact.MONEY:
            return criterion.value - 1 - n % 1000 * 100_000
        case Fact.NUMBER:
            return criterion.value + n % 7
        case Fact.YES_NO:
            return criterion.value
    return criterion.value[n % len(criterion.value)]
