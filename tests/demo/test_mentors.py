"""The demo's mentor: there after seeding, with hours that can be booked this very week."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from mentorship.models import Mentor
from mentorship.slots import free_slots
from portal import clock


@pytest.mark.django_db
def test_the_demos_mentor_has_a_profile_and_hours() -> None:
    call_command("seed_demo", verbosity=0)
    mentor = Mentor.objects.get(person__email="mentor@demo.tremplin.example")
    assert mentor.headline
    assert mentor.meeting_link.startswith("https://")
    slots = free_slots(mentor, at=clock.now())
    assert any(slot.start < clock.now() + timedelta(days=4) for slot in slots)
    assert len(slots) > 20
