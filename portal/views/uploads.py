"""Whether somebody may send a long body: what the proxy asks before it takes one into its memory (docker/Caddyfile)."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts import limits
from portal.models import User
from portal.views.errors import too_many

SENT = limits.Limit(60, 600)  # long bodies of one person: every file of an application, ten times


@never_cache
@require_safe
def allowed(request: HttpRequest) -> HttpResponse:
    """Let who is signed in send long bodies, so many in ten minutes; whoever may not gets this answer in place of the page's."""
    user = request.user
    if not isinstance(user, User):
        return redirect_to_login(reverse("dashboard"))
    if not limits.allowed((SENT, f"long bodies:{user.pk}")):
        return too_many(request, again=reverse("dashboard"))
    return HttpResponse(status=204)
