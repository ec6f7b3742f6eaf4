"""Judging: the conflict question, then the rubric."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from applications.models import Conflict, Review, RubricCriterion, Score


class ConflictForm(forms.Form):
    """What connects a reviewer with a startup."""

    kind = forms.ChoiceField(
        label=_("What connects you?"),
        choices=[
            (Conflict.Kind.EMPLOYER, _("I work or worked with it, or advise it")),
            (Conflict.Kind.INVESTOR, _("I have money in it, or in a close competitor")),
            (Conflict.Kind.FAMILY, _("Family or a close friend is part of it")),
            (Conflict.Kind.MEMBER, _("I belong to it")),
            (Conflict.Kind.OTHER, _("Another reason")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("In a few words"),
        help_text=_("Needed for another reason. Only the programme's managers and auditors read it."),
        max_length=300,
        required=False,
    )


class ReviewForm(forms.Form):
    """The rubric as its cohort set it: points for every criterion, a recommendation, words. Drafts may be incomplete."""

    recommendation = forms.ChoiceField(
        label=_("What do you recommend?"),
        choices=Review.Recommendation.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    comment = forms.CharField(
        label=_("For the committee"),
        help_text=_("Read by managers and auditors only."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    feedback = forms.CharField(
        label=_("For the applicant"),
        help_text=_("Kind, concrete words. The programme may pass them on; your name does not appear."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, rubric: Sequence[RubricCriterion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rubric = rubric
        for criterion in rubric:
            self.fields[f"points-{criterion.pk}"] = forms.TypedChoiceField(
                label=str(criterion),
                choices=[(str(n), str(n)) for n in range(criterion.max_points + 1)],
                coerce=int,
                empty_value=None,
                widget=forms.RadioSelect,
                required=False,
            )

    @classmethod
    def words_of(cls, review: Review, scores: Sequence[Score]) -> dict[str, Any]:
        """Return what a review says as initial values."""
        return {
            "recommendation": review.recommendation,
            "comment": review.comment,
            "feedback": review.feedback,
            **{f"points-{score.criterion_id}": str(score.points) for score in scores},
        }

    @cached_property
    def points(self) -> Mapping[RubricCriterion, int]:
        """Return the points that were given, by criterion."""
        given = {criterion: self.cleaned_data.get(f"points-{criterion.pk}") for criterion in self.rubric}
        return {criterion: points for criterion, points in given.items() if points is not None}

    @property
    def criteria(self) -> list[tuple[RubricCriterion, forms.BoundField]]:
        """Return each criterion with its field, for the page."""
        return [(criterion, self[f"points-{criterion.pk}"]) for criterion in self.rubric]

    def ask_for_the_rest(self) -> None:
        """Mark what a review needs before it can be handed in."""
        for criterion in self.rubric:
            if criterion not in self.points:
                self.add_error(f"points-{criterion.pk}", _("Give points."))
        if not self.cleaned_data.get("recommendation"):
            self.add_error("recommendation", _("Say what you recommend."))
