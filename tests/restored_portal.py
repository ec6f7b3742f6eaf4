"""A process of a restored portal: `python -m tests.restored_portal FACTS` looks around and prints what it finds as JSON.

FACTS names what to look at: founder, participation, document, account, a frozen and an approved batch each with who may
release it, and an instant.
"""

import json
import sys
from datetime import datetime
from hashlib import sha256
from typing import Any

import django

django.setup()

from django.db import ProgrammingError, connection, transaction  # noqa: E402  # after django.setup()
from django.test import Client, override_settings  # noqa: E402  # after django.setup()
from django.urls import reverse  # noqa: E402  # after django.setup()

from payouts import actions  # noqa: E402  # after django.setup()
from payouts.models import PaymentBatch, PayoutAccount  # noqa: E402  # after django.setup()
from portal.models import OutgoingMail, User  # noqa: E402  # after django.setup()
from portal.operations import jobs  # noqa: E402  # after django.setup()
from portal.sealing.files import new_ring  # noqa: E402  # after django.setup()
from portal.sealing.ring import UnknownKey  # noqa: E402  # after django.setup()


def look(facts: dict[str, Any]) -> dict[str, Any]:
    """Do what people and processes would do first."""
    at = datetime.fromisoformat(facts["at"])
    runs = jobs.run_all(at)
    client = Client()
    client.force_login(
        User.objects.get(pk=facts["founder"]), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = client.get(reverse("participation", args=[facts["participation"]]))
    document = client.get(reverse("document", args=[facts["document"]]))
    account = PayoutAccount.objects.get(pk=facts["account"])
    batch, approver = facts["approved"]
    actions.freeze_batch(PaymentBatch.objects.get(pk=batch), by=User.objects.get(pk=approver), at=at)
    return {
        "errors": [run.error for run in runs if run.error],
        "ready": client.get("/readyz").json(),
        "page": page.status_code,
        "document": sha256(b"".join(document)).hexdigest(),
        "mails": OutgoingMail.objects.filter(state="sent", sent_at=at).count(),
        "number": actions.open_numbers([account], purpose="drill", by=None, at=at)[account.pk],
        "number under another ring": under_another_ring(account, at),
        "frozen": file_of(*facts["frozen"], at=at),
        "approved": file_of(*facts["approved"], at=at),
        "ledger": ledger_changed(),
    }


def file_of(batch: int, person: int, *, at: datetime) -> str:
    """Give the hash of a batch's file as a person downloads it."""
    by = User.objects.get(pk=person)
    return sha256(actions.release_batch(PaymentBatch.objects.get(pk=batch), by=by, at=at)).hexdigest()


def under_another_ring(account: PayoutAccount, at: datetime) -> str:
    """Try to open a number without the ring that sealed it."""
    with override_settings(TREMPLIN_KEYS=new_ring()):
        try:
            return actions.open_numbers([account], purpose="drill", by=None, at=at)[account.pk]
        except UnknownKey:
            return "does not open"


def ledger_changed() -> str:
    """Try to change what only grows."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE payouts_transfer SET amount_minor = 1")
    except ProgrammingError:
        return "permission denied"
    return "changed"


if __name__ == "__main__":
    print(json.dumps(look(json.loads(sys.argv[1]))))
