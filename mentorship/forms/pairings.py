"""Pairing a mentor with a startup, and ending a pairing."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Conflict, Participation
from mentorship.models import Mentorship
from portal.desk import search
from portal.desk.acts import ActForm
from portal.forms import ReasonField, posted_id
from portal.models import Role, RoleGrant, User

OFFERED = 12  # mentors to choose from at once; the others are found by name


class PairForm(ActForm):
    """Whom to pair with the startup."""

    mentor = forms.ModelChoiceField(User.objects.none(), label=_("Mentor"), empty_label=_("Choose a mentor"))
    is_primary = forms.BooleanField(
        label=_("Primary mentor (their times are shown first)"),
        required=False,
    )

    def __init__(self, *args: Any, wanted: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        participation: Participation = self.subject
        people = RoleGrant.objects.people(Role.MENTOR, participation.cohort.programme_id, self.at)
        paired = participation.mentorships.active().values("mentor__person")
        field: Any = self.fields["mentor"]
        field.queryset = people.exclude(pk__in=paired)
        named = search.find(field.queryset, ("name",), wanted)
        offered = list(Mentorship.objects.active().least_busy(named)[: OFFERED + 1])  # one more tells of others
        self.has_others = bool(wanted) or len(offered) > OFFERED
        chosen = str(self["mentor"].value() or "")
        known = {str(each.pk) for each in offered[:OFFERED]}
        told = field.queryset.filter(pk=posted_id(chosen)) if chosen not in known else []
        against = Conflict.objects.against_mentoring(participation.startup)
        in_conflict = set(against.values_list("person", flat=True))
        field.widget.choices = [("", field.empty_label)] + [
            (
                each.pk,
                gettext("%(person)s (conflict of interest)") % {"person": each}
                if each.pk in in_conflict
                else str(each),
            )
            for each in (*told, *offered[:OFFERED])
        ]
        self.fields["is_primary"].initial = not participation.mentorships.active().filter(is_primary=True).exists()


class EndForm(ActForm):
    """Why a pairing ends."""

    reason = ReasonField(required=False, help_text=_("Both sides read it."))
