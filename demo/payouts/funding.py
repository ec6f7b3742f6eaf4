"""The money of the demo: every cohort funded for all its seats, and a bank for the programmes that pay in dollars."""

from datetime import datetime

from applications.models import Cohort, Programme
from payouts import actions
from payouts.models import PaymentSource
from portal.models import Role, RoleGrant

# An invented sender. Its routing numbers are real in form; no file of the demo goes anywhere.
SOURCE = {
    "destination": "011000015",
    "destination_name": "FEDERAL RESERVE BANK",
    "origin": "9876543210",
    "origin_name": "TREMPLIN DEMO",
    "company_name": "TREMPLIN DEMO",
    "company_id": "9876543210",
    "odfi": "122105155",
}


def build(at: datetime) -> None:
    """Fund the demo's cohorts and set up the banks they pay through."""
    for cohort in Cohort.objects.select_related("programme").order_by("pk"):
        by = RoleGrant.objects.people(Role.MANAGER, cohort.programme_id, at).order_by("pk")[0]
        needed = cohort.programme.total * cohort.seats
        actions.fund_cohort(cohort, needed.minor, reference="Letter of commitment", by=by, at=at)
    for programme in Programme.objects.filter(currency="USD").order_by("pk"):
        source = PaymentSource(programme=programme, **SOURCE)
        source.full_clean()
        source.save()
