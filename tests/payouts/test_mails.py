"""The mails of money: what they say is read for all payments at once, whatever the kind."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from payouts.mails import tell_founders
from payouts.models import Payment
from portal.models import OutgoingMail
from tests.arranged import past_laws
from tests.factories import AT
from tests.payouts.money import frozen, ready_months


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["payment_sent", "payment_settled", "payment_returned"])
def test_founders_of_three_payments_are_told_in_as_many_queries_as_those_of_one(kind: str) -> None:
    frozen(*ready_months(3))
    keys = list(Payment.objects.order_by("pk").values_list("pk", flat=True))
    asked = []
    for some in (keys[:1], keys):
        with past_laws():
            OutgoingMail.objects.all().delete()
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            tell_founders(kind, Payment.objects.filter(pk__in=some), at=AT)
        assert OutgoingMail.objects.filter(kind=kind).count() == len(some)
        asked.append(len(queries))
    assert asked[0] == asked[1]
