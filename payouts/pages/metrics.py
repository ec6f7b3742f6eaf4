"""The payments' part of /metrics: how many stand where, and how long the oldest has waited there."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily, Metric

from payouts.models import Disbursement, Payment, PaymentBatch
from portal.operations.metrics import by_state


def payments(at: datetime) -> Iterable[Metric]:
    """Count months, payments and batches by state."""
    for name, words, model in (
        ("tremplin_disbursements", "Months of awards by state", Disbursement),
        ("tremplin_payments", "Payments by state", Payment),
        ("tremplin_payment_batches", "Payment batches by state", PaymentBatch),
    ):
        yield by_state(name, words, model._default_manager.order_by("state").values_list("state").annotate(Count("id")))


def longest_waits(at: datetime) -> Iterable[Metric]:
    """Say how long the oldest month waits for finance, since it was due, and the oldest payment for the bank.

    A payment that nothing came back of is settled by a sweep: one that waits long is one that the sweep does not see.
    """
    age = GaugeMetricFamily(
        "tremplin_payout_oldest_seconds", "How long the oldest month or payment has waited", labels=["waits_for"]
    )
    months = Disbursement.objects.filter(state__in=["ready", "approved"]).aggregate(since=Min("due_at"))
    payments = Payment.objects.filter(state=Payment.State.SENT).aggregate(since=Min("batch__sent_at"))
    for waits_for, since in (("finance", months["since"]), ("bank", payments["since"])):
        age.add_metric([waits_for], max(0.0, (at - since).total_seconds()) if since else 0.0)
    yield age
