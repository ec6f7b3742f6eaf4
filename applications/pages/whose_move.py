"""Whose move it is, since when, what was promised, and what happens next: one answer for pages and lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application, Membership, Offer, Participation
from portal.language.dates import day_of
from portal.models import Transition

State = Application.State
Role = Membership.Role


@dataclass(frozen=True, slots=True)
class Wait:
    """What the whose-move box shows; `mine` is the reader's view, `sign` an icon for where nobody has to move."""

    mine: bool
    who: str
    since: date | datetime | None
    promised: date | datetime | str = ""
    next: str = ""
    action_url: str = ""
    action_label: str = ""
    headline: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An application at an instant, as one of its startup's people sees it; `since` is its last change of state."""

    application: Application
    at: datetime
    role: str
    since: datetime | None

    @property
    def writes(self) -> bool:
        return self.role in Membership.WRITERS


def for_startup(
    application: Application, *, at: datetime, role: str = Role.FOUNDER, since: datetime | None = None
) -> Wait:
    """Say whose move an application is, as its startup sees it.

    :param role: of the reader in the startup: only who may act is told that it is their move.
    :param since: when its state last changed, where that is known (`last_moves`).
    """
    return _BY_STATE[State(application.state)](Case(application, at, role, since))


def last_moves(applications: Iterable[Application]) -> dict[int, datetime]:
    """Return when the state of each application last changed, in one query."""
    history = Transition.objects.filter(
        subject_table=Application._meta.db_table, subject_id__in=[application.pk for application in applications]
    )
    return dict(history.values_list("subject_id").annotate(Max("at")))


def _draft(case: Case) -> Wait:
    cohort, application = case.application.cohort, case.application
    if case.at >= cohort.closes_at:
        return Wait(
            mine=False,
            who="",
            since=cohort.closes_at,
            headline=_("The deadline has passed"),
            sign="clock",
            next=_(
                "This draft was not submitted. What you wrote is kept here, and you can copy it into the next call."
            ),
        )
    then = _("After you submit, reviewers read every application, and all decisions are released together.")
    if not case.writes:
        return Wait(
            mine=False,
            who=_("your founders and editors"),
            since=application.started_at,
            promised=cohort.closes_at,
            next=then,
        )
    return Wait(
        mine=True,
        who=_("you"),
        since=application.started_at,
        promised=cohort.closes_at,
        next=then,
        headline=_("Finish and submit your application"),
        action_url=reverse("application_edit", args=[application.pk]),
        action_label=_("Continue"),
    )


def _submitted(case: Case) -> Wait:
    cohort = case.application.cohort
    words = _("You get a mail the moment decisions are released, all at once.")
    if day_of(case.at, zone=cohort.programme.timezone) > cohort.decisions_on:
        words = _(
            "This is later than promised. You get a mail the moment decisions are released; ask %(email)s until then."
        )
        words %= {"email": cohort.programme.contact_email}
    elif cohort.is_open(case.at) and case.writes:
        words = _(
            "You get a mail with the decision. Until the deadline you can still take the application back to change it."
        )
    return Wait(
        mine=False,
        who=_("the review team"),
        since=case.application.submitted_at,
        promised=cohort.decisions_on,
        next=words,
    )


def _returned(case: Case) -> Wait:
    question = _("They ask: “%(question)s”") % {"question": case.application.returned_question}
    if not case.writes:
        return Wait(mine=False, who=_("your founders and editors"), since=case.since, next=question)
    question += " " + _("Answer in the form and submit again; the deadline does not count for this.")
    return Wait(
        mine=True,
        who=_("you"),
        since=case.since,
        headline=_("The programme asks you something"),
        next=question,
        action_url=reverse("application_edit", args=[case.application.pk]),
        action_label=_("Answer and submit again"),
    )


def _accepted(case: Case) -> Wait:
    offer = offer_of(case.application)
    if offer is None:
        return Wait(mine=False, who=_("the programme"), since=case.since)
    return for_offer(offer, at=case.at, role=case.role)


def offer_of(application: Application) -> Offer | None:
    """Return the offer of an application, where there is one; free of queries where it was read along."""
    return application.offer if hasattr(application, "offer") else None


def for_offer(offer: Offer, *, at: datetime, role: str = Role.FOUNDER) -> Wait:
    """Say whose move an offer is, as its startup sees it."""
    if offer.state == Offer.State.OPEN and offer.expires_at > at:
        return _open_offer(offer, role)
    if offer.state != Offer.State.ACCEPTED:
        headline, words, sign = ENDED[Offer.State(offer.state)]
        since = offer.expires_at if offer.state in (Offer.State.OPEN, Offer.State.LAPSED) else None
        return Wait(mine=False, who="", since=since, headline=str(headline), next=str(words), sign=sign)
    return _accepted_offer(offer, role)


def _open_offer(offer: Offer, role: str) -> Wait:
    page = reverse("offer", args=[offer.pk])
    kept = _("Your seat and the money are kept until then; afterwards they go to the next startup.")
    if role != Role.FOUNDER:
        return Wait(
            mine=False,
            who=_("a founder of your startup"),
            since=offer.made_at,
            promised=offer.expires_at,
            next=kept,
            headline=_("You are chosen: a founder answers the offer"),
            action_url=page,
            action_label=_("See the offer"),
        )
    return Wait(
        mine=True,
        who=_("you"),
        since=offer.made_at,
        promised=offer.expires_at,
        next=kept,
        headline=_("You are chosen: answer the offer"),
        action_url=page,
        action_label=_("See the offer"),
    )


# Headline, what happens next, and a sign. An offer is open past its clock until the next tick lets it lapse.
ENDED = {
    Offer.State.OPEN: (
        gettext_lazy("This offer has run out"),
        gettext_lazy("Write to the programme at once if you still want it: the seat goes to the next startup."),
        "clock",
    ),
    Offer.State.LAPSED: (
        gettext_lazy("This offer ran out unanswered"),
        gettext_lazy("The seat went to the next startup. You may apply to the next cohort."),
        "clock",
    ),
    Offer.State.DECLINED: (
        gettext_lazy("You turned this offer down"),
        gettext_lazy("The whole record of this application stays yours. You may apply to the next cohort."),
        "hand-thumb-down",
    ),
    Offer.State.REVOKED: (
        gettext_lazy("The programme took this offer back"),
        gettext_lazy("The reason stands in the mail we sent you. Write to the programme if you have questions."),
        "no-symbol",
    ),
}


def _accepted_offer(offer: Offer, role: str) -> Wait:
    seat: Participation = offer.participation
    if hasattr(offer, "agreement"):
        return Wait(
            mine=False,
            who="",
            since=offer.agreement.signed_at,
            headline=_("You are in"),
            sign="check-badge",
            next=_("Money, mentor and months stand on your programme page."),
            action_url=reverse("participation", args=[seat.pk]),
            action_label=_("Open your programme page"),
        )
    then = _("With the signature the money is committed and every month gets its date.")
    page = reverse("offer", args=[offer.pk]) + "#agreement"
    if role != Role.FOUNDER:
        return Wait(
            mine=False,
            who=_("a founder of your startup"),
            since=seat.created_at,
            next=then,
            headline=_("A founder signs the agreement"),
            action_url=page,
            action_label=_("Read it"),
        )
    return Wait(
        mine=True,
        who=_("you"),
        since=seat.created_at,
        headline=_("Sign the agreement"),
        next=then,
        action_url=page,
        action_label=_("Read and sign"),
    )


def _waitlisted(case: Case) -> Wait:
    return Wait(
        mine=False,
        who=_("a free seat"),
        since=case.since or case.application.cohort.released_at,
        headline=_("You are on the waitlist"),
        sign="queue-list",
        next=_("If a seat comes free, it is offered in order of the list, by mail, with days to answer."),
    )


def _declined(case: Case) -> Wait:
    return Wait(
        mine=False,
        who="",
        since=case.since or case.application.cohort.released_at,
        sign="archive-box",
        headline=_("Not chosen this time"),
        next=_("The whole record of this application stays yours. You may apply to the next cohort."),
    )


def _withdrawn(case: Case) -> Wait:
    return Wait(
        mine=False,
        who="",
        since=case.since,
        headline=_("You withdrew this application"),
        sign="arrow-uturn-left",
        next=_("What you wrote stays yours to read. You may apply to the next cohort."),
    )


_BY_STATE = {
    State.DRAFT: _draft,
    State.SUBMITTED: _submitted,
    State.RETURNED: _returned,
    State.ACCEPTED: _accepted,
    State.WAITLISTED: _waitlisted,
    State.DECLINED: _declined,
    State.WITHDRAWN: _withdrawn,
}
