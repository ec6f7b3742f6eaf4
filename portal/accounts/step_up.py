"""Proving once more who one is, at an act that is worth it: by a second factor, or by a code sent by mail.

What is asked for waits sealed (`StepUp`), so that one proof is for these words alone and nothing is typed twice. A mailed
code is made of its row and the site's key when it is sent and when it is checked, and stands nowhere (law 14).
"""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from django.db import models, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from portal import clock
from portal.accounts import second_factor
from portal.accounts.second_factor import TRUSTED_AFTER
from portal.language.dates import instant
from portal.laws.transitions import lock
from portal.models import AccountEvent, StepUp, User
from portal.models.step_up import LIVES, TRIES
from portal.outbox.queue import queue_mail
from portal.refusals import Done, Refusal
from portal.sealing.ring import key_ring

MAIL = "account_step_up_code"
DIGITS = 6
PER_HOUR = 10
KEPT = timedelta(hours=1)  # after its time, so that a new code can be asked for without typing anything again


@sensitive_variables("words")
@transaction.atomic
def ask(act: str, subject: models.Model, words: Mapping[str, str], *, about: str, by: User, at: datetime) -> StepUp:
    """Keep what a person wants to do until they prove who they are; who has no second factor, or a new one, is mailed a code.

    :param about: what the page and the mail call it, such as the holder and the last digits.
    :raises Refusal: if they asked too often within an hour, or where the code would go to an address of the last days.
    """
    return _ask(act, subject.pk, json.dumps(words), about=about, by=by, at=at)


@sensitive_variables("words")
@transaction.atomic
def ask_again(step: StepUp, *, by: User, at: datetime) -> StepUp:
    """Ask for the same once more, with a new code.

    :raises Refusal: if it is done, was asked too often within an hour, or would go to an address of the last days.
    """
    lock(step)
    if step.done_at is not None:
        raise Done(_("This is done already."))
    return _ask(step.act, step.subject_id, _words(step), about=step.about, by=by, at=at)


@sensitive_variables("words")
def _ask(act: str, subject_id: int, words: str, *, about: str, by: User, at: datetime) -> StepUp:
    list(User.objects.filter(pk=by.pk).select_for_update(no_key=True))  # who asks twice at once is counted twice
    if StepUp.objects.filter(person=by, asked_at__gt=at - timedelta(hours=1)).count() >= PER_HOUR:
        raise Refusal(_("You asked for this many times within an hour. Try again later."))
    by_mail = not second_factor.is_trusted(by)
    if by_mail:
        _require_old_address(by, at)
    step = StepUp(
        person=by,
        act=act,
        subject_id=subject_id,
        about=about[:200],
        by_mail=by_mail,
        asked_at=at,
        expires_at=at + LIVES,
    )
    step.sealed = key_ring().seal(words.encode(), step.place)
    step.save(force_insert=True)
    if step.by_mail:
        queue_mail(MAIL, to=by, about=step, at=at, secret=True)
    return step


def _require_old_address(by: User, at: datetime) -> None:
    """Refuse a code to an address that a stolen password is enough to set: its owner was told at the one before."""
    changed = AccountEvent.objects.filter(person=by, kind=AccountEvent.Kind.ADDRESS, at__gt=at - TRUSTED_AFTER)
    if event := changed.order_by("-at").first():
        words = _("Your email address changed lately. For your safety, you can do this from %(day)s.")
        raise Refusal(words % {"day": instant(event.at + TRUSTED_AFTER)})


@sensitive_variables("code")
def try_code(step: StepUp, code: str, *, at: datetime) -> str:
    """Check a mailed code and return the proof it is; every try counts, whatever follows.

    :raises Refusal: if the code is wrong or of another act, its time is over, or it was tried too often.
    """
    if not step.by_mail:
        raise Refusal(_("Use your second factor for this."))
    living = StepUp.objects.filter(pk=step.pk, done_at=None, expires_at__gte=at, tries__lt=TRIES)
    if not living.update(tries=F("tries") + 1):
        raise_unless_waiting(step, at=at)
        raise Refusal(_("Too many wrong codes. Ask for a new one."))
    digits = "".join(character for character in code if character.isalnum())
    if not hmac.compare_digest(digits.encode(), code_for(step.uuid).encode()):
        raise Refusal(_("This code is wrong. Use the one from our last email about these details."))
    return f"mail:{step.uuid}"


def raise_unless_waiting(step: StepUp, *, at: datetime) -> None:
    """Refuse what is done or whose time is over.

    :raises Refusal: with the reason.
    """
    step.refresh_from_db()
    if step.done_at is not None:
        raise Done(_("This is done already."))
    if at > step.expires_at:
        raise Refusal(_("This has expired."))


def proof_of_factor(request: HttpRequest, step: StepUp) -> str:
    """Return the second factor that its person gave in this session since they asked, and for nothing else, or nothing.

    One of the last days is none, nor is a recovery code: whoever sat at an open browser could have made it.
    """
    trusted = set(second_factor.trusted(step.person).values_list("pk", flat=True))
    for record in get_authentication_records(request, step.person):
        given_at = datetime.fromtimestamp(record["at"], UTC) + clock.offset()
        proof = f"{record.get('type')}:{record.get('id')}:{record['at']}"
        is_one = record.get("method") == "mfa" and record.get("id") in trusted
        if is_one and given_at >= step.asked_at and not _served(step, proof):
            return proof
    return ""


@sensitive_variables()
@transaction.atomic
def finish(step: StepUp, proof: str, *, at: datetime) -> dict[str, str]:
    """Use a proof up, and return the words that waited for it; the act itself follows in the same transaction.

    :raises Refusal: if it is done, its time is over, or this proof served another act.
    """
    lock(step)
    raise_unless_waiting(step, at=at)
    if _served(step, proof):
        raise Refusal(_("This proof served another act. Give it once more."))
    words: dict[str, str] = json.loads(_words(step))
    step.done_at, step.proof, step.sealed = at, proof, None
    step.save(update_fields=["done_at", "proof", "sealed"])
    return words


def _served(step: StepUp, proof: str) -> bool:
    return StepUp.objects.filter(person=step.person_id, proof=proof).exists()


def forget_old(at: datetime) -> int:
    """Forget what was never proven."""
    forgotten, _each = StepUp.objects.filter(done_at=None, expires_at__lt=at - KEPT).delete()
    return forgotten


def mailed(step_id: int) -> Mapping[str, Any] | None:
    """Make the code of a mail, unless its time is over."""
    step = StepUp.objects.filter(pk=step_id, by_mail=True, done_at=None, expires_at__gt=clock.now()).first()
    if step is None:
        return None
    code = code_for(step.uuid)
    return {"code": f"{code[:3]} {code[3:]}", "what": step.about, "until": step.expires_at}


def code_for(token: UUID) -> str:
    """Return the code that answers the one act of that id, and no other."""
    digest = salted_hmac("portal.step_up", str(token), algorithm="sha256").digest()
    return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}}"


@sensitive_variables()
def _words(step: StepUp) -> str:
    assert step.sealed is not None
    return key_ring().open(step.sealed, step.place).decode()
