"""Publishing what people rely on: a cohort's rules and a programme's terms stand still from then on (law 12)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Cohort, EligibilityCriterion, Question, Terms
from applications.permissions import require_manager
from applications.questions import Asked, kind_of
from portal.laws.transitions import lock
from portal.models import Role, User
from portal.refusals import Done, Refusal

Operator = EligibilityCriterion.Operator


@transaction.atomic
def publish_cohort(cohort: Cohort, *, by: User, at: datetime) -> None:
    """Publish a cohort: from now on visitors see it, and its criteria, questions and rubric stand still.

    :raises Refusal: by who is no manager, twice, or while it lacks what applying and judging need.
    """
    require_manager(cohort, by=by, at=at)
    lock(cohort)
    if cohort.published_at:
        raise Done(_("This cohort is published already."))
    if problem := _lacking(cohort, at):
        raise Refusal(problem)
    cohort.published_at = at
    cohort.save(update_fields=["published_at"])


@transaction.atomic
def publish_terms(terms: Terms, *, by: User, at: datetime) -> None:
    """Publish a version of the terms: offers made from now on refer to it.

    :raises Refusal: by who is no manager of the programme, twice, after a later version, or with words missing.
    """
    if not by.holds(Role.MANAGER, at=at, scope_id=terms.programme_id):
        raise Refusal(_("Only managers of this programme can do this."))
    lock(terms)
    if terms.published_at:
        raise Done(_("These terms are published already."))
    later = Terms.objects.filter(programme=terms.programme_id, version__gt=terms.version, published_at__isnull=False)
    if later.exists():
        raise Refusal(_("A later version is published already. Make a new one."))
    if not all(words.get(code) for words in (terms.title, terms.text) for code, _name in settings.LANGUAGES):
        raise Refusal(_("Title and text are needed in every language: founders sign what they read."))
    terms.published_at = at
    terms.save(update_fields=["published_at"])


def _lacking(cohort: Cohort, at: datetime) -> str:
    """Return what a cohort still lacks, one thing at a time; empty when it is whole."""
    if not Terms.objects.filter(programme=cohort.programme_id, published_at__lte=at).exists():
        return _("Publish the programme's terms first: applicants read them.")
    if not Question.objects.filter(section__cohort=cohort).exists():
        return _("The application form has no question yet.")
    if not cohort.rubric.exists():
        return _("The rubric has no criterion yet.")
    if not cohort.phases.exists():
        return _("There is no review phase yet.")
    if cohort.closes_at <= at:
        return _("This cohort's closing date has passed.")
    return _misshapen(cohort)


def _misshapen(cohort: Cohort) -> str:
    """Return which question or criterion could not be shown or judged; the pages of applicants would break on it."""
    questions = Question.objects.filter(section__cohort=cohort).order_by("section__order", "order", "pk")
    criteria = list(cohort.criteria.order_by("order", "pk"))
    asked_in_turn: list[Asked] = [*questions, *criteria]
    for asked in asked_in_turn:
        if not _has_choices(asked.choices, wanted=kind_of(asked).has_choices):
            return _("“%(question)s” needs its choices, each with a key and words.") % {"question": asked}
    for criterion in criteria:
        if not _can_compare(criterion):
            return _("“%(question)s” is compared with a value that does not fit its kind.") % {"question": criterion}
    return ""


def _has_choices(choices: Any, *, wanted: bool) -> bool:
    """Return whether choices are pairs of key and words, as pages that show them expect; none where none belong."""
    if not isinstance(choices, list) or (wanted and not choices):
        return False
    return all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], dict)
        for pair in choices
    )


def _can_compare(criterion: EligibilityCriterion) -> bool:
    """Return whether a criterion's value compares with a fact of its kind; a wrong one would fail every visitor."""
    kind = kind_of(criterion)
    if criterion.operator == Operator.IN:
        values = criterion.value
        return isinstance(values, list) and bool(values) and all(kind.fits(value) for value in values)
    return kind.fits(criterion.value)
