from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        """Load what registers itself."""
        from applications import dashboard, demo, desks, laws, mails, rehearsal, sweeps  # noqa: F401  # imported for what they register
