"""The desks of money in the admin."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payouts.desks import accounts, batch_acts, batches, counts, holds, money, preparing
from payouts.permissions import WATCHERS
from portal.registry import Desk

DESKS = [
    Desk(
        "batches/",
        batches.batches,
        "desk_batches",
        _("Payment batches"),
        "banknotes",
        WATCHERS,
        counts.batches,
        counts.BATCHES,
    ),
    Desk(
        "batches/prepare/<int:programme_id>/", preparing.prepare, "desk_batch_prepare", _("Prepare"), "plus", WATCHERS
    ),
    Desk("batches/<int:batch_id>/", batches.batch, "desk_batch", _("Payment batch"), "banknotes", WATCHERS),
    Desk("batches/<int:batch_id>/file/", batch_acts.batch_file, "desk_batch_file", _("File"), "document", WATCHERS),
    Desk(
        "batches/<int:batch_id>/<slug:act>/",
        batch_acts.batch_act,
        "desk_batch_act",
        _("Payment batch"),
        "check",
        WATCHERS,
    ),
    Desk(
        "payments/<int:payment_id>/<slug:act>/",
        batch_acts.payment_act,
        "desk_payment_act",
        _("Payment"),
        "check",
        WATCHERS,
    ),
    Desk(
        "accounts/",
        accounts.accounts,
        "desk_accounts",
        _("Accounts to verify"),
        "shield-check",
        WATCHERS,
        counts.accounts,
        counts.ACCOUNTS,
    ),
    Desk("accounts/<int:account_id>/", accounts.account, "desk_account", _("Account"), "shield-check", WATCHERS),
    Desk(
        "accounts/<int:account_id>/number/",
        accounts.account_number,
        "desk_account_number",
        _("Account"),
        "eye",
        WATCHERS,
    ),
    Desk(
        "accounts/<int:account_id>/<slug:act>/",
        accounts.account_act,
        "desk_account_act",
        _("Account"),
        "check",
        WATCHERS,
    ),
    Desk(
        "holds/",
        holds.holds,
        "desk_holds",
        pgettext_lazy("of pay", "Holds"),
        "pause-circle",
        WATCHERS,
        counts.holds,
        counts.HOLDS,
    ),
    Desk("holds/place/<int:participation_id>/", holds.place_hold, "desk_hold", _("Hold"), "pause-circle", WATCHERS),
    Desk("holds/<int:hold_id>/<slug:act>/", holds.hold_act, "desk_hold_act", _("Hold"), "pause-circle", WATCHERS),
    Desk("money/", money.cohorts, "desk_money", _("Cohort money"), "chart-pie", WATCHERS),
    Desk("money/<int:cohort_id>/", money.cohort, "desk_cohort_money", _("Cohort money"), "chart-pie", WATCHERS),
]
