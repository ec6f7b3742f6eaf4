"""Every address of the site, and A1."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from applications.models import Application
from portal.urls import urlpatterns as product


@login_required
def a1(request: HttpRequest, pk: int) -> HttpResponse:
    """Load the session, the person and one row by its index: what no page can do without."""
    return HttpResponse(Application.objects.get(pk=pk).reference)


urlpatterns = [path("a1/<int:pk>/", a1, name="a1"), *product]
