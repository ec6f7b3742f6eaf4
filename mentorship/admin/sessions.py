"""Sessions and action items in the admin: read by managers and auditors. A private note is in none of them."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from mentorship import actions
from mentorship.admin.mentors import RecordAdmin
from mentorship.models import (
    ActionItem,
    Attendance,
    MentorSession,
    SessionMove,
    SessionNote,
)
from portal.accounts.access import person
from portal.desk.acts import Act, ActForm
from portal.desk.records import ReadOnlyInline
from portal.language.dates import add_months, first_of_month, month
from portal.models import Role


class CancelForm(ActForm):
    """Why the programme cancels."""

    reason = forms.CharField(label=_("Why, in a line"), max_length=300, help_text=_("Both sides read it."))


class AttendanceInline(ReadOnlyInline):
    model = Attendance
    fields = ("person", "startup", "is_active", "outcome")
    ordering = ("id",)


class SharedNoteInline(ReadOnlyInline):
    """What both sides read, in all its versions."""

    model = SessionNote
    verbose_name_plural = _("shared notes")
    fields = ("number", "text", "author", "written_at")
    ordering = ("number", "id")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SessionNote]":
        return SessionNote.objects.visible_to(person(request))


class ActionItemInline(ReadOnlyInline):
    model = ActionItem
    fields = ("side", "text", "due_on", "state", "closed_by", "closed_at")
    ordering = ("id",)


class MoveInline(ReadOnlyInline):
    model = SessionMove
    fields = ("from_starts_at", "to_starts_at", "moved_by", "moved_at")
    ordering = ("id",)


class MonthFilter(admin.SimpleListFilter):
    """The months from the first session to the last: which of them have any would take a look at every session."""

    title = _("month")
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        times = model_admin.get_queryset(request).values_list("starts_at", flat=True)
        first, last = times.order_by("starts_at", "id").first(), times.order_by("-starts_at", "-id").first()
        if first is None:
            return []
        period, until = first_of_month(timezone.localdate(first)), timezone.localdate(last)
        months = []
        while period <= until:
            months.append((f"{period:%Y-%m}", month(period)))
            period = add_months(period, 1)
        return months

    def queryset(self, request: HttpRequest, queryset: "QuerySet[MentorSession]") -> "QuerySet[MentorSession]":
        begins = parse_date(f"{self.value()}-01") if self.value() in dict(self.lookup_choices) else None
        if begins is None:
            return queryset
        zone = timezone.get_current_timezone()
        between = [datetime.combine(day, time(), tzinfo=zone) for day in (begins, add_months(begins, 1))]
        return queryset.filter(starts_at__gte=between[0], starts_at__lt=between[1])


@admin.register(MentorSession)
class MentorSessionAdmin(RecordAdmin):
    scope_path = "mentorship__participation__cohort__programme_id"
    list_display = ("starts_at", "startup", "mentor", "state", "minutes")
    list_filter = ("state", MonthFilter)
    list_select_related = (
        "mentorship__mentor__person",
        "mentorship__participation__startup",
        "mentorship__participation__cohort",  # whose programme decides who sees it
    )
    list_only = (
        *("starts_at", "state", "minutes", "mentorship__mentor__person__name"),
        *("mentorship__participation__startup__name", "mentorship__participation__cohort__programme"),
    )
    search_fields = ("mentorship__participation__startup__name_folded", "mentorship__mentor__person__name")
    ordering = ("-starts_at", "-id")
    page_select_related = ("mentorship__participation__cohort",)
    inlines = (AttendanceInline, SharedNoteInline, ActionItemInline, MoveInline)
    acts = (
        Act(
            "cancel",
            _("Cancel for the programme"),
            actions.cancel,
            roles=(Role.MANAGER,),
            form=CancelForm,
            consequences=(
                _("Both sides get an email, and the session leaves both calendars."),
                _("The time is free again."),
                _("It counts as nobody’s fault."),
            ),
            states=(MentorSession.State.BOOKED,),
            into=MentorSession.State.CANCELLED,
            danger=True,
        ),
    )

    @admin.display(description=_("startup"))
    def startup(self, session: MentorSession) -> str:
        return str(session.mentorship.participation.startup)

    @admin.display(description=_("mentor"))
    def mentor(self, session: MentorSession) -> str:
        return str(session.mentorship.mentor)


@admin.register(ActionItem)
class ActionItemAdmin(RecordAdmin):
    scope_path = "session__mentorship__participation__cohort__programme_id"
    list_display = ("text", "side", "due_on", "state", "startup")
    list_filter = ("state", "side")
    list_select_related = ("session__mentorship__participation__startup",)
    search_fields = ("session__mentorship__participation__startup__name_folded",)
    ordering = ("-id",)

    @admin.display(description=_("startup"))
    def startup(self, item: ActionItem) -> Any:
        return item.session.mentorship.participation.startup
