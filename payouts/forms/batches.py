"""What acts on payments must be told."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.desk.acts import ActForm


class SettleForm(ActForm):
    reference = forms.CharField(label=_("Bank's reference"), max_length=60, required=False)


class ReturnForm(ActForm):
    code = forms.CharField(label=_("Bank's reason"), max_length=10, help_text=_("As the bank gave it, such as R03."))
