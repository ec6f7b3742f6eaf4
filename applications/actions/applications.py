"""From the draft to the frozen version, and what may become of it before it is decided."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications import rules
from applications.models import Application, ApplicationVersion, EligibilityFinding
from applications.permissions import require_editor, require_founder, require_free_manager
from applications.questions.questionnaire import Contents, Questionnaire, contents
from applications.snapshot import snapshot
from portal.laws.transitions import lock, move
from portal.models import User
from portal.outbox.queue import Letter, queue_mail, queue_mails
from portal.refusals import Refusal

State = Application.State


@transaction.atomic
def submit(
    application: Application, *, by: User, at: datetime, asked: Questionnaire | None = None
) -> ApplicationVersion:
    """Freeze what the draft says and hand it in; the members get a mail with the reference.

    :param asked: what its cohort asks, where that was read already.
    :raises Refusal: if the deadline passed, something is missing, or a criterion does not hold; the draft stays.
    """
    require_editor(application.startup, by)
    lock(application, "cohort__programme", "startup")
    said = contents(application, asked)
    if application.state == State.DRAFT and not application.cohort.is_open(at):
        raise Refusal(_("The deadline has passed. What you wrote is kept, but it can no longer be submitted."))
    findings = rules.judge(said.asked.criteria, {fact: row.value for fact, row in said.facts.items()})
    if application.is_editable:
        _require_complete(said)
        _require_eligible(findings)
    move(application, State.SUBMITTED, by=by, at=at, is_locked=True, submitted_at=at)
    _record_findings(application, findings, at)
    version = _freeze(application, said, by=by, at=at)
    letters = [
        Letter("application_submitted", p, version, {"application": application}) for p in application.startup.members()
    ]
    queue_mails(letters, at=at)
    return version


@transaction.atomic
def reopen(application: Application, *, by: User, at: datetime) -> None:
    """Make a submitted application a draft again, before the deadline.

    :raises Refusal: after the deadline, once review or decision has begun, or by who may not edit.
    """
    require_editor(application.startup, by)
    lock(application)  # an assignment waits for this, and the other way round
    if not application.cohort.is_open(at):
        raise Refusal(_("The deadline has passed. The application stays as you submitted it."))
    if application.assignments.exclude(state="removed").exists() or application.decisions.current().exists():
        raise Refusal(_("Reviewers are reading it already. Ask the programme if something must change."))
    move(application, State.DRAFT, by=by, at=at)


@transaction.atomic
def return_for_information(application: Application, question: str, *, by: User, at: datetime) -> None:
    """Ask the startup for more; it is their move until they submit again.

    :raises Refusal: by who is no manager or in conflict, without a question, if the application is not submitted, or
        once a decision on it is proposed.
    """
    require_free_manager(application, by=by, at=at)
    if not question.strip():
        raise Refusal(_("Say what you need to know."))
    lock(application)
    if application.decisions.current().exists():
        raise Refusal(_("A decision on this application is proposed already. Take it back first."))
    move(application, State.RETURNED, by=by, at=at, reason=question, returned_question=question)
    for person in application.startup.members():
        queue_mail("application_returned", to=person, about=application, at=at, once=at.isoformat())


@transaction.atomic
def go_on_without_answer(application: Application, *, by: User, at: datetime) -> None:
    """Go on with an application as it was submitted, although what was asked was not answered.

    :raises Refusal: by who is no manager or in conflict, or if nothing is asked of the startup.
    """
    require_free_manager(application, by=by, at=at)
    lock(application)
    if application.state != State.RETURNED:
        raise Refusal(_("This startup is not asked for information."))
    move(application, State.SUBMITTED, by=by, at=at, reason=_("Gone on without an answer"))
    for person in application.startup.members():
        queue_mail("application_resumed", to=person, about=application, at=at, once=at.isoformat())


@transaction.atomic
def withdraw(application: Application, *, by: User, at: datetime) -> None:
    """Take the application back for good, and with it what was about to be decided.

    :raises Refusal: by who is no founder, or after it was decided.
    """
    require_founder(application.startup, by)
    move(application, State.WITHDRAWN, by=by, at=at)
    for decision in application.decisions.filter(state__in=["proposed", "confirmed"]):
        move(decision, "withdrawn", by=by, at=at, reason=_("The startup withdrew its application"))


def _require_complete(said: Contents) -> None:
    missing = len(said.problems())
    if missing:
        raise Refusal(
            ngettext("%(n)d answer still needs your attention.", "%(n)d answers still need your attention.", missing)
            % {"n": missing}
        )


def _require_eligible(findings: list[rules.Finding]) -> None:
    if rules.is_eligible(findings):
        return
    if any(f.verdict == rules.Verdict.UNKNOWN for f in findings if f.criterion.is_hard):
        raise Refusal(_("Answer every eligibility question first."))
    raise Refusal(_("The programme's conditions are not all met; see the reasons beside the eligibility questions."))


def _record_findings(application: Application, findings: list[rules.Finding], at: datetime) -> None:
    EligibilityFinding.objects.bulk_create(
        EligibilityFinding(
            application=application, criterion=f.criterion, verdict=f.verdict, value=f.value, found_at=at
        )
        for f in findings
    )


def _freeze(application: Application, said: Contents, *, by: User, at: datetime) -> ApplicationVersion:
    content = snapshot(application, said)
    return ApplicationVersion.objects.create(
        application=application,
        number=application.versions.count() + 1,
        content=content,
        digest=ApplicationVersion.digest_of(content),
        submitted_by=by,
        submitted_at=at,
    )
