"""Names as bank files can carry them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.rails.names import is_plain, transliterate
from portal.refusals import Refusal


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Acme, Inc.", "Acme, Inc."),
        ("Müller & Söhne <GmbH>", "Muller & Sohne GmbH"),
        ("🚀 Rocket 👩‍👩‍👧 Labs 🇫🇷", "Rocket Labs"),
        ("Wave 〰 ◼ Inc", "Wave Inc"),
        ("Łódź\r\nHealth", "Lodz Health"),
        ("O’Neil “x”", "O'Neil x"),
        ("北京智能", "BeiJingZhiNeng"),
        ("Ａcme １", "Acme 1"),  # full-width letters
        ("№ 5™", "No 5TM"),
        ("=SUM(A1)", "SUM(A1)"),
        ("A\u200bB\u202e\x00C", "AB C"),
        ("Straße\tŒuvre", "Strasse Oeuvre"),
    ],
)
def test_transliterate_spells_in_ascii(name: str, plain: str) -> None:
    assert transliterate(name) == plain


def test_transliterate_cuts_where_told_and_leaves_no_blank_at_the_end() -> None:
    assert transliterate("Very Long Company Name Incorporated", limit=22) == "Very Long Company Name"
    assert transliterate("Very Long Company Name Incorporated", limit=18) == "Very Long Company"


@pytest.mark.parametrize("name", ["", " ", "🚀🚀", "<>", "\r\n", "---", "\ud800"])
def test_transliterate_what_has_no_letters_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="letters of a bank file"):
        transliterate(name)


@given(st.text())
def test_transliterate_gives_a_plain_name_that_stays_or_refuses(name: str) -> None:
    try:
        plain = transliterate(name, limit=22)
    except Refusal:
        return
    assert is_plain(plain)
    assert len(plain) <= 22
    assert transliterate(plain, limit=22) == plain


@pytest.mark.parametrize("name", ["", " A", "A ", "A  B", "A\tB", "é", "A<", "A\n", "&"])
def test_is_plain_refuses_what_transliterate_would_change(name: str) -> None:
    assert not is_plain(name)
