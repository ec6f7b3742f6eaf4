"""The way of an application from its start to the first month, and what became of it and its seat so far."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from applications.models import Application, Offer, Participation
from applications.pages.whose_move import ENDED, offer_of
from portal.language.dates import month
from portal.models import Transition
from portal.timeline import Event, Step, event

State = Application.State


def steps(application: Application) -> list[Step]:
    """Return the journey from the application to the first month, for the steps component."""
    found: list[Step] = []
    for step in (_applied(application), _decided(application), *_after(application)):
        if any(earlier.state == "stopped" for earlier in found):
            found.append(replace(step, state="skipped"))
        elif step.state == "todo" and all(earlier.state == "done" for earlier in found):
            found.append(replace(step, state="current"))
        else:
            found.append(step)
    return found


def _applied(application: Application) -> Step:
    if application.state == State.WITHDRAWN and application.submitted_at is None:
        return Step(_("Withdrawn"), "stopped")
    done = application.submitted_at is not None and application.state != State.DRAFT
    if done:
        return Step(_("Submitted"), "done", application.submitted_at)
    return Step(_("Submit the application"), "todo")


def _decided(application: Application) -> Step:
    cohort = application.cohort
    match application.state:
        case State.WITHDRAWN:
            return Step(_("Withdrawn"), "stopped")
        case State.DECLINED:
            return Step(_("Not chosen"), "stopped", cohort.released_at)
        case State.WAITLISTED:
            return Step(_("On the waitlist"), "todo", cohort.released_at)
        case State.ACCEPTED:
            return Step(_("Chosen"), "done", cohort.released_at)
        case _:
            return Step(_("Read and decided"), "todo", cohort.decisions_on)


def _after(application: Application) -> list[Step]:
    offer = offer_of(application)
    seat = offer.participation if offer and offer.state == Offer.State.ACCEPTED else None
    signature = offer.agreement if offer and seat and hasattr(offer, "agreement") else None
    if offer and not seat and offer.state != Offer.State.OPEN:
        answered = Step(ENDED[Offer.State(offer.state)][0], "stopped")
    else:
        at = seat.created_at if seat else offer.expires_at if offer else None
        answered = Step(_("Offer accepted"), "done" if seat else "todo", at)
    first = seat.first_period if seat else application.cohort.first_period
    return [
        answered,
        Step(_("Agreement signed"), "done", signature.signed_at) if signature else Step(_("Agreement signed"), "todo"),
        Step(_("First month"), "todo", note=month(first)),
    ]


def history(application: Application) -> list[Event]:
    """Return what happened, oldest first, for the timeline; people of the programme are not named."""
    ours = set(application.startup.memberships.values_list("person", flat=True))
    return [
        _event(entry, is_ours=entry.actor_id in ours)
        for entry in Transition.objects.of(application).select_related("actor")
    ]


# What the startup's own people do; whatever else became of it, the programme did.
_OWN = (State.DRAFT, State.SUBMITTED, State.WITHDRAWN)


def _event(entry: Transition, *, is_ours: bool) -> Event:
    told = event(entry, Application)
    if not entry.from_state:
        told = replace(told, what=_("Started"))
    elif entry.to_state == State.DRAFT:
        told = replace(told, what=_("Taken back to change it"))
    elif entry.to_state == State.SUBMITTED and not is_ours:
        told = replace(told, what=_("Gone on without an answer"))
    is_question = entry.to_state == State.RETURNED
    return replace(
        told,
        who=told.who if is_ours and entry.to_state in _OWN else "",
        # What the programme asks is for the startup; why it decides is said in the decision itself.
        reason=told.reason if is_question else "",
        state="information_asked" if is_question else told.state,
    )


def seat_history(entries: Iterable[Transition]) -> list[Event]:
    """Return what became of a seat, in the order given, for the timeline; people of the programme are not named."""
    return [event(entry, Participation, named=False) for entry in entries]
