"""The company, and who else belongs to it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Membership, Startup
from portal.countries import countries


class StartupForm(forms.ModelForm[Startup]):
    """What a company says of itself."""

    country = forms.ChoiceField(label=_("Country of incorporation"))
    website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    class Meta:
        model = Startup
        fields = ["name", "legal_name", "country", "city", "website", "registry_number", "founded_on", "description"]
        widgets = {
            "founded_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "description": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "legal_name": _("As it stands in the register; leave empty if it is the same."),
            "registry_number": _("For a US company its EIN or state file number, in France the SIREN."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Choose a country")), *countries()]  # type: ignore[attr-defined]


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices)
