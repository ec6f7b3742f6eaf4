"""The record pages of changes that one person asks for and another confirms."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.desk.acts import Act, Words
from portal.desk.records import ScopedAdmin
from portal.models.two_people import TwoPersonChange


class TwoPersonChangeAdmin(ScopedAdmin):
    """What was asked for, by whom, and who confirmed it. Its act `confirm` is not for who asked."""

    SUBJECT = ""  # the field that says what changes
    NOT_ALONE: Words = ""
    ordering = ("-id",)
    readonly_fields = ("what_changes",)

    def get_list_display(self, request: HttpRequest) -> Any:
        return (self.SUBJECT, "what_changes", "state", "asked_by", "asked_at", "confirmed_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("asked_by", "asked_at", "confirmed_by", "confirmed_at")
        return (self.SUBJECT, "state", "what_changes", "reason", *asked)

    def why_not(self, request: HttpRequest, act: Act, subject: Any) -> str:
        waits = act.name == "confirm" and subject.state == TwoPersonChange.State.ASKED
        return str(self.NOT_ALONE) if waits and subject.asked_by_id == request.user.pk else ""

    @admin.display(description=_("what changes"))
    def what_changes(self, change: TwoPersonChange) -> str:
        return ", ".join(map(str, change.differences))
