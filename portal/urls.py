"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from portal.views import account, dashboard, health, language, styleguide

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("language/", language.set_language, name="set_language"),
    path("account/profile/", account.profile, name="account_profile"),
    path("account/setup/<str:token>/", account.set_up_operator, name="operator_setup"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("", include("applications.urls")),
    path("", include("payouts.urls")),
    path("", include("mentorship.urls")),
]

handler400 = "portal.views.errors.bad_request"
handler500 = "portal.views.errors.server_error"
