"""The living style page: every component in every state, with long names, nothing at all, and errors. Debug only."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.forms import DayInput
from portal.money import Money
from portal.registry import Cell
from portal.templatetags.components import LOOKS

LONG_NAME = "Société coopérative d’intérêt collectif pour l’apprentissage assisté des métiers de la santé en zone rurale"
MONEY_STATES = {
    "scheduled": (_("Scheduled"), "due 1 May"),
    "ready": (_("Ready"), "$6,000"),
    "approved": (_("Being prepared"), "$6,000"),
    "on_its_way": (_("On its way"), "$6,000 · by 4 May"),
    "paid": (_("Paid"), "$6,000 · 3 Mar"),
    "held": (_("Held"), "report is late"),
    "returned": (_("Returned"), "account closed"),
    "lapsed": (_("Lapsed"), "nothing claimed"),
    "cancelled": (_("Cancelled"), "left the programme"),
}


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name of the company"), max_length=20, help_text=_("As on its papers."))
    email = forms.EmailField(label=_("E-mail"), required=False)
    sector = forms.ChoiceField(label=_("Sector"), choices=[("", "—"), ("health", _("Health")), ("finance", _("Finance"))])
    founded = forms.DateField(label=_("Founded on"), required=False, widget=DayInput())
    about = forms.CharField(label=_("What it does"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("In 500 words."))
    stage = forms.ChoiceField(
        label=_("Stage"), widget=forms.RadioSelect, choices=[("idea", _("An idea")), ("users", _("It has users"))]
    )
    needs = forms.MultipleChoiceField(
        label=_("What you hope for"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("money", _("Money")), ("help", _("Help by engineers"))],
    )
    deck = forms.FileField(label=_("Deck"), required=False, help_text=_("PDF, up to 20 MB."))
    agree = forms.BooleanField(label=_("All of this is true, as far as I know."))


def money(state: str) -> Cell:
    """Give a money cell of the strip as it looks in a state."""
    label, detail = MONEY_STATES[state]
    return Cell("money", state, str(label), detail, href="#strip" if state in {"paid", "held"} else "")


def strip(states: list[str], *, current: int, start: date = date(2027, 1, 1)) -> list[dict[str, Any]]:
    """Give the months of a strip whose money is in these states; an empty state has no cells at all."""
    months = []
    for n, state in enumerate(states, start=1):
        period = date(start.year + (start.month + n - 2) // 12, (start.month + n - 2) % 12 + 1, 1)
        cells: dict[str, Cell | None] = {
            "money": money(state) if state else None,
            "sessions": _sessions(n, current) if state else None,
            "check_in": _check_in(n, current) if state else None,
        }
        months.append({"n": n, "period": period, "is_current": n == current, "cells": cells})
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
    """Show every component."""
    return render(request, "styleguide.html", context(clock.now()))


def context(now: datetime) -> dict[str, Any]:
    """Give what the style page shows."""
    wrong = Sample({"name": "A name that is much longer than twenty letters", "email": "nobody", "stage": "idea"})
    wrong.add_error(None, _("The deadline passed while you wrote. Your text is kept; ask the programme to reopen it."))
    since = now - timedelta(days=4)
    return {
        "strips": [
            (_("Six months, half way"), strip(["paid", "paid", "paid", "on_its_way", "scheduled", "scheduled"], current=4)),
            (_("Every state, with a hold"), strip(["paid", "returned", "held", "ready", "approved", "lapsed"], current=3)),
            (_("Three months"), strip(["cancelled", "scheduled", ""], current=2)),
            (_("Nine months"), strip([*MONEY_STATES], current=5)),
            (_("Twelve months"), strip(["paid"] * 5 + ["held"] + ["scheduled"] * 6, current=6)),
            (_("Not signed yet"), []),
        ],
        "mini": strip(["paid", "paid", "returned", "held", "on_its_way", "scheduled"], current=4),
        "since": since,
        "promised": (now + timedelta(days=10)).date(),
        "families": sorted({look.family for look in LOOKS.values()}),
        "states": [(state, state.replace("_", " ").capitalize()) for state in LOOKS],
        "crumbs": [{"label": _("Dashboard"), "url": "#"}, {"label": LONG_NAME, "url": "#"}],
        "long_name": LONG_NAME,
        "facts": [
            {"label": _("Startup"), "value": LONG_NAME, "href": "#facts"},
            {"label": _("Monthly cap"), "value": Money.of(6000, "USD").format(short=True), "note": _("for six months")},
            {"label": _("Account"), "value": "•••• 6789", "note": _("verified on 2 March 2027")},
            {"label": _("Mentor"), "value": ""},
        ],
        "card_facts": [
            {"label": _("Up to"), "value": Money.of(36000, "USD").format(short=True)},
            {"label": _("Closes"), "value": "30 Apr 2027"},
        ],
        "tiles": [
            {"label": _("Paid so far"), "value": "$18,000", "note": _("3 of 6 months")},
            {"label": _("Days from signature to first money"), "value": "9", "state": "paid", "note": _("2 fewer than usual")},
            {"label": _("Reports that are late"), "value": "2", "state": "held", "note": _("oldest since 3 days"), "href": "#tiles"},
            {"label": _("Returned by the bank"), "value": "€1,234,567.89", "state": "returned", "note": _("account closed")},
        ],
        "entries": [
            {"what": _("Paid"), "who": "Finance", "at": now - timedelta(hours=2), "state": "paid"},
            {
                "what": _("Held"),
                "who": "Bao Nguyễn",
                "at": now - timedelta(days=3),
                "state": "held",
                "reason": _("The report of March is missing; looked at again on 12 April."),
            },
            {"what": _("Submitted"), "who": LONG_NAME, "at": now - timedelta(days=40), "state": "submitted"},
            {"what": _("Draft begun"), "at": now - timedelta(days=60)},
        ],
        "amounts": [
            {"label": _("January"), "amount": Money.of(6000, "USD"), "state": "paid", "state_label": _("Paid")},
            {"label": _("February"), "amount": Money.of(5400, "USD"), "note": _("600 USD carried into March")},
            {"label": _("Refund of an unused service"), "amount": Money.of("-123.45", "USD")},
        ],
        "amounts_total": Money.of("11276.55", "USD"),
        "steps": [
            {"label": _("Applied"), "state": "done", "at": date(2027, 1, 12)},
            {"label": _("Reviewed"), "state": "done", "at": date(2027, 2, 3)},
            {"label": _("Decided"), "state": "done", "at": date(2027, 2, 10)},
            {"label": _("Offer"), "state": "current", "note": _("Answer by 24 February"), "href": "#steps"},
            {"label": _("Agreement signed"), "state": "todo"},
            {"label": _("First money"), "state": "todo"},
        ],
        "stopped_steps": [
            {"label": _("Applied"), "state": "done", "at": date(2027, 1, 12)},
            {"label": _("Reviewed"), "state": "skipped"},
            {"label": _("Withdrawn"), "state": "stopped", "at": date(2027, 1, 30), "note": _("by the startup")},
        ],
        "consequences": [
            _("Forty applicants get their answer by mail at once."),
            _("Twelve seats and 432,000 USD are reserved."),
            _("Nobody can change a score or a decision of this cohort any more."),
        ],
        "autosaves": ["saved", "unsaved", "saving", "failed", "conflict"],
        "form": Sample(),
        "wrong": wrong,
        "uploaded_at": datetime(2027, 3, 1, 9, 30, tzinfo=UTC),
        "tones": ["info", "success", "warning", "error"],
    }
