from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MentorshipConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "mentorship"
    verbose_name = _("Mentorship")

    def ready(self) -> None:
        """Load what registers itself."""
        from mentorship import crowd, dashboard, demo, desk, laws, rehearsal, sweeps  # noqa: F401  # imported for what they register
