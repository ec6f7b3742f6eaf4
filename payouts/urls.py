"""Addresses of money for founders; those of desks are in the admin."""

from django.urls import path

from payouts import views

urlpatterns = [
    path("participations/<int:pk>/account/", views.payout_account, name="payout_account"),
    path(
        "participations/<int:pk>/account/<int:version>/confirm/",
        views.payout_account_confirm,
        name="payout_account_confirm",
    ),
]
