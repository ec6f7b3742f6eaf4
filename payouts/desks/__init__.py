"""The desks of money in the admin."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payouts.desks import accounts, batch_acts, batch_preparation, batches, counts, holds, money
from payouts.permissions import WATCHERS
from portal.registry import Desk

DESKS = [
    Desk(
        path="batches/",
        view=batches.batches,
        name="desk_batches",
        label=_("Payment batches"),
        icon="banknotes",
        roles=WATCHERS,
        waiting=counts.batches,
        counted=counts.BATCHES,
    ),
    Desk(
        path="batches/prepare/<int:programme_id>/",
        view=batch_preparation.prepare,
        name="desk_batch_prepare",
        label=_("Prepare"),
        icon="plus",
        roles=WATCHERS,
    ),
    Desk(
        path="batches/<int:batch_id>/",
        view=batches.batch,
        name="desk_batch",
        label=_("Payment batch"),
        icon="banknotes",
        roles=WATCHERS,
    ),
    Desk(
        path="batches/<int:batch_id>/file/",
        view=batch_acts.batch_file,
        name="desk_batch_file",
        label=_("File"),
        icon="document",
        roles=WATCHERS,
    ),
    Desk(
        path="batches/<int:batch_id>/<slug:act>/",
        view=batch_acts.batch_act,
        name="desk_batch_act",
        label=_("Payment batch"),
        icon="check",
        roles=WATCHERS,
    ),
    Desk(
        path="payments/<int:payment_id>/<slug:act>/",
        view=batch_acts.payment_act,
        name="desk_payment_act",
        label=_("Payment"),
        icon="check",
        roles=WATCHERS,
    ),
    Desk(
        path="accounts/",
        view=accounts.accounts,
        name="desk_accounts",
        label=_("Accounts to verify"),
        icon="shield-check",
        roles=WATCHERS,
        waiting=counts.accounts,
        counted=counts.ACCOUNTS,
    ),
    Desk(
        path="accounts/<int:account_id>/",
        view=accounts.account,
        name="desk_account",
        label=_("Account"),
        icon="shield-check",
        roles=WATCHERS,
    ),
    Desk(
        path="accounts/<int:account_id>/number/",
        view=accounts.account_number,
        name="desk_account_number",
        label=_("Account"),
        icon="eye",
        roles=WATCHERS,
    ),
    Desk(
        path="accounts/<int:account_id>/<slug:act>/",
        view=accounts.account_act,
        name="desk_account_act",
        label=_("Account"),
        icon="check",
        roles=WATCHERS,
    ),
    Desk(
        path="holds/",
        view=holds.holds,
        name="desk_holds",
        label=pgettext_lazy("of pay", "Holds"),
        icon="pause-circle",
        roles=WATCHERS,
        waiting=counts.holds,
        counted=counts.HOLDS,
    ),
    Desk(
        path="holds/place/<int:participation_id>/",
        view=holds.place_hold,
        name="desk_hold",
        label=_("Hold"),
        icon="pause-circle",
        roles=WATCHERS,
    ),
    Desk(
        path="holds/<int:hold_id>/<slug:act>/",
        view=holds.hold_act,
        name="desk_hold_act",
        label=_("Hold"),
        icon="pause-circle",
        roles=WATCHERS,
    ),
    Desk(
        path="money/", view=money.cohorts, name="desk_money", label=_("Cohort money"), icon="chart-pie", roles=WATCHERS
    ),
    Desk(
        path="money/<int:cohort_id>/",
        view=money.cohort,
        name="desk_cohort_money",
        label=_("Cohort money"),
        icon="chart-pie",
        roles=WATCHERS,
    ),
]
