"""What browsers are told about pages: what to keep, what to forget at the end, what a page may load and where it may post."""

import os
import subprocess
import sys

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.actions import invite
from applications.mails import make_token
from tests import factories
from tests.portal.accounts.test_accounts import log_in, member

pytestmark = pytest.mark.django_db
PRODUCTION = {
    "TREMPLIN_ENV": "production",
    "SECRET_KEY": "x" * 60,
    "SITE_URL": "https://tremplin.example",
    "ALLOWED_HOSTS": "tremplin.example",
}


@pytest.mark.parametrize("page", ["dashboard", "account_profile", "account_sessions", "mfa_index", "home"])
def test_pages_of_who_is_signed_in_are_stored_nowhere(page: str) -> None:
    client = Client()
    log_in(client, member())
    assert "no-store" in client.get(reverse(page))["Cache-Control"]


def test_what_a_visitor_is_refused_leads_to_the_login_and_public_pages_may_be_kept() -> None:
    assert "Cache-Control" not in Client().get(reverse("home"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/invitations/{token}/", 200),
        ("/invitations/{token}", 301),
        ("/account/setup/{token}/", 410),
        ("/dashboard", 301),
    ],
)
def test_page_behind_a_link_of_ones_own_is_stored_nowhere_without_an_account_either(path: str, status: int) -> None:
    startup = factories.startup()
    by = factories.founder_of(startup)
    invitation = invite(startup, "new@example.org", "viewer", by=by, at=timezone.now())
    answer = Client().get(path.format(token=make_token(invitation)))
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (status, True)
    assert "private" in answer["Cache-Control"]


def test_signing_out_lets_the_browser_forget() -> None:
    client = Client()
    log_in(client, member())
    assert "Clear-Site-Data" not in client.get(reverse("dashboard"))
    left = client.post("/account/logout/")
    assert left["Clear-Site-Data"] == '"cache", "storage"'
    assert "no-store" in left["Cache-Control"]
    assert "Clear-Site-Data" not in Client().post("/account/logout/")


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/nowhere/", "/account/login/"])
def test_every_page_has_the_policy_also_where_nothing_is(path: str, debug: bool, settings: LazySettings) -> None:
    settings.DEBUG = debug
    policy = Client().get(path)["Content-Security-Policy"]
    for part in ("base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        assert part in policy


def test_cookies_are_of_this_host_alone_in_production(settings: LazySettings) -> None:
    told = "from portal import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.DEVICE_COOKIE_NAME,"
    told += " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, getattr(s, 'SESSION_COOKIE_DOMAIN', None))"
    environment = {**os.environ, **PRODUCTION}
    done = subprocess.run(
        [sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )
    assert done.stdout.split() == ["__Host-sessionid", "__Host-csrftoken", "__Host-device", "True", "True", "None"]


def test_cookies_are_no_scripts_business() -> None:
    client = Client()
    log_in(client, member())
    for name in ("sessionid", "device"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
