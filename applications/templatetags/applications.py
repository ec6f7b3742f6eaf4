"""Answers, facts and cohorts as people read them."""

from datetime import date
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Cohort, EligibilityCriterion, Invitation, Membership
from applications.snapshot import answer_words, fact_words
from portal.language.dates import day_in_zone

register = template.Library()


@register.filter
def answer_text(question: dict[str, Any]) -> str:
    """Write a frozen answer."""
    return answer_words(question)


@register.filter
def fact_text(stated: dict[str, Any], criterion: EligibilityCriterion | None) -> str:
    """Write a stated fact."""
    return fact_words(stated["value"], criterion)


@register.filter
def in_order_of(facts: dict[str, Any], criteria: dict[str, EligibilityCriterion] | None) -> list[tuple[str, Any]]:
    """Return frozen facts in the order in which the programme asks for them; what it no longer asks for comes last."""
    order = {fact: place for place, fact in enumerate(criteria or {})}
    return sorted(facts.items(), key=lambda row: order.get(row[0], len(order)))


@register.filter
def iso_day(text: str) -> date | None:
    """Read the day of a frozen version."""
    return date.fromisoformat(text) if text else None


@register.filter
def paragraphs(text: str) -> list[str]:
    """Split words of programme data where a line is left empty."""
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


@register.simple_tag
def cohort_facts(cohort: Cohort, is_open: bool) -> list[dict[str, Any]]:
    """Return what a card says of a cohort: how much, how long, and until or from when."""
    programme = cohort.programme
    months = ngettext("%(n)d month", "%(n)d months", programme.months) % {"n": programme.months}
    label, when = (_("Closes"), cohort.closes_at) if is_open else (_("Opens"), cohort.opens_at)
    return [
        {"label": _("Up to"), "value": _("%(amount)s a month") % {"amount": programme.monthly_cap.format(short=True)}},
        {"label": _("For"), "value": months},
        {"label": label, "value": day_in_zone(when, programme.timezone)},
    ]


@register.simple_tag
def crumbs(*parts: str) -> list[dict[str, str]]:
    """Return the way to a page for its crumbs: `{% crumbs label url label url as trail %}`."""
    return [{"label": label, "url": url} for label, url in zip(parts[::2], parts[1::2], strict=True)]


@register.simple_tag
def sentences(*words: str) -> list[str]:
    """Put sentences together for a component that lists them; empty ones are left out."""
    return [each for each in words if each]


@register.simple_tag
def invitation_means(invitation: Invitation) -> list[str]:
    """Return what will be true of who accepts an invitation."""
    may = {
        Membership.Role.FOUNDER: _("You may write and submit its applications, answer offers and sign for it."),
        Membership.Role.EDITOR: _("You may write and submit its applications."),
        Membership.Role.VIEWER: _("You may read its applications, and change nothing."),
    }
    return [
        may[Membership.Role(invitation.role)],
        _("You get the mails that its people get, and see its record: once chosen, its months and its mentor."),
        _("Nobody who belongs to a startup judges or pays it: that is noted for you from now on."),
    ]
