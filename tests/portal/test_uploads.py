"""Who may send long bodies, as the proxy asks before it takes one into its memory."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.views import uploads
from tests import factories as f

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db


def asked(client: Client) -> tuple[int, str]:
    response = client.get(reverse("upload_allowed"))
    return response.status_code, response.headers.get("Location", "")


def test_who_is_signed_in_may_send_some_in_ten_minutes() -> None:
    one, other = Client(), Client()
    one.force_login(f.user(), backend=BACKEND)
    other.force_login(f.user(), backend=BACKEND)
    told = [asked(one) for _ in range(uploads.SENT.most + 2)]
    assert told == [(204, "")] * uploads.SENT.most + [(429, "")] * 2
    assert asked(other) == (204, "")
    page = one.get(reverse("upload_allowed")).content.decode()
    links = [f'class="btn btn-primary" href="{reverse(name)}"' in page for name in ("dashboard", "upload_allowed")]
    assert links == [True, False]


def test_who_is_not_is_led_to_the_login() -> None:
    assert asked(Client()) == (302, f"{reverse('account_login')}?next={reverse('dashboard')}")
