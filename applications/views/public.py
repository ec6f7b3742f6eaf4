"""What anybody can read without an account, and the eligibility self-check."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import rules
from applications.forms.eligibility import EligibilityForm
from applications.models import Application, Cohort, Programme, RubricCriterion, Terms
from portal import clock
from portal.accounts.visitors import may_keep
from portal.language.dates import add_months, day_of, month, months_from
from portal.models import User
from portal.money import Money
from portal.refusals import status_of
from portal.registry import Cell
from portal.strip import Month, amount_due
from portal.timeline import Step

CHECKED = "checked-facts"  # session key: facts of the self-check by cohort, carried into the application


def home(request: HttpRequest) -> HttpResponse:
    """Show every programme with a cohort that is open or announced."""
    at = clock.now()
    cohorts = Cohort.objects.published().filter(closes_at__gt=at).select_related("programme")
    open_ = [cohort for cohort in cohorts.order_by("closes_at", "id") if cohort.opens_at <= at]
    announced = [cohort for cohort in cohorts.order_by("opens_at", "id") if cohort.opens_at > at]
    context = {"open": open_, "announced": announced, "example": _example(timezone.localdate(at))}
    return render(request, "applications/home.html", context)


def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a programme: the offer, who pays, conditions, eligibility, terms, dates, and what happens after."""
    at = clock.now()
    found, cohort = _programme_and_cohort(slug, at)
    rubric = list(cohort.rubric.order_by("order", "id"))
    return render(
        request,
        "applications/programme.html",
        {
            "programme": found,
            "cohort": cohort,
            "is_open": cohort.is_open(at),
            "is_ahead": at < cohort.opens_at,
            "dates": _dates(cohort, at),
            "criteria": cohort.criteria.order_by("order", "id"),
            "rubric": _judged(rubric),
            "terms": Terms.objects.filter(programme=found, published_at__lte=at).order_by("-version").first(),
            "mine": _application_of(request, cohort),
        },
    )


def eligibility_check(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer each criterion with its reason; what one says stays in the visitor's own session."""
    at = clock.now()
    found, cohort = _programme_and_cohort(slug, at)
    criteria = list(cohort.criteria.order_by("order", "id"))
    form = EligibilityForm(criteria, request.POST if request.method == "POST" else None)
    findings: list[rules.Finding] = []
    if form.is_bound:
        form.is_valid()  # what can be read is judged, whatever cannot is not known
        facts = form.facts()
        findings = rules.judge(criteria, facts)
        if may_keep(request):
            request.session[CHECKED] = {**request.session.get(CHECKED, {}), cohort.slug: facts}
    by_fact = {finding.criterion.fact: finding for finding in findings}
    questions = [Checked(c, form[f"fact-{c.fact}"], by_fact.get(c.fact)) for c in criteria]
    return render(
        request,
        "applications/eligibility_check.html",
        {
            "programme": found,
            "cohort": cohort,
            "is_open": cohort.is_open(at),
            "is_ahead": at < cohort.opens_at,
            "form": form,
            "questions": questions,
            "is_checked": form.is_bound,
            "eligible": form.is_bound and rules.is_eligible(findings),
            "failed": [q for q in questions if q.verdict == rules.Verdict.FAIL and q.criterion.is_hard],
            "unknown": [q for q in questions if q.verdict == rules.Verdict.UNKNOWN and q.criterion.is_hard],
            "holding": sum(q.verdict == rules.Verdict.PASS for q in questions),
            "mine": _application_of(request, cohort),
        },
        status=status_of(request, form),
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """One condition of the self-check: its question, and what it says of the answer."""

    criterion: Any
    field: BoundField
    finding: rules.Finding | None

    @property
    def verdict(self) -> str:
        """Return the verdict; empty before anything was answered."""
        return self.finding.verdict if self.finding else ""


def _programme_and_cohort(slug: str, at: datetime) -> tuple[Programme, Cohort]:
    """Return a programme that has something to show, and its cohort: open, else to open next, else the last one."""
    found = get_object_or_404(Programme, slug=slug, pk__in=Cohort.objects.published().values("programme"))
    cohorts = list(found.cohorts.published().order_by("opens_at", "id"))
    current = [cohort for cohort in cohorts if cohort.closes_at > at]
    cohort = next((c for c in current if c.is_open(at)), None) or next(iter(current), cohorts[-1])
    cohort.programme = found
    return found, cohort


def _application_of(request: HttpRequest, cohort: Cohort) -> Application | None:
    """Return the visitor's own application to a cohort, if they have begun one."""
    if not isinstance(request.user, User):
        return None
    return Application.objects.of_member(request.user).filter(cohort=cohort).order_by("-id").first()


def _dates(cohort: Cohort, at: datetime) -> list[Step]:
    """Return the cohort's dates as steps: what is past is done, the next one is now."""
    marks: list[tuple[Any, date | datetime, bool]] = [
        (_("Applications open"), cohort.opens_at, at >= cohort.opens_at),
        (_("Deadline"), cohort.closes_at, at >= cohort.closes_at),
        (_("Decisions for everybody"), cohort.decisions_on, cohort.released_at is not None),
        (_("First money"), cohort.first_period, day_of(at, zone=cohort.programme.timezone) >= cohort.first_period),
    ]
    current = next((i for i, (_label, _at, done) in enumerate(marks) if not done), len(marks))
    states = ["done" if i < current else "current" if i == current else "todo" for i in range(len(marks))]
    steps = [Step(label, state, when) for (label, when, _done), state in zip(marks, states, strict=True)]
    return [*steps[:-1], replace(steps[-1], at=None, note=month(cohort.first_period))]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion of the rubric, and its share of all points in percent."""

    criterion: RubricCriterion
    share: int


def _judged(rubric: list[RubricCriterion]) -> list[Judged]:
    """Return what is judged, with its share of all points."""
    whole = sum(criterion.weight * criterion.max_points for criterion in rubric)
    return [
        Judged(criterion, share=round(100 * criterion.weight * criterion.max_points / whole)) for criterion in rubric
    ]


def _example(today: date) -> list[Month]:
    """Return a strip as a startup sees it in its fourth month, to show what one applies for."""
    amount = Money.of(5000, "USD")
    states = ["paid", "paid", "paid", "on_its_way", "scheduled", "scheduled"]
    words = {"paid": _("Paid"), "on_its_way": _("On its way"), "scheduled": _("Scheduled")}
    months = []
    for n, (period, state) in enumerate(zip(months_from(add_months(today, -3), len(states)), states, strict=True), 1):
        session, report = _("One session held"), _("Report answered")
        if n == 4:
            session, report = _("Session booked"), _("Report open")
        past = n <= 4
        due = amount_due(amount, period.replace(day=5)) if state == "scheduled" else amount.format(short=True)
        cells = {
            "money": Cell("money", state, words[state], due),
            "sessions": Cell("sessions", "held" if n < 4 else "booked", session) if past else None,
            "check_in": Cell("check_in", "answered" if n < 4 else "open", report) if past else None,
        }
        months.append(Month(n, period, is_current=n == 4, cells=cells))
    return months
