"""Names stand in mails to strangers: what may not be one."""

import re
import time
import unicodedata
from typing import Literal

import pytest
from django.core.exceptions import ValidationError

from portal.language.names import linkable, one_line, plain_name, unlinked


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
        "株式会社ＡＢＣ",  # in the register's own width
        "モーニング娘。",
        "Booking.com",
        "Monday.com Ltd.",
        "Node.js",
        "Acme.ai: Research",
        "St. John",
        "A.I. Labs",
        "O.K. Corp",
        "J.R.R. Tolkien",
        "C/O Labs",
        "Toys “R” Us",
        "@home",
        "1234567 Canada Inc.",
        "I ❤️ Data",
        "",
    ],
)
def test_names_as_people_bear_them(name: str) -> None:
    plain_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Ngọc Ánh",
        "Ọlúṣẹ́gun Ọbásanjọ́",
        "Ełnį́į́h",
        "R̥̄gveda",
        "דּוֹד בֶּן־גּוּרִיּוֹן",
        "בְּרֵאשִׁית",
        "مُحَمَّد",
        "الرَّحْمٰن",
        "สุวรรณภูมิ น้ำใจ",
        "ที่ปรึกษา",
        "लक्ष्मी श्रीमती",
        "ज़ाकिर",
        "বাংলাদেশ",
        "ශ්‍රී ලංකා",
        "བསྒྲུབས",
        "ཧཱུྃ",
        "ရွှေ ခင်မောင်ကြွေး",
        "ស្ត្រី",
        "각",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_of_all_scripts(name: str, form: Literal["NFC", "NFD"]) -> None:
    plain_name(unicodedata.normalize(form, name))


@pytest.mark.parametrize(
    "name",
    [
        "Your account is locked: http://evil.example",
        "Visit https evil",
        "ftp://evil",
        "WWW.evil.example",
        "Go to evil.example/login",
        "-evil.example/login",
        "évil.example/login",
        "evil.example:8080",
        "evil.example?a=b",
        "hxxp evil",
        "hxxps://evil",
        "ｈｔｔｐｓ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "ｗｗｗ．evil",
        "ｅｖｉｌ．ｅｘａｍｐｌｅ／login",
        "evil。example/login",
        "Write to me@evil.example",
        "ｍｅ＠ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "Acme\u202egro.live",
        "\u2800",  # a pattern of Braille without a dot
        "Ac\u3164me",  # letters of Hangul that fill a place, and are drawn as none
        "\u115f\u1160\uffa0",
        "Ac\u200bme",
        "Ac\u034fme",
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


@pytest.mark.parametrize(
    "name",
    [
        "Z\u0300\u0301\u0302algo",
        "x\u20dd\u20de\u20df",
        "ก" + "\u0e47" * 3,
        "ا\u064b\u064c\u064d\u064e\u064f",
        "é\u0301\u0301",
    ],
    ids=["Latin", "frames", "Thai", "Arabic", "one twice"],
)
def test_names_whose_marks_cover_other_lines(name: str) -> None:
    with pytest.raises(ValidationError, match="at most two accents"):
        plain_name(name)


# What programs that show mails take for an address: at the most, letters around any full stop there is.
LINKED = re.compile(r"\S[.\u2024\u3002\ufe52\uff0e\uff61]\w")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Booking.com", "Booking. com"),
        ("ｅｖｉｌ．ｃｏｍ", "ｅｖｉｌ． ｃｏｍ"),
        ("evil。com", "evil。 com"),
        ("пример.рф", "пример. рф"),
        ("cafe\u0301.example", "cafe\u0301. example"),
        ("sub.evil.co.uk", "sub. evil. co. uk"),
        ("me@evil.example me", "me@evil. example me"),
        ("192.0.2.1", "192. 0. 2. 1"),
        ("J.R.R. Tolkien", "J. R. R. Tolkien"),
        ("St. John and Sons Ltd.", "St. John and Sons Ltd."),
    ],
)
def test_name_in_a_mail_is_no_link_and_reads_alike(name: str, shown: str) -> None:
    written = unlinked(name)
    assert written.replace("\u200a", " ") == shown
    assert not LINKED.search(written)
    assert linkable(written) == name
    assert unicodedata.category("\u200a") == "Zs", "a space, which ends an address everywhere"


def test_who_has_no_name_is_called_by_their_address_as_it_is() -> None:
    assert unlinked("ada@example.org") == "ada@example.org"


@pytest.mark.parametrize("letter", ["x", "x-", "x.", "é\u0301", "@", "a@a.", "-", "\ufdfa", "."])
def test_long_names_are_judged_in_no_time(letter: str) -> None:
    began = time.monotonic()
    for judge in (plain_name, unlinked):
        try:
            judge(letter * 70_000)
        except ValidationError:
            continue
    assert time.monotonic() - began < 5


def test_name_is_brought_into_one_line() -> None:
    assert one_line("  Loom\n\twork ") == "Loom work"
