"""The company, and who else belongs to it."""

from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Membership, Startup
from portal.forms import Bare, CountryField, DayInput
from portal.language.names import one_line


class StartupForm(forms.ModelForm[Startup]):
    """What a company says of itself."""

    country = CountryField(label=_("Country of incorporation"))

    class Meta:
        model = Startup
        fields = ["name", "country", "city", "website", "description", "legal_name", "registry_number", "founded_on"]
        widgets = {
            "website": forms.URLInput(attrs={"placeholder": "https://"}),
            "founded_on": DayInput(),
            "description": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "legal_name": _("As it stands in the register; leave empty if it is the same."),
            "registry_number": _("For a US company its EIN or state file number, in France the SIREN."),
            "description": _("What you build, for whom: two sentences."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout(
            Row(Column("name"), Column("country")),
            Row(Column("city"), Column("website")),
            "description",
            Row(Column("legal_name"), Column("registry_number")),
            Row(Column("founded_on"), Column()),
        )

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean_legal_name(self) -> str:
        return one_line(self.cleaned_data["legal_name"])

    def changed(self) -> dict[str, Any]:
        """Return what was changed on this page, so that nothing else is written back."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data}


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("What they may do"),
        choices=[
            (Membership.Role.FOUNDER, _("Everything, and sign: a founder")),
            (Membership.Role.EDITOR, _("Write applications: an editor")),
            (Membership.Role.VIEWER, _("Read: a viewer")),
        ],
        initial=Membership.Role.EDITOR,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
