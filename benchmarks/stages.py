"""What each stage seeds and measures."""

import time
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from applications.models import Application, Programme
from benchmarks import jobs as measured_jobs
from benchmarks import month as measured_month
from benchmarks import rare
from benchmarks.measure import Row, measure, save_field, submit
from benchmarks.pages import NOT_PAGES, WITHOUT_ROWS, Page, all_pages
from benchmarks.web import serving
from demo.applications.crowd.shape import SLUG
from payouts.actions import write_cohort_balances, write_cohort_figures
from payouts.models import Transfer
from portal import clock
from portal.operations import law_checks
from portal.registry import registry

OF_LIBRARIES = ("account_", "mfa_", "admin:app_list", "admin:login", "admin:logout", "admin:password")


def prepare(startups: int) -> float:
    """Make tables and crowd where they are not there; give the seconds the crowd took, 0 where it stood already."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if Programme.objects.filter(slug=SLUG).exists():
        return 0.0
    call_command("seed_demo", stdout=StringIO())
    started = time.monotonic()
    call_command("seed_demo", startups=startups, stdout=StringIO())
    seconds = time.monotonic() - started
    for write in (write_cohort_figures, write_cohort_balances):
        write(clock.now())  # as the sweep does, which nobody calls here
    settle()
    return seconds


def settle() -> None:
    """Do at once what the database's own upkeep does within the hour after rows came in."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def pages(startups: int, *, rate_seconds: float, only: str) -> dict[str, Any]:
    """Seed a crowd and measure every page."""
    seeded = prepare(startups)
    rare.bring_about(clock.now())
    chosen = [page for page in all_pages() if only in page.name]
    with serving(settings.VAR_DIR / "web.log") as site:
        rows = measure(site, chosen, rate_seconds=rate_seconds)
        if not only:
            rows += [save_field(site), submit(site)]
    started = time.monotonic()
    broken = sum(verdict.count for verdict in law_checks.check(registry.law_questions, clock.now()))
    return {
        "verifier": time.monotonic() - started,
        "transfers": Transfer.objects.count(),
        "broken": broken,
        "seeded": seeded,
        "applications": Application.objects.count(),
        "rows": [row.data() for row in rows],
        "left_out": unanswered(chosen, rows) + ([] if only else left_out(chosen)),
    }


def month(startups: int, **_: Any) -> dict[str, Any]:
    """Measure a month for as many awards."""
    return measured_month.measure(startups)


def jobs(startups: int, **_: Any) -> dict[str, Any]:
    """Measure what runs beside the pages."""
    return measured_jobs.measure(startups)


def unanswered(chosen: list[Page], rows: list[Row]) -> list[str]:
    """Name the pages that were asked for and not measured."""
    measured = {row.name for row in rows}
    return [page.name for page in chosen if page.name not in measured]


def left_out(chosen: list[Page]) -> list[str]:
    """Name the addresses that are neither measured nor known to be no pages."""
    measured = {page.name.split(" ")[0] for page in chosen}
    return sorted(
        name
        for name in _names(get_resolver().url_patterns)
        if name not in measured | NOT_PAGES | WITHOUT_ROWS
        and not name.startswith(OF_LIBRARIES)
        and not name.endswith(("_add", "_delete", "_act", "_list_act"))
    )


def _names(patterns: list[Any], space: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            found |= _names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.add(f"{space}{pattern.name}")
    return found
