"""The expected failure of a business act, and how a page shows it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from portal.language.text import colon


class Refusal(Exception):
    """An act that cannot be done, worded for the person who asked for it.

    Nothing has changed when it is raised. Views show its text; anything else that is raised is a bug.
    """


class Done(Refusal):
    """An act that is done already, by whomever: what was asked for is so, and its text says it.

    Where no page says it (`as_message`), `DoneMiddleware` does: nobody reads that something failed which is done.
    """


class Shown(AbstractContextManager[None]):
    """Show the Refusal of the act inside instead of raising it; what stands after the act is left out then.

    :param show_done: how to say that it is done already; without, that goes on to `DoneMiddleware`.
    """

    def __init__(self, show: Callable[[str], object], show_done: Callable[[str], object] | None = None) -> None:
        self._show, self._show_done = show, show_done

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        show = self._show_done if isinstance(error, Done) else self._show
        if show is None or not isinstance(error, Refusal):
            return False
        show(str(error))
        return True


def on_form(form: forms.BaseForm, field: str | None = None) -> Shown:
    """Show a refusal as an error of the form, or of one of its fields, so that everything typed stands again."""
    return Shown(lambda words: form.add_error(field, words))


def status_of(request: HttpRequest, *filled: forms.BaseForm | forms.BaseFormSet[Any]) -> int:
    """Return the status of a page with forms: 422 where one that was posted to it is not valid or was refused."""
    return 422 if request.method == "POST" and any(form.is_bound and not form.is_valid() for form in filled) else 200


def as_message(request: HttpRequest, about: object = "") -> Shown:
    """Show a refusal as a message on the next page, of an act that nothing was typed for.

    :param about: which of several things was refused.
    """
    return Shown(
        lambda words: messages.error(request, colon(about, words) if about else words),
        lambda words: messages.info(request, colon(about, words) if about else words),
    )
