"""Names stand in mails to strangers: what may not be one."""

import pytest
from django.core.exceptions import ValidationError

from portal.language.names import one_line, plain_name


@pytest.mark.parametrize(
    "name",
    [
        "Loomwork Inc.",
        "Ada Lovelace-Bÿron",
        "Élan Santé",
        "پارس\u200cآنلاین",  # joined without joining, as Persian is written
        "Acme.ai",
        "A/B Labs",
        "株式会社ルーム",
        "",
    ],
)
def test_names_as_people_bear_them(name: str) -> None:
    plain_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Your account is locked: http://evil.example",
        "Visit https evil",
        "ftp://evil",
        "WWW.evil.example",
        "Go to evil.example/login",
        "Acme\u202egro.live",
        "\u2800",  # a pattern of Braille without a dot
        "Ac\u3164me",  # letters of Hangul that fill a place, and are drawn as none
        "\u115f\u1160\uffa0",
        "Ac\u200bme",
        "Ac\u2066me",
        "Ac\0me",
        "Acme\nBcc: all",
        "\ufeffAcme",
        "Ac\u2028me",
    ],
)
def test_names_that_carry_an_address_or_hidden_letters(name: str) -> None:
    with pytest.raises(ValidationError, match="A name holds no"):
        plain_name(name)


def test_name_is_brought_into_one_line() -> None:
    assert one_line("  Loom\n\twork ") == "Loom work"
