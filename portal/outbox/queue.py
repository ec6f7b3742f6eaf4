"""The outbox (law 14): a mail is a row written with the act that causes it, and a sweep sends it.

One template per kind, `<app>/templates/mail/<kind>.txt`: the first line is the subject, then a blank line, then the
text. Subject and text are kept; what goes out is made from them when the mail is sent. In the HTML part `- ` lines are
lists, `> ` lines quotations, and a line that ends in an address of this site (alone, or after `What it opens: `) is a
button.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, models, transaction
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.language.names import linkable
from portal.language.zones import zone_or
from portal.laws.transitions import move
from portal.models import OutgoingMail, User
from portal.refusals import Refusal
from portal.registry import registry

State = OutgoingMail.State
SITE_NAME = "Tremplin"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to be queued: to a person, or to a bare address where nobody has an account yet.

    `address` is another address of the person than the one they sign in with.
    """

    kind: str
    to: User | str
    about: models.Model | None
    context: Mapping[str, Any] = field(default_factory=dict)
    once: str = ""
    secret: bool = False
    calendar: str = ""
    language: str = ""
    due_at: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says, and the two parts in which its reader sees it."""

    subject: str
    text: str
    language: str

    @property
    def plain(self) -> str:
        """The text with the site's name under it."""
        return f"{self.text}\n\n-- \n{SITE_NAME}\n{settings.SITE_URL}\n"

    @property
    def html(self) -> str:
        """The same as a page that loads nothing from elsewhere."""
        page = {**_site(), "subject": self.subject, "blocks": blocks(self.text), "language": self.language}
        with translation.override(self.language):
            return render_to_string("mail/base.html", page)


def queue_mail(
    kind: str,
    *,
    to: User | str,
    about: models.Model | None,
    at: datetime,
    context: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
    once: str = "",
    secret: bool = False,
    calendar: str = "",
    language: str = "",
    address: str = "",
) -> None:
    """Queue one mail in the caller's transaction; the same event and recipient a second time changes nothing.

    The event is `kind`, `about` and `once`, which tells apart events of one kind about one object: a month, a round.
    `due_at` sends later. `calendar` is the text of an iCalendar object whose METHOD the mail carries. `language` is
    for addresses without an account, `address` another one of the person's. A `secret` kind is rendered at sending
    by `registry.secret_mails[kind]`.
    """
    letter = Letter(kind, to, about, context or {}, once, secret, calendar, language, due_at, address)
    queue_mails([letter], at=at)


def queue_mails(letters: Iterable[Letter], *, at: datetime) -> None:
    """Queue the mails of an act on a whole set: one statement for every thousand.

    :raises RuntimeError: outside a transaction, where act and mail could part ways.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A mail is queued in the transaction of the act that causes it.")
    _tell_if_untold(at)
    rows = (_row(letter, at) for letter in letters)
    with connection.cursor() as cursor:
        while some := list(islice(rows, 1000)):
            cursor.execute(_INSERT, [json.dumps(some, ensure_ascii=False)])


@transaction.atomic
def resend(mail: OutgoingMail, *, by: User, at: datetime) -> None:
    """Queue a mail anew, as a new message with the same words.

    :raises Refusal: for a mail that carries a secret: it goes only to who asks for it anew.
    """
    if mail.secret:
        raise Refusal(_("This mail carries a secret. Its recipient can ask for a new one."))
    changes: dict[str, Any] = {"queued_at": at, "due_at": at, "sent_at": None, "attempts": 0, "error": ""}
    move(mail, State.QUEUED, by=by, at=at, **changes)


def mark_bounced(mail: OutgoingMail, *, by: User | None, at: datetime, error: str) -> None:
    """Record that a sent mail came back, and what the other side said."""
    move(mail, State.BOUNCED, by=by, at=at, error=error)


def render(kind: str, context: Mapping[str, Any], *, language: str, zone: str = "") -> Words:
    """Write a mail in a language, its times in a zone."""
    with translation.override(language), timezone.override(ZoneInfo(zone_or(zone))):
        # Plain text: nothing in it is markup, so nothing is escaped until it becomes HTML.
        template = Engine.get_default().get_template(f"mail/{kind}.txt")
        written = template.render(Context({**_site(), **context}, autoescape=False)).strip()
    first, _blank, rest = written.partition("\n")
    # Nobody's program makes links in a subject: names stand there as they are.
    return Words(" ".join(linkable(first).split())[:250], _tidy(rest), language)


def words_of(kept: OutgoingMail) -> Words:
    """Return the words of a mail that is no secret."""
    return Words(kept.subject, kept.text, kept.language)


def _site() -> dict[str, str]:
    return {"site_url": settings.SITE_URL, "site_name": SITE_NAME}


def blocks(text: str) -> list[dict[str, Any]]:
    """Split a mail's text into what its HTML part shows: paragraphs, lists, quotations, buttons.

    Only addresses of this site become buttons, and none that somebody's quoted words hold.
    """
    parts: list[dict[str, Any]] = []
    for line in text.splitlines():
        if line.startswith(">"):
            _extend(parts, "quotation", line[1:].strip())
        elif button := _BUTTON.fullmatch(line.strip()):
            parts.append({"kind": "button", "label": button["label"], "url": button["url"]})
        elif line.startswith("- "):
            _extend(parts, "list", line[2:])
        elif line.strip():
            _extend(parts, "paragraph", line)
        else:
            parts.append({"kind": "gap"})
    return [part for part in parts if part["kind"] != "gap"]


_BUTTON = re.compile(rf"(?:(?P<label>.+?)\s?: )?(?P<url>{re.escape(settings.SITE_URL)}(?:/\S*)?)")


def _extend(parts: list[dict[str, Any]], kind: str, line: str) -> None:
    if not parts or parts[-1]["kind"] != kind:
        parts.append({"kind": kind, "lines": []})
    parts[-1]["lines"].append(line)


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()


def _row(letter: Letter, at: datetime) -> dict[str, Any]:
    """Return the columns of a mail, as JSON says them."""
    if letter.secret != (letter.kind in registry.secret_mails):
        raise LookupError(f"{letter.kind}: secret kinds are those of registry.secret_mails")
    person = letter.to if isinstance(letter.to, User) else None
    address = letter.to if isinstance(letter.to, str) else letter.address or letter.to.email
    language = letter.language or (person.language if person else "") or settings.LANGUAGE_CODE
    subject = f"{letter.about._meta.label_lower}:{letter.about.pk}" if letter.about else ""
    # A key outlives the erasure of its recipient, so it holds no address.
    recipient = str(person.pk) if person else hashlib.sha256(address.lower().encode()).hexdigest()[:32]
    words = Words("", "", language) if letter.secret else _words(letter, person, language)
    return {
        "key": f"{letter.kind}:{subject}:{letter.once}:{recipient}",
        "kind": letter.kind,
        "recipient_id": person.pk if person else None,
        "to_email": address,
        "language": language,
        "subject": words.subject,
        "text": words.text,
        "calendar": "" if letter.secret else letter.calendar,
        "secret": letter.secret,
        "subject_id": letter.about.pk if letter.about else None,
        "queued_at": at.isoformat(),
        "due_at": (letter.due_at or at).isoformat(),
        "state": State.QUEUED,
        "attempts": 0,
        "error": "",
    }


def _words(letter: Letter, person: User | None, language: str) -> Words:
    context = {"recipient": person, "about": letter.about, **letter.context}
    return render(letter.kind, context, language=language, zone=person.timezone if person else "")


_COLUMNS = """key, kind, recipient_id, to_email, language, subject, text, calendar, secret, subject_id, queued_at, due_at,
    state, attempts, error"""
# The same mail a second time changes nothing.
_INSERT = f"""INSERT INTO portal_outgoingmail ({_COLUMNS})
SELECT {_COLUMNS} FROM json_populate_recordset(NULL::portal_outgoingmail, %s) ON CONFLICT DO NOTHING"""  # noqa: S608  # our own words


def _tell_if_untold(at: datetime) -> None:
    """Name the system as the actor where the act did not name a person: the history demands somebody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('tremplin.actor', 'system', true), set_config('tremplin.at', %s, true)"
            " WHERE COALESCE(current_setting('tremplin.actor', true), '') = ''",
            [at.isoformat()],
        )
