"""One field of an application: as it was sent, and as it is stored. Everything about a field travels in these two."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from applications.models import Answer, EligibilityFact
from applications.questions.base import Asked, is_blank
from portal.models import User
from portal.refusals import Refusal

SAME_HAND = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class AsSent:
    """What somebody wrote into one field, and what their page had shown there.

    `value` is what its kind read of it, of documents the uploads; `refusal` says why nothing could be read. `seen` is the
    version that the page showed, 0 for none; None overwrites whatever is there. `raw` and `token` are the field and what
    the page remembers of it as they came, to show them again.
    """

    asked: Asked
    value: Any = None
    seen: int | None = None
    refusal: Refusal | None = None
    raw: Any = None
    token: str = ""

    @property
    def text(self) -> str:
        """Return what was sent as plain text."""
        return ", ".join(self.raw) if isinstance(self.raw, list) else str(self.raw or "")


@dataclass(frozen=True, slots=True)
class AsStored:
    """What a draft says to one question or criterion: an answer, a fact, or nothing."""

    row: Answer | EligibilityFact | None = None

    @property
    def value(self) -> Any:
        return self.row.value if self.row else None

    @property
    def version(self) -> int:
        """Return the number that another value changes; 0 for nothing."""
        return self.row.version if self.row else 0

    @property
    def is_blank(self) -> bool:
        return is_blank(self.value)

    @property
    def token(self) -> str:
        """Return what a page remembers of the field as it showed it: its version, and a digest of its value."""
        return f"{self.version}-{digest(self.value)}"

    def says(self, value: Any) -> bool:
        """Return whether saving a value would change nothing."""
        return bool(self.value == value) or (self.row is None and is_blank(value))

    def hand(self) -> tuple[int, datetime] | None:
        """Return the key of who wrote it, and when; None where nothing is said: who took a fact back is not kept."""
        if self.row is None:
            return None
        if isinstance(self.row, EligibilityFact):
            return self.row.stated_by_id, self.row.stated_at
        return self.row.saved_by_id, self.row.saved_at

    @property
    def who(self) -> User | None:
        """Return who wrote it."""
        if self.row is None:
            return None
        return self.row.stated_by if isinstance(self.row, EligibilityFact) else self.row.saved_by

    def overtook(self, sent: AsSent, *, by: User, at: datetime) -> bool:
        """Return whether it was changed since the page showed it, by another person or in another window."""
        if sent.seen is None or sent.seen == self.version:
            return False
        # What one saved oneself a moment ago was sent by the same page, which has not heard of it yet.
        hand = self.hand()
        return hand is None or hand[0] != by.pk or at - hand[1] > SAME_HAND


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of what was sent: why a field was not saved, and what the draft said to each value before and after."""

    refused: Mapping[Asked, Refusal] = field(default_factory=dict)
    before: Mapping[Asked, AsStored] = field(default_factory=dict)
    after: Mapping[Asked, AsStored] = field(default_factory=dict)


class Overtaken(Refusal):
    """The field was changed meanwhile, by somebody else or in another window; `stored` is what stands there."""

    def __init__(self, stored: AsStored, by: User) -> None:
        super().__init__(self._words(stored, by))
        self.stored = stored

    @staticmethod
    def _words(stored: AsStored, by: User) -> str:
        hand = stored.hand()
        if hand is None:
            return _("This answer was taken back meanwhile.")
        if hand[0] == by.pk:
            return _("You changed this answer in another window.")
        return _("%(who)s changed this answer meanwhile.") % {"who": stored.who}


def digest(value: Any) -> str:
    """Return a short digest of a value; nothing, an empty text and an empty list have the same."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False) if value not in (None, "", []) else ""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
