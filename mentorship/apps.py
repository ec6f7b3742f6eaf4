from django.apps import AppConfig


class MentorshipConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "mentorship"

    def ready(self) -> None:
        """Load what registers itself."""
        from mentorship import dashboard, demo, desk, laws, sweeps  # noqa: F401  # imported for what they register
