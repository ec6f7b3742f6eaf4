"""The clock of mentorship's pages, set through the demo's own means."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from portal import clock
from portal.models import DemoClock
from tests.mentorship.builders import NOW

SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(db: None) -> SetClock:
    """Let the demo's clock show an instant from now on."""

    def turn(to: datetime) -> None:
        DemoClock.objects.update_or_create(pk=1, defaults={"ahead": to - timezone.now()})
        clock.forget()

    turn(NOW)
    return turn
