"""Catalogues: collected from code and templates, compiled only when newer, and incomplete ones told."""

import os
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import write_po
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.template import Context, Engine
from django.utils import translation
from django.utils.translation import trans_real

from portal.language import catalogues

CODE = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
a = _("Good morning, %(name)s")
b = ngettext("one seat", "%(n)d seats", 3) % {"n": 3}
c = pgettext("month", "May")
d = gettext_lazy("Save")
"""
TEMPLATE = """{% load i18n %}
<p title='(odd "quotes"'>{% translate "100% yours" %} {{ x|default:_("Nothing yet") }}</p>
{% blocktranslate trimmed count n=n with who=who %}
    One seat
    for {{ who }}
{% plural %}
    {{ n }} seats
    for {{ who }}
{% endblocktranslate %}
    {% trans "May" context "verb" %}
  {% firstof nothing _("Go on") %}
"""
WANTED = {
    ("Good morning, %(name)s", ""),
    ("one seat", ""),
    ("May", "month"),
    ("Save", ""),
    ("100%% yours", ""),
    ("Nothing yet", ""),
    ("One seat for %(who)s", ""),
    ("May", "verb"),
    ("Go on", ""),
}
FRENCH = {
    "Good morning, %(name)s": "Bonjour, %(name)s",
    "one seat": ("une place", "%(n)d places"),
    "May": "Mai",
    "Save": "Enregistrer",
    "100%% yours": "100 %% à vous",
    "Nothing yet": "Rien encore",
    "One seat for %(who)s": ("Une place pour %(who)s", "%(n)s places pour %(who)s"),
    "Go on": "Continuer",
}


@pytest.fixture
def root(tmp_path: Path, settings: LazySettings) -> Path:
    """Give a small project of one module and one template."""
    (tmp_path / "portal" / "templates").mkdir(parents=True)
    (tmp_path / "portal" / "views.py").write_text(CODE)
    (tmp_path / "portal" / "templates" / "page.html").write_text(TEMPLATE)
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    return tmp_path


def translate(change: dict[str, Any] | None = None) -> None:
    """Fill the French catalogue."""
    catalogue = catalogues.read("fr")
    for message in catalogue:
        if message.id:
            message.string = (FRENCH | (change or {}))[catalogues.forms(message.id)[0]]
    with catalogues.catalogue_path("fr").open("wb") as file:
        write_po(file, catalogue)


def run(what: str) -> None:
    call_command("messages", what, verbosity=0)


def faults() -> str:
    with pytest.raises(CommandError) as caught:
        run("check")
    return str(caught.value)


def test_collects_what_django_looks_up(root: Path) -> None:
    words = catalogues.collect(root)
    assert {(catalogues.forms(m.id)[0], m.context or "") for m in words if m.id} == WANTED
    assert words.get("One seat for %(who)s").id == ("One seat for %(who)s", "%(n)s seats for %(who)s")


def test_every_kind_of_message_is_found_at_run_time(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("extract")
    translate()
    run("compile")
    monkeypatch.setattr(trans_real, "_translations", {})  # what the process has read before
    page = Engine(libraries={"i18n": "django.templatetags.i18n"}).from_string(TEMPLATE)
    with translation.override("fr"):
        html = page.render(Context({"n": 3, "who": "Ada"}))
    for words in ("100 % à vous", "Rien encore", "3 places pour Ada", "Mai", "Continuer"):
        assert words in html


def test_english_needs_no_catalogue_and_french_waits_for_words(root: Path) -> None:
    run("extract")
    assert not catalogues.catalogue_path("en").exists()
    told = faults()
    assert "en:" not in told
    assert told.count("fr: not translated") == len(WANTED)
    translate()
    run("check")


def test_english_says_the_words_of_the_sources_and_counts_them_right() -> None:
    """Without a catalogue of its own, English has its plurals from the two forms in the sources."""
    with translation.override("en"):
        seats = [translation.ngettext("one seat", "%(n)d seats", n) % {"n": n} for n in (0, 1, 2, 21)]
        bare = translation.gettext("Nothing anybody translates")
    assert (seats, bare) == (["0 seats", "one seat", "2 seats", "21 seats"], "Nothing anybody translates")


def test_extract_keeps_translations_and_drops_what_is_gone(root: Path) -> None:
    run("extract")
    translate()
    (root / "portal" / "views.py").write_text('from x import gettext as _\n_("Save")\n_("New")\n')
    run("extract")
    assert catalogues.read("fr").get("Save").string == "Enregistrer"
    assert catalogues.read("fr").get("Good morning, %(name)s") is None
    assert faults().splitlines()[0] == "fr: not translated: 'New'"


def test_extract_again_changes_no_byte(root: Path) -> None:
    run("extract")
    before = catalogues.catalogue_path("fr").read_bytes()
    run("extract")
    assert catalogues.catalogue_path("fr").read_bytes() == before


def test_catalogue_behind_its_sources_is_told(root: Path) -> None:
    run("extract")
    translate()
    (root / "portal" / "views.py").write_text('from x import gettext as _\n_("Save")\n_("New")\n')
    told = faults()
    assert "fr: missing, run “manage.py messages extract”: 'New'" in told
    assert "fr: no longer in the sources: 'Good morning, %(name)s'" in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"Good morning, %(name)s": "Bonjour"},
        {"Good morning, %(name)s": "Bonjour, %(nom)s"},
        {"one seat": ("une place", "des places")},
        {"Save": "<b>Enregistrer"},
    ],
)
def test_lost_placeholder_or_tag_is_told(root: Path, wrong: dict[str, object]) -> None:
    run("extract")
    translate(wrong)
    assert "fr: other placeholders or tags" in faults()


def test_fuzzy_words_are_told_and_not_shown(root: Path) -> None:
    run("extract")
    translate()
    path = catalogues.catalogue_path("fr")
    path.write_text(path.read_text().replace('msgid "Save"', '#, fuzzy\nmsgid "Save"'))
    assert "fr: fuzzy: 'Save'" in faults()


def test_half_a_plural_is_told(root: Path) -> None:
    run("extract")
    translate({"one seat": ("une place", "")})
    assert "fr: not translated: 'one seat'" in faults()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("""page = f"<b>{_('Save')}</b>\"""", "2: inside an f-string, which is not collected: _('Save')"),
        (
            """page = f\'\'\'{f"<i>{translation.ngettext('one seat', 'many seats', 2)}</i>"}\'\'\'""",
            "2: inside an f-string, which is not collected: translation.ngettext('one seat', 'many seats', 2)",
        ),
        ("""page = _(f"Save {name}")""", "2: words put together, not one literal: _(f'Save {name}')"),
        ("""page = _(f"{name}")""", "2: words put together, not one literal: _(f'{name}')"),
        ("""page = _("Save" + " all")""", "2: words put together, not one literal: _('Save' + ' all')"),
        (
            """page = _("Save" if one else "Go on")""",
            "2: words put together, not one literal: _('Save' if one else 'Go on')",
        ),
        (
            """page = pgettext("month", kept["May"])""",
            "2: words put together, not one literal: pgettext('month', kept['May'])",
        ),
        (
            """page = ngettext("one seat", f"{n} seats", n)""",
            "2: words put together, not one literal: ngettext('one seat', f'{n} seats', n)",
        ),
        (
            "from django.utils.translation import gettext_lazy as lazy",
            "2: gettext_lazy imported as lazy, which is not collected",
        ),
        (
            "from django.utils.translation import pgettext_lazy as _",
            "2: pgettext_lazy imported as _, which is not collected",
        ),
    ],
)
def test_words_the_collector_misses_are_told(root: Path, code: str, told: str) -> None:
    run("extract")
    translate()
    (root / "portal" / "views.py").write_text(f"{CODE.splitlines()[1]}\n{code}\n")
    assert f"portal/views.py:{told}" in faults().splitlines()


def test_words_marked_elsewhere_or_split_over_lines_are_not_told(root: Path) -> None:
    """A variable's words were marked where they stand, and literals side by side are one."""
    (root / "portal" / "views.py").write_text(
        """
from django.utils.translation import gettext, gettext_lazy as _, ngettext
KIND = _("Save")
page = f"<b>{KIND}</b>" + gettext(key) + gettext(row.key) + ngettext("one seat", "%(n)d seats", len(f"{rows}"))
page = _(
    "Good morning, "
    "%(name)s"
)
"""
    )
    assert catalogues.uncollected(root) == []


def test_compiles_only_what_changed(root: Path) -> None:
    run("extract")
    assert catalogues.compile_stale() == []
    source = catalogues.catalogue_path("fr")
    later = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (later, later))
    assert catalogues.compile_stale() == ["fr"]


def test_no_catalogue_yet_compiles_to_nothing(root: Path) -> None:
    run("compile")
    assert not (root / "locale").exists()
