"""Mentors and pairings in the admin: read by managers and auditors."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from mentorship.models import (
    AvailabilityRule,
    Mentor,
    Mentorship,
)
from portal.desk.records import ReadOnlyInline, ScopedAdmin
from portal.models import Role


class HoursInline(ReadOnlyInline):
    model = AvailabilityRule
    fields = ("weekday", "starts", "ends", "zone", "from_on", "until_on")
    ordering = ("weekday", "starts", "id")


class RecordAdmin(ScopedAdmin):
    """What managers and auditors of the programme read; nothing is changed here."""

    viewers = Role.oversight()


@admin.register(Mentor)
class MentorAdmin(RecordAdmin):
    list_display = ("person", "headline", "minutes", "notice_hours")
    list_select_related = ("person",)
    search_fields = ("person__name", "person__email")
    ordering = ("person__name", "id")
    inlines = (HoursInline,)


@admin.register(Mentorship)
class MentorshipAdmin(RecordAdmin):
    scope_path = "participation__cohort__programme_id"
    list_display = ("startup", "mentor", "state", "is_primary", "paired_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("mentor__person", "participation__startup")
    search_fields = ("participation__startup__name_folded", "mentor__person__name")
    ordering = ("-id",)

    @admin.display(description=_("startup"))
    def startup(self, mentorship: Mentorship) -> str:
        return str(mentorship.participation.startup)
