"""Programmes of the demo, from files in `data/` to rows: rules first, publication last, for then they stand still."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from applications.models import (
    Cohort,
    EligibilityCriterion,
    Programme,
    Question,
    ReviewPhase,
    RubricCriterion,
    Section,
    Terms,
)
from portal.language.dates import add_months, day_of

Data = Mapping[str, Any]

FIGURES = (
    "slug",
    "funder",
    "contact_email",
    "currency",
    "monthly_cap_minor",
    "months",
    "timezone",
    "banking_calendar",
    "cooling_off_days",
    "payment_day",
    "offer_days",
)
WORDS = ("name", "tagline", "offer", "conditions", "afterwards")
OPENING, CLOSING = time(9), time(17)
PUBLISHED_BEFORE_OPENING = timedelta(days=7)


def read(name: str) -> Any:
    """Read a file of the demo's data."""
    return tomllib.loads((Path(__file__).parent / "data" / f"{name}.toml").read_text(encoding="utf-8"))


def lay_out(data: Data, *, at: datetime) -> Cohort:
    """Make a programme with its terms and a published cohort whose dates lie around an instant."""
    return lay_out_cohort(lay_out_programme(data, at=at), data, at=at)


def lay_out_programme(data: Data, *, at: datetime) -> Programme:
    """Make a programme with its terms."""
    programme = Programme.objects.create(
        **{name: data[name] for name in FIGURES}, **{name: _words(data[name]) for name in WORDS}
    )
    Terms.objects.create(
        programme=programme,
        version=1,
        title=_words(data["terms"]["title"]),
        text=_words(data["terms"]["text"]),
        published_at=at + timedelta(days=data["terms"]["days_published"]),
    )
    return programme


def lay_out_cohort(programme: Programme, data: Data, *, at: datetime) -> Cohort:
    """Make a published cohort whose dates lie around an instant."""
    cohort = _cohort(programme, data["cohort"], at)
    _criteria(cohort, data["criteria"])
    _form(cohort, data["sections"])
    _judging(cohort, data, at)
    cohort.published_at = cohort.opens_at - PUBLISHED_BEFORE_OPENING
    cohort.save(update_fields=["published_at"])
    return cohort


def _cohort(programme: Programme, data: Data, at: datetime) -> Cohort:
    zone = ZoneInfo(programme.timezone)
    today = day_of(at, zone=zone.key)
    month = add_months(today, data["first_month_in"])
    return Cohort.objects.create(
        programme=programme,
        slug=data["slug"].format(month=month),
        code=data["code"].format(month=month),
        name={
            language: words.format(words=format_skeleton("yMMMM", month, locale=language))
            for language, words in data["name"].items()
        },
        opens_at=_instant(today, data["opens_in_days"], OPENING, zone),
        closes_at=_instant(today, data["closes_in_days"], CLOSING, zone),
        decisions_on=today + timedelta(days=data["decisions_in_days"]),
        first_period=month,
        seats=data["seats"],
    )


def _criteria(cohort: Cohort, rows: Iterable[Data]) -> None:
    for order, row in enumerate(rows, start=1):
        EligibilityCriterion.objects.create(cohort=cohort, order=order, **row)


def _form(cohort: Cohort, sections: Iterable[Data]) -> None:
    for order, row in enumerate(sections, start=1):
        section = Section.objects.create(cohort=cohort, order=order, title=row["title"], intro=row.get("intro", {}))
        Question.objects.bulk_create(
            Question(section=section, order=place, **question)
            for place, question in enumerate(row["questions"], start=1)
        )


def _judging(cohort: Cohort, data: Data, at: datetime) -> None:
    zone = ZoneInfo(cohort.programme.timezone)
    today = day_of(at, zone=zone.key)
    for order, row in enumerate(data["rubric"], start=1):
        RubricCriterion.objects.create(cohort=cohort, order=order, **row)
    for row in data["phases"]:
        ReviewPhase.objects.create(
            cohort=cohort,
            name=row["name"],
            opens_at=_instant(today, row["opens_in_days"], OPENING, zone),
            closes_at=_instant(today, row["closes_in_days"], CLOSING, zone),
            is_blind=row.get("is_blind", False),
        )


def _words(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in texts.items()}


def _instant(today: date, days: int, clock_time: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(today + timedelta(days=days), clock_time, tzinfo=zone).astimezone(UTC)
