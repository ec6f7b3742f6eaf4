"""Setting a programme and its cohorts up. What is published stands still; the database sees to it as well."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications import actions
from applications.models import (
    Cohort,
    EligibilityCriterion,
    Offer,
    Programme,
    Question,
    ReviewPhase,
    RubricCriterion,
    Section,
    Terms,
)
from portal.access import person
from portal.fields import LocalText
from portal.forms import DayInput, InstantInput
from portal.local_text import LocalTextInput
from portal.models import Role
from portal.scoped_admin import OPERATOR, Act, ScopedAdmin

READERS = (Role.MANAGER.value, Role.AUDITOR.value)
WRITERS = (Role.MANAGER.value,)
LONG_WORDS = ("offer", "conditions", "afterwards", "text")


@cache
def _words_shown(field: LocalText) -> Callable[[Any], str]:
    """Show words by language, where Django would show the JSON they are kept as."""

    @admin.display(description=field.verbose_name)
    def shown(row: Any) -> str:
        words = getattr(row, field.name) or {}
        said = [(code.upper(), words[code]) for code, _name in settings.LANGUAGES if words.get(code)]
        return format_html_join(mark_safe("<br>"), '<b class="soft">{}</b> {}', said) or "–"  # literal

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

    viewers: tuple[str, ...] = READERS
    editors: tuple[str, ...] = WRITERS
    formfield_overrides = {
        models.DateField: {"widget": DayInput},
        models.DateTimeField: {"form_class": forms.DateTimeField, "widget": InstantInput, "help_text": _("UTC")},
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


class ProgrammeForm(forms.ModelForm[Programme]):
    """A programme whose zone, currency and calendar are known to the system."""

    banking_calendar = forms.ChoiceField(
        label=_("Banking days"), choices=[("FED", _("Federal Reserve (USD)")), ("XECB", _("TARGET (EUR)"))]
    )

    def clean_timezone(self) -> str:
        """Refuse a zone without rules: every date of the programme is told in it."""
        zone: str = self.cleaned_data["timezone"]
        if zone not in available_timezones():
            raise forms.ValidationError(_("Give a zone by its name, such as America/New_York or Europe/Paris."))
        return zone

    def clean_currency(self) -> str:
        """Refuse a currency that cannot be written."""
        currency: str = self.cleaned_data["currency"].upper()
        if currency not in list_currencies():
            raise forms.ValidationError(_("Give a currency by its three letters, such as USD or EUR."))
        return currency


@admin.register(Programme)
class ProgrammeAdmin(SetUpAdmin):
    """A funder's offer. Operators make programmes; their managers fill them."""

    viewers = (*READERS, OPERATOR)
    editors = (*WRITERS, OPERATOR)
    form = ProgrammeForm
    scope_path = "pk"
    may_add = True
    once = ("slug", "currency")
    editable = (
        "name", "funder", "tagline", "offer", "conditions", "afterwards", "contact_email", "monthly_cap_minor", "months",
        "timezone", "banking_calendar", "cooling_off_days", "payment_day", "offer_days",
    )  # fmt: skip
    list_display = ("__str__", "funder", "monthly_cap", "months", "timezone")
    ordering = ("slug",)
    fieldsets = (
        (None, {"fields": ("slug", "name", "funder", "tagline", "contact_email")}),
        (_("Words of the programme's page"), {"fields": ("offer", "conditions", "afterwards")}),
        (_("Money"), {"fields": ("currency", "monthly_cap_minor", "months", "payment_day", "banking_calendar")}),
        (_("Rules"), {"fields": ("timezone", "offer_days", "cooling_off_days")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return person(request).is_operator


@admin.register(Terms)
class TermsAdmin(SetUpAdmin):
    """What startups sign, version by version. A published version never changes."""

    scope_path = "programme_id"
    may_add = True
    once = ("programme", "version")
    editable = ("title", "text", "is_material")
    fields = ("programme", "version", "title", "text", "is_material", "digest", "published_at")
    list_display = ("__str__", "programme", "version", "published_at")
    list_filter = ("programme",)
    list_select_related = ("programme",)
    ordering = ("programme_id", "-version")
    acts = (
        Act(
            "publish",
            _("Publish"),
            actions.publish_terms,
            WRITERS,
            words=_("Offers made from now on refer to this version. It can never be changed afterwards."),
            offered=lambda terms: terms.published_at is None,
            done=_("Published."),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)


class RuleInline(ShownWords, admin.TabularInline[Any, Any]):
    """Rows of a cohort's rules: written by its managers until it is published, then only read."""

    extra = 0

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        return fields if self._is_open(request, obj) else self._shown(flatten(fields))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if self._is_open(request, obj) else self.get_fields(request, obj)

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        cohort: Cohort | None = obj.cohort if isinstance(obj, Section) else obj
        if cohort is None:
            return False
        return cohort.published_at is None and person(request).holds(*WRITERS, scope_id=cohort.programme_id)

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
        return obj is not None and person(request).holds(*WRITERS, scope_id=obj.programme_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super()._is_open(request, obj)


class CohortForm(forms.ModelForm[Cohort]):
    """A cohort whose figures agree with what is fixed already."""

    def clean_seats(self) -> int:
        """Refuse fewer seats than are offered or taken; the database would."""
        seats: int = self.cleaned_data["seats"]
        kept = Offer.objects.filter(cohort=self.instance.pk).holding_seats().count()
        if seats < kept:
            raise forms.ValidationError(
                ngettext("%(n)d seat is offered or taken already.", "%(n)d seats are offered or taken already.", kept)
                % {"n": kept}
            )
        return seats

    def clean_closes_at(self) -> datetime:
        """Refuse to close before opening, also where the opening can no longer be changed."""
        closes_at: datetime = self.cleaned_data["closes_at"]
        opens_at = self.cleaned_data.get("opens_at") or self.instance.opens_at
        if opens_at and closes_at <= opens_at:
            raise forms.ValidationError(_("It closes after it opens."))
        return closes_at


@admin.register(Cohort)
class CohortAdmin(SetUpAdmin):
    """One round of a programme: its dates and seats, its criteria, form, rubric and review phases."""

    form = CohortForm
    scope_path = "programme_id"
    may_add = True
    once = ("programme",)
    editable = ("slug", "code", "name", "opens_at", "closes_at", "decisions_on", "first_period", "seats")
    STAND_ONCE_PUBLISHED = ("slug", "code", "opens_at", "first_period")
    fields = (
        "programme", "slug", "code", "name", ("opens_at", "closes_at"), "decisions_on", "first_period", "seats",
        "published_at", "released_at",
    )  # fmt: skip
    list_display = ("__str__", "code", "opens_at", "closes_at", "seats", "published_at", "released_at")
    list_filter = ("programme",)
    list_select_related = ("programme",)
    ordering = ("-opens_at", "id")
    inlines = (CriterionInline, SectionInline, RubricInline, PhaseInline)
    acts = (
        Act(
            "publish",
            _("Publish"),
            actions.publish_cohort,
            WRITERS,
            words=_(
                "Visitors see the cohort from now on. Its criteria, form and rubric can never be changed afterwards."
            ),
            offered=lambda cohort: cohort.published_at is None,
            done=_("Published. Applications open on the opening day."),
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        still = self.STAND_ONCE_PUBLISHED if obj is not None and obj.published_at else ()
        return [*super().get_readonly_fields(request, obj), *still]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()


class QuestionInline(StackedRuleInline):
    model = Question
    fields = (
        ("order", "key", "kind", "max_length"), "label", "help", "choices", ("is_required", "identifies"),
    )  # fmt: skip
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
    ordering = ("cohort_id", "order")
    inlines = (QuestionInline,)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.cohort.published_at is None)
