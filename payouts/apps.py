from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "payouts"
