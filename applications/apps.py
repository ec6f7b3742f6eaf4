from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        """Fill the registry, once every model is loaded."""
        from applications.registration import register

        register()
