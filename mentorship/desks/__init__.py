"""The desk of managers that brings mentors and startups together; auditors look."""

from django.utils.translation import gettext_lazy as _

from mentorship.desks import pairing
from portal.models import Role
from portal.registry import Desk

MANAGERS = (Role.MANAGER,)
DESKS = [
    Desk(
        path="pairing/",
        view=pairing.pairing,
        name="desk_pairing",
        label=_("Pairing"),
        icon="user-group",
        roles=Role.oversight(),
        waiting=pairing.unpaired,
        counted=pairing.WITHOUT,
    ),
    Desk(
        path="pairing/<int:pk>/pair/",
        view=pairing.pair,
        name="desk_pairing_pair",
        label=_("Pair"),
        icon="user-plus",
        roles=MANAGERS,
    ),
    Desk(
        path="pairing/<int:pk>/end/",
        view=pairing.end,
        name="desk_pairing_end",
        label=_("End"),
        icon="user-minus",
        roles=MANAGERS,
    ),
    Desk(
        path="pairing/<int:pk>/first/",
        view=pairing.make_first,
        name="desk_pairing_first",
        label=_("First"),
        icon="star",
        roles=MANAGERS,
    ),
]
