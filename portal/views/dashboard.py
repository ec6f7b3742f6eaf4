"""The dashboard: what each app has to say to this person, in order, and the desks at which they work."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal import clock
from portal.accounts.access import person
from portal.desk.site import desk_tiles
from portal.registry import registry


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the person's panels."""
    at = clock.now()
    panels = [
        (panel.template, context)
        for panel in sorted(registry.panels, key=lambda p: p.order)
        if (context := panel.context(request, at)) is not None
    ]
    context = {"panels": panels, "tiles": desk_tiles(person(request), at), "today": at}
    return render(request, "dashboard.html", context)
