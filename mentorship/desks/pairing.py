"""The pairing desk: startups without a mentor, mentors with their load, pairing and parting."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from applications.models import Conflict, Participation
from mentorship import actions
from mentorship.actions.pairings import RUNNING
from mentorship.models import AvailabilityRule, Mentor, MentorSession, Mentorship, Opening
from mentorship.models.mentors import WATCHERS
from mentorship.pages import pairings
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk.counts import MOST, up_to_most
from portal.desk.paging import Cut, cut
from portal.forms import posted_id
from portal.language.text import fold
from portal.models import Role, RoleGrant, User
from portal.refusals import Refusal
from portal.strip import MINI, months_of

ROWS = 10  # each with its strip of months
LISTED = 50  # mentors on a page of their own
BESIDE = 10  # mentors beside the startups
MENTOR_ORDER = ("name", "id")
OFFERED = 12  # mentors to choose from at once; the others are found by name
BUSY_DAYS = 30
UNPAIRED = ~Exists(Mentorship.objects.active().filter(participation=OuterRef("pk")))
WITHOUT = ngettext_lazy("%(n)d startup without a mentor", "%(n)d startups without a mentor", "n")
SHOWN = [
    ("unpaired", gettext_lazy("Without a mentor")),
    ("paired", gettext_lazy("With a mentor")),
    ("mentors", gettext_lazy("Mentors")),
]


def pairing(request: HttpRequest) -> HttpResponse:
    """Show the running seats of the person's programmes, without a mentor first, and the mentors with their load."""
    user, at = person(request), clock.now()
    seats = _seats(user, WATCHERS)
    show = request.GET.get("show", "unpaired")
    wanted = request.GET.get("q", "").replace("\0", "")[:100]
    people = _mentors(user, at)
    page = cut(request, people, MENTOR_ORDER, LISTED) if show == "mentors" else _page(request, seats, show, wanted)
    beside = page.rows if show == "mentors" else list(people.order_by(*MENTOR_ORDER)[: BESIDE + 1])
    context = {
        "title": _("Pairing"),
        "rows": _rows(page.rows, at) if show != "mentors" else [],
        **page.addresses(request),
        "show": show,
        "tabs": SHOWN,
        "search": wanted,
        "waiting": _told(up_to_most(seats.filter(UNPAIRED))),
        "mentors": with_load(beside if show == "mentors" else beside[:BESIDE], at),
        "more_mentors": show != "mentors" and len(beside) > BESIDE,
        "manages": user.scopes(Role.MANAGER),
    }
    return _render(request, "mentorship/desks/pairing.html", context)


def _page(request: HttpRequest, seats: "QuerySet[Participation]", show: str, wanted: str) -> Cut:
    listed = seats.filter(UNPAIRED if show != "paired" else ~UNPAIRED)
    if search := fold(wanted):
        listed = listed.filter(startup__name_folded__contains=search)
    return cut(request, listed, ("id",), ROWS)


def _rows(seats: list[Participation], at: datetime) -> list[dict[str, Any]]:
    pairs, months = pairings.of_participations(seats, at=at, ahead_only=True), months_of(seats, at=at, kinds=MINI)
    return [{"participation": seat, "pairs": pairs[seat.pk], "months": months[seat.pk]} for seat in seats]


def _told(n: int) -> str:
    return f"{n}+" if n == MOST else str(n)


def unpaired(user: User, at: datetime) -> int | None:
    """Count the startups without a mentor, for who pairs them."""
    return up_to_most(_seats(user, (Role.MANAGER,)).filter(UNPAIRED)) if user.holds(Role.MANAGER) else None


def _seats(user: User, roles: tuple[str, ...]) -> "QuerySet[Participation]":
    running = Participation.objects.filter(cohort__programme__in=user.scopes(*roles), state__in=RUNNING)
    return running.select_related("startup", "cohort__programme")


def _mentors(user: User, at: datetime) -> "QuerySet[User]":
    """Give who holds the mentor role in the person's programmes."""
    granted = RoleGrant.objects.effective(at.date()).filter(role=Role.MENTOR, scope__in=user.scopes(*WATCHERS))
    return User.objects.filter(pk__in=granted.values("person"), is_active=True)


def with_load(people: list[User], at: datetime) -> list[dict[str, Any]]:
    """Give mentors with the startups mentored and the sessions soon: one query, whatever their number."""
    pairs = Mentorship.objects.filter(mentor=OuterRef("pk"))
    sessions = MentorSession.objects.booked().filter(mentorship__mentor=OuterRef("pk"))
    soon = sessions.filter(starts_at__gte=at, starts_at__lt=at + timedelta(days=BUSY_DAYS))
    profiles = Mentor.objects.filter(person__in=people).annotate(
        load=_count(pairs.active()),
        sessions_soon=_count(soon),
        hours=Exists(AvailabilityRule.objects.filter(mentor=OuterRef("pk")))
        | Exists(Opening.objects.filter(mentor=OuterRef("pk"), ends_at__gt=at)),
    )
    by_person = {profile.person_id: profile for profile in profiles}
    return [{"person": each, "profile": by_person.get(each.pk)} for each in people]


def _count(rows: "QuerySet[Any]") -> Coalesce:
    """Count by itself: joined, the counts would multiply."""
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


class PairForm(forms.Form):
    """Whom to pair with the startup."""

    mentor = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Mentor"))
    is_primary = forms.BooleanField(
        label=gettext_lazy("The first mentor"),
        required=False,
        help_text=gettext_lazy("The one whose hours are offered first."),
    )

    def __init__(self, *args: Any, participation: Participation, wanted: str = "", at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = RoleGrant.objects.people(Role.MENTOR, participation.cohort.programme_id, at.date())
        paired = participation.mentorships.active().values("mentor__person")
        field: Any = self.fields["mentor"]
        field.queryset = people.exclude(pk__in=paired)
        offered = least_busy(field.queryset.filter(name__icontains=wanted)) if wanted else least_busy(field.queryset)
        self.has_others = bool(wanted) or len(offered) > OFFERED
        chosen = str(self["mentor"].value() or "")
        known = {str(each.pk) for each in offered[:OFFERED]}
        told = field.queryset.filter(pk=posted_id(chosen)) if chosen not in known else []
        against = Conflict.objects.against_mentoring(participation.startup)
        in_conflict = set(against.values_list("person", flat=True))
        field.widget.choices = [("", field.empty_label)] + [
            (
                each.pk,
                _("%(person)s (conflict of interest)") % {"person": each} if each.pk in in_conflict else str(each),
            )
            for each in (*told, *offered[:OFFERED])
        ]
        self.fields["is_primary"].initial = not participation.mentorships.active().filter(is_primary=True).exists()


def least_busy(people: "QuerySet[User]") -> list[User]:
    """Give whom to offer, and one more if there are others: who mentors the fewest startups first."""
    load = Count("mentor__mentorships", filter=Q(mentor__mentorships__state=Mentorship.State.ACTIVE))
    return list(people.annotate(load=load).order_by("load", "name", "id")[: OFFERED + 1])


class EndForm(forms.Form):
    """Why a pairing ends."""

    reason = forms.CharField(
        label=gettext_lazy("Why, in a line"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Both sides read it."),
    )


@rescued_forms.restored
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Pair a startup with a mentor, after saying what that means."""
    user, at = person(request), clock.now()
    seat = get_object_or_404(_seats(user, (Role.MANAGER,)), pk=pk)
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:100]
    chosen = {"mentor": request.GET.get("mentor")}
    form = PairForm(rescued_forms.written(request), initial=chosen, participation=seat, wanted=wanted, at=at)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = actions.pair(seat, told["mentor"], is_primary=told["is_primary"], by=user, at=at)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(pair)s: paired. Both are told by mail.") % {"pair": made})
            return redirect("admin:desk_pairing")
    consequences = [
        _("Both sides get a mail. The startup can book the mentor’s hours at once."),
        _("The mentor approves nothing of this startup from now on: no review, no decision, no payment."),
    ]
    title = _("Pair %(startup)s") % {"startup": seat.startup}
    search = {"wanted": wanted} if form.has_others else None
    return _confirm(request, title, form, consequences, _("Pair them"), search=search)


@rescued_forms.restored
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pairing, after saying what that means."""
    user, at = person(request), clock.now()
    found = _pairing(user, pk)
    form = EndForm(rescued_forms.written(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_pairing(found, reason=form.cleaned_data["reason"], by=user, at=at)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(pair)s: ended. Both are told by mail.") % {"pair": found})
            return redirect("admin:desk_pairing")
    ahead = found.sessions.booked().filter(starts_at__gt=at).count()
    consequences = [
        _("Sessions ahead that are cancelled, nobody’s fault: %(n)d.") % {"n": ahead},
        _("Both sides get a mail with your words."),
        _("What was said and promised stays on record. The conflict of interest stays noted."),
    ]
    return _confirm(
        request, _("End the pairing %(pair)s") % {"pair": found}, form, consequences, _("End the pairing"), danger=True
    )


def make_first(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a mentor the one whose hours are offered first."""
    found = _pairing(person(request), pk)
    if request.method == "POST":
        try:
            actions.make_primary(found, by=person(request), at=clock.now())
            messages.success(request, _("%(pair)s: the first mentor now.") % {"pair": found})
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{reverse('admin:desk_pairing')}?show=paired")
    consequences = [_("The startup is offered this mentor’s hours first.")]
    return _confirm(request, _("Make %(pair)s the first") % {"pair": found}, None, consequences, _("Make first mentor"))


def _pairing(user: User, pk: int) -> Mentorship:
    mine = Mentorship.objects.active().filter(participation__cohort__programme__in=user.scopes(Role.MANAGER))
    return get_object_or_404(pairings.pairs_with_names(mine), pk=pk)


def _confirm(
    request: HttpRequest,
    title: str,
    form: forms.Form | None,
    consequences: list[str],
    action_label: str,
    *,
    danger: bool = False,
    search: dict[str, str] | None = None,
) -> HttpResponse:
    """Ask before an act.

    :param search: what was looked for among the people to choose from, where not all of them are offered.
    """
    context = {
        "search": search,
        "title": title,
        "form": form,
        "consequences": consequences,
        "action_label": action_label,
        "danger": danger,
        "cancel_url": reverse("admin:desk_pairing"),
    }
    return _render(request, "mentorship/desks/confirm.html", context)


def _render(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context})
