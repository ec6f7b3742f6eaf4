"""The self-check: the questions of a cohort's criteria, without an account."""

from collections.abc import Iterable
from typing import Any

from django import forms

from applications.models import EligibilityCriterion
from applications.questions import kind_of


class EligibilityForm(forms.Form):
    """One field for each criterion."""

    def __init__(self, criteria: Iterable[EligibilityCriterion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = {criterion.fact: kind_of(criterion) for criterion in criteria}
        self.fields |= {kind.name: kind.field for kind in self.kinds.values()}

    def facts(self) -> dict[str, Any]:
        """Return the facts that were stated; what is empty or ill-typed is not known."""
        stated = {fact: self.cleaned_data.get(kind.name) for fact, kind in self.kinds.items()}
        return {fact: value for fact, value in stated.items() if value not in (None, "")}
