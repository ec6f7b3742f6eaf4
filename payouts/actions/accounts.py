"""Where a startup's money goes: given by a founder, confirmed by a second person, verified by staff (law 6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from applications.models import Participation, Startup
from applications.permissions import require_founder
from payouts.bank_details import Details
from payouts.law_words import lawful
from payouts.models import PayoutAccount
from payouts.permissions import STAFF, require, require_free
from portal.language.text import few
from portal.laws.transitions import acting, lock, move, require_move
from portal.models import User
from portal.outbox.queue import queue_mail
from portal.refusals import Refusal
from portal.sealing.ring import Tampered, key_ring, last_four

State = PayoutAccount.State


@sensitive_variables()
@lawful
def give_account(participation: Participation, details: Details, *, by: User, at: datetime) -> PayoutAccount:
    """Say where a startup's money goes. The account before is replaced, pay waits, and every founder is told.

    :raises Refusal: by who is no founder or a new one, after the participation, or for the details that count already.
    """
    lock(participation)
    before = check_given(participation, details, by=by, at=at)
    programme = participation.cohort.programme
    if before:
        move(before, State.RETIRED, by=by, at=at, reason=_("Replaced by newer details"))
    acting(by=by, at=at)
    last = participation.payout_accounts.aggregate(last=Max("version"))["last"] or 0
    account = PayoutAccount(
        participation=participation,
        version=last + 1,
        holder_name=details.holder_name,
        holder_name_ascii=details.holder_name_ascii(),
        routing_number=details.routing_number,
        account_type=details.account_type,
        last_four=last_four(details.account_number),
        fingerprint=details.fingerprint(),
        country=details.country(),
        currency=programme.currency,
        changed_by=by,
        created_at=at,
        payable_from=at + timedelta(days=programme.cooling_off_days),
    )
    account.sealed = key_ring().seal(details.account_number.encode(), account.place)
    account.save(force_insert=True)
    _tell_founders("payout_account_changed", account, at, {"changed_by": by, "is_change": before is not None})
    return account


@sensitive_variables()
def check_given(
    participation: Participation, details: Details, *, by: User, at: datetime | None = None
) -> PayoutAccount | None:
    """Return the account that these details would replace, if they can be given: at an instant, or as pages show it.

    :raises Refusal: by who is no founder or a new one, after the participation, or for the details that count already.
    """
    require_founder(participation.startup, by)
    _require_trusted(participation.startup, by, at or by.seen_at)
    if participation.state not in Participation.RUNNING:
        raise Refusal(_("This participation has ended. Write to the programme about money that is still to come."))
    details.check(participation.cohort.programme.currency)
    before = participation.payout_accounts.current().first()
    if before and (before.fingerprint, before.holder_name) == (details.fingerprint(), details.holder_name):
        raise Refusal(_("These are the bank details we have already."))
    return before


@lawful
def confirm_account(account: PayoutAccount, *, evidence: str = "", by: User, at: datetime) -> None:
    """Confirm new details as the second person: another founder or, where there is none, staff with evidence.

    :raises Refusal: by who gave them or joined lately, by staff while another founder can, without evidence, or in conflict.
    """
    check_confirmed(account, evidence=evidence, by=by, at=at)
    move(
        account,
        State.CONFIRMED,
        by=by,
        at=at,
        confirmed_by=by,
        confirmed_at=at,
        confirmed_evidence=evidence.strip(),
    )


def check_confirmed(account: PayoutAccount, *, evidence: str = "", by: User, at: datetime) -> None:
    """Refuse a second person who cannot confirm these details, as last read.

    :raises Refusal: by who gave them, by staff while another founder can, without evidence, or in conflict.
    """
    startup = account.participation.startup
    if by.pk == account.changed_by_id:
        raise Refusal(_("You gave these details yourself. A second person confirms them."))
    if startup.founders().filter(pk=by.pk).exists():
        _require_trusted(startup, by, at)
    else:
        require(by, STAFF, account.participation.cohort.programme_id, at=at)
        require_free(by, [startup.pk])
        if others := [str(person) for person in startup.trusted_founders(at).exclude(pk=account.changed_by_id)]:
            raise Refusal(_("%(names)s can confirm these details as founder.") % {"names": few(others)})
        if not evidence.strip():
            raise Refusal(_("Say how you made sure that the startup gave these details."))
    require_move(account, State.CONFIRMED)


def _require_trusted(startup: Startup, founder: User, at: datetime) -> None:
    """Refuse a founder who joined lately: the others were told of it, and have time to object."""
    if startup.trusted_founders(at).filter(pk=founder.pk).exists():
        return
    since = startup.memberships.founders().get(person=founder).trusted_from
    words = _(
        "You joined this startup lately. For everybody’s safety, you can give or confirm bank details from %(day)s."
    )
    raise Refusal(words % {"day": date_format(timezone.localtime(since), "DATETIME_FORMAT")})


@lawful
def verify_account(account: PayoutAccount, *, evidence: str, by: User, at: datetime) -> None:
    """Record that the account is the startup's, and by which evidence. Money may go there once it has cooled off.

    :raises Refusal: by who is no staff, in conflict, gave or confirmed it; without evidence; before it is confirmed.
    """
    require(by, STAFF, account.participation.cohort.programme_id, at=at)
    require_free(by, [account.participation.startup_id])
    lock(account)
    if account.state == State.PENDING:
        raise Refusal(_("A second person must confirm these details first."))
    if by.pk in (account.changed_by_id, account.confirmed_by_id):
        raise Refusal(_("You gave or confirmed these details. Somebody else verifies them."))
    if not evidence.strip():
        raise Refusal(_("Name the evidence: a bank letter, a voided cheque, a call to a number known before."))
    move(
        account,
        State.VERIFIED,
        by=by,
        at=at,
        only_from=State.CONFIRMED,
        verified_by=by,
        verified_at=at,
        evidence=evidence.strip(),
    )
    _tell_founders("payout_account_verified", account, at)


@lawful
def reject_account(account: PayoutAccount, *, reason: str, by: User, at: datetime) -> None:
    """Turn details down, and ask the founders for others.

    :raises Refusal: by who is no staff or in conflict, without a reason, or if it does not count any more.
    """
    require(by, STAFF, account.participation.cohort.programme_id, at=at)
    require_free(by, [account.participation.startup_id])
    if not reason.strip():
        raise Refusal(_("Say why: the founders read it."))
    turn_down(account, reason.strip(), by=by, at=at)


def turn_down(account: PayoutAccount, reason: str, *, by: User | None, at: datetime) -> None:
    """Let an account count no more; part of acts that have found why."""
    move(account, State.REJECTED, by=by, at=at, reason=reason)
    _tell_founders("payout_account_rejected", account, at, {"reason": reason})


@sensitive_variables()
@transaction.atomic
def open_numbers(accounts: Iterable[PayoutAccount], *, purpose: str, by: User | None, at: datetime) -> dict[int, str]:
    """Open the sealed account numbers, by account id: the only place where that is done. Every look is logged.

    :raises SecretError: if one does not open, or opens to another number than was given.
    """
    accounts, ring, numbers = list(accounts), key_ring(), {}
    for account in accounts:
        number = ring.open(account.sealed, account.place).decode()
        if Details.fingerprint_of(account.routing_number, number) != account.fingerprint:
            raise Tampered(f"What is sealed in payout account {account.pk} is not what was given.")
        numbers[account.pk] = number
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO portal_disclosure (person_id, subject_table, subject_id, purpose, at)
            SELECT %s, %s, unnest(%s::bigint[]), %s, %s""",
            [by.pk if by else None, PayoutAccount._meta.db_table, [account.pk for account in accounts], purpose, at],
        )
    return numbers


def _tell_founders(kind: str, account: PayoutAccount, at: datetime, context: dict[str, object] | None = None) -> None:
    participation = account.participation
    for person in participation.startup.founders():
        queue_mail(kind, to=person, about=account, at=at, context={"participation": participation, **(context or {})})
