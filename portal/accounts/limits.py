"""How often something may be tried: counted in a table of its own, one statement however many limits, never evicted.

What a limit counts by is a person, an address or a network; kept is a keyed hash of it. A guess at a password or a code
is counted by address *and* network, so that nobody locks anybody out; the whole of an address has a wide limit against
many networks at once, and a device that its person has signed in with before has a count of its own; once that is used up,
by whoever holds its cookie, it is a browser of its network as others are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.models import Attempts


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within so many seconds."""

    most: int
    seconds: int


DAY = 24 * 3600
# A guess at a password or a code: from one network, from a known device soon and within a day, from anywhere.
GUESSES = Limit(5, 300)
GUESSES_KNOWN = Limit(10, 300)
GUESSES_KNOWN_DAY = Limit(40, DAY)
GUESSES_WHOLE = Limit(100, 3600)
CONFIRMATION_MAILS = Limit(1, 180)
RESET_MAILS = Limit(5, 600)
# Of each kind of mail that anybody can cause, to one mailbox: nobody fills it. Links of a day work for three.
MAILS_TO_ONE = Limit(20, DAY)
# New addresses of one's own: each gets a mail, whoever reads there.
ADDRESSES_OF_ONE = Limit(20, DAY)

_COUNT = """
INSERT INTO portal_attempts AS kept (key, count, until)
SELECT key, 1, until FROM unnest(%(keys)s::text[], %(until)s::timestamptz[]) AS asked (key, until) ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN kept.until <= %(now)s THEN 1 ELSE least(kept.count + 1, 1000000) END,
    until = CASE WHEN kept.until <= %(now)s THEN EXCLUDED.until ELSE kept.until END
RETURNING key, count"""
_GIVE_BACK = """
UPDATE portal_attempts SET count = count - 1 WHERE key IN (
    SELECT key FROM portal_attempts WHERE key = ANY(%s) AND count > 0 ORDER BY key FOR NO KEY UPDATE)"""


def allowed(*asked: tuple[Limit, str]) -> bool:
    """Count an attempt against each limit, and return whether it is within all of them."""
    now = timezone.now()
    most = {key_of(about): limit for limit, about in asked}
    keys = sorted(most)
    until = [now + timedelta(seconds=most[key].seconds) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"keys": keys, "until": until, "now": now})
        return all(count <= most[key].most for key, count in cursor.fetchall())


def give_back(about: Iterable[str]) -> None:
    """Take an attempt back that was none: the password was right."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [sorted(key_of(each) for each in about)])


def shut(about: str, seconds: int) -> None:
    """Remember for so long that something is not let in any more."""
    allowed((Limit(0, seconds), about))


def is_shut(about: str) -> bool:
    """Return whether it is remembered so."""
    return bool(Attempts.objects.filter(key=key_of(about), until__gt=timezone.now()).exists())


def forget(*about: str) -> None:
    """Count something from the beginning again."""
    Attempts.objects.filter(key__in=[key_of(each) for each in about]).delete()


def guess(what: str, whom: str, *, network: str, device: str = "") -> list[str]:
    """Count a guess at somebody's password or code, and return by what it was counted, or nothing where it is one too many.

    :param device: the id of a device by which they have signed in before, if it is one.
    """
    theirs = [(GUESSES, f"{what}:{whom}:network:{network}"), (GUESSES_WHOLE, f"{what}:{whom}")]
    its = f"{what}:{whom}:device:{device}"
    for asked in ([(GUESSES_KNOWN, its), (GUESSES_KNOWN_DAY, f"{its}:day")] if device else [], theirs):
        if asked and allowed(*asked):
            return [about for _limit, about in asked]
    return []


def may_mail(kind: str, email: str, soon: Limit) -> bool:
    """Return whether one more mail of a kind may go to an address: soon after the last, and within a day.

    Of a day, those alone are counted that go.
    """
    return allowed((soon, f"{kind}:{email.lower()}")) and allowed((MAILS_TO_ONE, f"{kind}:mailbox:{mailbox(email)}"))


def mailbox(email: str) -> str:
    """Return where mails to an address arrive: in lower case, as accounts keep it, and without what follows a “+”."""
    whom, at, domain = email.strip().lower().rpartition("@")
    return f"{whom.partition('+')[0] or whom}{at}{domain}"


def forget_old(at: datetime) -> int:
    """Forget what is counted no more; its instants are the machine's own."""
    forgotten, _each = Attempts.objects.filter(until__lt=timezone.now()).delete()
    return forgotten


def key_of(about: str) -> str:
    """Return the hash under which something is counted."""
    return salted_hmac("portal.limits", about, algorithm="sha256").hexdigest()
