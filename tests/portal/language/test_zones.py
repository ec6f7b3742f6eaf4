"""Time zones: a name that no zone bears is refused where it is typed, and takes no page down where it is read."""

import pytest
from django.core.exceptions import ValidationError

from portal.language.zones import known_zone, zone_or

ODD = ("Mars/Olympus", "../etc/passwd", "\x00", "America", "europe/Paris ", "x" * 5000)


@pytest.mark.parametrize("name", ODD)
def test_mistyped_zone_is_refused_and_falls_back(name: str) -> None:
    assert zone_or(name) == "UTC"
    with pytest.raises(ValidationError):
        known_zone(name)


def test_zone_stays_what_it_is() -> None:
    known_zone("Europe/Paris")
    assert [zone_or("Europe/Paris"), zone_or("", "Asia/Tokyo")] == ["Europe/Paris", "Asia/Tokyo"]
