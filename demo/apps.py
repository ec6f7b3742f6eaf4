from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo's data, and the command that writes them."""

    name = "demo"
