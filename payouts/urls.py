"""Addresses of money for founders; those of desks are in the admin."""

from django.urls import path

from payouts.views import accounts

urlpatterns = [
    path("participations/<int:pk>/account/", accounts.payout_account, name="payout_account"),
    path(
        "participations/<int:pk>/account/prove/<uuid:token>/",
        accounts.payout_account_prove,
        name="payout_account_prove",
    ),
    path(
        "participations/<int:pk>/account/<int:version>/confirm/",
        accounts.payout_account_confirm,
        name="payout_account_confirm",
    ),
    path(
        "participations/<int:pk>/account/<int:version>/confirm/prove/<uuid:token>/",
        accounts.payout_account_confirm_prove,
        name="payout_account_confirm_prove",
    ),
]
