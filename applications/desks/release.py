"""The release: what it will do, said line by line, and done in one step."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications import actions
from applications.desks.common import cohort_of, money_of, show
from applications.forms.desks import ReleaseForm
from applications.models import Cohort
from portal import clock
from portal.accounts.access import person
from portal.money import Money
from portal.refusals import Refusal


def release(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Say exactly what a release will do, and do it."""
    cohort = cohort_of(request, cohort_id)
    refusal = ""
    if request.method == "POST":
        try:
            actions.release(cohort, by=person(request), at=clock.now(), seen=request.POST.get("seen", ""))
            messages.success(request, _("Released. Every applicant gets a mail now."))
            return redirect("admin:desk_decision_board", cohort.pk)
        except Refusal as refused:
            refusal = str(refused)
    plan = actions.plan_release(cohort)
    if request.method == "POST" and cohort.released_at and not plan.undecided + plan.returned + plan.decisions:
        return redirect("admin:desk_decision_board", cohort.pk)  # the second click of a double click
    money = money_of(cohort)
    context = {
        "cohort": cohort,
        "plan": plan,
        "refusal": refusal or plan.refusal,
        "may_release": not plan.refusal,
        "consequences": _consequences(cohort, plan, money),
        "form": ReleaseForm(initial={"seen": plan.seen}),
        "money": money,
    }
    crumbs = [(_("Decide"), "desk_decisions"), (cohort, "desk_decision_board", cohort.pk)]
    title = _("Release all decisions")
    return show(
        request, "applications/desks/release.html", title, context, crumbs=crumbs, status=422 if refusal else 200
    )


def _consequences(cohort: Cohort, plan: actions.ReleasePlan, money: dict[str, Money]) -> list[str]:
    """Say what a release does, one sentence a thing; nothing of what does not happen."""
    asked, days = plan.reserved.format(short=True), cohort.programme.offer_days
    counted = [
        (plan.accepted, ngettext("%(n)d startup gets an offer.", "%(n)d startups get an offer.", plan.accepted)),
        (plan.accepted, _("Each has %(days)d days to accept; then its place goes to the waitlist.") % {"days": days}),
        (plan.waitlisted, ngettext("%(n)d startup goes on the waitlist.", "%(n)d startups go on the waitlist.", plan.waitlisted)),
        (plan.declined, ngettext("%(n)d startup is declined.", "%(n)d startups are declined.", plan.declined)),
        (plan.mails, ngettext("%(n)d mail goes out at once.", "%(n)d mails go out at once.", plan.mails)),
    ]  # fmt: skip
    lines = [words % {"n": n} if "%(n)d" in words else words for n, words in counted if n]
    seats = {"n": plan.accepted, "left": max(plan.seats_left, 0), "all": plan.seats}
    lines.append(_("Seats: %(n)d are taken now, %(left)d of %(all)d stay free.") % seats)
    if "available" in money:
        available = money["available"].format(short=True)
        lines.append(_("Money: %(asked)s of %(available)s is reserved.") % {"asked": asked, "available": available})
    else:
        lines.append(_("Money: %(asked)s is reserved.") % {"asked": asked})
    return lines
