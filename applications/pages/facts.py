"""What a startup states of itself, as people read it."""

from typing import Any

from django.utils.translation import gettext as _

from applications.models import EligibilityCriterion
from portal.language.countries import country_name
from portal.language.fields import pick
from portal.money import Money


def fact_text(stated: dict[str, Any], criterion: EligibilityCriterion | None) -> str:
    """Return a stated fact in words, as its criterion's kind says."""
    value = stated["value"]
    if value is None:
        return _("No answer")
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
