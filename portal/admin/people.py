"""People, their roles, and lost second factors in the admin."""

from typing import Any, cast

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import actions, second_factor
from portal.accounts.permissions import roles_given_by
from portal.desk.acts import Act, ActForm
from portal.desk.records import OPERATOR, ScopedAdmin, visible
from portal.forms import DayField, ReasonField
from portal.language.dates import day_of
from portal.models import Role, RoleGrant, SecondFactorReset, User

# Theirs would let one person take a second factor away, or confirm an address, without leaving a trace.
for model in (Group, EmailAddress, EmailConfirmation, Authenticator):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class RecognitionForm(ActForm):
    """How one knows that it is the person who asks."""

    reason = ReasonField(label=_("How you recognised the person"), max_length=1000, rows=10)


class GrantForm(ActForm):
    """A role for somebody, narrowed to what the giver may give."""

    person = forms.EmailField(label=_("Email address of the person"))
    role = forms.ChoiceField(label=_("Role"))
    scope: forms.ModelChoiceField[Any] = forms.ModelChoiceField(label=_("Programme"), queryset=User.objects.none())
    starts_on = DayField(label=_("From"), initial=clock.today)
    ends_on = DayField(label=_("Until"), required=False, help_text=_("No longer on this day."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = roles_given_by(self.by, at=self.at)
        scopes = visible(apps.get_model(settings.ROLE_SCOPE_MODEL), self.by)
        if not self.by.is_operator:
            scopes = scopes.filter(pk__in=self.by.scopes(Role.MANAGER))
        cast("forms.ChoiceField", self.fields["role"]).choices = [c for c in Role.choices if c[0] in given]
        cast("forms.ModelChoiceField[Any]", self.fields["scope"]).queryset = scopes.order_by("pk")

    def clean_person(self) -> User:
        found = User.objects.filter(email__iexact=self.cleaned_data["person"], is_active=True).first()
        if found is None:
            raise forms.ValidationError(gettext("Nobody has signed up with this address."))
        return found


class EndForm(ActForm):
    """The day on which a role no longer holds."""

    on = DayField(label=_("From this day the role no longer holds"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = day_of(self.at, zone=self.subject.scope.timezone)


@admin.register(User)
class UserAdmin(ScopedAdmin):
    """People. Passwords and factors are nobody's to see."""

    viewers = (OPERATOR, *Role.oversight())
    editors = (OPERATOR,)
    editable = ("name", "language", "timezone")
    fields = (
        "email",
        "name",
        "language",
        "timezone",
        "is_active",
        "is_operator",
        "has_factor",
        "joined_at",
        "last_login",
    )
    list_display = ("email", "name", "is_active", "is_operator", "joined_at")
    list_filter = ("is_active", "is_operator")
    search_fields = ("email", "name")
    ordering = ("email", "id")
    acts = (
        Act(
            "reset-second-factor",
            _("Ask to take the lost second factor away"),
            actions.ask_second_factor_reset,
            roles=(OPERATOR, Role.MANAGER),
            form=RecognitionForm,
            consequences=(
                _("Another person must confirm this. The second factor is removed only then."),
                _("The person is told by email."),
            ),
            unwatched=("last_login",),
            offered=second_factor.is_set_up,
        ),
        Act(
            "close",
            _("Close the account"),
            actions.close_account,
            (OPERATOR,),
            consequences=(
                _("The person can no longer sign in."),
                _("Their roles end today, and their open invitations are withdrawn."),
            ),
            unwatched=("last_login",),
            offered=lambda p: p.is_active,
            danger=True,
        ),
        Act(
            "reopen",
            _("Open the account again"),
            actions.reopen_account,
            (OPERATOR,),
            consequences=(
                _("The person can sign in again."),
                _("The roles they had stay ended. Give them anew where they are still needed."),
            ),
            unwatched=("last_login",),
            offered=lambda p: not p.is_active,
        ),
    )

    @admin.display(description=_("second factor"), boolean=True)
    def has_factor(self, person: User) -> bool:
        return second_factor.is_set_up(person)


@admin.register(RoleGrant)
class RoleGrantAdmin(ScopedAdmin):
    """Who may do what where, since when and by whose word."""

    viewers = (OPERATOR, *Role.oversight())
    scope_path = "scope_id"
    list_display = ("person", "role", "scope", "starts_on", "ends_on", "is_confirmed")
    list_filter = ("role", "scope")
    list_select_related = ("person", "scope")
    search_fields = ("person__email", "person__name")
    ordering = ("-id",)
    acts = (
        Act("grant", _("Give a role"), actions.grant_role, (OPERATOR, Role.MANAGER), form=GrantForm, on_list=True),
        Act(
            "confirm",
            _("Confirm the role"),
            actions.confirm_grant,
            (OPERATOR, Role.MANAGER),
            offered=lambda grant: grant.awaits_confirmation,
        ),
        Act(
            "end",
            _("End the role"),
            actions.end_grant,
            (OPERATOR, Role.MANAGER),
            form=EndForm,
            offered=lambda grant: grant.ends_on is None or grant.ends_on > clock.today(grant.scope.timezone),
        ),
    )

    @admin.display(description=_("holds"), boolean=True)
    def is_confirmed(self, grant: RoleGrant) -> bool:
        return not grant.awaits_confirmation


@admin.register(SecondFactorReset)
class SecondFactorResetAdmin(ScopedAdmin):
    """Lost second factors: asked by one, confirmed by another."""

    viewers = (OPERATOR, Role.MANAGER)
    list_display = ("person", "asked_by", "asked_at", "confirmed_by", "confirmed_at")
    list_select_related = ("person", "asked_by", "confirmed_by")
    ordering = ("-id",)
    acts = (
        Act(
            "confirm",
            _("Confirm, and take the second factor away"),
            actions.confirm_second_factor_reset,
            (OPERATOR, Role.MANAGER),
            offered=lambda reset: reset.confirmed_at is None,
        ),
    )
