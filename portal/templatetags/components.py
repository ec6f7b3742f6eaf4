"""What the components need to draw themselves: icons, the look of a state, words for instants and sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import heroicons
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from portal import clock

register = template.Library()


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks: `family` is its colour, `icon` its sign; neither is ever shown without its words."""

    family: str
    icon: str


# Five families and no more: plain (not yet), moving (on its way), good (done), warn (waits for somebody), bad (went wrong),
# and quiet for what ended without harm. A state that is missing here is plain.
PLAIN = Look("plain", "minus-circle")
LOOKS: Mapping[str, Look] = {
    # Money of a month.
    "scheduled": Look("plain", "calendar"),
    "ready": Look("moving", "check"),
    "approved": Look("moving", "clipboard-document-check"),
    "on_its_way": Look("moving", "paper-airplane"),
    "paid": Look("good", "check-circle"),
    "held": Look("warn", "pause-circle"),
    "returned": Look("bad", "arrow-uturn-left"),
    "lapsed": Look("quiet", "clock"),
    "cancelled": Look("quiet", "x-circle"),
    # Payments and batches.
    "prepared": Look("moving", "clipboard-document-check"),
    "frozen": Look("moving", "lock-closed"),
    "sent": Look("moving", "paper-airplane"),
    "settled": Look("good", "check-circle"),
    # Applications, decisions, offers, agreements, seats.
    "draft": Look("plain", "pencil-square"),
    "submitted": Look("moving", "inbox-arrow-down"),
    "information_asked": Look("warn", "chat-bubble-left-ellipsis"),
    "changes_asked": Look("warn", "chat-bubble-left-ellipsis"),
    "accepted": Look("good", "check-badge"),
    "waitlisted": Look("warn", "queue-list"),
    "declined": Look("quiet", "x-circle"),
    "withdrawn": Look("quiet", "arrow-uturn-left"),
    "proposed": Look("plain", "light-bulb"),
    "confirmed": Look("moving", "check"),
    "released": Look("good", "megaphone"),
    "open": Look("moving", "envelope-open"),
    "revoked": Look("bad", "no-symbol"),
    "onboarding": Look("moving", "rocket-launch"),
    "active": Look("good", "bolt"),
    "paused": Look("warn", "pause-circle"),
    "graduated": Look("good", "academic-cap"),
    "ended": Look("quiet", "stop-circle"),
    "reserved": Look("moving", "bookmark"),
    "committed": Look("good", "lock-closed"),
    "closed": Look("quiet", "archive-box"),
    "freed": Look("quiet", "lock-open"),
    "signed": Look("good", "pencil-square"),
    "pending": Look("warn", "users"),
    "verified": Look("good", "shield-check"),
    "retired": Look("quiet", "archive-box"),
    "unverified": Look("warn", "shield-exclamation"),
    "rejected": Look("bad", "x-circle"),
    # Sessions and check-ins.
    "booked": Look("moving", "calendar-days"),
    "held_session": Look("good", "check-circle"),
    "no_show": Look("bad", "user-minus"),
    "cancelled_late": Look("warn", "x-circle"),
    "none": Look("plain", "minus"),
    "answered": Look("good", "chat-bubble-left-right"),
    "missed": Look("bad", "exclamation-circle"),
    # Reviews and what they recommend.
    "assigned": Look("plain", "envelope"),
    "conflicted": Look("warn", "no-symbol"),
    "accept": Look("good", "hand-thumb-up"),
    "unsure": Look("warn", "question-mark-circle"),
    "waitlist": Look("warn", "queue-list"),
    "decline": Look("quiet", "hand-thumb-down"),
    # Verdicts, jobs, mail.
    "pass": Look("good", "check-circle"),
    "fail": Look("bad", "x-circle"),
    "met": Look("good", "check-circle"),
    "not_met": Look("bad", "x-circle"),
    "unknown": Look("warn", "question-mark-circle"),
    "queued": Look("plain", "clock"),
    "sending": Look("moving", "paper-airplane"),
    "running": Look("moving", "arrow-path"),
    "done": Look("good", "check-circle"),
    "failed": Look("bad", "exclamation-triangle"),
    "bounced": Look("bad", "arrow-uturn-left"),
    # Steps of the journey.
    "current": Look("moving", "arrow-right-circle"),
    "todo": Look("plain", "minus-circle"),
    "skipped": Look("quiet", "minus-circle"),
    "stopped": Look("bad", "no-symbol"),
    # Notices and messages, under the names that django.contrib.messages uses.
    "info": Look("moving", "information-circle"),
    "debug": Look("plain", "information-circle"),
    "success": Look("good", "check-circle"),
    "warning": Look("warn", "exclamation-triangle"),
    "error": Look("bad", "exclamation-circle"),
}
# Some words mean two things: a session that was held is a good thing, money that is held is not.
LOOKS_BY_KIND: Mapping[tuple[str, str], str] = {
    ("sessions", "held"): "held_session",
    ("application", "returned"): "information_asked",
}


def look_of(state: Any, kind: str = "") -> Look:
    """Give the look of a state; dashes and underscores are the same."""
    key = str(getattr(state, "value", state) or "").replace("-", "_")
    return LOOKS.get(LOOKS_BY_KIND.get((kind, key), key), PLAIN)


@lru_cache(maxsize=512)
def _svg(name: str, size: int, css: str) -> SafeString:
    style = {24: "outline", 20: "mini", 16: "micro"}.get(size, "outline")
    drawn = heroicons._render_icon(style, name, size, {"class": f"icon {css}".strip(), "focusable": "false"})
    return mark_safe(drawn)  # noqa: S308  # drawn from the icon set; the names are ours


@register.simple_tag
def icon(name: str, size: int = 20, css: str = "") -> SafeString:
    """Draw an icon: 24 in outline, 20 filled, 16 small; always beside words, so hidden from screen readers."""
    return _svg(str(name), size, str(css))


@lru_cache(maxsize=1024)
def _badge(key: str, label: str, kind: str, size: str) -> SafeString:
    drawn = look_of(key, kind)
    large = f" state-{size}" if size else ""
    return format_html(
        '<span class="state family-{}{}">{}<span>{}</span></span>',
        drawn.family,
        large,
        icon(drawn.icon, 16),
        label or key,
    )


@register.simple_tag
def badge(state: Any, label: Any = "", kind: str = "", size: str = "") -> SafeString:
    """Draw a state as a badge: colour, sign and words; long lists call this, others include `_state.html`."""
    return _badge(str(getattr(state, "value", state) or ""), str(label or ""), str(kind or ""), str(size or ""))


@register.filter
def look(state: Any, kind: str = "") -> Look:
    """Give family and icon of a state: `{% with look=cell.state|look:cell.kind %}`."""
    return look_of(state, kind)


def _locale() -> str:
    return to_locale(get_language() or "en")


def _in_words(moment: date, form: str) -> str:
    there = _local(moment)
    return _day_in_words(date(there.year, there.month, there.day), form, _locale())


@lru_cache(maxsize=4096)  # of days there are few, and a page writes them over and over
def _day_in_words(day: date, form: str, locale: str) -> str:
    if form in ("medium", "long", "full"):
        return format_date(day, form, locale=locale)
    return format_skeleton(form, day, locale=locale)


@register.filter
def month_name(period: date | None) -> str:
    """Write the month of a period alone: "March"."""
    return _month_name(period.month, _locale()) if period else ""


@lru_cache(maxsize=64)
def _month_name(number: int, locale: str) -> str:
    return format_date(date(2000, number, 1), "LLLL", locale=locale)


@register.filter
def day(moment: date | datetime | None) -> str:
    """Write a day in words: "9 March 2027"; text passes through."""
    if not isinstance(moment, date):
        return str(moment or "")
    return _in_words(moment, "long")


@register.filter
def day_short(moment: date | datetime | None) -> str:
    """Write a day shortly: "9 Mar 2027"."""
    return _in_words(moment, "medium") if isinstance(moment, date) else str(moment or "")


@register.filter
def day_of_year(moment: date) -> str:
    """Write a day where its year is plain: "Mar 9"."""
    return _in_words(moment, "MMMd")


@register.filter
def weekday(moment: date | datetime | None) -> str:
    """Write a day with its name: "Tuesday, 9 March 2027"."""
    return _in_words(moment, "full") if isinstance(moment, date) else str(moment or "")


@register.filter
def instant(moment: date | None) -> str:
    """Write day and time in the current zone: "9 Mar 2027, 14:30"; a bare day stays a day."""
    if not isinstance(moment, datetime):
        return day_short(moment)
    return format_datetime(_local(moment), "medium", locale=_locale()).replace(f":{_local(moment):%S}", "", 1)


@register.filter
def ago(moment: datetime | date | None) -> str:
    """Say how long ago, or how soon, by the one clock: "4 days ago", "in 2 hours"."""
    if not isinstance(moment, date):
        return ""
    if not isinstance(moment, datetime):
        days = (moment - timezone.localdate(clock.now())).days
        return _("today") if days == 0 else _passed(timedelta(days=days))
    passed = moment - clock.now()
    if abs(passed) < timedelta(minutes=1):
        return _("just now")
    return _passed(passed)


def _passed(span: timedelta) -> str:
    # Babel would call ten days "one week": up to two months are told in days.
    days = abs(span) // timedelta(days=1)
    if 1 <= days <= 60:
        return format_timedelta(span, "day", threshold=days, add_direction=True, locale=_locale())
    return format_timedelta(span, add_direction=True, locale=_locale())


def _local(moment: date) -> Any:
    return timezone.localtime(moment) if isinstance(moment, datetime) and timezone.is_aware(moment) else moment


@register.filter
def is_date(value: Any) -> bool:
    """Tell a day or an instant from words."""
    return isinstance(value, date)


@register.filter
def initials(name: str) -> str:
    """Give the first letters of the first and last word of a name."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"


@register.filter
def strip_columns(months: Sequence[Any]) -> int:
    """Give how many months stand in a row: all of them up to six, else two even rows."""
    return len(months) if len(months) <= 6 else -(-len(months) // 2)


@register.filter
def field_errors(form: Any) -> list[tuple[Any, str]]:
    """List what is wrong with a form, field by field, each with the first thing to mend."""
    return [(form[name], errors[0]) for name, errors in form.errors.items() if name in form.fields]


@register.filter
def is_within(path: str, url: str) -> bool:
    """Tell whether a page belongs to a line of the navigation; the home page owns only itself."""
    return path == url or (url != "/" and path.startswith(url))


@register.filter
def button_class(tags: Sequence[str] | None) -> str:
    """Turn what django-allauth says of a button into its look."""
    tags = tags or ()
    small = " btn-sm" if "tool" in tags else ""
    wide = " btn-wide" if "prominent" in tags else ""
    if "link" in tags:
        return f"btn-ghost{small}"
    if "tool" in tags or "outline" in tags or "secondary" in tags:
        return f"btn-outline{small}{wide}"
    return ("btn-danger" if "danger" in tags else "btn-primary") + wide
