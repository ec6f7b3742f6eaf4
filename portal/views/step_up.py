"""The page between an act that needs one more proof and the act: a second factor, or the code of a mail."""

from collections.abc import Callable, Mapping

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock
from portal.accounts import step_up
from portal.forms import Bare
from portal.models import StepUp
from portal.models.step_up import TRIES
from portal.refusals import Done, as_message, on_form, status_of

Perform = Callable[[Mapping[str, str]], str]


class CodeForm(forms.Form):
    """The code of a mail."""

    code = forms.CharField(
        label=gettext_lazy("Code from the email"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "class": "code"}
        ),
    )

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self.helper = Bare(self)


def show(
    request: HttpRequest,
    step: StepUp,
    perform: Perform,
    *,
    back: str,
    again: Callable[[StepUp], str],
    button: str,
    note: str = "",
) -> HttpResponse:
    """Ask for the proof and, once it is given, do what waited for it.

    :param perform: does it with the words that waited, and says that it is done.
    :param back: the page that asked, where one lands when it is done.
    :param again: the address of this page for another step.
    :param button: the act, a verb.
    :param note: what is said of the words that wait, where there are any.
    """
    at = clock.now()
    if step.done_at is not None and request.method != "POST":
        return redirect(back)
    if "again" in request.POST:
        with as_message(request):
            anew = step_up.ask_again(step, by=step.person, at=at)
            messages.success(request, _("We sent you a new code."))
            return redirect(again(anew))
        return redirect(request.path)
    form = CodeForm(request.POST if request.method == "POST" and step.by_mail else None)
    proof = "" if step.by_mail else step_up.proof_of_factor(request, step)
    if request.method == "POST" and (proof or form.is_valid()):
        try:
            with on_form(form) if step.by_mail else as_message(request):
                proof = proof or step_up.try_code(step, form.cleaned_data["code"], at=at)
                with transaction.atomic():
                    done = perform(step_up.finish(step, proof, at=at))
                messages.success(request, done)
                return redirect(back)
        except Done as is_done:  # a click before, or somebody else meanwhile: this step may wait for ever
            messages.info(request, str(is_done))
            return redirect(back)
        if not step.by_mail:
            return redirect(back)
    step.refresh_from_db()
    context = {
        "step": step,
        "form": form,
        "proof": proof,
        "back": back,
        "button": button,
        "note": note,
        "is_over": at > step.expires_at or step.tries >= TRIES,
        "ways": [] if step.by_mail else _ways(request, step),
    }
    return render(request, "account/step_up.html", context, status=status_of(request, form))


def _ways(request: HttpRequest, step: StepUp) -> list[tuple[str, str]]:
    """Return the pages on which the person gives a second factor and then comes back, with what they are called."""
    back = urlencode({"next": request.path})
    ways = [
        (Authenticator.Type.TOTP, "mfa_reauthenticate", _("Use your authenticator app")),
        (Authenticator.Type.WEBAUTHN, "mfa_reauthenticate_webauthn", _("Use a passkey or security key")),
    ]
    return [
        (f"{reverse(page)}?{back}", label) for kind, page, label in ways if is_mfa_enabled(step.person, types=[kind])
    ]
