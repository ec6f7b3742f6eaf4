from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PayoutsConfig(AppConfig):
    """Register what this app adds to the shared kernel."""

    name = "payouts"
    verbose_name = _("Payouts")

    def ready(self) -> None:
        # Imported for what they register.
        from payouts import crowd, demo, desks, laws, metrics, moments, panels, rehearsal, sealed, sweeps  # noqa: F401  # see above
