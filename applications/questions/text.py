"""Text: one line, several lines, a web address."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.questions.base import Kind


class Words(forms.CharField):
    """Text as it was typed, whatever way its sender ends a line."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class Short(Kind):
    """One line of text."""

    is_counted = True

    @property
    def max_length(self) -> int:
        return self.question.max_length if self.question else 0

    def draft_field(self) -> forms.Field:
        return Words(**self.options)

    def flaw(self, value: Any) -> str:
        over = len(str(value)) - self.max_length
        if over <= 0:
            return ""
        return ngettext("%(n)d character too long.", "%(n)d characters too long.", over) % {"n": over}


class Long(Short):
    """Text in lines."""

    def draft_field(self) -> forms.Field:
        rows = max(4, min(10, self.max_length // 200))
        return Words(widget=forms.Textarea(attrs={"rows": rows}), strip=False, **self.options)


class Url(Short):
    """A web address."""

    is_counted = False
    tells_who = True

    def draft_field(self) -> forms.Field:
        return Words(widget=forms.URLInput(attrs={"placeholder": "https://"}), **self.options)

    def flaw(self, value: Any) -> str:
        try:
            parts = urlsplit(str(value))
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or "." not in parts.netloc or " " in str(value):
            return _("Enter a web address that starts with https://")
        return super().flaw(value)
