"""No page of any part makes the browser report a breach of the Content-Security-Policy."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests import world
from tests.journeys.conftest import REPORT_VIOLATIONS
from tests.permissions import ADMIN, ARGUMENTS, PAGES

POLICY = re.compile("CSP violation|Content.Security.Policy", re.I)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Whose eyes see which addresses: together they see every page that there is.
EYES = ("visitor", "founder", "reviewer", "mentor", "manager", "approver", "operator")
ACCOUNT = (
    "account_login",
    "account_email", "account_signup", "account_reset_password", "account_profile", "account_change_password",
    "account_logout", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_generate_recovery_codes",
)  # fmt: skip
NO_PAGES = ("healthz", "readyz", "document", "session_invitation", "admin:desk_batch_file", "styleguide")


def eyes_of(made: world.World, part: str) -> Client:
    """Sign somebody in."""
    client = Client()
    if person := made.people[part]:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def pages_of(made: world.World) -> dict[str, list[str]]:
    """Give each page's address to one pair of eyes that may see it; account pages to a visitor and a founder."""
    letters = {
        "visitor": "V",
        "founder": "F",
        "reviewer": "R",
        "mentor": "T",
        "manager": "M",
        "approver": "A",
        "operator": "O",
    }
    seen: dict[str, list[str]] = {part: [] for part in EYES}
    for name, admitted in PAGES.items():
        part = next((p for p in EYES if letters[p] in admitted), None)
        if part and name not in NO_PAGES:
            seen[part].append(reverse(name, kwargs=ARGUMENTS[name](made) if name in ARGUMENTS else {}))
    for name, (listed, _seen, _made) in ADMIN.items():
        part = next(p for p in EYES if letters[p] in listed)
        seen[part].append(reverse(f"admin:{name}_changelist"))
    for part in ("visitor", "founder"):
        seen[part] += [reverse(name) for name in ACCOUNT]
    return seen


def test_no_page_breaks_the_policy(browser: Browser, live_server: LiveServer) -> None:
    made = world.build()
    reports: list[str] = []
    visited = 0
    for part, addresses in pages_of(made).items():
        context = browser.new_context(base_url=live_server.url)
        context.add_init_script(REPORT_VIOLATIONS)
        eyes = eyes_of(made, part)
        if key := eyes.cookies.get(settings.SESSION_COOKIE_NAME):
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key.value, "url": live_server.url}])
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                reports.append(f"{message.location}: {message.text}") if POLICY.search(message.text) else None
            ),
        )
        for address in (each for each in addresses if eyes.get(each).status_code == 200):
            response = page.goto(address)
            assert response is not None
            policy = set(response.headers["content-security-policy"].split("; "))
            assert {"default-src 'self'", "img-src 'self' data:"} <= policy
            visited += response.ok
        context.close()
    assert reports == []
    assert visited > 60
