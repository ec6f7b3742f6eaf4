from django.apps import AppConfig


class MentorshipConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "mentorship"
