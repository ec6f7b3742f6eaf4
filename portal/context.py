"""What every page's template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from portal import clock
from portal.models import User
from portal.registry import NavItem, registry


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the navigation of the person and, in the demo, its moved date."""
    return {
        "navigation": _navigation(request),
        "demo": settings.DEMO,
        "demo_date": clock.now() if settings.DEMO and clock.offset() else None,
    }


def _navigation(request: HttpRequest) -> list[NavItem]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    return sorted((item for item in registry.navigation if item.shown_to(user)), key=lambda item: item.order)
