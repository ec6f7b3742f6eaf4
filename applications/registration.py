"""What applications add to the registry of the kernel."""

from django.utils.translation import gettext_lazy as _

from applications import laws, mails
from applications.actions import lapse_due_offers
from applications.actions.startups import withdraw_invitations
from applications.desks import DESKS
from applications.desks.decision_table import DecisionTable
from applications.desks.offer_table import OfferTable
from applications.documents import archive
from applications.models import Conflict, Startup
from applications.pages import dashboard
from portal.models import Role
from portal.registry import NavItem, Panel, registry


def register() -> None:
    """Fill the registry: desks, cards of the dashboard, navigation, sweeps, secret mails, and questions of the laws."""
    registry.desks += DESKS
    registry.tables |= {table.name: table for table in (DecisionTable, OfferTable)}

    registry.names_around.append(
        lambda user: Startup.objects.filter(memberships__person=user).values_list("name", flat=True)
    )

    registry.panels += [
        Panel(template="applications/panels/invitations.html", context=dashboard.invitations_panel, order=5),
        Panel(template="applications/panels/seats.html", context=dashboard.seats_panel, order=10),
        Panel(template="applications/panels/applications.html", context=dashboard.applications_panel, order=20),
        Panel(template="applications/panels/reviews.html", context=dashboard.reviews_panel, order=30),
    ]
    registry.navigation += [
        NavItem(label=_("Dashboard"), url_name="dashboard", icon="home", shown_to=lambda user: True, order=10),
        NavItem(
            label=_("Reviews"),
            url_name="reviews",
            icon="clipboard-document-check",
            shown_to=lambda user: user.holds(Role.REVIEWER, at=user.seen_at),
            order=30,
        ),
        NavItem(
            label=_("Workspace"),
            url_name="admin:index",
            icon="building-office",
            shown_to=lambda user: user.is_staff,
            order=60,
        ),
    ]

    registry.sweep("lapse_offers", lapse_due_offers)
    registry.sweep("unbound_uploads", lambda _at: archive.forget_unbound_daily())

    registry.hidden_since.append(lambda user, at: Conflict.objects.declared_since(user, at).exists())
    registry.on("account_closed", withdraw_invitations)

    registry.secret_mails["invitation"] = mails.invitation
    registry.law_questions += laws.QUESTIONS
