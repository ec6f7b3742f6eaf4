"""What the installation writes down of itself, in the admin: exports, runs, law checks, history, looks at secrets."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.accounts.access import person
from portal.accounts.sessions import device_name
from portal.desk.history import DisclosureAdmin, TransitionAdmin
from portal.desk.records import OPERATOR, ScopedAdmin
from portal.models import AccountEvent, Disclosure, Export, JobRun, LawCheck, Role, RoleGrant, Transition, User
from portal.operations import law_checks


@admin.register(AccountEvent)
class AccountEventAdmin(ScopedAdmin):
    """Who came in, who did not, and what they changed about how they come in; kept for half a year."""

    viewers = (OPERATOR,)
    fields = ("at", "happened", "person", "network", "browser", "device")
    readonly_fields = ("happened", "browser")
    list_display = ("at", "happened", "person", "network", "browser")
    list_filter = ("kind",)
    list_select_related = ("person",)
    search_fields = ("person__email",)
    ordering = ("-id",)

    @admin.display(description=_("what happened"))
    def happened(self, event: AccountEvent) -> str:
        return capfirst(event.get_kind_display())

    @admin.display(description=_("browser"))
    def browser(self, event: AccountEvent) -> str:
        """Return what people call the device; one that told nothing is empty, as its network is."""
        return device_name(event.device) if event.device else ""


@admin.register(Export)
class ExportAdmin(ScopedAdmin):
    """The log of exports: who took which rows out, with which filters, and when."""

    viewers = (OPERATOR, Role.AUDITOR)
    fields = ("title", "person", "table", "query", "format", "rows", "asked_at", "made_at", "failed_at", "forgotten_at")
    list_display = ("title", "person", "format", "rows", "asked_at", "made_at")
    list_filter = ("format",)
    list_select_related = ("person",)
    ordering = ("-id",)


class InstallationAdmin(ScopedAdmin):
    """What is told of all programmes at once: an auditor reads it, but for the words that name records of others' programmes."""

    viewers = (OPERATOR, Role.AUDITOR)
    naming: tuple[str, ...] = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_fields(request, obj)
        return shown if _reads_all(person(request)) else [name for name in shown if name not in self.naming]


def _reads_all(user: User) -> bool:
    programmes: Any = RoleGrant._meta.get_field("scope").related_model
    others = programmes._default_manager.exclude(pk__in=user.scopes(Role.AUDITOR))
    return user.is_operator or not others.exists()


@admin.register(JobRun)
class JobRunAdmin(InstallationAdmin):
    """What ran by the clock, and how it went."""

    naming = ("error",)
    list_display = ("name", "started_at", "finished_at", "acted", "progress", "went_well")
    search_fields = ("name", "request_id")
    ordering = ("-id",)

    @admin.display(description=_("went well"), boolean=True)
    def went_well(self, run: JobRun) -> bool | None:
        return None if run.finished_at is None else not run.error


@admin.register(LawCheck)
class LawCheckAdmin(InstallationAdmin):
    """What each day's questions about the laws were answered."""

    naming = ("rows",)
    list_display = ("checked_on", "law", "title", "count", "is_kept")
    list_filter = ("law",)
    ordering = ("-checked_on", "-law", "-id")

    @admin.display(description=_("law in words"))
    def title(self, check: LawCheck) -> str:
        return str(law_checks.LAWS[check.law])

    @admin.display(description=_("holds"), boolean=True)
    def is_kept(self, check: LawCheck) -> bool:
        return not check.count


admin.site.register(Transition, TransitionAdmin)
admin.site.register(Disclosure, DisclosureAdmin)
