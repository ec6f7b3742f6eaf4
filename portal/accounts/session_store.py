"""Where sessions are kept: Django's table of them, with columns that tell whose each is (`SESSION_ENGINE`).

Who is signed in, from where and since when stands in the session itself, noted once at the login (`SIGNED_IN`), and is
copied into the row with each save; the row is read with every page anyway. When it was seen is a column alone, so that
noting it overwrites nothing that another request keeps at the same moment.

A session of nobody carries a word to the next page, such as that one is signed out: it lives an hour, and a day where
something is kept in it until the login (`VISITOR_SESSION`).
"""

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from portal.models.sessions import Session

SIGNED_IN = "signed_in"
SEEN_EVERY = timedelta(minutes=5)


class SessionStore(db.SessionStore):
    """Keep sessions in `portal_session`."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def _get_session_from_db(self) -> Any:
        """Note when it was seen last; Django's `cached_db` hooks in here, too."""
        row = super()._get_session_from_db()  # type: ignore[misc]  # not in the stubs
        self.seen_at = row.seen_at if row else None
        return row

    def get_session_cookie_age(self) -> int:
        """Return how long a session lives that nobody says otherwise of: the signed-in ones as long as any may."""
        age: int = settings.SESSION_COOKIE_AGE if SESSION_KEY in self else settings.VISITOR_SESSION[0]
        return age

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return how long the browser keeps it: of nobody, at most for a day."""
        age = super().get_expiry_age(**kwargs)
        return age if SESSION_KEY in self else min(age, settings.VISITOR_SESSION[1])

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast("Session", super().create_model_instance(data))
        row.seen_at = timezone.now()
        row.expire_date = row.seen_at + timedelta(seconds=self.get_expiry_age())
        told = data.get(SIGNED_IN)
        if told and SESSION_KEY in data:
            row.person_id = int(data[SESSION_KEY])
            row.handle, row.network, row.device = UUID(told["handle"]), told["network"], told["device"]
            row.started_at = datetime.fromtimestamp(told["at"], UTC)
            row.expire_date = ends(told, row.seen_at)
        return row

    def note_seen(self, now: datetime, *, network: str) -> None:
        """Note that the person was here, once every few minutes."""
        told = self.get(SIGNED_IN)
        if told and self.seen_at and now - self.seen_at >= SEEN_EVERY:
            Session.objects.filter(session_key=self.session_key).update(
                seen_at=now, expire_date=ends(told, now), network=network
            )


def ends(told: dict[str, Any], seen_at: datetime) -> datetime:
    """Return when a session ends: after a while without a visit, and in any case after its longest time."""
    longest = datetime.fromtimestamp(told["at"] + told["longest"], UTC)
    return min(longest, seen_at + timedelta(seconds=told["idle"]))
