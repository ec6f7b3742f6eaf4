from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PayoutsConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "payouts"
    verbose_name = _("Payouts")

    def ready(self) -> None:
        """Fill the registry, once every model is loaded."""
        from payouts.registration import register

        register()
