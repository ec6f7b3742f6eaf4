"""Days are those of the programme's zone: one o'clock in UTC is the evening before in New York."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.pages import whose_move
from tests import factories as f
from tests.applications import pages

pytestmark = pytest.mark.django_db
NIGHT = timedelta(days=1) - timedelta(hours=f.AT.hour - 1, minutes=f.AT.minute)  # to the next 01:00


def test_fact_is_of_the_programmes_day() -> None:
    draft = f.draft()
    at = f.AT + NIGHT
    criterion = draft.cohort.criteria.get(fact="raised")
    actions.state_fact(draft, criterion, 5, by=f.founder_of(draft.startup), at=at)
    assert draft.facts.get(fact="raised").as_of == at.date() - timedelta(days=1)


def test_decision_is_late_once_the_programmes_day_is_over() -> None:
    application = f.submitted()
    promised = application.cohort.decisions_on
    night = datetime(promised.year, promised.month, promised.day, 1, tzinfo=UTC) + timedelta(days=1)
    told = [whose_move.for_startup(application, at=at).next for at in (night, night + timedelta(hours=4))]
    assert ["later than promised" in words for words in told] == [False, True]


def test_first_money_waits_for_the_programmes_month(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = f.cohort(first_period=date(2027, 5, 1), released_at=f.AT)
    seen = []
    for hour in (1, 5):
        pages.set_clock(monkeypatch, datetime(2027, 5, 1, hour, tzinfo=UTC))
        steps = Client().get(reverse("programme", args=[cohort.programme.slug])).context["dates"]
        seen.append(steps[-1].state)
    assert seen == ["current", "done"]
