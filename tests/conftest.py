"""What every test may rely on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from portal import clock
from tests import stages
from tests.mentorship import builders  # noqa: F401  # for the stages it registers
from tests.payouts import money  # noqa: F401  # as above


@pytest.fixture(autouse=True, scope="session")
def _static_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give the static files' middleware a folder before the first server starts."""
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make the test database, and keep the stages at which many tests begin."""
    with django_db_blocker.unblock():
        may_put_back = stages.keep_all()
    with pytest.MonkeyPatch.context() as patch:
        if may_put_back:
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: stages.empty())
        yield


@pytest.fixture(autouse=True)
def _quiet_place(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    """Keep documents, mail and static files of a test in its own folder, and its clock at the present."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "documents"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # WhiteNoise would read every static file again for each client of a test.
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = tmp_path, False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
    clock.forget()
    yield
    clock.forget()
