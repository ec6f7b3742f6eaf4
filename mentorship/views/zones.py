"""In whose hours a page speaks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from applications.models import Programme
from portal.accounts.access import person
from portal.language.zones import zone_or


def zone_of(request: HttpRequest, programme: Programme | None = None) -> str:
    """Return the reader's zone; who chose none reads a programme's hours, or UTC."""
    return zone_or(person(request).timezone, programme.timezone if programme else "UTC")


def render_in_zone(
    request: HttpRequest, template: str, context: dict[str, Any], zone: str, status: int = 200
) -> HttpResponse:
    """Render a page whose hours are those of a zone."""
    with timezone.override(zone):
        return render(request, template, {**context, "zone": zone}, status=status)
