"""What the bank said of a payment, as finance types it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payouts.models import Payment
from payouts.rails import RAILS
from portal.desk.acts import ActForm


class SettleForm(ActForm):
    reference = forms.CharField(label=_("Bank's reference"), max_length=60, required=False)


class ReturnForm(ActForm):
    code = forms.CharField(label=_("Bank's reason"), max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        payment: Payment = self.subject
        self.fields["code"].help_text = _("As the bank gave it, such as %(code)s.") % {
            "code": RAILS[payment.batch.rail].example_code
        }
