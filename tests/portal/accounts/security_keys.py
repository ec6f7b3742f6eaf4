"""A security key for tests: made by the pages, answers by a touch, and by a PIN where it is told to."""

import json
import os
import struct
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from fido2 import cbor

from portal.models import User
from tests.portal.accounts.test_accounts import PASSWORD

ORIGIN = "https://testserver"
TOUCHED, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(read: bytes) -> str:
    """Return bytes as browsers send them."""
    return urlsafe_b64encode(read).rstrip(b"=").decode()


class SecurityKey:
    """One key, of one person."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.id = os.urandom(16)
        self.secret = ec.generate_private_key(ec.SECP256R1())

    def add(self, client: Client) -> Any:
        """Add it to its owner's account, as a person does who has just given the password."""
        client.post("/account/reauthenticate/", {"password": PASSWORD})
        asked = client.get(reverse("mfa_add_webauthn")).context["js_data"]["creation_options"]["publicKey"]
        point = self.secret.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        data = self._data(TOUCHED | ATTESTED) + bytes(16) + struct.pack(">H", len(self.id)) + self.id
        attested = {"fmt": "none", "attStmt": {}, "authData": data + cbor.encode(public)}
        told = self._told("webauthn.create", asked["challenge"])
        response = {"clientDataJSON": text(told), "attestationObject": text(cbor.encode(attested))}
        extra = {"clientExtensionResults": {"credProps": {"rk": False}}}
        credential = json.dumps(self._credential(response) | extra)
        return client.post(reverse("mfa_add_webauthn"), {"name": "Key", "credential": credential})

    def answer(self, options: dict[str, Any], *, verified: bool) -> str:
        """Answer what a page asks; who holds it is verified by a PIN alone."""
        data = self._data(TOUCHED | VERIFIED if verified else TOUCHED)
        told = self._told("webauthn.get", options["publicKey"]["challenge"])
        response = {
            "clientDataJSON": text(told),
            "authenticatorData": text(data),
            "signature": text(self.secret.sign(data + sha256(told).digest(), ec.ECDSA(hashes.SHA256()))),
            "userHandle": text(user_pk_to_url_str(self.owner).encode()),
        }
        return json.dumps(self._credential(response))

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}

    def _data(self, flags: int) -> bytes:
        return sha256(b"testserver").digest() + struct.pack(">BI", flags, 1)

    def _told(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": False}).encode()
