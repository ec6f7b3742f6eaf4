"""Whose move it is, since when, what was promised, and what happens next: one answer for pages, lists and mails."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Application, Offer

State = Application.State


@dataclass(frozen=True, slots=True)
class Wait:
    """What the whose-move box shows; `mine` is the startup's view."""

    mine: bool
    who: str
    since: datetime | None
    promised: date | datetime | str = ""
    next: str = ""
    action_url: str = ""
    action_label: str = ""
    headline: str = ""


def for_startup(application: Application, *, at: datetime) -> Wait:
    """Say whose move an application is, as its startup sees it."""
    return _BY_STATE[State(application.state)](application, at)


def _draft(application: Application, at: datetime) -> Wait:
    cohort = application.cohort
    if at >= cohort.closes_at:
        return Wait(
            mine=False, who="", since=cohort.closes_at, headline=_("The deadline has passed"),
            next=_("This draft was not submitted. What you wrote is kept, and you can start the next call with it in hand."),
        )  # fmt: skip
    return Wait(
        mine=True, who=_("you"), since=application.started_at, promised=cohort.closes_at,
        next=_("After you submit, reviewers read every application, and all decisions are released together."),
        action_url=reverse("application_edit", args=[application.pk]), action_label=_("Go on writing"),
    )  # fmt: skip


def _submitted(application: Application, at: datetime) -> Wait:
    return Wait(
        mine=False, who=_("the review team"), since=application.submitted_at, promised=application.cohort.decisions_on,
        next=_("You get a mail the moment decisions are released. Until the deadline you can still take it back to change it."),
    )  # fmt: skip


def _returned(application: Application, at: datetime) -> Wait:
    return Wait(
        mine=True, who=_("you"), since=application.submitted_at, next=application.returned_question,
        action_url=reverse("application_edit", args=[application.pk]), action_label=_("Answer and submit again"),
    )  # fmt: skip


def _accepted(application: Application, at: datetime) -> Wait:
    offer = Offer.objects.filter(application=application).select_related("participation").first()
    if offer is None:
        return Wait(mine=False, who=_("the programme"), since=application.submitted_at)
    return for_offer(offer, at=at)


def for_offer(offer: Offer, *, at: datetime) -> Wait:
    """Say whose move an offer is, as its startup sees it."""
    page = reverse("offer", args=[offer.pk])
    if offer.state == Offer.State.OPEN:
        return Wait(
            mine=True, who=_("you"), since=offer.made_at, promised=offer.expires_at, headline=_("You are chosen: accept the offer"),
            next=_("Your seat and the money are kept until then; afterwards they go to the next startup."),
            action_url=page, action_label=_("See the offer"),
        )  # fmt: skip
    if offer.state != Offer.State.ACCEPTED:
        return Wait(
            mine=False, who="", since=offer.expires_at, headline=_("This offer is closed"),
            next=_("Write to the programme if you have questions."),
        )  # fmt: skip
    seat = reverse("participation", args=[offer.participation.pk])
    if not hasattr(offer, "agreement"):
        return Wait(
            mine=True, who=_("you"), since=offer.participation.created_at, headline=_("Sign the agreement"),
            next=_("With your signature the money is committed and every month gets its date."),
            action_url=page, action_label=_("Read and sign"),
        )  # fmt: skip
    return Wait(
        mine=False, who=_("the programme"), since=offer.agreement.signed_at, headline=_("You are in"),
        next=_("Money, mentor and months stand on your programme page."), action_url=seat, action_label=_("Open your programme page"),
    )  # fmt: skip


def _waitlisted(application: Application, at: datetime) -> Wait:
    return Wait(
        mine=False, who=_("the programme"), since=application.cohort.released_at, headline=_("You are on the waitlist"),
        next=_("If a place comes free, it is offered in order of the list, by mail, with days to answer."),
    )  # fmt: skip


def _declined(application: Application, at: datetime) -> Wait:
    return Wait(
        mine=False, who="", since=application.cohort.released_at, headline=_("Not chosen this time"),
        next=_("The whole record of this application stays yours. You may apply to the next cohort."),
    )  # fmt: skip


def _withdrawn(application: Application, at: datetime) -> Wait:
    return Wait(mine=False, who="", since=None, headline=_("You withdrew this application"))


_BY_STATE = {
    State.DRAFT: _draft,
    State.SUBMITTED: _submitted,
    State.RETURNED: _returned,
    State.ACCEPTED: _accepted,
    State.WAITLISTED: _waitlisted,
    State.DECLINED: _declined,
    State.WITHDRAWN: _withdrawn,
}


def steps(application: Application) -> list[dict[str, object]]:
    """Give the journey from the application to the signature, for the steps component."""
    offer = Offer.objects.filter(application=application).first()
    state = application.state
    submitted = application.submitted_at is not None and state != State.DRAFT
    decided = state in (State.ACCEPTED, State.WAITLISTED, State.DECLINED)
    accepted = offer is not None and offer.state == Offer.State.ACCEPTED
    signed = accepted and hasattr(offer, "agreement")
    marks = [
        (_("Applied"), submitted, application.submitted_at),
        (_("Reviewed and decided"), decided, application.cohort.released_at if decided else None),
        (_("Offer accepted"), accepted, offer.participation.created_at if accepted and offer else None),
        (_("Agreement signed"), signed, offer.agreement.signed_at if signed and offer else None),
    ]
    stopped = state in (State.DECLINED, State.WITHDRAWN) or (
        offer is not None and offer.state not in ("open", "accepted")
    )
    current = next((i for i, (_label, done, _at) in enumerate(marks) if not done), len(marks))
    return [
        {"label": label, "at": when, "state": "done" if done else _mark(i, current, stopped)}
        for i, (label, done, when) in enumerate(marks)
    ]


def _mark(i: int, current: int, stopped: bool) -> str:
    if i != current:
        return "skipped" if stopped else "todo"
    return "stopped" if stopped else "current"
