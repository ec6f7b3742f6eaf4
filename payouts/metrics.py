"""The payments' part of /metrics: how many stand where, and how long the oldest has waited there."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count
from prometheus_client.core import Metric

from payouts.models import Disbursement, Payment, PaymentBatch
from portal.metrics import by_state
from portal.registry import registry


def payments(at: datetime) -> Iterable[Metric]:
    """Count months, payments and batches by state."""
    for name, words, model in (
        ("tremplin_disbursements", "Months of awards by state", Disbursement),
        ("tremplin_payments", "Payments by state", Payment),
        ("tremplin_payment_batches", "Payment batches by state", PaymentBatch),
    ):
        yield by_state(name, words, model._default_manager.order_by("state").values_list("state").annotate(Count("id")))


registry.metrics.append(payments)
