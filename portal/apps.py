from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The project and the shared kernel."""

    name = "portal"
    verbose_name = _("System")

    def ready(self) -> None:
        """Fill the registry; load the Celery app of the tasks, and the checks of production; see to the clock of acts."""
        from portal import celery  # noqa: F401  # tasks belong to the app that is loaded first
        from portal.laws import act_clock
        from portal.operations import checks  # noqa: F401  # Django's own way: `@register` as they load
        from portal.registration import register

        register()
        post_migrate.connect(act_clock.follow_settings, sender=self, dispatch_uid="act_clock")


class PortalAdminConfig(AdminConfig):
    """Django's admin, with our site: scoped by grants, behind a second factor."""

    default_site = "portal.desk.site.TremplinAdminSite"
