"""What anybody can read without an account, and the eligibility self-check."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from applications import rules
from applications.forms.applying import EligibilityForm
from applications.models import Cohort, Programme, Terms
from portal import clock

CHECKED = "checked-facts"  # session key: facts of the self-check by cohort, carried into the application


def home(request: HttpRequest) -> HttpResponse:
    """Show every programme with a cohort that is open or announced."""
    at = clock.now()
    cohorts = Cohort.objects.published().filter(closes_at__gt=at).select_related("programme").order_by("opens_at", "id")
    return render(
        request,
        "applications/home.html",
        {
            "open": [c for c in cohorts if c.opens_at <= at],
            "announced": [c for c in cohorts if c.opens_at > at],
            "at": at,
        },
    )


def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a programme: the offer, who pays, conditions, eligibility, terms, dates, and what happens after."""
    at = clock.now()
    found = get_object_or_404(Programme.objects.filter(cohorts__published_at__isnull=False).distinct(), slug=slug)
    cohorts = found.cohorts.published().order_by("-opens_at", "-id")
    cohort = next((c for c in cohorts if c.is_open(at)), cohorts[0])
    return render(
        request,
        "applications/programme.html",
        {
            "programme": found,
            "cohort": cohort,
            "is_open": cohort.is_open(at),
            "criteria": cohort.criteria.order_by("order", "id"),
            "rubric": cohort.rubric.order_by("order", "id"),
            "terms": Terms.objects.filter(programme=found, published_at__lte=at).order_by("-version").first(),
        },
    )


def eligibility_check(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer each criterion with its reason; nothing is stored but in the visitor's own session."""
    found = get_object_or_404(Programme.objects.filter(cohorts__published_at__isnull=False).distinct(), slug=slug)
    at = clock.now()
    cohorts = found.cohorts.published().order_by("-opens_at", "-id")
    cohort = next((c for c in cohorts if c.is_open(at)), cohorts[0])
    criteria = list(cohort.criteria.order_by("order", "id"))
    form = EligibilityForm(criteria, found.currency, request.POST or None)
    findings: list[rules.Finding] = []
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        findings = rules.judge(criteria, facts)
        request.session[CHECKED] = {**request.session.get(CHECKED, {}), cohort.slug: facts}
    return render(
        request,
        "applications/eligibility_check.html",
        {
            "programme": found,
            "cohort": cohort,
            "is_open": cohort.is_open(at),
            "form": form,
            "findings": findings,
            "eligible": bool(findings) and rules.is_eligible(findings),
            "unknown": any(f.verdict == rules.Verdict.UNKNOWN for f in findings),
        },
    )
