from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """The project and the shared kernel."""

    name = "portal"


class PortalAdminConfig(AdminConfig):
    """Django's admin, with our site: scoped by grants, behind a second factor."""

    default_site = "portal.admin_site.TremplinAdminSite"
