"""Rows written on a record's page are drawn by ourselves as Django's own template draws them, but for the space between tags."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import InlineAdminFormSet
from django.forms import inlineformset_factory
from django.forms.models import BaseInlineFormSet
from django.template import Context, Engine
from django.utils.safestring import mark_safe

from applications.models import Cohort, Section
from portal.tabulars import RowsFormSet, drawn
from tests import factories
from tests.portal.test_fieldsets import DJANGOS, EVIL, tidy

pytestmark = pytest.mark.django_db


class SectionForm(forms.ModelForm[Section]):
    class Meta:
        model = Section
        fields = ("order", "title", "intro")
        labels = {"order": EVIL, "intro": mark_safe("words &amp; more")}
        help_texts = {"title": mark_safe("As on <em>paper</em>"), "order": EVIL}

    def clean(self) -> None:
        """Refuse every row as a whole."""
        raise forms.ValidationError(EVIL)


class HiddenForm(forms.ModelForm[Section]):
    class Meta:
        model = Section
        fields = ("order", "title")
        widgets = {"order": forms.HiddenInput()}


class Sections(RowsFormSet):
    def clean(self) -> None:
        """Refuse all rows together."""
        raise forms.ValidationError(EVIL)


class Inline(admin.TabularInline[Section, Cohort]):
    model = Section
    verbose_name = EVIL
    verbose_name_plural = "étapes"
    fields = ("order", "title", "intro")

    @admin.display(description=EVIL)
    def said(self, _row: Section) -> str:
        return f"{EVIL}\ntwo lines"

    @admin.display(boolean=True)
    def answers(self, _row: Section) -> bool:
        return True


class Linked(Inline):
    show_change_link = True
    classes = ("collapse", "wide")

    def view_on_site(self, _row: Section) -> str:
        return "/sections/?a=1&b=2"


@dataclass(frozen=True)
class Shape:
    """A way to show rows: what can be done with them, and what they are made of."""

    inline: type[Inline] = Inline
    form: type[forms.ModelForm[Section]] = SectionForm
    fields: tuple[Any, ...] = ("order", ("title", "intro"))
    read_only: tuple[str, ...] = ()
    perms: dict[str, bool] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)


SHAPES = {
    "all may be done": Shape(),
    "only one": Shape(told={"max_num": 1, "extra": 0}),
    "folded, with links": Shape(Linked),
    "read only in part": Shape(fields=("order", "said", "title", "answers"), read_only=("said", "answers", "title")),
    "hidden": Shape(form=HiddenForm, fields=("order", "title")),
    "nothing may be added": Shape(Linked, perms={"has_add_permission": False}, told={"extra": 0}),
    "only added": Shape(Linked, perms={"has_change_permission": False, "has_delete_permission": False}),
    "nothing is deleted": Shape(perms={"has_delete_permission": False}, told={"can_delete": False}),
}


def rows(
    shape: Shape, cohort: Cohort, data: dict[str, Any] | None, base: type[BaseInlineFormSet[Any, Any, Any]]
) -> Any:
    made: Any = inlineformset_factory(Cohort, Section, form=shape.form, formset=base, **({"extra": 2} | shape.told))
    formset = made(data, instance=cohort, prefix="sections")
    page: Any = shape.inline(Cohort, admin.site)
    fieldsets = [(None, {"fields": shape.fields})]
    return InlineAdminFormSet(page, formset, fieldsets, {}, list(shape.read_only), model_admin=page, **shape.perms)


def by_django(formset: InlineAdminFormSet, *, is_last: bool) -> str:
    libraries = {
        name: f"django.{where}"
        for name, where in {
            "i18n": "templatetags.i18n",
            "static": "templatetags.static",
            "admin_urls": "contrib.admin.templatetags.admin_urls",
            "admin_modify": "contrib.admin.templatetags.admin_modify",
        }.items()
    }
    engine = Engine(dirs=[str(DJANGOS)], libraries=libraries)
    words = Context({"inline_admin_formset": formset, "forloop": {"last": is_last}})
    return engine.get_template("admin/edit_inline/tabular.html").render(words)


def sent(cohort: Cohort) -> dict[str, Any]:
    """Give what a browser sends of a cohort's first section, as it stands, and of a new one that is wrong."""
    first = cohort.sections.order_by("pk")[0]
    return {
        "sections-TOTAL_FORMS": "2",
        "sections-INITIAL_FORMS": "1",
        "sections-0-id": str(first.pk),
        "sections-0-cohort": str(cohort.pk),
        "sections-0-order": str(first.order),
        "sections-1-order": EVIL,
        "sections-1-cohort": str(cohort.pk),
    }


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("is_wrong", [False, True], ids=["asked", "wrong"])
def test_rows_are_drawn_as_their_template_draws_them(name: str, is_wrong: bool) -> None:
    shape, cohort = SHAPES[name], factories.cohort(publish=False)
    Section.objects.create(cohort=cohort, order=90, title={"en": EVIL, "fr": EVIL})
    data = sent(cohort) if is_wrong else None
    djangos = by_django(rows(shape, cohort, data, Sections), is_last=is_wrong)
    ours = drawn(rows(shape, cohort, data, Sections), is_last=is_wrong)
    assert tidy(ours) == tidy(djangos)
    assert ("errorlist" in djangos) is is_wrong
    assert "original" in djangos


def test_form_of_a_row_to_come_is_made_once() -> None:
    page = rows(Shape(), factories.cohort(publish=False), None, RowsFormSet)
    assert page.formset.empty_form is page.formset.empty_form
