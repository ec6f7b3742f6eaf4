from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "applications"

    def ready(self) -> None:
        """Load what registers itself."""
        from applications import dashboard, demo, desks, laws, mails, sweeps  # noqa: F401  # imported for what they register
