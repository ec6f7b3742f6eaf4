"""What every test may rely on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.http import HttpResponseNotFound
from django.test import TransactionTestCase, override_settings
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from portal import clock
from tests import factories, stages, world
from tests.mentorship import builders
from tests.payouts import money

pytest_plugins = ["tests.reruns"]

# A property holds or not; how long an example takes says more of the machine than of the code.
settings.register_profile("tremplin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tremplin")


def documents_in(folder: Path) -> dict[str, Any]:
    """Give storages that keep documents in a folder, and static files where they are."""
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True, scope="session")
def _static_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give the static files' middleware a folder before the first server starts."""
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Make the test database, and keep the stages at which many tests begin."""
    storages = documents_in(tmp_path_factory.mktemp("kept"))
    with django_db_blocker.unblock(), override_settings(STORAGES=storages):
        may_put_back = stages.keep_all([factories, builders, money, world])  # each stands on those before it
    with pytest.MonkeyPatch.context() as patch:
        if may_put_back:
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: stages.empty())
        yield


@pytest.fixture(autouse=True)
def _quiet_place(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    """Keep documents, mail and static files of a test in its own folder, and its clock at the present."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.STORAGES = documents_in(tmp_path / "documents")
    # WhiteNoise would read every static file again for each client of a test.
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = tmp_path, False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
    clock.forget()
    yield
    clock.forget()


@pytest.fixture
def bare_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the drawing of a thousand pages that say no; that one is drawn well is tested with the design."""
    monkeypatch.setattr("django.conf.urls.handler404", lambda request, exception: HttpResponseNotFound())
