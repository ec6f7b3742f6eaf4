from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The project and the shared kernel."""

    name = "portal"
    verbose_name = _("System")

    def ready(self) -> None:
        """Register the kernel's sweeps, secret mails, sealed places and checks, and the Celery app of the tasks."""
        from portal import account_mails, celery, checks, sealed, sweeps  # noqa: F401  # imported for what they register


class PortalAdminConfig(AdminConfig):
    """Django's admin, with our site: scoped by grants, behind a second factor."""

    default_site = "portal.admin_site.TremplinAdminSite"
