"""The living style page: every component in every state, with long names, nothing at all, and errors.

Demo only, and read by those who build pages: its sample words stay in English, the components' own are translated.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from portal import clock
from portal.forms import DayField
from portal.language.dates import months_from
from portal.money import Money
from portal.registry import Cell
from portal.state_looks import LOOKS
from portal.strip import Month
from portal.timeline import Event, Step

LONG_NAME = (
    "Société coopérative d’intérêt collectif pour l’apprentissage assisté des métiers de la santé en zone rurale"
)
MONEY_STATES = {
    "scheduled": ("Scheduled", "$6,000, due May 1"),
    "ready": ("Ready", "$6,000"),
    "approved": ("Approved", "$6,000"),
    "on_its_way": ("On its way", "$6,000"),
    "paid": ("Paid", "$6,000"),
    "held": ("On hold", "$6,000"),
    "returned": ("Came back", "$6,000"),
    "lapsed": ("Lapsed", "$6,000"),
    "cancelled": ("Cancelled", "$6,000"),
}


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name of the company", max_length=20, help_text="As on its papers.")
    email = forms.EmailField(label="Email", required=False)
    sector = forms.ChoiceField(label="Sector", choices=[("", "—"), ("health", "Health"), ("finance", "Finance")])
    founded = DayField(label="Founded on", required=False)
    about = forms.CharField(label="What it does", widget=forms.Textarea(attrs={"rows": 4}), help_text="In 500 words.")
    stage = forms.ChoiceField(
        label="Stage", widget=forms.RadioSelect, choices=[("idea", "An idea"), ("users", "It has users")]
    )
    needs = forms.MultipleChoiceField(
        label="What you hope for",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("money", "Money"), ("help", "Help by engineers")],
    )
    deck = forms.FileField(label="Deck", required=False, help_text="PDF, up to 20 MB.")
    agree = forms.BooleanField(label="All of this is true, as far as I know.")


def money(state: str) -> Cell:
    """Return a money cell of the strip as it looks in a state."""
    label, detail = MONEY_STATES[state]
    return Cell("money", state, label, detail, href="#strip" if state in {"paid", "held"} else "")


def strip(states: list[str], *, current: int, start: date = date(2027, 1, 1)) -> list[Month]:
    """Return the months of a strip whose money is in these states; an empty state has no cells at all."""
    months = []
    for n, (period, state) in enumerate(zip(months_from(start, len(states)), states, strict=True), start=1):
        cells: dict[str, Cell | None] = {
            "money": money(state) if state else None,
            "sessions": _sessions(n, current) if state else None,
            "check_in": _check_in(n, current) if state else None,
        }
        months.append(Month(n, period, is_current=n == current, cells=cells))
    return months


def _sessions(n: int, current: int) -> Cell:
    if n < current:
        return Cell("sessions", "held", f"{n} sessions held" if n > 1 else "1 session held")
    if n == current:
        return Cell("sessions", "booked", "Session booked", "Tue 14, 16:00", href="#strip")
    return Cell("sessions", "none", "No session yet")


def _check_in(n: int, current: int) -> Cell:
    if n < current:
        return Cell("check_in", *(("missed", "Check-in missed") if n == 2 else ("answered", "Check-in answered")))
    if n == current:
        return Cell("check_in", "open", "Check-in open", "due 30 Apr", href="#strip")
    return Cell("check_in", "scheduled", "Check-in later")


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component, in the demo.

    :raises Http404: otherwise.
    """
    if not settings.DEMO:
        raise Http404
    return render(request, "styleguide.html", context(clock.now()))


def context(now: datetime) -> dict[str, Any]:
    """Return what the style page shows."""
    wrong = Sample({"name": "A name that is much longer than twenty letters", "email": "nobody", "stage": "idea"})
    wrong.add_error(None, "The deadline passed while you wrote. Your text is kept; ask the programme to reopen it.")
    since = now - timedelta(days=4)
    return {
        "strips": [
            (
                "Six months, half way",
                strip(["paid", "paid", "paid", "on_its_way", "scheduled", "scheduled"], current=4),
            ),
            ("Every state, with a hold", strip(["paid", "returned", "held", "ready", "approved", "lapsed"], current=3)),
            ("Three months", strip(["cancelled", "scheduled", ""], current=2)),
            ("Nine months", strip([*MONEY_STATES], current=5)),
            ("Twelve months", strip(["paid"] * 5 + ["held"] + ["scheduled"] * 6, current=6)),
            ("Not signed yet", []),
        ],
        "mini": strip(["paid", "paid", "returned", "held", "on_its_way", "scheduled"], current=4),
        "since": since,
        "promised": (now + timedelta(days=10)).date(),
        "families": sorted({look.family for look in LOOKS.values()}),
        "states": [(state, state.replace("_", " ").capitalize()) for state in LOOKS],
        "crumbs": [{"label": "Dashboard", "url": "#"}, {"label": LONG_NAME, "url": "#"}],
        "long_name": LONG_NAME,
        "facts": [
            {"label": "Startup", "value": LONG_NAME, "href": "#facts"},
            {"label": "Monthly cap", "value": Money.of(6000, "USD").format(short=True), "note": "for six months"},
            {"label": "Account", "value": "•••• 6789", "note": "verified on 2 March 2027"},
            {"label": "Mentor", "value": ""},
        ],
        "card_facts": [
            {"label": "Up to", "value": Money.of(36000, "USD").format(short=True)},
            {"label": "Closes", "value": "30 Apr 2027"},
        ],
        "tiles": [
            {"label": "Paid so far", "value": "$18,000", "note": "3 of 6 months"},
            {
                "label": "Days from signature to first money",
                "value": "9",
                "state": "paid",
                "note": "2 fewer than usual",
            },
            {
                "label": "Reports that are late",
                "value": "2",
                "state": "held",
                "note": "oldest since 3 days",
                "href": "#tiles",
            },
            {"label": "Returned by the bank", "value": "€1,234,567.89", "state": "returned", "note": "account closed"},
        ],
        "entries": [
            Event("Paid", now - timedelta(hours=2), "paid", who="Finance"),
            Event(
                "Held",
                now - timedelta(days=3),
                "held",
                who="Bao Nguyễn",
                reason="The report of March is missing; looked at again on 12 April.",
            ),
            Event("Submitted", now - timedelta(days=40), "submitted", who=LONG_NAME),
            Event("Draft begun", now - timedelta(days=60), ""),
        ],
        "amounts": [
            {"label": "January", "amount": Money.of(6000, "USD"), "state": "paid", "state_label": "Paid"},
            {"label": "February", "amount": Money.of(5400, "USD"), "note": "600 USD carried into March"},
            {"label": "Refund of an unused service", "amount": Money.of("-123.45", "USD")},
        ],
        "amounts_total": Money.of("11276.55", "USD"),
        "steps": [
            Step("Applied", "done", date(2027, 1, 12)),
            Step("Reviewed", "done", date(2027, 2, 3)),
            Step("Decided", "done", date(2027, 2, 10)),
            Step("Offer", "current", note="Answer by 24 February"),
            Step("Agreement signed", "todo"),
            Step("First money", "todo"),
        ],
        "stopped_steps": [
            Step("Applied", "done", date(2027, 1, 12)),
            Step("Reviewed", "skipped"),
            Step("Withdrawn", "stopped", date(2027, 1, 30), note="by the startup"),
        ],
        "consequences": [
            "Forty applicants get their answer by mail at once.",
            "Twelve seats and 432,000 USD are reserved.",
            "Nobody can change a score or a decision of this cohort any more.",
        ],
        "autosaves": ["saved", "unsaved", "saving", "failed", "conflict"],
        "form": Sample(),
        "wrong": wrong,
        "uploaded_at": datetime(2027, 3, 1, 9, 30, tzinfo=UTC),
        "tones": ["info", "success", "warning", "error"],
    }
