"""The design system: components draw in every state, no page can break the policy, and colours can be read."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.conf import LazySettings, settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from pytest_django.asserts import assertTemplateUsed

from portal import clock, spans, state_looks
from portal.language.dates import instant
from portal.money import Money
from portal.registry import Cell
from portal.templatetags import components as tags
from portal.views import styleguide

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "portal" / "static" / "portal"
COMPONENTS = ROOT / "portal" / "templates" / "components"
NOW = datetime(2027, 3, 9, 14, 30, tzinfo=UTC)


def templates() -> Iterator[Path]:
    """Give every template of the repository but the mails, whose readers strip stylesheets."""
    for app in ("portal", "applications", "payouts", "mentorship"):
        for path in (ROOT / app / "templates").rglob("*.html"):
            if "mail" not in path.relative_to(ROOT / app / "templates").parts:
                yield path


def draw(name: str, **context: object) -> str:
    return render_to_string(f"components/{name}.html", context)


# --- No page can break the Content-Security-Policy ----------------------------------------------------


def test_templates_hold_no_inline_style_or_script() -> None:
    found = []
    for path in templates():
        text = path.read_text()
        bad = re.findall(r"""<style\b|\sstyle=|\son[a-z]+\s*=\s*["']|javascript:|\shx-on""", text)
        # A script without a source is data for a script of ours, and says so by its type.
        bad += [
            tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag and "application/json" not in tag
        ]
        found += [f"{path.relative_to(ROOT)}: {each}" for each in bad]
    assert found == []


def test_templates_load_nothing_from_another_host() -> None:
    loading = re.compile(r"""(?:src|srcset|<link[^>]*href)=["'](?:https?:)?//""")
    assert [str(path) for path in templates() if loading.search(path.read_text())] == []
    assert [
        path.name for path in STATIC.glob("*.css") if re.search(r"url\(['\"]?(?:https?:)?//|@import", path.read_text())
    ] == []


def test_scripts_evaluate_nothing() -> None:
    script = "".join(path.read_text() for path in sorted(STATIC.glob("*.js")))
    assert not re.search(r"\beval\b|new Function|innerHTML|setAttribute\(.style|document\.write", script)


def test_every_template_compiles() -> None:
    for path in templates():
        get_template(str(path).split("/templates/", 1)[1])


def test_pages_that_stand_alone_need_no_template_language() -> None:
    for name in ("400.html", "500.html", "503.html"):
        assert "{" not in (ROOT / "portal" / "templates" / name).read_text()


# --- Colours ---------------------------------------------------------------------------------------------

INKS = ["ink", "ink-soft", "accent-ink", "good-ink", "warn-ink", "bad-ink"]
PAIRS = [
    *[(ink, ground) for ink in INKS for ground in ("canvas", "surface", "sunken")],
    *[(f"{family}-ink", f"{family}-soft") for family in ("accent", "good", "warn", "bad", "quiet")],
    *[(ink, f"{family}-soft") for ink in ("ink", "ink-soft") for family in ("accent", "good", "warn", "bad", "quiet")],
    # The tinted column of the present month carries every family; the hatched segment carries the accent.
    *[(ink, "accent-soft") for ink in INKS],
    ("accent-ink", "accent-hatch"),
    ("accent-on", "accent"),
    ("accent-on", "accent-hover"),
    ("accent-on", "accent-deep"),
    ("good-on", "good"),
    ("danger-on", "danger"),
    ("danger-on", "danger-hover"),
    ("paper-ink", "paper"),
    ("paper-ink", "paper-soft"),
]
# Borders of what one can operate, and the ring of focus (WCAG 2.2, 1.4.11).
EDGES = [(edge, ground) for edge in ("line-strong", "accent-ink") for ground in ("canvas", "surface")]


def palette(scheme: str) -> dict[str, str]:
    """Read the colours of one scheme from tokens.css; dark redeclares part of light."""
    light, dark = (STATIC / "tokens.css").read_text().split("@media screen and (prefers-color-scheme: dark)")
    named = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    return dict(named.findall(light)) | (dict(named.findall(dark)) if scheme == "dark" else {})


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_on_their_ground(scheme: str) -> None:
    colours = palette(scheme)
    low = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_can_be_seen(scheme: str) -> None:
    colours = palette(scheme)
    low = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in EDGES}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 3} == {}


def test_only_the_palette_names_colours() -> None:
    for name in ("components.css", "portal.css", "admin.css"):
        text = re.sub(r'url\("data:[^"]*"\)', "", (STATIC / name).read_text())
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)", text) == [], name


def test_every_colour_that_is_used_is_named() -> None:
    named = set(re.findall(r"(--[\w-]+):", "".join(path.read_text() for path in STATIC.glob("*.css"))))
    used = {name for path in STATIC.glob("*.css") for name in re.findall(r"var\((--[\w-]+)", path.read_text())}
    assert used - named == set()


# --- The style page ------------------------------------------------------------------------------------------

PARTS = {"_strip_month", "_strip_part", "_strip_signs"}  # drawn by _strip, and by the tag strip_signs


@pytest.mark.django_db
def test_style_page_answers_in_the_demo(client: Client) -> None:
    page = client.get("/styleguide/")
    assert page.status_code == 200
    assert "default-src 'self'" in page["Content-Security-Policy"]


@pytest.mark.django_db
def test_style_page_is_absent_from_production(client: Client, settings: LazySettings) -> None:
    settings.DEMO = False
    assert client.get("/styleguide/").status_code == 404


def test_style_page_shows_every_component() -> None:
    folder = COMPONENTS.parent
    shown = "".join(path.read_text() for path in [folder / "styleguide.html", *(folder / "styleguide").glob("*.html")])
    drawn_by_crispy = {"_errors"}
    names = {path.stem for path in COMPONENTS.glob("*.html")} - PARTS - drawn_by_crispy
    assert {name for name in names if f"components/{name}.html" not in shown} == set()


def test_guide_names_every_component() -> None:
    named = set(re.findall(r"`(_\w+)\.html`", (COMPONENTS / "README.md").read_text()))
    assert named == {path.stem for path in COMPONENTS.glob("*.html")} - PARTS


def test_every_component_says_what_it_takes() -> None:
    assert [path.name for path in COMPONENTS.glob("*.html") if not path.read_text().startswith("{% comment %}")] == []


# --- Components ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.stem for path in COMPONENTS.glob("*.html")))
def test_component_draws_with_nothing_given(name: str) -> None:
    draw(name)


def strip(states: list[str]) -> str:
    return draw("_strip", months=styleguide.strip(states, current=2), label="Lumen Care")


@pytest.mark.parametrize("months", [1, 2, 3, 6, 7, 12])
def test_strip_has_a_cell_a_month(months: int) -> None:
    drawn = strip(["paid"] * months)
    assert drawn.count('<li class="strip-month') == months
    assert f'data-columns="{months if months <= 6 else -(-months // 2)}"' in drawn
    assert drawn.count('aria-current="date"') == (1 if months > 1 else 0)


@pytest.mark.parametrize("state", list(styleguide.MONEY_STATES))
def test_strip_tells_each_state_by_words_and_sign(state: str) -> None:
    drawn = strip([state])
    assert f'data-state="{state}"' in drawn
    assert f"{styleguide.MONEY_STATES[state][0]}</" in drawn
    assert tags.icon(state_looks.LOOKS[state].icon, 20) in drawn


def test_strip_without_cells_says_so() -> None:
    drawn = draw("_strip", months=[{"n": 1, "period": date(2027, 5, 1), "is_current": False, "cells": {}}])
    assert "Nothing planned" in drawn
    assert "No session" in drawn
    assert "No check-in" in drawn
    assert "once the agreement is signed" in draw("_strip", months=[])


def test_strip_escapes_what_people_wrote() -> None:
    cell = Cell("money", "held", "<b>Held</b>", "<script>")
    months = [{"n": 1, "period": date(2027, 5, 1), "is_current": True, "cells": {"money": cell}}]
    assert "&lt;b&gt;Held" in draw("_strip", months=months)
    assert "<script>" not in draw("_strip", months=months)


def test_a_held_session_is_good_and_held_money_is_not() -> None:
    assert state_looks.look_of("held", "sessions").family == "good"
    assert state_looks.look_of("held").family == "warn"


def test_looks_use_five_families_and_icons_that_exist() -> None:
    assert {look.family for look in state_looks.LOOKS.values()} == {"plain", "moving", "good", "warn", "bad", "quiet"}
    for look in state_looks.LOOKS.values():
        assert all(tags.icon(look.icon, size).startswith("<svg") for size in (16, 20, 24))


def test_whose_move_says_who_since_when_what_and_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    given = {
        "who": "the review team",
        "since": NOW - timedelta(days=4),
        "promised": date(2027, 4, 15),
        "next": "A mail comes.",
    }
    drawn = draw("_whose_move", mine=False, **given)
    for words in (
        "Waiting for the review team",
        "March 5, 2027",
        "4 days ago",
        "by April 15, 2027",
        "in 37 days",
        "A mail comes.",
    ):
        assert words in drawn
    drawn = draw("_whose_move", mine=True, action_url="/go/", action_label="Answer", promised="within two days")
    for words in ("It is your move", 'href="/go/"', "Answer", "within two days"):
        assert words in drawn


def test_whose_move_speaks_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with translation.override("fr"):
        drawn = draw("_whose_move", mine=False, who="x", since=NOW - timedelta(days=4), promised=date(2027, 4, 15))
    assert "5 mars 2027" in drawn
    assert "il y a 4 jours" in drawn


def test_amounts_are_written_as_money() -> None:
    drawn = draw("_money", rows=[{"label": "May", "amount": Money.of(6000, "USD")}], total=Money.of(6000, "USD"))
    assert drawn.count("$6,000.00") == 2


class Form(forms.Form):
    name = forms.CharField(max_length=3)
    choice = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)

    def clean(self) -> None:
        self.add_error(None, "The deadline passed.")


def test_form_says_once_what_is_wrong_and_links_to_it() -> None:
    drawn = draw("_form", form=Form({"name": "Too long"}), submit_label="Send")
    assert drawn.count("The deadline passed.") == 1
    assert '<a href="#id_name">Name</a>' in drawn
    assert '<a href="#div_id_choice">Choice</a>' in drawn  # a group of boxes has no field of its own to go to
    assert 'id="div_id_choice"' in drawn
    assert 'value="Too long"' in drawn


def test_form_is_posted_once_and_carries_files() -> None:
    class Upload(forms.Form):
        file = forms.FileField()

    drawn = draw("_form", form=Upload(), submit_label="Send")
    assert "data-once" in drawn
    assert 'enctype="multipart/form-data"' in drawn


# --- Words for instants ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (NOW - timedelta(minutes=5), "5 minutes ago"),
        (NOW + timedelta(hours=2), "in 2 hours"),
        (NOW - timedelta(days=1), "1 day ago"),
        (NOW + timedelta(days=10), "in 10 days"),
        (NOW - timedelta(days=400), "1 year ago"),
        (NOW.date(), "today"),
        (date(2027, 3, 12), "in 3 days"),
        (None, ""),
    ],
)
def test_ago(moment: datetime | date | None, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert spans.ago(moment) == words


def test_instant_has_no_seconds() -> None:
    assert instant(NOW.replace(second=30)) == "Mar 9, 2027, 2:30\u202fPM"
    with translation.override("fr"):
        assert instant(NOW) == "9 mars 2027, 14:30"
    assert instant(date(2027, 3, 9)) == "Mar 9, 2027"


def test_initials() -> None:
    assert [tags.initials(name) for name in ("Ada Lovelace", "ada", "Bao van Nguyễn", "", "(x) Y")] == [
        "AL",
        "A",
        "BN",
        "?",
        "Y",
    ]


# --- Pages of the frame --------------------------------------------------------------------------------------------------


def _request(path: str = "/nowhere/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    return request


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_error_page_draws(name: str, language: str) -> None:
    with translation.override(language):
        page = render_to_string(f"{name}.html", {}, request=_request())
    assert page.count("<h1") >= 1
    assert name[:3] in page


@pytest.mark.django_db
def test_stranger_address_answers_our_page(client: Client) -> None:
    page = client.get("/no/such/page/")
    assert page.status_code == 404
    assert "Page not found" in page.text


@pytest.mark.django_db
def test_demo_banner_says_the_date_in_words(client: Client) -> None:
    drawn = render_to_string("frame/_demo_banner.html", {"demo_date": NOW})
    assert "Tuesday, March 9, 2027" in drawn
    assert render_to_string("frame/_demo_banner.html", {"demo_date": None}).strip() == ""


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_wear_our_frame(client: Client, name: str) -> None:
    page = client.get(reverse(name)).text
    assert "portal/tokens.css" in page
    assert 'class="form-control' in page or "textinput form-control" in page
    assert "Menu:" not in page  # of django-allauth's own layout


@pytest.mark.django_db
def test_demo_shows_its_own_page_where_nothing_is(client: Client, settings: LazySettings) -> None:
    settings.DEBUG = True
    for address in ("/nowhere/", "/programmes/nowhere/"):
        page = client.get(address)
        assert page.status_code == 404
        assertTemplateUsed(page, "404.html")
        assert "Page not found" in page.content.decode()


@pytest.mark.django_db
def test_demo_shows_developers_what_broke(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    monkeypatch.setattr("portal.views.styleguide.context", lambda now: 1 // 0)
    page = Client(raise_request_exception=False).get("/styleguide/", headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert "Request Method" in page.content.decode()
