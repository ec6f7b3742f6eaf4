"""Whether the process lives, and whether the whole is ready to serve."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from portal.operations import health
from portal.operations import metrics as figures


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; asks nothing of anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say what is in order and what is not; 503 when anything is not."""
    report = health.examine()
    return JsonResponse(report, status=200 if report["ready"] else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures that whoever watches collects; a proxy keeps them from the world (docs/operations.md)."""
    return HttpResponse(figures.exposition(), content_type=CONTENT_TYPE_LATEST)
