"""The way of an application from its start to the first month, and what became of it and its seat so far."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from applications.models import Application, Offer, Participation
from applications.pages.whose_move import ENDED, offer_of
from portal.language.dates import month
from portal.models import Transition

State = Application.State
Step = dict[str, Any]


def steps(application: Application) -> list[Step]:
    """Give the journey from the application to the first month, for the steps component."""
    marks = [_applied(application), _decided(application), *_after(application)]
    stopped = False
    for i, mark in enumerate(marks):
        if stopped:
            mark["state"] = "skipped"
        elif mark["state"] == "todo" and all(earlier["state"] == "done" for earlier in marks[:i]):
            mark["state"] = "current"
        stopped = stopped or mark["state"] == "stopped"
    return marks


def _applied(application: Application) -> Step:
    if application.state == State.WITHDRAWN and application.submitted_at is None:
        return {"label": _("Withdrawn"), "state": "stopped", "at": None}
    done = application.submitted_at is not None and application.state != State.DRAFT
    if done:
        return {"label": _("Submitted"), "state": "done", "at": application.submitted_at}
    return {"label": _("Submit the application"), "state": "todo", "at": None}


def _decided(application: Application) -> Step:
    cohort = application.cohort
    match application.state:
        case State.WITHDRAWN:
            return {"label": _("Withdrawn"), "state": "stopped", "at": None}
        case State.DECLINED:
            return {"label": _("Not chosen"), "state": "stopped", "at": cohort.released_at}
        case State.WAITLISTED:
            return {"label": _("On the waitlist"), "state": "todo", "at": cohort.released_at}
        case State.ACCEPTED:
            return {"label": _("Chosen"), "state": "done", "at": cohort.released_at}
        case _:
            return {"label": _("Read and decided"), "state": "todo", "at": cohort.decisions_on}


def _after(application: Application) -> list[Step]:
    offer = offer_of(application)
    seat = offer.participation if offer and offer.state == Offer.State.ACCEPTED else None
    signature = offer.agreement if offer and seat and hasattr(offer, "agreement") else None
    answered: Step = {"label": _("Offer accepted"), "state": "done" if seat else "todo"}
    if offer and not seat and offer.state != Offer.State.OPEN:
        answered = {"label": ENDED[Offer.State(offer.state)][0], "state": "stopped"}
    first = seat.first_period if seat else application.cohort.first_period
    return [
        answered
        | {"at": seat.created_at if seat else offer.expires_at if offer and answered["state"] == "todo" else None},
        {
            "label": _("Agreement signed"),
            "state": "done" if signature else "todo",
            "at": signature.signed_at if signature else None,
        },
        {"label": _("First month"), "state": "todo", "at": None, "note": month(first)},
    ]


def history(application: Application) -> list[Mapping[str, Any]]:
    """Give what happened, oldest first, for the timeline; people of the programme are not named."""
    ours = set(application.startup.memberships.values_list("person", flat=True))
    return [
        _event(entry, is_ours=entry.actor_id in ours)
        for entry in Transition.objects.of(application).select_related("actor")
    ]


# What the startup's own people do; whatever else became of it, the programme did.
_OWN = (State.DRAFT, State.SUBMITTED, State.WITHDRAWN)


def _event(entry: Transition, *, is_ours: bool) -> Mapping[str, Any]:
    what: Any = dict(State.choices).get(State(entry.to_state), entry.to_state)
    if not entry.from_state:
        what = _("Started")
    elif entry.to_state == State.DRAFT:
        what = _("Taken back to change it")
    elif entry.to_state == State.SUBMITTED and not is_ours:
        what = _("Gone on without an answer")
    return {
        "what": what,
        "who": entry.actor if is_ours and entry.to_state in _OWN else "",
        "at": entry.at,
        # What the programme asks is for the startup; why it decides is said in the decision itself.
        "reason": entry.reason if entry.to_state == State.RETURNED else "",
        "state": entry.to_state if entry.to_state != State.RETURNED else "information_asked",
    }


def seat_history(entries: Iterable[Transition]) -> list[Mapping[str, Any]]:
    """Give what became of a seat, in the order given, for the timeline."""
    labels = dict(Participation.State.choices)
    return [
        {
            "what": labels.get(Participation.State(entry.to_state), entry.to_state),
            "at": entry.at,
            "reason": entry.reason,
            "state": entry.to_state,
        }
        for entry in entries
    ]
