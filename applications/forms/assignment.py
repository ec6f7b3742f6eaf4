"""Whom managers assign to which application, and what they ask its startup."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Cohort, ReviewPhase
from portal import clock
from portal.desk.acts import ActForm
from portal.forms import ReasonField
from portal.models import Role, RoleGrant, User


class AssignForm(forms.Form):
    """Which reviewers shall read which applications, in which phase."""

    applications = forms.ModelMultipleChoiceField(
        Application.objects.none(), error_messages={"required": _("Choose at least one application.")}
    )
    reviewers = forms.ModelMultipleChoiceField(
        User.objects.none(), error_messages={"required": _("Choose at least one reviewer.")}
    )
    phase = forms.ModelChoiceField(
        ReviewPhase.objects.none(), error_messages={"required": _("This cohort has no review phase ahead.")}
    )

    def __init__(self, cohort: Cohort, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {
            "applications": Application.objects.filter(cohort=cohort).handed_in().select_related("cohort__programme"),
            "reviewers": RoleGrant.objects.people(Role.REVIEWER, cohort.programme_id, clock.now()),
            "phase": ReviewPhase.objects.filter(cohort=cohort),
        }
        for name, queryset in choices.items():
            cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = queryset


class AskForm(ActForm):
    """What a startup is asked."""

    question = forms.CharField(
        label=_("What do you need to know?"),
        help_text=_("The startup reads exactly these words."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Say what you need to know.")},
    )


class UnassignForm(ActForm):
    """Why a reviewer is unassigned; the act says when that is needed."""

    reason = ReasonField(max_length=500, rows=3, required=False)
