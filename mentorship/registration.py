"""What mentorship adds to the registry of the kernel."""

from django.utils.translation import gettext_lazy as _

from mentorship import laws
from mentorship.actions import remind_of_sessions
from mentorship.desks import DESKS
from mentorship.desks.mentor_table import MentorTable
from mentorship.desks.pairing_table import SeatTable
from mentorship.pages import dashboard
from portal.models import Role
from portal.registry import NavItem, Panel, ParticipationPanel, registry


def register() -> None:
    """Fill the registry: the desk, cards, sessions of the strip, navigation, sweeps, laws."""
    registry.desks += DESKS
    registry.tables |= {table.name: table for table in (SeatTable, MentorTable)}

    registry.panels += [
        Panel(template="mentorship/panels/startup.html", context=dashboard.startup_panel, order=15),
        Panel(template="mentorship/panels/mentor.html", context=dashboard.mentor_panel, order=25),
    ]
    registry.participation_panels.append(
        ParticipationPanel(
            template="mentorship/panels/participation.html", context=dashboard.participation_panel, order=60
        )
    )
    registry.strip_sources["sessions"] = dashboard.session_cells
    registry.navigation.append(
        NavItem(
            label=_("Mentoring"),
            url_name="mentoring",
            icon="chat-bubble-left-right",
            shown_to=lambda u: u.holds(Role.MENTOR, at=u.seen_at),
            order=40,
        )
    )

    registry.sweep("session_reminders", remind_of_sessions)
    registry.law_questions += laws.QUESTIONS
