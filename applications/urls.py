"""Addresses of applications, review and seats."""

from django.urls import path

from applications.views import application_form, applications, public, review_form, reviews, seats, startups

urlpatterns = [
    path("", public.home, name="home"),
    path("programmes/<slug:slug>/", public.programme, name="programme"),
    path("programmes/<slug:slug>/check/", public.eligibility_check, name="eligibility_check"),
    path("startups/new/", startups.startup_new, name="startup_new"),
    path("startups/<int:pk>/", startups.startup, name="startup"),
    path("startups/<int:pk>/invite/", startups.invite, name="startup_invite"),
    path("startups/<int:pk>/invite/<uuid:token>/", startups.invite_prove, name="startup_invite_prove"),
    path("invitations/<int:pk>/withdraw/", startups.invitation_withdraw, name="invitation_withdraw"),
    path("invitations/<str:token>/", startups.invitation, name="invitation"),
    path("apply/<slug:slug>/", applications.application_start, name="application_start"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path("applications/<int:pk>/edit/", application_form.application_edit, name="application_edit"),
    path("applications/<int:pk>/edit/save/", application_form.application_save, name="application_save"),
    path("applications/<int:pk>/reopen/", applications.application_reopen, name="application_reopen"),
    path("applications/<int:pk>/withdraw/", applications.application_withdraw, name="application_withdraw"),
    path("documents/<int:pk>/", applications.document, name="document"),
    path("offers/<int:pk>/", seats.offer, name="offer"),
    path("offers/<int:pk>/accept/", seats.offer_accept, name="offer_accept"),
    path("offers/<int:pk>/decline/", seats.offer_decline, name="offer_decline"),
    path("offers/<int:pk>/sign/", seats.offer_sign, name="offer_sign"),
    path("offers/<int:pk>/agreement/", seats.agreement, name="agreement"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<int:pk>/", review_form.review, name="review"),
    path("reviews/<int:pk>/save/", review_form.review_save, name="review_save"),
    path("reviews/<int:pk>/conflict/", review_form.review_conflict, name="review_conflict"),
    path("participations/<int:pk>/", seats.participation, name="participation"),
]
