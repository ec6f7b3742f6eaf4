"""Answers and facts as people read them."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from applications.models import EligibilityCriterion
from portal.countries import country_name
from portal.fields import pick
from portal.money import Money

register = template.Library()


@register.filter
def answer_text(question: dict[str, Any]) -> str:
    """Write a frozen answer: labels of choices, "no answer" for nothing."""
    value = question["value"]
    if value in (None, "", []):
        return _("No answer")
    if question["kind"] == "yes_no":
        return _("Yes") if value == "yes" else _("No")
    labels = {key: pick(words) for key, words in question["choices"]}
    if isinstance(value, list):
        return ", ".join(labels.get(key, str(key)) for key in value)
    return labels.get(value, str(value))


@register.filter
def fact_text(stated: dict[str, Any], criterion: EligibilityCriterion | None) -> str:
    """Write a stated fact as its criterion's kind says."""
    value = stated["value"]
    if criterion is None:
        return str(value)
    match criterion.kind:
        case EligibilityCriterion.Kind.COUNTRY:
            return country_name(value)
        case EligibilityCriterion.Kind.MONEY:
            return Money(value, criterion.cohort.programme.currency).format(short=True)
        case EligibilityCriterion.Kind.YES_NO:
            return _("Yes") if value else _("No")
        case EligibilityCriterion.Kind.CHOICE:
            return {key: pick(words) for key, words in criterion.choices}.get(value, str(value))
        case _:
            return str(value)
