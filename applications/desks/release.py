"""The release: what it will do, said line by line, and done in one step."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications import actions
from applications.desks.cohorts import cohort_of, crumbs_of, money_of
from applications.models import Cohort
from applications.release_plan import ReleasePlan, plan_release
from portal.desk import acts
from portal.desk.acts import Act
from portal.models import Role
from portal.money import Money

RELEASE = Act(
    "release",
    gettext_lazy("Release all decisions"),
    actions.release,
    (Role.MANAGER,),
    done=gettext_lazy("Released. Every applicant gets an email now."),
    final=True,
)


def release(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Say exactly what a release will do, and do it."""
    cohort = cohort_of(request, cohort_id)
    plan, money = plan_release(cohort), money_of(cohort)
    board = reverse("admin:desk_decision_board", args=[cohort.pk])
    if cohort.released_at and plan.is_empty:
        messages.info(request, _("All decisions of this cohort are released."))
        return redirect(board)
    return acts.ask(
        request,
        RELEASE,
        cohort,
        scope_id=cohort.programme_id,
        back=f"{board}?show={'all' if plan.returned else 'open'}" if plan.refusal else board,
        crumbs=crumbs_of(cohort, (_("Decide"), "desk_decisions"), "desk_decision_board"),
        about=_("All at once: nobody hears earlier than others, and every offer has its seat and its money."),
        consequences=_consequences(cohort, plan, money),
        refusal=plan.refusal,
        shown=(plan.seen,),
        run=partial(actions.release, seen=plan.seen),
    )


def _consequences(cohort: Cohort, plan: ReleasePlan, money: dict[str, Money]) -> list[str]:
    """Say what a release does, one sentence a thing; nothing of what does not happen."""
    asked, days = plan.reserved.format(short=True), cohort.programme.offer_days
    counted = [
        (plan.accepted, ngettext("%(n)d startup gets an offer.", "%(n)d startups get an offer.", plan.accepted)),
        (plan.accepted, _("Each has %(days)d days to accept; then its place goes to the waitlist.") % {"days": days}),
        (
            plan.waitlisted,
            ngettext("%(n)d startup goes on the waitlist.", "%(n)d startups go on the waitlist.", plan.waitlisted),
        ),
        (plan.declined, ngettext("%(n)d startup is declined.", "%(n)d startups are declined.", plan.declined)),
        (plan.mails, ngettext("%(n)d email goes out at once.", "%(n)d emails go out at once.", plan.mails)),
    ]
    lines = [words % {"n": n} if "%(n)d" in words else words for n, words in counted if n]
    seats = {"n": plan.accepted, "left": max(plan.seats_left, 0), "all": plan.seats}
    lines.append(_("Seats: %(n)d are taken now, %(left)d of %(all)d stay free.") % seats)
    if "available" in money:
        available = money["available"].format(short=True)
        lines.append(_("Money: %(asked)s of %(available)s is reserved.") % {"asked": asked, "available": available})
    else:
        lines.append(_("Money: %(asked)s is reserved.") % {"asked": asked})
    return lines
