from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MentorshipConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "mentorship"
    verbose_name = _("Mentorship")

    def ready(self) -> None:
        """Fill the registry, once every model is loaded."""
        from mentorship.registration import register

        register()
