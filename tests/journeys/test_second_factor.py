"""The second factor in a real browser: an app by its QR code, a passkey by the browser's own dialogue."""

import time
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from portal.models import User
from tests.journeys.conftest import Visit, at

PASSWORD = "correct horse battery"
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(settings: LazySettings) -> User:
    """Make an operator without a second factor, where nobody is exempt from it."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = False
    settings.MFA_TOTP_TOLERANCE = 1
    person = User.objects.create_user("root@example.org", password=PASSWORD, name="Root", is_operator=True)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def give_password(page: Page, email: str = "") -> None:
    """Fill the login, or the page that asks for the password once more."""
    if email:
        page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def test_app_is_set_up_by_its_picture_and_asked_for_at_the_next_login(
    visit: Visit, operator: User, shot: Callable[[Page, str], None]
) -> None:
    with visit() as page:
        page.goto("/admin/")
        give_password(page, operator.email)
        at(page, "/account/2fa/")
        page.goto("/account/2fa/totp/activate/")
        give_password(page)
        at(page, "/account/2fa/totp/activate/")
        picture = page.locator("main img")
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
        secret = page.locator("input[readonly], input[disabled]").input_value()
        shot(page, "second-factor")
        page.fill("input[name=code]", format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
        page.click("main button[type=submit]")
        at(page, "/account/2fa/recovery-codes/")
        page.goto("/admin/")
        assert page.url.endswith("/admin/")
    with visit() as page:
        page.goto("/admin/")
        give_password(page, operator.email)
        at(page, "/account/2fa/authenticate/")
        page.fill("input[name=code]", format_hotp_value(hotp_value(secret, int(time.time()) // 30 + 1)))
        page.click("main button[type=submit] >> nth=0")
        at(page, "/admin/")


def test_passkey_opens_the_admin_without_a_password(visit: Visit, operator: User) -> None:
    with visit() as page:
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        key = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": key})
        page.goto("/account/login/")
        give_password(page, operator.email)
        at(page, "/account/2fa/")
        page.goto("/account/2fa/webauthn/add/")
        give_password(page)
        at(page, "/account/2fa/webauthn/add/")
        page.check("input[name=passwordless]")
        page.click("#mfa_webauthn_add")
        at(page, "/account/2fa/recovery-codes/")
        assert Authenticator.objects.filter(user=operator, type="webauthn").exists()
        page.context.clear_cookies()
        page.goto("/account/login/?next=/admin/")
        page.click("#passkey_login")
        at(page, "/admin/")
