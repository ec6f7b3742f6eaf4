"""A record's fieldset is drawn by ourselves as Django's own template draws it, but for the space between its tags."""

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import Fieldset
from django.template import Context, Engine
from django.test.utils import override_settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.fieldsets import drawn
from portal.models import User

EVIL = "<b>\"'&é"
DJANGOS = Path(admin.__file__).parent / "templates"


class PersonForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("email", "name", "language", "is_operator")
        help_texts = {"name": mark_safe("As on <em>paper</em>"), "joined_at": mark_safe("The <em>first</em> day")}
        labels = {"name": EVIL, "timezone": EVIL}
        widgets = {"language": forms.HiddenInput()}


class PersonAdmin(admin.ModelAdmin[User]):
    readonly_fields = ("timezone", "joined_at", "last_login", "is_active", "said", "marked", "answers")

    @admin.display(description=mark_safe("Words &amp; more"))
    def said(self, _user: User) -> str:
        return f"{EVIL}\ntwo lines"

    def marked(self, _user: User) -> SafeString:
        return format_html("<i>{}</i>", EVIL)

    @admin.display(boolean=True)
    def answers(self, _user: User) -> bool:
        return True


ALONE = ("email", "name", "language", "is_operator", *PersonAdmin.readonly_fields)
SHAPES: list[dict[str, Any]] = [
    {"fields": ALONE},
    {"name": EVIL, "fields": ("name",), "description": mark_safe("<b>bold</b>")},
    {"name": "Folded", "classes": ("collapse", "wide"), "fields": ("is_operator",)},
    {"fields": (("email", "name", "language"), ("is_operator", "said", "answers"), ("timezone",), ("language",))},
]


def by_django(fieldset: Fieldset) -> str:
    words = {"fieldset": fieldset, "prefix": "fieldset", "id_prefix": 0, "id_suffix": 3, "heading_level": 2}
    engine = Engine(dirs=[str(DJANGOS)], libraries={"i18n": "django.templatetags.i18n"})
    return engine.get_template("admin/includes/fieldset.html").render(Context(words))


def tidy(html: str) -> str:
    """Leave out the space between tags and around classes, which nobody sees."""
    html = re.sub(r"\s*(<[^>]*>)\s*", lambda tag: " ".join(tag[1].split()), html)
    return html.replace(' "', '"').strip()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("data", [None, {}, {"email": EVIL, "name": EVIL}], ids=["asked", "empty", "wrong"])
@pytest.mark.parametrize("renderer", ["portal.drawing.Renderer", "django.forms.renderers.DjangoTemplates"])
def test_a_fieldset_is_drawn_as_its_template_draws_it(
    shape: dict[str, Any], data: dict[str, str] | None, renderer: str
) -> None:
    page = PersonAdmin(User, admin.site)

    def fieldset() -> Fieldset:
        person = User(email="a@example.org", name=EVIL, timezone="Asia/Kolkata", is_active=True)
        form = PersonForm(data, instance=person, use_required_attribute=False)
        return Fieldset(form, readonly_fields=page.readonly_fields, model_admin=page, **shape)

    with override_settings(FORM_RENDERER=renderer):
        djangos = by_django(fieldset())
    assert tidy(drawn(fieldset(), "fieldset-0-3")) == tidy(djangos)
    if data is not None and "email" in str(shape["fields"]):
        assert "errorlist" in djangos
