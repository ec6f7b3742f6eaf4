"""The sweeps that write the figures and balances of cohorts."""

from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, Exists, ExpressionWrapper, F, OuterRef

from applications.models import Cohort
from payouts import ledger
from payouts.models import Award, CohortBalance, CohortFigures, Kind

WRITTEN_EVERY = timedelta(hours=1)


class Median(Aggregate):
    """The median of a column, reckoned by the database."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def write_cohort_figures(at: datetime) -> int:
    """Write the figures of the cohorts with awards whose figures are an hour old, or missing; return how many.

    Twice, or beside itself, it writes the same: each row follows from the payments there are.
    """
    awarded = Cohort.objects.filter(Exists(Award.objects.filter(cohort=OuterRef("pk"))))
    due = awarded.exclude(money_figures__as_of__gt=at - WRITTEN_EVERY)
    rows = [_figures(cohort, at) for cohort in due.order_by("pk")]
    CohortFigures.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["cohort"],
        update_fields=["paid_startups", "first_money_wait", "as_of"],
    )
    return len(rows)


def _figures(cohort: Cohort, at: datetime) -> CohortFigures:
    wait = ExpressionWrapper(F("first_paid_at") - F("offer__agreement__signed_at"), DurationField())
    found = cohort.awards.with_first_money().aggregate(n=Count("first_paid_at"), median=Median(wait))
    return CohortFigures(cohort=cohort, paid_startups=found["n"], first_money_wait=found["median"], as_of=at)


def write_cohort_balances(at: datetime) -> int:
    """Write what stands on the accounts of every cohort, kind by kind; return how many cohorts.

    Twice, or beside itself, it writes the same: each row follows from the accounts.
    """
    cohorts = list(Cohort.objects.select_related("programme"))
    balances = ledger.totals(cohorts)
    CohortBalance.objects.bulk_create(
        [
            CohortBalance(cohort=cohort, kind=kind, amount_minor=balances.get(cohort.pk, {}).get(kind, 0), as_of=at)
            for cohort in cohorts
            for kind in Kind
        ],
        update_conflicts=True,
        unique_fields=["cohort", "kind"],
        update_fields=["amount_minor", "as_of"],
    )
    return len(cohorts)
