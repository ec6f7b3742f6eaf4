"""Settings, read from the environment; `.env.example` names every variable.

Without a single variable set this is the demo: embedded servers, debug pages for errors, mail kept in the outbox
and delivered to files under `var/mail`. `TREMPLIN_ENV=production` turns every demo convenience off and
refuses to start without the secrets a real programme needs.

One long module on purpose: Django reads one, its parts share what stands at the top (`PRODUCTION`, `VAR_DIR`,
`secret`), and who deploys finds every setting in one place, in the order of the headings.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import bootstrap_wrapper
import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from portal.accounts.settings import *  # noqa: F403  # they are settings like these
from portal.environment import DEMO, PRODUCTION

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("TREMPLIN_VAR") or BASE_DIR / "var")

DEBUG = DEMO and os.environ.get("DEBUG", "1") == "1"


def secret(name: str, demo: str = "") -> str:
    """Return a secret from `NAME` or from the file that `NAME_FILE` names; the demo value outside production."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if value := os.environ.get(name):
        return value
    if PRODUCTION and demo:
        raise ImproperlyConfigured(f"{name} or {name}_FILE must be set in production.")
    return demo


SECRET_KEY = secret("SECRET_KEY", "demo-only-key-that-production-refuses-0123456789-abcdefghij")
# Key ring for bank and tax data (portal/sealing/ring.py): `id:base64` pairs, first one current.
TREMPLIN_KEYS = secret("TREMPLIN_KEYS")
TREMPLIN_KEYS_FILE = os.environ.get("TREMPLIN_KEYS_FILE", "")

# Where `manage.py up` listens: what is run by hand beside it, such as a tick, writes mails that lead there.
PORT_FILE = VAR_DIR / "port"
PORT = os.environ.get("PORT") or (PORT_FILE.read_text() if DEMO and PORT_FILE.exists() else "8000")
SITE_URL = os.environ.get("SITE_URL") or f"http://localhost:{PORT}"
ALLOWED_HOSTS = [h for h in os.environ.get("ALLOWED_HOSTS", "").split(",") if h] or ([] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "heroicons",
    "portal.apps.PortalConfig",
    "applications.apps.ApplicationsConfig",
    "payouts.apps.PayoutsConfig",
    "mentorship.apps.MentorshipConfig",
    # For their commands: production's image has neither.
    *(name for name in ("demo", "rehearsal") if not PRODUCTION and find_spec(name)),
]

MIDDLEWARE = [
    "portal.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.door.DoorMiddleware",
    "django.middleware.common.CommonMiddleware",  # within the door, which sees its redirects
    "portal.middleware.SeenAtMiddleware",
    "portal.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.accounts.rescued_forms.KeepTextMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.suspended.SuspendMiddleware",
    "portal.door.LimitsMiddleware",
    "portal.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.DoneMiddleware",
    "portal.middleware.NotFoundMiddleware",
    "portal.middleware.MethodMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "portal" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "portal.templatetags.builtin_filters"],
        },
    }
]

# --- Database: an address, or the embedded server -------------------------------------------------

DATABASE_URL = secret("DATABASE_URL")
# Another database of that server, such as one that `manage.py rehearse --keep` left.
DATABASE_NAME = os.environ.get("DATABASE_NAME", "")
if DATABASE_NAME and PRODUCTION:
    raise ImproperlyConfigured(
        "DATABASE_NAME is for looking at a rehearsal; production has the database of DATABASE_URL."
    )
# A host that vanished says no goodbye: without these a request would wait for it for hours, and gunicorn kill its
# worker before /readyz could tell. Seconds, and milliseconds for the last; what the address says goes before.
PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


def database(url: str) -> dict[str, Any]:
    """Return Django's database settings for a libpq address, or for the embedded server when there is none."""
    if not url:
        return {"ENGINE": "portal.db", "NAME": DATABASE_NAME or "tremplin"}
    parts = conninfo_to_dict(url)
    named = {
        "NAME": DATABASE_NAME or parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
    }
    return {"ENGINE": "django.db.backends.postgresql", **named, "OPTIONS": PATIENCE | parts}


DATABASES = {
    "default": database(DATABASE_URL)
    | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # PgBouncer in transaction mode gives every transaction another connection.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}

# Sessions and cache live in PostgreSQL, so that the portal works while the broker is down. Nothing that must be kept is
# in the cache, but codes that were used: it drops nothing before it has as many entries.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

REDIS_URL = secret("REDIS_URL")

# --- Words -----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "portal.language.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files and documents ----------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or VAR_DIR / "static")
STATICFILES_DIRS = [
    ("bootstrap", bootstrap_wrapper.get_bootstrap_dir()),
]


def documents(bucket: str, database: str = "") -> dict[str, Any]:
    """Return the storage of documents: a bucket that speaks the S3 protocol, or a folder when none is named.

    Another database has a place of its own: its sweep would forget the documents of which it has no row.
    """
    if not bucket:
        folder = VAR_DIR / (f"documents-{database}" if database else "documents")
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    options = {
        "endpoint_url": os.environ.get("DOCUMENTS_ENDPOINT", ""),
        "region_name": os.environ.get("DOCUMENTS_REGION", ""),
        "location": database,
        "access_key": secret("DOCUMENTS_ACCESS_KEY"),
        "secret_key": secret("DOCUMENTS_SECRET_KEY"),
    }
    given = {name: value for name, value in options.items() if value}
    return {"BACKEND": "portal.operations.bucket.PrivateBucket", "OPTIONS": {"bucket_name": bucket, **given}}


STORAGES = {
    "default": documents(os.environ.get("DOCUMENTS_BUCKET", ""), DATABASE_NAME),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # Collected by whoever builds, served by another account; FILE_UPLOAD_PERMISSIONS is for documents.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
WHITENOISE_USE_FINDERS = DEBUG
DOCUMENT_MAX_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Mail ------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "Tremplin <programme@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("EMAIL_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or 587)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
EMAIL_TIMEOUT = 20

# --- Security --------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]

# --- Celery (docs/decisions/0004): ticks over due rows, no state in the broker -------------------------

CELERY_BROKER_URL = REDIS_URL or "embedded://valkey"  # portal/operations/broker.py
BEAT_HEARTBEAT_FILE = os.environ.get("BEAT_HEARTBEAT_FILE", "")
CELERY_BEAT_SCHEDULER = "portal.celery:TickScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # A broker that vanished without a goodbye is noticed within half a minute, and waited for as long as it takes.
    "socket_connect_timeout": 5,
    "socket_timeout": 10,
    "health_check_interval": 10,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]

# --- Logs ------------------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "portal.operations.logs.RequestIdFilter"},
        "quiet": {"()": "portal.operations.logs.QuietFilter"},
    },
    "formatters": {
        "json": {
            "()": "portal.operations.logs.Json",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        },
        "plain": {
            "()": "portal.operations.logs.Plain",
            "format": "%(asctime)s %(levelname)-7s %(name)s %(message)s [%(request_id)s]",
            "datefmt": "%H:%M:%S",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if PRODUCTION else "plain",
            "filters": ["request_id", "quiet"],
        }
    },
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"level": "INFO"},
        "django.server": {"propagate": True, "handlers": []},
        # A request that waits for a thread a moment is no news.
        "waitress.queue": {"level": "ERROR"},
        # What it says of a request that was refused, the request's own line says (portal/operations/logs.py); errors it explains.
        "django.request": {"level": "ERROR"},
        # Every tick would say three times that it came; what one did stands in its JobRun, and in the log of portal.operations.jobs.
        "celery": {"level": "WARNING"},
    },
}
