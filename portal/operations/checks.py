"""What production refuses to start with: anything of the demo, anything missing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # Django's own name
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from portal.laws import act_clock
from portal.sealing.ring import KeyRingError, key_ring

DEMO_KEY = "demo-only-key"
# What the embedded server makes, and docker/make-roles.sh: text sorts by its bytes, and a plain index finds beginnings.
LOCALE = """
SELECT pg_encoding_to_char(encoding), datlocprovider::text, datcollate, datctype
FROM pg_database WHERE datname = current_database()
"""
MADE_ANEW = (
    "A database keeps the order it was made with: make a new one with docker/make-roles.sh, dump this one with"
    " docker/backup.sh, and bring it back there with docker/restore.sh."
)
BYTES = ("UTF8", "c", "C", "C")
LEFT_BEHIND = (
    "This database was made by migrations that this version no longer has: make a new one, with docker/make-roles.sh on a"
    " server, or by moving the checkout's `var/` away."
)
FREED = "Acts on this database may tell any instant, as a demo's do."
HELD_ANEW = "`manage.py migrate` holds them to the database's clock again, run as the owner of the tables."


@register(Tags.security)
def production_is_no_demo(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse the demo's conveniences in production."""
    if not settings.PRODUCTION:
        return []
    refused = {
        "tremplin.E001": (settings.DEMO_WITHOUT_SECOND_FACTOR, "DEMO_WITHOUT_SECOND_FACTOR exempts accounts."),
        "tremplin.E002": (settings.SECRET_KEY.startswith(DEMO_KEY), "SECRET_KEY is the demo's."),
        "tremplin.E003": (settings.DEBUG or settings.DEMO, "DEBUG or DEMO is on."),
        "tremplin.E004": (settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN, "Passkeys from insecure origins are allowed."),
    }
    return [Error(f"Production refuses this: {words}", id=key) for key, (wrong, words) in refused.items() if wrong]


@register(Tags.security, deploy=True)
def production_is_complete(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Name what a real programme needs and the environment does not give."""
    missing = {
        "tremplin.E011": (settings.TREMPLIN_KEYS or settings.TREMPLIN_KEYS_FILE, "TREMPLIN_KEYS or TREMPLIN_KEYS_FILE"),
        "tremplin.E012": (settings.DATABASE_URL, "DATABASE_URL"),
        "tremplin.E013": (settings.REDIS_URL, "REDIS_URL"),
        "tremplin.E014": (settings.EMAIL_HOST, "EMAIL_HOST"),
        "tremplin.E015": (settings.ALLOWED_HOSTS, "ALLOWED_HOSTS"),
        "tremplin.E016": (settings.SITE_URL.startswith("https://"), "SITE_URL beginning with https://"),
    }
    found: list[CheckMessage] = [
        Error(f"Production needs {words}.", id=key) for key, (given, words) in missing.items() if not given
    ]
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost>"):
        found.append(Warning("MAIL_FROM is not set: mail would come from nowhere.", id="tremplin.W017"))
    return [*found, *_unfit_keys()]


@register(Tags.database, deploy=True)
def database_sorts_by_bytes(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a database in another order than the one every page and index was tried in."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(LOCALE)
            encoding, provider, *order = cursor.fetchone()
        if (encoding, provider, *order) != BYTES:
            words = f"The database is {encoding}, ordered by {', '.join(order)} (provider {provider}), not UTF8 and C."
            found.append(Error(words, hint=MADE_ANEW, id="tremplin.E019"))
    return found


@register(Tags.database)
def database_is_made_by_these_migrations(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a database of before the first migrations were written anew: nothing leads from there to here."""
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
    found: list[CheckMessage] = []
    for alias in databases or ():
        recorded = MigrationRecorder(connections[alias]).applied_migrations()
        unknown = recorded.keys() - MigrationLoader(None).disk_migrations.keys()
        if any(label in ours for label, _ in unknown):
            found.append(Error(LEFT_BEHIND, id="tremplin.E020"))
    return found


@register(Tags.database, deploy=True)
def acts_happen_now(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a database in production whose acts may tell any instant."""
    freed = [alias for alias in databases or () if settings.PRODUCTION and act_clock.is_free(connections[alias])]
    return [Error(FREED, hint=HELD_ANEW, id="tremplin.E021") for _ in freed]


def _unfit_keys() -> list[CheckMessage]:
    """Read the key ring, whose errors show no key."""
    if not (settings.TREMPLIN_KEYS or settings.TREMPLIN_KEYS_FILE):
        return []
    try:
        key_ring()
    except KeyRingError as error:
        return [Error(str(error), id="tremplin.E018")]
    return []
