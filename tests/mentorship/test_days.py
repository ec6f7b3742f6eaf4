"""What is due on a day is overdue once that day is over where the programme is, or for a mentor where they are."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from django.test import Client
from django.urls import reverse

from mentorship.actions import NewItem
from portal.models import User
from tests.mentorship.builders import founder, held

SetClock = Callable[[datetime], None]
EVENING = datetime(2027, 5, 11, 1, tzinfo=UTC)  # of May 10 in New York


def is_overdue(person: User, address: str) -> bool:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    words = client.get(address).content.decode()
    assert "Send the list" in words
    return "item-overdue" in words


def test_item_is_not_overdue_on_the_evening_of_its_day(set_clock: SetClock) -> None:
    made = held(items=[NewItem("startup", "Send the list", date(2027, 5, 10))])
    pair = made.mentorship
    mentor = pair.mentor.person
    mentor.timezone = "America/New_York"
    mentor.save(update_fields=["timezone"])
    seen = [
        (founder(pair), reverse("action_items", args=[pair.participation_id])),
        (founder(pair), reverse("mentor_session", args=[made.pk])),
        (mentor, reverse("mentoring")),
    ]
    found = []
    for at in (EVENING, EVENING.replace(hour=5)):
        set_clock(at)
        found.append([is_overdue(person, address) for person, address in seen])
    assert found == [[False] * 3, [True] * 3]


def test_hours_begin_on_the_mentors_day(set_clock: SetClock) -> None:
    mentor = held().mentorship.mentor.person
    mentor.timezone = "America/New_York"
    mentor.save(update_fields=["timezone"])
    set_clock(EVENING)
    client = Client()
    client.force_login(mentor, backend="allauth.account.auth_backends.AuthenticationBackend")
    forms = client.get(reverse("mentor_hours")).context["forms"]
    assert forms["rule"].initial["from_on"] == date(2027, 5, 10)
