"""The page that asks before an act: one for desks and record pages.

An act is declared once, and its view is `return acts.ask(request, REVOKE, offer, back=…)`. The page says what will
happen, takes what the act must be told, and shows a refusal with everything typed still there. It carries a token of
what it showed: when somebody has changed that meanwhile, the act is not done, and the person confirms anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import frame
from portal.forms import Bare
from portal.models import Transition, User
from portal.refusals import on_form

TOKEN = "shown"  # noqa: S105  # the name of a field
Words = Any  # str, or what gettext_lazy returns


class ActForm(forms.Form):
    """What an act must be told. Knows who acts (`by`), on what (`subject`) and when (`at`), to narrow its choices."""

    def __init__(self, *args: Any, by: User, at: datetime, subject: Any = None, **kwargs: Any) -> None:
        self.by, self.at, self.subject = by, at, subject
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)


@dataclass(frozen=True, slots=True)
class Act:
    """One business act as a page offers it.

    :param name: the last part of its address.
    :param label: the words of the button that leads to the page and of the one that does it: a verb.
    :param run: the function of `actions`: `run(subject, by=…, at=…, **form.cleaned_data)`; without subject for a list.
    :param roles: who may do it; one of them is enough.
    :param title: the heading, or a function of the subject; the label where it is missing.
    :param consequences: what will happen, a sentence each, or a function `(subject, at)` that returns them.
    :param states: the states of the subject in which it can be done; every state where it is empty.
    :param into: the state it leads to: who has brought the subject there has done it already.
    :param offered: whether it can be done with the subject, beyond its state.
    :param doer: the id of who has done it, read from a subject without states.
    :param done: the message after it, or a function `(subject, result)` of what `run` returned.
    :param final: whether it cannot be undone.
    :param unwatched: columns whose change meanwhile does not matter, such as a counter.
    :param on_list: whether it stands above the list of records, without a subject.
    :param bulk: whether a list of records offers it for many chosen rows, too.
    """

    name: str
    label: Words
    run: Callable[..., Any]
    roles: tuple[str, ...] = ()
    title: Words | Callable[[Any], Words] = ""
    consequences: Sequence[Words] | Callable[[Any, datetime], Sequence[Words]] = ()
    form: type[ActForm] = ActForm
    states: tuple[str, ...] = ()
    into: str = ""
    offered: Callable[[Any], bool] = lambda subject: True
    doer: Callable[[Any], int | None] = lambda subject: None
    done: Words | Callable[[Any, Any], Words] = ""
    danger: bool = False
    final: bool = False
    unwatched: tuple[str, ...] = ()
    on_list: bool = False
    bulk: bool = False

    def is_possible(self, subject: Any) -> bool:
        """Return whether the act can be done with the subject as it is now."""
        return (not self.states or subject.state in self.states) and self.offered(subject)

    def is_offered(self, user: User, subject: Any, scope_id: int) -> bool:
        """Return whether the act is possible, and the person holds one of its roles for the programme."""
        return self.is_possible(subject) and user.holds(*self.roles, at=user.seen_at, scope_id=scope_id)

    def words_of_title(self, subject: Any) -> Words:
        """Return the heading of its page."""
        return (self.title(subject) if callable(self.title) else self.title) or self.label

    def words_of_done(self, subject: Any, result: Any) -> str:
        """Return the message after it was done."""
        words = self.done(subject, result) if callable(self.done) else self.done
        return str(words or _("Done: %(act)s.") % {"act": self.label})


@dataclass(frozen=True, slots=True)
class Asked:
    """An act as one request meets it: with what, by whom, and the figures that its page shows."""

    act: Act
    subject: Any
    shown: Sequence[object]
    by: User
    at: datetime

    @property
    def token(self) -> str:
        """Return a digest of the subject's columns and of the figures that its page shows."""
        facts = [str(fact) for fact in self.shown]
        if isinstance(self.subject, models.Model):
            left_out = {*self.subject.get_deferred_fields(), *self.act.unwatched}
            fields = [field for field in self.subject._meta.concrete_fields if field.attname not in left_out]
            facts += [repr(field.value_from_object(self.subject)) for field in fields]
        return salted_hmac("portal.desk.acts", "\0".join([self.act.name, *facts])).hexdigest()

    def is_changed(self, told: QueryDict) -> bool:
        """Return whether the subject is not what the page showed; a post without a page has seen nothing."""
        return TOKEN in told and not constant_time_compare(str(told[TOKEN]), self.token)

    @property
    def is_possible(self) -> bool:
        """Return whether the act can be done with the subject as it is now; what has no subject refuses by itself."""
        return self.subject is None or self.act.is_possible(self.subject)

    @property
    def is_done(self) -> bool:
        """Return whether it is the person who has done it already: a second click, or a second tab."""
        if self.subject is None or self.is_possible:
            return False
        if self.act.into and self.subject.state == self.act.into:
            last = Transition.objects.of(self.subject).last()
            return last is not None and last.actor_id == self.by.pk
        return self.act.doer(self.subject) == self.by.pk

    def is_past(self) -> bool:
        """Return whether the subject has moved on while the act was tried, so that nothing is left to ask."""
        if isinstance(self.subject, models.Model):
            self.subject.refresh_from_db()
        return not self.is_possible


def ask(
    request: HttpRequest,
    act: Act,
    subject: Any = None,
    *,
    back: str,
    then: Callable[[Any], str] | None = None,
    scope_id: int | None = None,
    crumbs: Sequence[frame.Crumb] = (),
    about: object = "",
    text: object = "",
    consequences: Sequence[Words] | None = None,
    refusal: str = "",
    shown: Sequence[object] = (),
    run: Callable[..., Any] | None = None,
    form: Mapping[str, Any] | None = None,
    template: str = "desk/act.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Ask before an act, do it on POST, and show its refusal. The views that call it are marked `restored`.

    :param back: the page that leads here, and where one lands when it is done.
    :param then: where one lands instead, as a function of what the act returned.
    :param scope_id: the programme for which one of the act's roles must be held, else 404; left out where the view
        found the subject by the person's roles.
    :param about: what it is done with, below the title.
    :param consequences: instead of the act's own.
    :param refusal: why it cannot be done now; then the page has no button.
    :param shown: figures of the page beside the subject's own columns, which must not have changed meanwhile.
    :param run: instead of the act's own.
    :param form: further arguments of the form.
    """
    asked = Asked(act, subject, shown, by=person(request), at=clock.now())
    if scope_id is not None and not asked.by.holds(*act.roles, at=asked.at, scope_id=scope_id):
        raise Http404
    told = rescued_forms.written(request)
    filled = act.form(told, by=asked.by, at=asked.at, subject=subject, **(form or {}))
    if asked.is_done or (not asked.is_possible and told is None):
        if told is None or not _wrote(filled):
            return _missed(request, asked, back)
        refusal = _already()
    is_changed = asked.is_possible and told is not None and asked.is_changed(told)
    if request.method == "POST" and not refusal and not is_changed and filled.is_valid():
        with on_form(filled):
            subjects = () if subject is None else (subject,)
            result = (run or act.run)(*subjects, by=asked.by, at=asked.at, **filled.cleaned_data)
            messages.success(request, act.words_of_done(subject, result))
            return redirect(then(result) if then else back)
        if asked.is_past() and not _wrote(filled):
            messages.error(request, " ".join(str(words) for words in filled.non_field_errors()))
            return redirect(back)
    elif not asked.is_possible:
        refusal = refusal or _no_longer(asked)
    lines = consequences if consequences is not None else act.consequences
    page = {
        "act": act,
        "about": about,
        "text": text,
        "form": filled,
        "consequences": lines(subject, asked.at) if callable(lines) else lines,
        "changed": _changed() if is_changed and not refusal else "",
        "refusal": refusal,
        "is_possible": asked.is_possible and not refusal,
        "token": asked.token,
        "back": back,
        **(context or {}),
    }
    status = 200
    if request.method == "POST":
        status = 409 if is_changed else 422
    return frame.show(request, template, act.words_of_title(subject), page, crumbs=crumbs, status=status)


def _wrote(form: ActForm) -> bool:
    """Return whether somebody has typed into the form."""
    return any(form[name].value() for name in form.fields)


def _missed(request: HttpRequest, asked: Asked, back: str) -> HttpResponse:
    """Answer who comes to an act that is done, or has become impossible: with the page behind it, and why."""
    if asked.is_done:
        messages.info(request, _already())
    else:
        messages.warning(request, _no_longer(asked))
    return redirect(back)


def _already() -> str:
    return _("You have already done this.")


def _no_longer(asked: Asked) -> str:
    """Return why the act cannot be done with the subject as it is."""
    if not asked.act.states or asked.subject.state in asked.act.states:
        return _("This has already been done, or is no longer possible.")
    return _("This is no longer possible: the state is now “%(state)s”.") % {"state": asked.subject.get_state_display()}


def _changed() -> str:
    return _("This changed after you opened the page. Check what will happen, then confirm again.")
