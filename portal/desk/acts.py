"""The page that asks before an act: one for desks and record pages.

An act is declared once, and its view is `return acts.ask(request, REVOKE, offer, back=…)`. The page says what will
happen, takes what the act must be told, and shows a refusal with everything typed still there. It carries a token of
what it showed: when somebody has changed that meanwhile, the act is not done, and the person confirms anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypedDict, Unpack

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
from portal.forms import Bare, ReasonField
from portal.models import Transition, User
from portal.refusals import Done, on_form

TOKEN = "shown"  # noqa: S105  # the name of a field
Words = Any  # str, or what gettext_lazy returns


class ActForm(forms.Form):
    """What an act must be told. Knows who acts (`by`), on what (`subject`) and when (`at`), to narrow its choices."""

    def __init__(self, *args: Any, by: User, at: datetime, subject: Any = None, **kwargs: Any) -> None:
        self.by, self.at, self.subject = by, at, subject
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)


class ReasonForm(ActForm):
    """Why, where an act must be told nothing else."""

    reason = ReasonField()


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
    :param seen_first: whether a post counts only from a page that has shown what it is done with.
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
    seen_first: bool = False
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


class Page(TypedDict, total=False):
    """What the page that asks shows beside the words of the act itself."""

    crumbs: Sequence[frame.Crumb]
    about: object  # what the act is done with, below the title
    text: object  # above what will happen
    names: Sequence[object]  # what the act is done with, one by one
    more: int  # how many there are beside the names
    consequences: Sequence[Words]  # instead of the act's own
    button: object  # instead of the act's label
    hidden: Mapping[str, object]  # what the form sends along
    changed: str  # what has changed since the page before, or instead of the general words
    template: str  # extends `desk/act.html`
    context: Mapping[str, Any]  # of that template


@dataclass(eq=False)
class Asked:
    """An act as one request meets it: with what, by whom, what was typed, and the figures that its page shows."""

    act: Act
    subject: Any
    shown: Sequence[object]
    by: User
    at: datetime
    told: QueryDict | None
    form: ActForm

    @property
    def token(self) -> str:
        """Return a digest of the subject's columns and of the figures that its page shows."""
        facts = [str(fact) for fact in self.shown]
        if isinstance(self.subject, models.Model):
            left_out = {*self.subject.get_deferred_fields(), *self.act.unwatched}
            fields = [field for field in self.subject._meta.concrete_fields if field.attname not in left_out]
            facts += [repr(field.value_from_object(self.subject)) for field in fields]
        return salted_hmac("portal.desk.acts", "\0".join([self.act.name, *facts])).hexdigest()

    @property
    def is_possible(self) -> bool:
        """Return whether the act can be done with the subject as it is now; what has no subject refuses by itself."""
        return self.subject is None or self.act.is_possible(self.subject)

    @cached_property
    def is_changed(self) -> bool:
        """Return whether the subject was not what the page showed, before the act was tried."""
        if self.told is None or not self.is_possible:
            return False
        if TOKEN not in self.told:
            return self.act.seen_first
        return not constant_time_compare(str(self.told[TOKEN]), self.token)

    @cached_property
    def is_done(self) -> bool:
        """Return whether it is the person who has done it already: a second click, or a second tab."""
        if self.subject is None or self.is_possible:
            return False
        if self.act.into and self.subject.state == self.act.into:
            last = Transition.objects.of(self.subject).last()
            return last is not None and last.actor_id == self.by.pk
        return self.act.doer(self.subject) == self.by.pk

    @property
    def is_done_by_another(self) -> bool:
        """Return whether the subject is where the act leads, by somebody else."""
        return bool(self.act.into) and not self.is_possible and not self.is_done and self.subject.state == self.act.into

    @property
    def has_words(self) -> bool:
        """Return whether somebody has typed into the form."""
        return self.told is not None and any(field.value() for field in self.form)

    @property
    def is_missed(self) -> bool:
        """Return whether nothing is left to ask: the act is done or impossible, and nothing was typed for it."""
        return (self.is_done and not self.has_words) or (self.told is None and not self.is_possible)

    def is_past(self) -> bool:
        """Return whether the subject has moved on while the act was tried, so that nothing is left to ask."""
        if isinstance(self.subject, models.Model):
            self.subject.refresh_from_db()
        return not self.is_possible

    def no_longer(self) -> str:
        """Return why the act cannot be done with the subject as it is."""
        if self.is_done:
            return _("You have already done this.")
        if self.is_done_by_another:
            return _("A colleague has already done this.")
        if not self.act.states or self.subject.state in self.act.states:
            return _("This has already been done, or is no longer possible.")
        state = self.subject.get_state_display()
        return _("This is no longer possible: the state is now “%(state)s”.") % {"state": state}


def ask(
    request: HttpRequest,
    act: Act,
    subject: Any = None,
    *,
    back: str,
    then: Callable[[Any], str] | None = None,
    scope_id: int | None = None,
    refusal: str = "",
    shown: Sequence[object] = (),
    run: Callable[..., Any] | None = None,
    form: Mapping[str, Any] | None = None,
    **page: Unpack[Page],
) -> HttpResponse:
    """Ask before an act, do it on POST, and show its refusal. A view that calls it with a form that has fields is marked `restored`.

    :param back: the page that leads here, and where one lands when it is done.
    :param then: where one lands instead, as a function of what the act returned.
    :param scope_id: the programme for which one of the act's roles must be held, else 404; left out where the view
        found the subject by the person's roles.
    :param refusal: why it cannot be done now; then the page has no button.
    :param shown: figures of the page beside the subject's own columns, which must not have changed meanwhile.
    :param run: instead of the act's own.
    :param form: further arguments of the form.
    """
    by, at, told = person(request), clock.now(), rescued_forms.written(request)
    if scope_id is not None and not by.holds(*act.roles, at=at, scope_id=scope_id):
        raise Http404
    filled = act.form(told, by=by, at=at, subject=subject, **(form or {}))
    asked = Asked(act, subject, shown, by, at, told, filled)
    if asked.is_missed:
        return _missed(request, asked, back)
    refusal = asked.no_longer() if asked.is_done else refusal
    if request.method == "POST" and not refusal and not asked.is_changed and filled.is_valid():
        if answer := _tried(request, asked, run or act.run, back, then):
            return answer
    elif not asked.is_possible:
        refusal = refusal or asked.no_longer()
    return _page(request, asked, refusal, back, page)


def _tried(
    request: HttpRequest, asked: Asked, run: Callable[..., Any], back: str, then: Callable[[Any], str] | None
) -> HttpResponse | None:
    """Do the act; return where it leads to, or None where its refusal is for the page to show."""
    is_done = False
    try:
        with on_form(asked.form):
            subjects = () if asked.subject is None else (asked.subject,)
            result = run(*subjects, by=asked.by, at=asked.at, **asked.form.cleaned_data)
            if words := asked.act.words_of_done(asked.subject, result):
                messages.success(request, words)
            return redirect(then(result) if then else back)
    except Done as done:
        asked.form.add_error(None, str(done))
        is_done = True
    if (asked.is_past() or is_done) and not asked.has_words:
        words = " ".join(str(words) for words in asked.form.non_field_errors())
        messages.add_message(request, messages.INFO if is_done else messages.ERROR, words)
        return redirect(back)
    return None


def _page(request: HttpRequest, asked: Asked, refusal: str, back: str, page: Page) -> HttpResponse:
    """Return the page that asks, with what was typed."""
    act = asked.act
    lines = page.get("consequences", act.consequences)
    is_changed = asked.is_changed and not refusal
    changed = _("This changed after you opened the page. Check what will happen, then confirm again.")
    context = {
        "act": act,
        "about": page.get("about", ""),
        "text": page.get("text", ""),
        "names": page.get("names", ()),
        "more": page.get("more", 0),
        "form": asked.form,
        "consequences": lines(asked.subject, asked.at) if callable(lines) else lines,
        "button": page.get("button") or act.label,
        "changed": "" if refusal else page.get("changed") or (changed if is_changed else ""),
        "refusal": refusal,
        "is_possible": asked.is_possible and not refusal,
        "hidden": {TOKEN: asked.token, **page.get("hidden", {})},
        "back": back,
        **page.get("context", {}),
    }
    status = 200 if request.method != "POST" else 409 if is_changed else 422
    template, crumbs = page.get("template", "desk/act.html"), page.get("crumbs", ())
    return frame.show(request, template, act.words_of_title(asked.subject), context, crumbs=crumbs, status=status)


def _missed(request: HttpRequest, asked: Asked, back: str) -> HttpResponse:
    """Answer who comes to an act that is done, or has become impossible: with the page behind it, and why."""
    is_done = asked.is_done or asked.is_done_by_another
    messages.add_message(request, messages.INFO if is_done else messages.WARNING, asked.no_longer())
    return redirect(back)
