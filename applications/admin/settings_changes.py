"""Changes of a programme's money settings: who asked for which, and the pages on which a second manager confirms them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications import actions
from applications.admin.cohort_setup import WRITERS
from applications.models import Programme, SettingsChange
from applications.models.programmes import MOST_COOLING_OFF, MOST_MONTHS
from portal.desk.two_people import ChangeForm, TwoPersonChangeAdmin, asking, deciding
from portal.models import Role, User
from portal.money import Money
from portal.refusals import Refusal


class SettingsForm(ChangeForm):
    """All money settings, as they are to be."""

    monthly_cap = forms.DecimalField(
        label=_("Monthly maximum"),
        help_text=_("In the programme's currency, such as 6000."),
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
    )
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=MOST_MONTHS)
    cooling_off_days = forms.IntegerField(
        label=_("Cooling-off days"),
        min_value=0,
        max_value=MOST_COOLING_OFF,
        help_text=_("How old a bank account's last change must be before money goes there."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programme: Programme = self.subject
        cap = programme.monthly_cap.major
        self.initial = {
            "monthly_cap": cap.to_integral_value() if cap == cap.to_integral_value() else cap,
            "months": programme.months,
            "cooling_off_days": programme.cooling_off_days,
        }


def _ask(programme: Programme, *, monthly_cap: Decimal, by: User, at: datetime, **told: Any) -> SettingsChange:
    try:
        minor = Money.of(monthly_cap, programme.currency).minor
    except ValueError as odd:
        raise Refusal(gettext("This currency has fewer decimals.")) from odd
    return actions.ask_settings_change(programme, monthly_cap_minor=minor, by=by, at=at, **told)


CHANGE_SETTINGS = asking(
    "settings",
    _("Request change of money settings"),
    _ask,
    WRITERS,
    SettingsForm,
    offered=lambda programme: programme.takes_two,
)


@admin.register(SettingsChange)
class SettingsChangeAdmin(TwoPersonChangeAdmin):
    """What was asked for, by whom, and who confirmed it."""

    SUBJECT = "programme"
    PROGRAMME = "programme"
    viewers = Role.oversight()
    acts = deciding(
        actions.confirm_settings_change,
        actions.withdraw_settings_change,
        WRITERS,
        kept=_("Offers and awards that were made already keep their figures."),
    )
