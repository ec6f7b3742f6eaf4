"""What django-allauth is told of our people: sign-up, mails through the outbox, and the second factor."""

import base64
import uuid
from typing import Any
from uuid import UUID

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import AddEmailForm
from allauth.account.forms import SignupForm as AllauthSignupForm

# allauth has no public way to note that a second factor was shown where it is set up.
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import devices, events, limits, second_factor, sessions
from portal.accounts.mails import EMAIL_CONFIRMATION, PASSWORD_RESET, link
from portal.accounts.passwords import ContextPasswordValidator
from portal.language.names import one_line, plain_name
from portal.models import User
from portal.onward import is_ours
from portal.outbox.queue import SITE_NAME, queue_mail
from portal.sealing.ring import Place, key_ring

TOTP_PLACE = Place("mfa_authenticator", UUID(int=0), "secret")


# What a person is told of, so that a stranger's doing does not go unnoticed; keys are allauth's names of its mails.
NOTICES = {
    "account/email/password_reset": _("Your password was reset"),
    "account/email/password_changed": _("Your password was changed"),
    "account/email/password_set": _("Your password was set"),
    "account/email/email_changed": _("Your email address was changed"),
    "account/email/email_deleted": _("An email address was removed from your account"),
    "account/email/email_confirm": _("Your email address was confirmed"),
    "mfa/email/totp_activated": _("An authenticator app was set up"),
    "mfa/email/totp_deactivated": _("The authenticator app was removed"),
    "mfa/email/webauthn_added": _("A security key was added"),
    "mfa/email/webauthn_removed": _("A security key was removed"),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made"),
}


def clean_name(name: str) -> str:
    """Bring a person's name into one line.

    :raises ValidationError: as `plain_name` does.
    """
    name = one_line(name)
    plain_name(name)
    return name


class SignupForm(AllauthSignupForm):
    """Sign-up: name, address, password, and the language of pages and mails."""

    field_order = ["name", "email", "password1", "password2", "language"]

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language() or settings.LANGUAGE_CODE

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean(self) -> Any:
        """Judge the password by the name, too, which allauth does not know of."""
        told = super().clean()
        if told.get("password1") and told.get("name"):
            try:
                ContextPasswordValidator().validate(told["password1"], User(name=told["name"]))
            except ValidationError as error:
                self.add_error("password1", error)
        return told

    def try_save(self, request: HttpRequest) -> Any:
        """Save all of it or nothing; the second of two clicks goes on with the account of the first."""
        if not self.account_already_exists:  # type: ignore[has-type]  # allauth ships no types
            try:
                with transaction.atomic():
                    return super().try_save(request)
            except IntegrityError:
                self.account_already_exists = True
        newcomer = self._newcomer()
        return (newcomer, None) if newcomer else super().try_save(request)

    def _newcomer(self) -> User | None:
        """Return whose account waits for its confirmation, if the password shows that it is the same person's.

        Whichever of two clicks comes first, one confirmation mail goes out. A password is hashed once whatever is
        there, as for a new account: how long the answer takes tells nobody who has one.
        """
        told = self.cleaned_data
        user = User.objects.filter(email__iexact=told["email"], is_active=True, emailaddress__verified=False).first()
        if user is None:
            User().set_password(told["password1"])
            return None
        return user if user.check_password(told["password1"]) else None


class NewAddressForm(AddEmailForm):
    """The address that takes the place of the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New address")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's account pages, with our people and our outbox."""

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name", "")
        user.language = form.cleaned_data.get("language", "")
        super().save_user(request, user, form, commit=commit)
        return user

    def is_safe_url(self, url: str) -> bool:
        """Send people on to paths of this site alone."""
        return is_ours(self.request, url)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask who has a second factor for that one, never for the password alone."""
        methods = super().get_reauthentication_methods(user)
        stronger = [method for method in methods if method["id"] != "reauthenticate"]
        return stronger if stronger and second_factor.is_set_up(user) else methods

    # --- At the login ---------------------------------------------------------------------------------

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a guess at a password: by address and network, or by a device that its person is known by.

        :raises ValidationError: if there were too many.
        """
        email = credentials.get("email", "").lower()
        person = User.objects.filter(email__iexact=email).first()
        device = devices.known(request, person) if person else ""
        counted = limits.guess("password", email, network=sessions.network_of(request), device=device)
        if not counted:
            events.note_limited(request, person, f"password:{email}")
            raise self.validation_error("too_many_login_attempts")
        self._guess, self._guessed_at = counted, person

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user:
            limits.give_back(self._guess)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        events.note(events.Kind.REFUSED, request, self._guessed_at)

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign somebody in, make their browser known, and tell them of one that was not."""
        is_known = bool(devices.known(request, user)) or user.last_login is None
        super().login(request, user)
        devices.remember(request, user)
        events.note(events.Kind.SIGNED_IN, request, user)
        if not is_known:
            told = {"ip": self.get_client_ip(request), "when": clock.now(), "reset_url": link("account_reset_password")}
            told["device"] = sessions.device_name(request.headers.get("User-Agent", ""))
            _queue("account_new_device", to=user, about=user, context=told)

    # --- Mail: each of allauth's goes through the outbox ----------------------------------------------

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Send one every few minutes: the link of the last one still works. Every way to this mail comes by here."""
        address = emailconfirmation.email_address
        if not limits.may_mail("confirm", address.email, limits.CONFIRMATION_MAILS):
            return
        by = request.user
        if by.is_authenticated and not limits.allowed((limits.ADDRESSES_OF_ONE, f"addresses:{by.pk}")):
            return
        _queue(EMAIL_CONFIRMATION, to=address.user, about=address, address=address.email, secret=True)

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Send a few of them: nobody fills somebody's mailbox, and the links of the last ones still work."""
        if limits.may_mail("reset", email, limits.RESET_MAILS):
            _queue(PASSWORD_RESET, to=user, about=user, address=email, secret=True)

    def send_account_already_exists_mail(self, email: str) -> None:
        if not limits.may_mail("exists", email, limits.CONFIRMATION_MAILS):
            return
        user = User.objects.filter(email__iexact=email).first()
        urls = {"login_url": link("account_login"), "reset_url": link("account_reset_password")}
        _queue("account_exists", to=user or email, about=user, address=email, context=urls)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        if not app_settings.EMAIL_NOTIFICATIONS:
            return
        told = {"ip": self.get_client_ip(self.request), "when": clock.now(), "email_url": link("account_email")}
        told["reset_url"] = link("account_reset_password")
        told["what"] = NOTICES[template_prefix]
        _queue("account_changed", to=user, about=user, address=email or "", context={**told, **(context or {})})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue what allauth sends to an address without an account; its other mails have doors of their own.

        :raises NotImplementedError: for a mail that is new to us.
        """
        if template_prefix != "account/email/unknown_account":
            raise NotImplementedError(template_prefix)
        urls = {"signup_url": link("account_signup")}
        if not limits.may_mail("reset", email, limits.RESET_MAILS):
            return
        _queue("account_unknown", to=email, about=None, context=urls, language=get_language() or "")


class MFAAdapter(DefaultMFAAdapter):
    """allauth's second factor: secrets sealed in the database, our name in the authenticator app."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(key_ring().seal(text.encode(), TOTP_PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().open(base64.b64decode(encrypted_text), TOTP_PLACE).decode()

    def _get_site_name(self) -> str:
        return SITE_NAME


@receiver(authenticator_added)
def prove_by_setting_up(
    sender: type[Authenticator], request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Count the setting up of a first factor as proof of it: its code or touch was just given in this session."""
    others = Authenticator.objects.filter(user=user, type__in=second_factor.FACTORS).exclude(pk=authenticator.pk)
    if not others.exists():
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True)


@transaction.atomic
def _queue(kind: str, **letter: Any) -> None:
    queue_mail(kind, at=clock.now(), once=uuid.uuid4().hex, **letter)
