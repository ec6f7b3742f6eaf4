"""The founders of a rehearsal: each with a character that the dice gave, doing today what waits for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q

from applications import actions, storage
from applications.demo.pdf import one_page
from applications.models import Application, EligibilityCriterion, Invitation, Offer, Question, Startup
from applications.rehearsal.scenery import OPEN_FOR, cohort
from portal.models import User
from portal.rehearsal.play import BEGINS_ON, Play, Step

Asked = Question | EligibilityCriterion

# Names as people have them: short, long, accented, with what HTML and bank files must not stumble over.
NAMES = (
    "Loomwork", "Müller & Söhne", "Ça va <bien>", "Łódź Labs", "O'Hara \"Quoted\"", "数据工坊", "Ünïcödé Øre", "R&D 100%",
    "Fjord; DROP TABLE", "=SUM(A1)", "Žižka Systems 🚀", "Very Long Name of a Company That Would Not Stop Growing When Told To",
)  # fmt: skip
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu")


@dataclass(frozen=True, slots=True)
class Persona:
    """One startup's character: what it has, when it comes, and what it makes of an offer."""

    number: int
    name: str
    founders: int
    arrives: int  # days after the beginning
    is_eligible: bool
    is_complete: bool
    is_late: bool
    has_slides: bool
    reopens: bool
    withdraws: bool
    answer: str
    signs_after: int  # days

    @property
    def emails(self) -> list[str]:
        return [f"founder{self.number}-{i}@rehearsal.example" for i in range(self.founders)]


def personas(play: Play) -> list[Persona]:
    """Give every startup's character, the same for a seed."""
    if "personas" not in play.memory:
        play.memory["personas"] = [_persona(play, number) for number in range(1, play.startups + 1)]
    made: list[Persona] = play.memory["personas"]
    return made


def _persona(play: Play, number: int) -> Persona:
    dice = play.dice("persona", number)
    return Persona(
        number=number,
        name=f"{NAMES[number % len(NAMES)]} {number}",
        founders=dice.choice((1, 2, 2, 3)),
        arrives=dice.randint(0, OPEN_FOR - 6),
        is_eligible=dice.random() > 0.08,
        is_complete=dice.random() > 0.04,
        is_late=dice.random() < 0.03,
        has_slides=dice.random() < 0.2,
        reopens=dice.random() < 0.08,
        withdraws=dice.random() < 0.03,
        answer=dice.choices(("accept", "decline", "ignore"), (88, 6, 6))[0],
        signs_after=dice.randint(0, 4),
    )


def day(play: Play) -> Iterator[Step]:
    """Give what the founders do today."""
    startups = {startup.name: startup for startup in Startup.objects.all()}
    found = Application.objects.filter(cohort=play.memory["cohort"]).select_related("startup")
    applications = {application.startup_id: application for application in found}
    waiting = Offer.objects.filter(Q(state="open") | Q(state="accepted", agreement=None)).select_related(
        "participation"
    )
    offers = {offer.application_id: offer for offer in waiting}
    for persona in personas(play):
        startup = startups.get(persona.name)
        if startup is None:
            if _day_of(play) >= persona.arrives:
                yield _step(play, persona, "signs up", _sign_up(persona))
            continue
        yield from _invitations(play, persona, startup)
        application = applications.get(startup.pk)
        if application is None:
            yield _step(play, persona, "starts an application", _start(play, startup.pk))
        elif application.state in ("draft", "returned"):
            yield from _writes(play, persona, application)
        elif application.state == "submitted":
            yield from _thinks_again(play, persona, application)
        elif application.pk in offers:
            yield from _answers_offer(play, persona, offers[application.pk])


def _step(play: Play, persona: Persona, what: str, act: Any, hour: float = 14, about: str = "") -> Step:
    at = play.instant(hour, persona.number, what, about, within=3)
    return Step(at, f"founder {persona.number}", what, about, act)


def _day_of(play: Play) -> int:
    return (play.today - BEGINS_ON).days


def _founder(startup_id: int, nth: int = 0) -> User:
    """Fetch the n-th of those who answer for a startup."""
    return Startup.objects.get(pk=startup_id).founders().order_by("pk")[nth]


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


def _invitations(play: Play, persona: Persona, startup: Startup) -> Iterator[Step]:
    if persona.founders == 1 or _day_of(play) > persona.arrives + 20:
        return
    for invitation in Invitation.objects.open().filter(startup=startup).order_by("pk"):
        yield _step(play, persona, "accepts an invitation", _accept_invitation(invitation.pk), 9, invitation.email)


def _accept_invitation(pk: int) -> Any:
    def act(at: datetime) -> None:
        invitation = Invitation.objects.get(pk=pk)
        actions.accept_invitation(invitation, by=User.objects.get(email=invitation.email), at=at)

    return act


# --- Writing ---------------------------------------------------------------------------------------------


def _start(play: Play, startup_id: int) -> Any:
    def act(at: datetime) -> None:
        startup = Startup.objects.get(pk=startup_id)
        actions.start_application(startup, cohort(play), by=_founder(startup_id), at=at)

    return act


def _writes(play: Play, persona: Persona, application: Application) -> Iterator[Step]:
    """Write in sittings until nothing is missing, then submit, late ones after the deadline."""
    open_for = OPEN_FOR - _day_of(play)
    if application.state == "draft" and open_for < (-2 if persona.is_late else 0):
        return
    about = application.reference
    asked = list(Question.objects.filter(section__cohort=application.cohort_id).order_by("section__order", "order"))
    answered = set(application.answers.values_list("question_id", flat=True))
    missing = [question for question in asked if question.kind != "file" and question.pk not in answered]
    if not application.facts.exists():
        yield _step(play, persona, "states facts", _state_facts(play, persona, application.pk), 9, about)
    elif missing and persona.is_complete:
        sitting = [question.pk for question in missing[:7]]
        yield _step(play, persona, "writes", _write(persona, application.pk, sitting), 10, about)
    elif persona.has_slides and not application.documents.exists():
        yield _step(play, persona, "attaches slides", _attach(persona, application.pk), 11, about)
    elif not persona.is_late or open_for < 0:
        yield _step(play, persona, "submits", _submit(application.pk), 15, about)


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
        written: dict[Asked, Any] = {
            criterion: facts[criterion.fact] for criterion in application.cohort.criteria.order_by("order")
        }
        actions.save_draft(application, written, by=_founder(application.startup_id), at=at)

    return act


def _write(persona: Persona, pk: int, questions: list[int]) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        written: dict[Asked, Any] = {
            question: _answer(persona, question) for question in Question.objects.filter(pk__in=questions)
        }
        actions.save_draft(application, written, by=_founder(application.startup_id), at=at)

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
        kept = storage.keep(SimpleUploadedFile("slides.pdf", one_page(persona.name, "Slides")))
        actions.attach_document(
            application, question, name=kept.name, size=kept.size, sha256=kept.sha256, stored_as=kept.stored_as,
            by=_founder(application.startup_id), at=at,
        )  # fmt: skip

    return act


def _submit(pk: int) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        actions.submit(application, by=_founder(application.startup_id), at=at)

    return act


def _thinks_again(play: Play, persona: Persona, application: Application) -> Iterator[Step]:
    about = application.reference
    if persona.reopens and _day_of(play) < OPEN_FOR - 1 and application.versions.count() == 1:
        yield _step(play, persona, "takes back into writing", _reopen(application.pk), 18, about)
    elif persona.withdraws and play.chance(0.2, "withdraws", play.today, persona.number):
        yield _step(play, persona, "withdraws", _withdraw(application.pk), 18, about)


def _reopen(pk: int) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        actions.reopen(application, by=_founder(application.startup_id), at=at)

    return act


def _withdraw(pk: int) -> Any:
    def act(at: datetime) -> None:
        application = Application.objects.get(pk=pk)
        actions.withdraw(application, by=_founder(application.startup_id), at=at)

    return act


# --- The offer -------------------------------------------------------------------------------------------


def _answers_offer(play: Play, persona: Persona, offer: Offer) -> Iterator[Step]:
    about = f"offer #{offer.pk}"
    if offer.state == "open" and persona.answer != "ignore" and play.chance(0.5, "answers", play.today, persona.number):
        what = "accepts" if persona.answer == "accept" else "declines"
        yield _step(play, persona, what, _answer_offer(offer.pk, persona.answer), 15, about)
    elif offer.state == "accepted":
        moved_in = offer.participation.created_at.date()
        if (play.today - moved_in).days >= persona.signs_after:
            yield _step(play, persona, "signs", _sign(offer.pk), 16, about)


def _answer_offer(pk: int, answer: str) -> Any:
    def act(at: datetime) -> None:
        offer = Offer.objects.get(pk=pk)
        by = _founder(offer.application.startup_id)
        if answer == "accept":
            actions.accept_offer(offer, by=by, at=at)
        else:
            actions.decline_offer(offer, "We found money elsewhere.", by=by, at=at)

    return act


def _sign(pk: int) -> Any:
    def act(at: datetime) -> None:
        offer = Offer.objects.select_related("terms").get(pk=pk)
        by = _founder(offer.application.startup_id)
        actions.sign_agreement(
            offer, signed_name=by.name, digest=offer.terms.digest, language=by.language, ip_address="192.0.2.1",
            by=by, at=at,
        )  # fmt: skip

    return act
