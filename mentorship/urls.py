"""Addresses of mentorship."""

from django.urls import path

from mentorship.views import action_items, booking, mentoring, mentors, sessions

urlpatterns = [
    path("mentoring/", mentoring.mentoring, name="mentoring"),
    path("mentoring/profile/", mentors.mentor_profile, name="mentor_profile"),
    path("mentoring/hours/", mentors.mentor_hours, name="mentor_hours"),
    path("mentoring/hours/<slug:kind>/<int:pk>/remove/", mentors.mentor_hours_remove, name="mentor_hours_remove"),
    path("participations/<int:pk>/book/", booking.booking, name="booking"),
    path("participations/<int:pk>/action-items/", action_items.action_items, name="action_items"),
    path("sessions/<int:pk>/", sessions.mentor_session, name="mentor_session"),
    path("sessions/<int:pk>/log/", sessions.session_log, name="session_log"),
    path("sessions/<int:pk>/no-show/", sessions.session_no_show, name="session_no_show"),
    path("sessions/<int:pk>/cancel/", sessions.session_cancel, name="session_cancel"),
    path("sessions/<int:pk>/reschedule/", booking.session_reschedule, name="session_reschedule"),
    path("sessions/<int:pk>/invitation.ics", sessions.session_invitation, name="session_invitation"),
    path("action-items/<int:pk>/<slug:verb>/", action_items.action_item_change, name="action_item_change"),
]
