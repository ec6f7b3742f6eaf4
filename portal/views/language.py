"""The reader's choice of language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import check_for_language

from portal.models import User
from portal.onward import onward
from portal.views.methods import posted_from


@posted_from(lambda request: resolve_url("home"))
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language, with the person who is signed in and in a cookie, and go back to the page."""
    response = redirect(onward(request, request.POST.get("next"), resolve_url("home")))
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES) or not check_for_language(language):
        return response
    if isinstance(request.user, User):
        request.user.language = language
        request.user.save(update_fields=["language"])
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
        httponly=True,
    )
    return response
