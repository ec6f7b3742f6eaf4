"""A cohort's rules: criteria, form, rubric, phases. Written in every language until published, then only read."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from applications.models import Cohort, EligibilityCriterion, Question, ReviewPhase, RubricCriterion, Section
from portal.accounts.access import person
from portal.desk.records import ScopedAdmin
from portal.forms import DayField, DayInput, InstantField, InstantInput, JsonField
from portal.language.fields import LocalText
from portal.language.local_text import LocalTextInput
from portal.language.zones import zone_in_words
from portal.models import Role

WRITERS = (Role.MANAGER.value,)
LONG_WORDS = ("offer", "conditions", "afterwards", "text")


@cache
def _words_shown(field: LocalText) -> Callable[[Any], str]:
    """Show words by language, where Django would show the JSON they are kept as."""

    @admin.display(description=field.verbose_name)
    def shown(row: Any) -> str:
        words = getattr(row, field.name) or {}
        said = [(code.upper(), words[code]) for code, _name in settings.LANGUAGES if words.get(code)]
        return render_to_string("applications/admin/_words.html", {"said": said})

    return shown


class ShownWords:
    """Where words cannot be changed, show them as words."""

    def _shown(self, fields: Sequence[Any]) -> list[Any]:
        """Put what shows words in the place of those fields that are only read."""
        model: type[models.Model] = self.model  # type: ignore[attr-defined]  # mixed into an admin
        words = {f.name: f for f in model._meta.fields if isinstance(f, LocalText)}
        return [_words_shown(words[name]) if isinstance(name, str) and name in words else name for name in fields]


class SetUpAdmin(ShownWords, ScopedAdmin):
    """Pages on which managers write programme data, in every language."""

    viewers: tuple[str, ...] = Role.oversight()
    editors: tuple[str, ...] = WRITERS
    formfield_overrides = {
        models.DateField: {"form_class": DayField, "widget": DayInput},
        # Read in the zone in which the page is shown, and named after it.
        models.DateTimeField: {
            "form_class": InstantField,
            "widget": InstantInput,
            "help_text": lazy(zone_in_words, str)(),
        },
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, LocalText) and db_field.name in LONG_WORDS:
            kwargs["widget"] = LocalTextInput(rows=14 if db_field.name == "text" else 6)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(title, {**told, "fields": self._shown(flatten(told["fields"]))}) for title, told in fieldsets]


class RuleInline(ShownWords, admin.TabularInline[Any, Any]):
    """Rows of a cohort's rules: written by its managers until it is published, then only read."""

    extra = 0
    formfield_overrides = {LocalText: {}, models.JSONField: {"form_class": JsonField}}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        return fields if self._is_open(request, obj) else self._shown(flatten(fields))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if self._is_open(request, obj) else self.get_fields(request, obj)

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        cohort: Cohort | None = obj.cohort if isinstance(obj, Section) else obj
        if cohort is None:
            return False
        user = person(request)
        return cohort.published_at is None and user.holds(*WRITERS, at=user.seen_at, scope_id=cohort.programme_id)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(request, obj)


class StackedRuleInline(RuleInline):
    template = "admin/edit_inline/stacked.html"


class CriterionInline(StackedRuleInline):
    model = EligibilityCriterion
    fields = (("order", "fact", "kind", "operator"), "value", "choices", "is_hard", "question", "passed", "failed")
    ordering = ("order", "id")


class SectionInline(RuleInline):
    """The pages of the form; their questions stand on the section's own page."""

    model = Section
    fields = ("order", "title", "intro")
    ordering = ("order", "id")
    show_change_link = True


class RubricInline(RuleInline):
    model = RubricCriterion
    fields = ("order", "name", "guidance", "max_points", "weight")
    ordering = ("order", "id")


class PhaseForm(forms.ModelForm[ReviewPhase]):
    """A phase may be prolonged at any time, but who was promised blindness keeps it."""

    class Meta:
        model = ReviewPhase
        fields = ("name", "opens_at", "closes_at", "is_blind")

    def clean_is_blind(self) -> bool:
        """Refuse to lift or lower the veil once somebody reads."""
        blind: bool = self.cleaned_data["is_blind"]
        if self.instance.pk and "is_blind" in self.changed_data and self.instance.assignments.exists():
            raise forms.ValidationError(
                _("Reviewers are assigned in this phase; it stays as it was announced to them.")
            )
        return blind


class PhaseInline(RuleInline):
    """Phases can be added and moved while the cohort runs."""

    model = ReviewPhase
    form = PhaseForm
    fields = ("name", "opens_at", "closes_at", "is_blind")
    ordering = ("opens_at", "id")
    formfield_overrides = SetUpAdmin.formfield_overrides

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        user = person(request)
        return obj is not None and user.holds(*WRITERS, at=user.seen_at, scope_id=obj.programme_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super()._is_open(request, obj)


class QuestionInline(StackedRuleInline):
    model = Question
    fields = (
        ("order", "key", "kind", "max_length"),
        "label",
        "help",
        "choices",
        ("is_required", "identifies"),
    )
    ordering = ("order", "id")


@admin.register(Section)
class SectionAdmin(SetUpAdmin):
    """A page of an application form with its questions; reached from its cohort."""

    scope_path = "cohort__programme_id"
    editable = ("title", "intro")
    fields = ("cohort", "title", "intro")
    list_display = ("__str__", "cohort", "order")
    list_filter = ("cohort",)
    list_select_related = ("cohort__programme",)
    ordering = ("cohort_id", "order", "id")
    inlines = (QuestionInline,)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.cohort.published_at is None)
