"""Days of no calendar: every form says what is wrong with them, and no page goes down; tests/laws asks the database."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.test import Client
from django.urls import reverse

from applications.models import Cohort
from mentorship.forms.sessions import ItemForm
from payouts.forms.holds import HoldForm, KeepForm
from portal.bounds import known_day
from portal.models import Role
from tests import factories as f
from tests import world
from tests.applications import pages
from tests.applications.pages import signed_in
from tests.applications.test_admin import filled, opened

pytestmark = pytest.mark.django_db
UNKNOWN = ("0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31")
WORDS = "Enter a date between 2000 and 2100."
# Days that no form asks for: counted by the clock, by the banking calendar, or held equal to a bounded one.
COUNTED = {
    "applications_eligibilityfact.as_of",
    "payouts_award.first_period",
    "payouts_paymentbatch.effective_on",
    "payouts_paymentbatch.file_on",
    "payouts_paymentbatch.settles_on",
    "portal_lawcheck.checked_on",
}


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    pages.set_clock(monkeypatch, f.AT)


@pytest.mark.parametrize("day", UNKNOWN)
def test_cohort_with_a_day_of_no_calendar_is_refused_and_every_page_stays(day: str) -> None:
    cohort = f.cohort(publish=False)
    manager = signed_in(f.holder(Role.MANAGER, cohort.programme))
    form = filled(manager, opened(cohort))
    phase = next(name for name in form if name.endswith("0-closes_at"))
    for name in ("opens_at", "closes_at", "decisions_on", "first_period", phase):
        told = f"{day}T23:59" if name.endswith("_at") else day
        response = manager.post(opened(cohort), form | {name: told})
        assert (response.status_code, WORDS in pages.text(response)) == (200, True), name
    assert Cohort.objects.get(pk=cohort.pk).closes_at == cohort.closes_at
    assert Client().get("/").status_code == 200


@pytest.mark.parametrize("day", UNKNOWN)
def test_startup_founded_on_a_day_of_no_calendar_is_refused(day: str) -> None:
    client = signed_in(f.user())
    response = client.post(reverse("startup_new"), {"name": "Loomwork", "country": "US", "founded_on": day})
    assert (response.status_code, WORDS in pages.text(response)) == (422, True)


@pytest.mark.parametrize("day", UNKNOWN)
def test_hours_of_no_calendar_are_refused(day: str) -> None:
    mentor = signed_in(world.build().people["mentor"])  # type: ignore[arg-type]  # only the visitor is nobody
    hours = {"starts": "09:00", "ends": "12:00"}
    forms: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
        ("rule", {**hours, "weekday": "1", "from_on": "2027-05-01", "until_on": "2027-06-01"}, ("from_on", "until_on")),
        ("opening", {**hours, "on": "2027-05-08"}, ("on",)),
        ("off", {"first_on": "2027-05-10", "last_on": "2027-05-11"}, ("first_on", "last_on")),
    ]
    for kind, told, days in forms:
        for name in days:
            sent = {f"{kind}-{field}": value for field, value in {**told, name: day}.items()}
            response = mentor.post(reverse("mentor_hours"), {"add": kind, **sent})
            assert (response.status_code, WORDS in pages.text(response)) == (422, True), (kind, name)


@pytest.mark.parametrize("day", UNKNOWN)
def test_role_of_no_calendar_is_refused(day: str) -> None:
    ada, grant = f.user(), f.grant(f.user(), Role.REVIEWER, f.programme())
    operator = signed_in(f.user(is_operator=True))
    told = {"person": ada.email, "role": Role.REVIEWER, "scope": grant.scope_id, "starts_on": "2027-03-02"}
    page = reverse("admin:portal_rolegrant_list_act", args=["grant"])
    answers = [operator.post(page, {**told, name: day}) for name in ("starts_on", "ends_on")]
    answers.append(operator.post(reverse("admin:portal_rolegrant_act", args=[grant.pk, "end"]), {"on": day}))
    assert [(answer.status_code, WORDS in pages.text(answer)) for answer in answers] == [(422, True)] * 3


@pytest.mark.parametrize("day", UNKNOWN)
def test_review_of_a_hold_and_promise_of_no_calendar_are_refused(day: str) -> None:
    told: dict[str, Any] = {"by": f.user(), "at": f.AT, "subject": None}
    forms = [
        (HoldForm({"review_on": day}, **told), "review_on"),
        (KeepForm({"review_on": day}, **told), "review_on"),
        (ItemForm({"due_on": day}), "due_on"),
    ]
    assert [form.errors[name] for form, name in forms] == [[WORDS]] * 3


@pytest.mark.parametrize("day", [date(2000, 1, 1), date(2100, 12, 31)])
def test_first_and_last_day_are_known(day: date) -> None:
    known_day(day)


def test_every_day_that_people_set_is_bounded_by_the_database() -> None:
    unbounded = {
        f"{model._meta.db_table}.{field.name}"
        for model in apps.get_models()
        if model.__module__.split(".")[0] in ("portal", "applications", "payouts", "mentorship")
        for field in model._meta.fields
        if (isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField))
        or isinstance(field, DateTimeRangeField)
        if not any(
            isinstance(law, models.CheckConstraint) and law.name.endswith("_known") and field.name in repr(law)
            for law in model._meta.constraints
        )
    }
    assert unbounded == COUNTED | {"mentorship_attendance.span"}  # that of its session


@pytest.mark.parametrize("rank", ["0", "100001", "99999999999", "9" * 5000])
def test_place_on_the_waitlist_is_bounded(rank: str) -> None:
    application = f.submitted()
    manager = signed_in(f.holder(Role.MANAGER, application.cohort.programme))
    told = {"outcome": "waitlist", "months": "6", "monthly_cap": "6000", "first_period": "2027-05-01", "rank": rank}
    response = manager.post(reverse("admin:desk_decision", args=[application.pk]), told)
    assert (response.status_code, application.decisions.exists()) == (422, False)
