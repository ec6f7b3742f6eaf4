"""Changes that one person asks for and another confirms: their acts, their record pages, and the record that they change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.desk.acts import Act, ActForm, Words
from portal.desk.records import ScopedAdmin
from portal.forms import ReasonField
from portal.language.text import colon
from portal.models.two_people import NOT_ALONE, TwoPersonChange

State = TwoPersonChange.State


class ChangeForm(ActForm):
    """What is to be, and last of all why."""

    reason = ReasonField(help_text=_("Your colleagues read it, in their email and in the history."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"])


def asking(
    name: str,
    label: Words,
    run: Callable[..., Any],
    roles: tuple[str, ...],
    form: type[ChangeForm],
    *,
    offered: Callable[[Any], bool] = lambda subject: True,
) -> Act:
    """Return the act that asks for a change, of a subject annotated with `change_asked_by`, while none waits."""
    return Act(
        name,
        label,
        run,
        roles,
        consequences=(
            _("A colleague must confirm the change. Nothing changes until then."),
            _("Everybody else who can confirm it gets an email."),
        ),
        form=form,
        offered=lambda subject: subject.change_asked_by is None and offered(subject),
        doer=lambda subject: subject.change_asked_by,
        done=_("Requested. A colleague must confirm the change."),
    )


def deciding(
    confirm: Callable[..., Any], withdraw: Callable[..., Any], roles: tuple[str, ...], *, kept: Words
) -> tuple[Act, Act]:
    """Return the acts that end a change which waits.

    :param kept: what stays as it was even when it is confirmed.
    """

    def consequences(change: TwoPersonChange, _at: datetime) -> list[Any]:
        return [
            *map(str, change.differences),
            colon(gettext("Reason"), change.reason),
            kept,
            gettext("The change takes effect at once, and everybody else who could confirm it gets an email."),
        ]

    return (
        Act(
            "confirm",
            _("Confirm change"),
            confirm,
            roles,
            states=(State.ASKED,),
            into=State.CONFIRMED,
            consequences=consequences,
            done=_("Confirmed. The change is in force."),
        ),
        Act(
            "withdraw",
            _("Withdraw change"),
            withdraw,
            roles,
            states=(State.ASKED,),
            into=State.WITHDRAWN,
            consequences=(_("Everything stays as it is."),),
            done=_("Withdrawn. Everything stays as it is."),
        ),
    )


class TwoPersonChangeAdmin(ScopedAdmin):
    """What was asked for, by whom, and who confirmed it. Its act `confirm` is not for who asked."""

    SUBJECT = ""  # the field that says what changes
    PROGRAMME = ""  # the path to whose change it is
    ordering = ("-id",)
    readonly_fields = ("what_changes",)

    def __init_subclass__(cls) -> None:
        cls.scope_path = f"{cls.PROGRAMME}_id"
        cls.list_filter = ("state", cls.PROGRAMME)
        cls.list_select_related = (cls.PROGRAMME, "asked_by", "confirmed_by")

    def get_list_display(self, request: HttpRequest) -> Any:
        return (self.SUBJECT, "what_changes", "state", "asked_by", "asked_at", "confirmed_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("asked_by", "asked_at", "confirmed_by", "confirmed_at")
        return (self.SUBJECT, "state", "what_changes", "reason", *asked)

    def why_not(self, request: HttpRequest, act: Act, subject: Any) -> str:
        waits = act.name == "confirm" and subject.state == State.ASKED
        return str(NOT_ALONE) if waits and subject.asked_by_id == request.user.pk else ""

    @admin.display(description=_("what changes"))
    def what_changes(self, change: TwoPersonChange) -> str:
        return ", ".join(map(str, change.differences))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits for a second person, as the record that it changes shows it; without address to who sees none."""

    change: TwoPersonChange
    address: str


class ChangedByTwoAdmin(ScopedAdmin):
    """A record of which something changes by two people: its page says what waits, who asked for it, and leads there.

    Its queryset is annotated with `change_asked_by`.
    """

    CHANGES = ""  # the related name of its changes

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        waiting = self._waiting(request, kwargs.get("obj"))
        return super().render_change_form(request, {**context, "waiting": waiting}, *args, **kwargs)

    def _waiting(self, request: HttpRequest, record: models.Model | None) -> Waiting | None:
        if record is None or record.change_asked_by is None:  # type: ignore[attr-defined]  # annotated
            return None
        change = getattr(record, self.CHANGES).asked().select_related("asked_by").first()
        if change is None:
            return None
        theirs = self.admin_site.get_model_admin(type(change))
        sees = theirs.has_view_permission(request, change)
        page = f"admin:{change._meta.app_label}_{change._meta.model_name}_change"
        return Waiting(change, reverse(page, args=[change.pk]) if sees else "")
