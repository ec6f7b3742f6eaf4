"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path, re_path

from portal.views import account, confirm_email, dashboard, health, language, passkeys, sessions, styleguide, uploads

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("uploads/allowed", uploads.allowed, name="upload_allowed"),
    path("language/", language.set_language, name="set_language"),
    path("account/profile/", account.profile, name="account_profile"),
    path("account/setup/<str:token>/", account.set_up_operator, name="operator_setup"),
    path("account/sessions/", sessions.signed_in, name="account_sessions"),
    path("account/sessions/others/end/", sessions.end_others, name="account_sessions_end_others"),
    path("account/sessions/<uuid:handle>/end/", sessions.end, name="account_session_end"),
    re_path(
        r"^account/confirm-email/(?P<key>[-:\w]+)/$", confirm_email.ConfirmEmail.as_view(), name="account_confirm_email"
    ),
    path("account/2fa/webauthn/login/", passkeys.PasskeyLogin.as_view(), name="mfa_login_webauthn"),
    path("account/2fa/webauthn/reauthenticate/", passkeys.PasskeyProof.as_view(), name="mfa_reauthenticate_webauthn"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("", include("applications.urls")),
    path("", include("payouts.urls")),
    path("", include("mentorship.urls")),
]

handler400 = "portal.views.errors.bad_request"
handler429 = "portal.views.errors.too_many"  # asked for by allauth
handler500 = "portal.views.errors.server_error"
