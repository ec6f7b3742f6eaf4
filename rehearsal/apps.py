from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    """A whole programme played by invented people, and the command that plays it."""

    name = "rehearsal"
