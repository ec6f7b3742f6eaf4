"""The founders of a rehearsal, doing today what waits for them: signing up, writing, submitting, thinking again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q

from applications import actions
from applications.documents import storage
from applications.models import (
    Answer,
    Application,
    Document,
    EligibilityFact,
    Invitation,
    Offer,
    Question,
    Startup,
)
from applications.questions.entries import AsSent
from demo.applications.pdf import one_page
from portal.models import User
from rehearsal.applications import company, offers
from rehearsal.applications.personas import ZONES, Persona, days_played, founder_of, personas, step_of
from rehearsal.applications.scenery import OPEN_FOR, cohort
from rehearsal.play import Play, Step

OTHER_SLIDES = 0.25


def day(play: Play) -> Iterator[Step]:
    """Yield what the founders do today."""
    startups = dict(Startup.objects.values_list("name", "pk"))
    found = Application.objects.filter(cohort=play.memory["cohort"])
    applications = {application.startup_id: application for application in found}
    waiting = Offer.objects.filter(Q(state="open") | Q(state="accepted", agreement=None)).select_related(
        "participation"
    )
    open_offers = {offer.application_id: offer for offer in waiting}
    invitations = _by_startup(Invitation.objects.open().order_by("pk"))
    desk = _Desk.of(play, [each for each in found if each.state in ("draft", "returned")])
    for persona in personas(play):
        startup = startups.get(persona.name)
        if startup is None:
            if days_played(play) >= persona.arrives:
                yield step_of(play, persona, "signs up", _sign_up(persona))
            continue
        for invitation in invitations.get(startup, ()):
            yield from company.answers(play, persona, invitation)
        yield from company.describes(play, persona, startup)
        application = applications.get(startup)
        if application is None:
            yield step_of(play, persona, "starts an application", _start(play, startup))
        elif application.state in ("draft", "returned"):
            yield from _writes(play, persona, application, desk)
        elif application.state == "submitted":
            yield from _thinks_again(play, persona, application)
        elif application.pk in open_offers:
            yield from offers.answers(play, persona, open_offers[application.pk])


# --- Coming together -----------------------------------------------------------------------------------


def _sign_up(persona: Persona) -> Any:
    def act(at: datetime) -> None:
        _open_accounts(persona, at)
        first = User.objects.get(email=persona.emails[0])
        startup = actions.create_startup(by=first, at=at, name=persona.name, legal_name=persona.name, country="US")
        for email in persona.emails[1:]:
            actions.invite(startup, email, "founder", by=first, at=at)

    return act


@transaction.atomic
def _open_accounts(persona: Persona, at: datetime) -> None:
    """Open the founders' accounts, those that are not open yet; nobody signs in with them."""
    zone, language = ZONES[persona.number % len(ZONES)], ("en", "fr")[persona.number % 2]
    founders = [
        User(email=email, name=f"Founder {persona.number}.{nth}", language=language, timezone=zone, joined_at=at)
        for nth, email in enumerate(persona.emails)
    ]
    for founder in founders:
        founder.set_unusable_password()
    User.objects.bulk_create(founders, ignore_conflicts=True)
    addresses = [
        EmailAddress(user=user, email=user.email, verified=True, primary=True)
        for user in User.objects.filter(email__in=persona.emails).order_by("pk")
    ]
    EmailAddress.objects.bulk_create(addresses, ignore_conflicts=True)


def _by_startup(invitations: Iterable[Invitation]) -> dict[int, list[Invitation]]:
    found: dict[int, list[Invitation]] = {}
    for invitation in invitations:
        found.setdefault(invitation.startup_id, []).append(invitation)
    return found


# --- Writing ---------------------------------------------------------------------------------------------


def _start(play: Play, startup_id: int) -> Any:
    def act(at: datetime) -> None:
        startup = Startup.objects.get(pk=startup_id)
        actions.start_application(startup, cohort(play), by=founder_of(startup_id), at=at)

    return act


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is asked of everybody, and what who writes today has written: keys by application."""

    asked: list[Question]
    answered: dict[int, set[int]]
    stated: set[int]
    attached: set[int]

    @classmethod
    def of(cls, play: Play, drafts: list[Application]) -> Self:
        asked = Question.objects.filter(section__cohort=play.memory["cohort"]).order_by("section__order", "order")
        answered: dict[int, set[int]] = {draft.pk: set() for draft in drafts}
        answers = Answer.objects.filter(application__in=drafts).values_list("application_id", "question_id")
        for application, question in answers:
            answered[application].add(question)
        stated = set(EligibilityFact.objects.filter(application__in=drafts).values_list("application_id", flat=True))
        there = Document.objects.filter(application__in=drafts, removed_at=None)
        attached = set(there.values_list("application_id", flat=True))
        return cls(list(asked), answered, stated, attached)


def _writes(play: Play, persona: Persona, application: Application, desk: _Desk) -> Iterator[Step]:
    """Write in sittings until nothing is missing, then submit, late ones after the deadline."""
    open_for = OPEN_FOR - days_played(play)
    if application.state == "draft" and open_for < (-2 if persona.is_late else 0):
        return
    about = application.reference
    answered = desk.answered[application.pk]
    missing = [question for question in desk.asked if question.kind != "file" and question.pk not in answered]
    if application.pk not in desk.stated:
        yield step_of(play, persona, "states facts", _state_facts(play, persona, application.pk), 9, about)
    elif missing and persona.is_complete:
        sitting = [question.pk for question in missing[:7]]
        yield step_of(play, persona, "writes", _write(persona, application.pk, sitting), 10, about)
    elif persona.has_slides and application.pk not in desk.attached:
        yield step_of(play, persona, "attaches slides", _attach(persona, application.pk), 11, about)
    elif application.pk in desk.attached and play.chance(OTHER_SLIDES, "other slides", play.today, persona.number):
        yield step_of(play, persona, "takes slides out", _take_out(application.pk), 11, about)
    elif not persona.is_late or open_for < 0:
        yield step_of(play, persona, "submits", _submit(application.pk), 15, about)


def _state_facts(play: Play, persona: Persona, pk: int) -> Any:
    facts = {
        "country": "US",
        "raised": 50_000_000 if persona.is_eligible else 2_000_000_000,
        "developers": 1 + persona.number % 5,
        "built-on-model": True,
        "sector": "health",
    }

    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        stated = [
            AsSent(criterion, facts[criterion.fact]) for criterion in application.cohort.criteria.order_by("order")
        ]
        actions.save_draft(application, stated, by=founder_of(application.startup_id), at=at)

    return act


def _write(persona: Persona, pk: int, questions: list[int]) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        written = [
            AsSent(question, _answer(persona, question))
            for question in Question.objects.filter(pk__in=questions).order_by("pk")
        ]
        actions.save_draft(application, written, by=founder_of(application.startup_id), at=at)

    return act


def _answer(persona: Persona, question: Question) -> Any:
    match question.kind:
        case "number":
            return str(persona.number % 90)
        case "yes_no":
            return "yes"
        case "choice":
            return question.choices[0][0]
        case "choices":
            return [question.choices[0][0]]
        case "url":
            return f"https://startup{persona.number}.example"
        case _:
            return f"{persona.name} answers in a few words: {question.key} <b>&amp;</b>."


def _attach(persona: Persona, pk: int) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        question = Question.objects.get(section__cohort=application.cohort_id, kind="file")
        founder = founder_of(application.startup_id)
        kept = storage.keep(SimpleUploadedFile("slides.pdf", one_page(persona.name, "Slides")), by=founder)
        actions.attach_document(
            application,
            question,
            name=kept.name,
            size=kept.size,
            sha256=kept.sha256,
            stored_as=kept.stored_as,
            by=founder,
            at=at,
        )

    return act


def _take_out(pk: int) -> Any:
    def act(at: datetime) -> str:
        there = Document.objects.filter(application=pk, removed_at=None).select_related("application__startup")
        if (document := there.order_by("pk").first()) is None:
            return "gone already"
        actions.remove_document(document, by=founder_of(document.application.startup_id), at=at)
        return "done"

    return act


def _submit(pk: int) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        actions.submit(application, by=founder_of(application.startup_id), at=at)

    return act


def _thinks_again(play: Play, persona: Persona, application: Application) -> Iterator[Step]:
    about = application.reference
    if persona.reopens and days_played(play) < OPEN_FOR - 1 and application.versions.count() == 1:
        yield step_of(play, persona, "takes back into writing", _reopen(application.pk), 18, about)
    elif persona.withdraws and play.chance(0.2, "withdraws", play.today, persona.number):
        yield step_of(play, persona, "withdraws", _withdraw(application.pk), 18, about)


def _reopen(pk: int) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        actions.reopen(application, by=founder_of(application.startup_id), at=at)

    return act


def _withdraw(pk: int) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        actions.withdraw(application, by=founder_of(application.startup_id), at=at)

    return act
