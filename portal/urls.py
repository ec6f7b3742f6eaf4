"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal.views import styleguide

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
