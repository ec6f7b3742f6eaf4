"""Settings of accounts: how people sign up and in, how often, and for how long. `portal/settings.py` takes them all in."""

import os

from portal.environment import DEMO, PRODUCTION

HOUR = 3600
DAY = 24 * HOUR

AUTH_USER_MODEL = "portal.User"
# What a role is granted for; a name in a setting, so that the kernel knows nothing of programmes.
ROLE_SCOPE_MODEL = "applications.Programme"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "home"

# --- Passwords: no rules of composition; what others have used, and what tells of oneself, is refused offline -----------

PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "portal.accounts.passwords.BreachedPasswordValidator"},
    {"NAME": "portal.accounts.passwords.ContextPasswordValidator"},
]

# --- django-allauth ------------------------------------------------------------------------------------------------------

ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "signup": "portal.accounts.adapters.SignupForm",
    "add_email": "portal.accounts.adapters.NewAddressForm",
}
MFA_ADAPTER = "portal.accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "portal.accounts.codes.SecondFactorForm",
    "reauthenticate": "portal.accounts.codes.ProofForm",
    "login_webauthn": "portal.accounts.passkeys.LoginForm",
    "authenticate_webauthn": "portal.accounts.passkeys.SecondFactorForm",
    "reauthenticate_webauthn": "portal.accounts.passkeys.ProofForm",
    "add_webauthn": "portal.accounts.passkeys.AddForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
# Roles that work in the admin need a second factor; the demo's accounts are exempt, production's never.
DEMO_WITHOUT_SECOND_FACTOR = DEMO

# --- Limits (portal/accounts/limits.py); allauth's own are off: they live in a cache that forgets ------------------------

ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
# How often a minute one network may sign up, sign in or ask for a new password: a whole room does on a demo day.
PER_NETWORK = int(os.environ.get("ATTEMPTS_PER_NETWORK") or 300)
LIMITED_FOR = 60  # seconds
# Of how many visitors of one network something is kept in an hour, until they sign in: a form, the answers of a check.
VISITORS_PER_NETWORK = int(os.environ.get("VISITORS_PER_NETWORK") or 300)
# How many people one founder may invite within a day, how many invitations of a startup may be open, and how many go to
# one mailbox within a day, whoever sends them: each is a mail to a stranger under this site's name.
INVITATIONS_A_DAY = int(os.environ.get("INVITATIONS_A_DAY") or 20)
INVITATIONS_OPEN = int(os.environ.get("INVITATIONS_OPEN") or 20)
INVITATIONS_TO_ONE = int(os.environ.get("INVITATIONS_TO_ONE") or 5)
# What is posted to an address: counted by network or by person, so often within `LIMITED_FOR`.
LIMITS = {
    "account_signup": ("network", PER_NETWORK),
    "account_login": ("network", PER_NETWORK),
    "account_reset_password": ("network", PER_NETWORK),
    "account_reset_password_from_key": ("network", PER_NETWORK),
    "account_confirm_email": ("network", PER_NETWORK),
    "mfa_login_webauthn": ("network", PER_NETWORK),
    "mfa_authenticate": ("network", PER_NETWORK),
    "account_change_password": ("person", 5),
    "account_set_password": ("person", 5),
    "account_email": ("person", 10),
    "account_reauthenticate": ("person", 10),
    "mfa_reauthenticate": ("person", 10),
    "mfa_reauthenticate_webauthn": ("person", 10),
}
# Where a network has none left, browsers that somebody has signed in with before still may, so often for each person.
PER_DEVICE = 10
DEVICES_PASS = ("account_login", "mfa_authenticate", "mfa_login_webauthn")
# Rate limits count by address: how many proxies of ours stand before the web server.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES") or (1 if PRODUCTION else 0))

# --- Sessions: they end some time after the last visit, and in any case after their longest time -------------------------

SESSION_ENGINE = "portal.accounts.session_store"
# Seconds without a visit, and at the most: of everybody, and of those who work at the desks.
SESSION = (
    int(os.environ.get("SESSION_IDLE_HOURS") or 7 * 24) * HOUR,
    int(os.environ.get("SESSION_DAYS") or 30) * DAY,
)
STAFF_SESSION = (
    int(os.environ.get("STAFF_SESSION_IDLE_HOURS") or 4) * HOUR,
    int(os.environ.get("STAFF_SESSION_HOURS") or 24) * HOUR,
)
# Seconds for which a session of nobody lives after it was last written, and for which what a visitor wrote is kept in it.
VISITOR_SESSION = (int(os.environ.get("VISITOR_SESSION_HOURS") or 1) * HOUR, DAY)
SESSION_COOKIE_AGE = SESSION[1]
SESSION_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
# A browser takes a cookie of this prefix from this host alone, over TLS, for all of its paths.
_HOST = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_HOST}csrftoken"
DEVICE_COOKIE_NAME = f"{_HOST}device"
