"""The desk of managers that brings mentors and startups together; auditors look."""

from django.utils.translation import gettext_lazy as _

from mentorship.desks import pairing
from mentorship.models.mentors import WATCHERS
from portal.models import Role
from portal.registry import Desk

MANAGERS = (Role.MANAGER,)
# fmt: off
DESKS = [
    Desk(
        "pairing/", pairing.pairing, "desk_pairing", _("Pairing"), "user-group", WATCHERS,
        pairing.unpaired, pairing.WITHOUT,
    ),
    Desk("pairing/<int:pk>/pair/", pairing.pair, "desk_pairing_pair", _("Pair"), "user-plus", MANAGERS),
    Desk("pairing/<int:pk>/end/", pairing.end, "desk_pairing_end", _("End"), "user-minus", MANAGERS),
    Desk("pairing/<int:pk>/first/", pairing.make_first, "desk_pairing_first", _("First"), "star", MANAGERS),
]
# fmt: on
