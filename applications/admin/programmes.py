"""Setting a programme and its cohorts up. What is published stands still; the database sees to it as well."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import models
from django.db.models import DateTimeField
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications import actions
from applications.admin.cohort_setup import (
    WRITERS,
    CriterionInline,
    PhaseInline,
    RubricInline,
    SectionInline,
    SetUpAdmin,
)
from applications.admin.settings_changes import CHANGE_SETTINGS
from applications.models import (
    Cohort,
    Offer,
    Programme,
    Terms,
)
from applications.models.settings_changes import with_settings
from portal.accounts.access import person
from portal.desk.acts import Act
from portal.desk.records import OPERATOR
from portal.desk.two_people import ChangedByTwoAdmin
from portal.forms import posted_id
from portal.language.dates import instant
from portal.language.zones import zone_in_words
from portal.models import Role
from portal.money import Money


class ProgrammeForm(forms.ModelForm[Programme]):
    """A programme whose zone, currency and calendar are known to the system."""

    banking_calendar = forms.ChoiceField(
        label=_("Banking days"), choices=[("FED", _("Federal Reserve (USD)")), ("XECB", _("TARGET (EUR)"))]
    )
    monthly_cap = forms.DecimalField(
        label=_("Monthly maximum"),
        help_text=_("In the programme's currency, such as 6000."),
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            cap = self.instance.monthly_cap.major
            self.initial["monthly_cap"] = cap.to_integral_value() if cap == cap.to_integral_value() else cap

    def clean_currency(self) -> str:
        """Refuse a currency that cannot be written."""
        currency: str = self.cleaned_data["currency"].upper()
        if currency not in list_currencies():
            raise forms.ValidationError(_("Give a currency by its three letters, such as USD or EUR."))
        return currency

    def clean(self) -> dict[str, Any]:
        """Keep the monthly maximum in minor units of the currency, which stands still once it is chosen."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        currency = told.get("currency") or self.instance.currency
        if currency and "monthly_cap" in told:
            try:
                self.instance.monthly_cap_minor = Money.of(told["monthly_cap"], currency).minor
            except ValueError:
                self.add_error("monthly_cap", _("This currency has fewer decimals."))
        return told


@admin.register(Programme)
class ProgrammeAdmin(ChangedByTwoAdmin, SetUpAdmin):
    """A funder's offer. Operators make programmes; their managers fill them."""

    viewers = (*Role.oversight(), OPERATOR)
    editors = (*WRITERS, OPERATOR)
    form = ProgrammeForm
    scope_path = "pk"
    may_add = True
    once = ("slug", "currency")
    editable = (
        "name",
        "funder",
        "tagline",
        "offer",
        "conditions",
        "afterwards",
        "contact_email",
        "monthly_cap",
        "months",
        "timezone",
        "banking_calendar",
        "cooling_off_days",
        "payment_day",
        "offer_days",
    )
    TAKE_TWO = ("monthly_cap", "months", "cooling_off_days")
    acts = (CHANGE_SETTINGS,)
    CHANGES = "settings_changes"
    list_display = ("__str__", "funder", "monthly_cap", "months", "timezone")
    ordering = ("slug", "id")
    fieldsets = (
        (None, {"fields": ("slug", "name", "funder", "tagline", "contact_email")}),
        (_("Words of the programme's page"), {"fields": ("offer", "conditions", "afterwards")}),
        (_("Money"), {"fields": ("currency", "monthly_cap", "months", "payment_day", "banking_calendar")}),
        (_("Rules"), {"fields": ("timezone", "offer_days", "cooling_off_days")}),
    )

    @admin.display(description=_("Monthly maximum"), ordering="monthly_cap_minor")
    def monthly_cap(self, programme: Programme) -> Money:
        return programme.monthly_cap

    def has_add_permission(self, request: HttpRequest) -> bool:
        return person(request).is_operator

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return with_settings(super().get_queryset(request))  # type: ignore[arg-type]  # of its own model

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Leave the money settings to two people once a cohort is published."""
        takes_two = self.TAKE_TWO if obj is not None and obj.takes_two else ()
        return [*super().get_readonly_fields(request, obj), *takes_two]


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
    ordering = ("-programme_id", "-version", "-id")
    acts = (
        Act(
            "publish",
            _("Publish"),
            actions.publish_terms,
            WRITERS,
            consequences=(_("Offers made from now on refer to this version."), _("The text can no longer be changed.")),
            final=True,
            offered=lambda terms: terms.published_at is None,
            done=_("Published."),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)


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
        "programme",
        "slug",
        "code",
        "name",
        ("opens_at", "closes_at"),
        "decisions_on",
        "first_period",
        "seats",
        "published_at",
        "released_at",
    )
    list_display = ("__str__", "code", "opens", "closes", "seats", "published_at", "released_at")
    list_filter = ("programme",)
    list_select_related = ("programme",)
    ordering = ("-opens_at", "-id")
    inlines = (CriterionInline, SectionInline, RubricInline, PhaseInline)
    acts = (
        Act(
            "publish",
            _("Publish"),
            actions.publish_cohort,
            WRITERS,
            consequences=(
                _("Visitors see the cohort from now on."),
                _("Its criteria, form and rubric can no longer be changed."),
            ),
            final=True,
            offered=lambda cohort: cohort.published_at is None,
            done=_("Published. Applications open on the opening day."),
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        still = self.STAND_ONCE_PUBLISHED if obj is not None and obj.published_at else ()
        return [*super().get_readonly_fields(request, obj), *still]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    # --- Its hours are those of its programme, whoever looks ----------------------------------------

    @admin.display(description=_("opens"), ordering="opens_at")
    def opens(self, cohort: Cohort) -> str:
        return _in_its_zone(cohort.opens_at, cohort.programme)

    @admin.display(description=_("closes"), ordering="closes_at")
    def closes(self, cohort: Cohort) -> str:
        return _in_its_zone(cohort.closes_at, cohort.programme)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show, read and name the page's hours in the zone of the programme; drawn here, while that zone holds."""
        programme = self._programme_of(request)
        with timezone.override(programme.timezone if programme else timezone.get_current_timezone()):
            page = super().changeform_view(request, object_id, form_url, extra_context)
            return page.render() if isinstance(page, TemplateResponse) else page

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        words = _("Hours are in %(zone_words)s.") % {"zone_words": zone_in_words(obj.programme.timezone)}
        return [(title, {**told, "description": words}) for title, told in fieldsets]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, DateTimeField) and self._programme_of(request) is None:
            kwargs["help_text"] = _("In the programme's time zone.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def _programme_of(self, request: HttpRequest) -> Programme | None:
        """Return the programme of the cohort on the page: its own; of a new one what was chosen, or the only choice."""
        kwargs = request.resolver_match.kwargs if request.resolver_match else {}
        if key := kwargs.get("object_id"):
            cohort = self.get_object(request, unquote(key))
            return cohort.programme if cohort else None
        mine = Programme.objects.filter(pk__in=person(request).scopes(*self.editors)).order_by("pk")
        key = posted_id(request.POST.get("programme") or request.GET.get("programme"))
        if key is not None:
            return mine.filter(pk=key).first()
        choices = mine[:2]
        return choices[0] if len(choices) == 1 else None


def _in_its_zone(moment: datetime, programme: Programme) -> str:
    with timezone.override(programme.timezone):
        return f"{instant(moment)} ({zone_in_words()})"
