"""What stands in the place of a credential: whatever it is, no passkey page goes down."""

import json

import pytest
from allauth.core.context import request_context
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.accounts.passkeys import ProofForm
from tests.portal.accounts.second_factors import set_up
from tests.portal.accounts.test_accounts import PASSWORD, is_signed_in, log_in, member

RESPONSE = {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "MQ"}
WHOLE = {"id": "AA", "rawId": "AA", "type": "public-key", "response": RESPONSE}
CLIENT_DATA = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUEiLCJvcmlnaW4iOiJodHRwczovL3gifQ"
ODD = [
    "",
    "null",
    "0",
    "[]",
    '"passkey"',
    "{}",
    "{",
    "NaN",
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"id": "\\u0000"}',
    json.dumps({"id": 1, "rawId": [], "response": "none"}),
    json.dumps(WHOLE | {"response": None}),
    json.dumps(WHOLE | {"response": []}),
    json.dumps(WHOLE | {"response": {}}),
    json.dumps(WHOLE | {"id": "ä", "rawId": "ä"}),
    json.dumps(WHOLE),
    json.dumps(WHOLE | {"response": RESPONSE | {"clientDataJSON": CLIENT_DATA}}),
    json.dumps(WHOLE | {"response": RESPONSE | {"clientDataJSON": CLIENT_DATA, "authenticatorData": "A" * 50}}),
    json.dumps(WHOLE | {"response": RESPONSE | {"userHandle": 7}}),
    json.dumps(WHOLE | {"response": RESPONSE | {"userHandle": "____"}}),
    json.dumps(WHOLE | {"response": {"clientDataJSON": CLIENT_DATA, "attestationObject": "oA"}}),
]

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))]


def test_login_by_what_is_no_passkey_is_refused_in_words(odd: str) -> None:
    client = Client()
    client.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": odd})
    assert (answer.status_code, "This passkey was not accepted" in answer.content.decode()) == (422, True)
    assert not is_signed_in(client)


def test_key_that_is_none_is_refused_in_words(odd: str) -> None:
    client = Client()
    log_in(client, member())
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get(reverse("mfa_add_webauthn"))
    added = client.post(reverse("mfa_add_webauthn"), {"name": "Key", "credential": odd})
    assert (added.status_code, bool(added.context["form"].errors)) == (200, True)


def test_proof_that_is_none_is_refused(odd: str) -> None:
    request = RequestFactory().post("/")
    request.session = {}  # type: ignore[assignment]  # all that is asked of it
    with request_context(request):
        assert ProofForm({"credential": odd}, user=member()).errors  # type: ignore[call-arg]  # as that of allauth


def test_second_factor_that_is_none_is_refused(odd: str) -> None:
    person, client = member(), Client()
    log_in(client, person)
    set_up(client)
    later = Client()
    log_in(later, person)
    later.get(reverse("mfa_authenticate"))
    answer = later.post(reverse("mfa_authenticate"), {"credential": odd})
    assert (answer.status_code, is_signed_in(later)) == (200, False)
