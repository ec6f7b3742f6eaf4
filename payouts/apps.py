from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "payouts"

    def ready(self) -> None:
        from payouts import demo, desks, laws, moments, panels, sweeps  # noqa: F401  # imported for what they register
