"""No page of any part makes the browser report a breach of the Content-Security-Policy."""

import re
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests import world
from tests.journeys.conftest import REPORT_VIOLATIONS, opened
from tests.permissions import ARGUMENTS, LETTERS, PAGES, expected_records, record_addresses

POLICY = re.compile("CSP violation|Content.Security.Policy", re.I)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Whose eyes see which addresses: together they see every page that there is.
EYES = ("visitor", "founder", "reviewer", "mentor", "manager", "approver", "operator")
ACCOUNT = (
    "account_login",
    "account_email",
    "account_signup",
    "account_reset_password",
    "account_profile",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "mfa_generate_recovery_codes",
)
# Answers that are no pages: probes, and files to keep.
NO_PAGES = {
    "healthz",
    "readyz",
    "metrics",
    "document",
    "session_invitation",
    "admin:desk_batch_file",
    "admin:desk_export_file",
}
# What shows no page of its own in the world as it stands: it takes posts only, leads on to another, or is over.
SKIPPED = {
    ("visitor", "operator_setup"),
    ("visitor", "set_language"),
    ("visitor", "account_email"),
    ("visitor", "account_profile"),
    ("visitor", "account_change_password"),
    ("visitor", "account_logout"),
    ("visitor", "mfa_index"),
    ("visitor", "mfa_activate_totp"),
    ("visitor", "mfa_add_webauthn"),
    ("visitor", "mfa_list_webauthn"),
    ("visitor", "mfa_generate_recovery_codes"),
    ("founder", "action_item_change"),
    ("founder", "application_edit"),
    ("founder", "application_reopen"),
    ("founder", "upload_allowed"),
    ("founder", "application_save"),
    ("founder", "invitation_withdraw"),
    ("founder", "offer_accept"),
    ("founder", "offer_decline"),
    ("founder", "offer_sign"),
    ("founder", "session_no_show"),
    ("founder", "startup_invite"),
    ("founder", "account_login"),
    ("founder", "account_signup"),
    ("founder", "account_change_password"),
    ("founder", "mfa_activate_totp"),
    ("founder", "mfa_add_webauthn"),
    ("reviewer", "review_save"),
    ("mentor", "mentor_hours_remove"),
    ("mentor", "session_log"),
    ("manager", "admin:desk_account_number"),
    ("manager", "admin:desk_ask"),
    ("manager", "admin:desk_bulk"),  # nothing is selected; the journey asks before a batch there
    ("manager", "admin:desk_assign"),
    ("manager", "admin:desk_decision_act"),
    ("manager", "admin:desk_go_on"),
    ("manager", "admin:desk_pairing_first"),
    ("manager", "admin:desk_release"),
    ("manager", "admin:desk_revoke"),
    ("manager", "admin:applications_cohort_act publish"),
    ("manager", "admin:applications_programme_act settings"),  # a change is asked for already
    ("manager", "admin:applications_terms_act publish"),
    ("manager", "admin:mentorship_mentorsession_act cancel"),
    ("manager", "admin:portal_rolegrant_act confirm"),
    ("approver", "admin:desk_correction_act"),
    ("approver", "admin:payouts_paymentsource_act bank"),  # as above
    ("operator", "admin:portal_outgoingmail_act bounced"),
    ("operator", "admin:portal_outgoingmail_act resend"),
    ("operator", "admin:portal_user_act reopen"),
    ("operator", "admin:portal_user_act reset-second-factor"),
}


@dataclass(frozen=True)
class Address:
    """One address, and its name in the permission matrix."""

    name: str
    path: str


def eyes_of(made: world.World, part: str) -> Client:
    """Sign somebody in."""
    client = Client()
    if person := made.people[part]:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def addresses_of(made: world.World) -> dict[str, list[Address]]:
    """Give each address to one pair of eyes that may see it; account pages to a visitor and a founder."""
    seen: dict[str, list[Address]] = {part: [] for part in EYES}
    arguments = {name: (ARGUMENTS[name](made) if name in ARGUMENTS else {}) for name in PAGES.keys() - NO_PAGES}
    arguments |= record_addresses()
    for name, admitted in (PAGES | expected_records()).items():
        part = next((p for p in EYES if LETTERS[p] in admitted), None)
        if part and name in arguments:
            seen[part].append(Address(name, reverse(name.split(" ")[0], kwargs=arguments[name])))
    for part in ("visitor", "founder"):
        seen[part] += [Address(name, reverse(name)) for name in ACCOUNT]
    return seen


def test_no_page_breaks_the_policy(browser: Browser, live_server: LiveServer) -> None:
    made = world.build()
    reports: list[str] = []
    skipped = set()
    for part, addresses in addresses_of(made).items():
        with opened(browser, live_server) as context:
            context.add_init_script(REPORT_VIOLATIONS)
            eyes = eyes_of(made, part)
            if key := eyes.cookies.get(settings.SESSION_COOKIE_NAME):
                context.add_cookies(
                    [{"name": settings.SESSION_COOKIE_NAME, "value": key.value, "url": live_server.url}]
                )
            page = context.new_page()
            page.on(
                "console",
                lambda message: (
                    reports.append(f"{message.location}: {message.text}") if POLICY.search(message.text) else None
                ),
            )
            for address in addresses:
                if (part, address.name) in SKIPPED:
                    skipped.add((part, address.name))
                    assert eyes.get(address.path).status_code != 200, address
                    continue
                response = page.goto(address.path)
                assert response is not None
                assert (response.status, response.request.redirected_from) == (200, None), address
                policy = set(response.headers["content-security-policy"].split("; "))
                assert {"default-src 'self'", "img-src 'self' data:"} <= policy, address
    assert reports == []
    assert skipped == SKIPPED
