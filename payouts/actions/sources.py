"""The bank a programme pays through: its debited account and its ids change by two people of finance."""

from copy import copy
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from payouts.mails import tell_finance
from payouts.models import PaymentSource, SourceChange
from payouts.models.source_changes_laws import ACCOUNT, IDS
from payouts.permissions import FINANCE, require
from payouts.rails import RAILS
from portal.laws.transitions import acting, lock, move
from portal.models import Role, User
from portal.models.two_people import NOT_ALONE, later_than, require_standing
from portal.refusals import Refusal
from portal.sealing.ring import Tampered, key_ring, last_four

State = SourceChange.State


@sensitive_variables("account_number")
@transaction.atomic
def ask_source_change(
    source: PaymentSource,
    *,
    destination: str,
    origin: str,
    company_id: str,
    odfi: str,
    routing_number: str = "",
    account_number: str = "",
    account_type: str = "",
    reason: str,
    by: User,
    at: datetime,
) -> SourceChange:
    """Ask for other ids at the bank, for another debited account, or for both; nothing changes until they are confirmed.

    Without an account number the account stays as it is. Once there is one, every file closes with a debit of it.

    :raises Refusal: by who does not approve payments, without a reason, for numbers no bank would take or that change
        nothing, or while another change waits.
    """
    require(by, (Role.FINANCE_APPROVER,), source.programme_id, at=at)
    if not reason.strip():
        raise Refusal(_("Say why."))
    lock(source)
    if source.changes.asked().exists():
        raise Refusal(_("A change already waits for a colleague. Confirm or withdraw it first."))
    ids = {"destination": destination, "origin": origin, "company_id": company_id, "odfi": odfi}
    _check_ids(source, ids)
    before = {name: getattr(source, name) for name in (*IDS, *ACCOUNT)}
    account = {name: before[name] for name in ACCOUNT}
    sealed = None
    if account_number:
        _check_account(source, routing_number, account_number, account_type)
        told = (routing_number, account_type, last_four(account_number), fingerprint_of(routing_number, account_number))
        account = dict(zip(ACCOUNT, told, strict=True))
        sealed = key_ring().seal(account_number.encode(), source.place)
    elif routing_number not in ("", source.offset_routing):
        raise Refusal(_("Enter the account number as well."))
    if sealed is None and ids == {name: before[name] for name in IDS}:
        raise Refusal(_("Nothing would change. Enter another id or the account number."))
    acting(by=by, at=at)
    change = SourceChange.objects.create(
        source=source,
        **ids,
        **account,
        **{f"{name}_before": value for name, value in before.items()},
        offset_sealed=sealed,
        reason=reason.strip(),
        asked_by=by,
        asked_at=at,
    )
    tell_finance("source_change_asked", change, but=by, at=at)
    return change


@transaction.atomic
def confirm_source_change(change: SourceChange, *, by: User, at: datetime) -> None:
    """Confirm other ids or another debited account as a second person: the database puts them in force with it.

    :raises Refusal: by who asked for them, who is not of the programme's finance, where they do not wait any more, or
        where the source is not as it was.
    """
    source = change.source
    require(by, FINANCE, source.programme_id, at=at)
    if by.pk == change.asked_by_id:
        raise Refusal(str(NOT_ALONE))
    lock(source)
    if change.state == State.ASKED and not change.is_of_now:
        raise Refusal(_("The payment source has changed since. Withdraw this change and ask again."))
    if change.state == State.ASKED:
        asked_by = change.asked_by
        may = asked_by.holds(Role.FINANCE_APPROVER, at=at, scope_id=source.programme_id) and asked_by.is_active
        require_standing(change.asked_at, may=may, at=at)
    at = later_than(change.asked_at, at)
    move(change, State.CONFIRMED, by=by, at=at, confirmed_by=by, confirmed_at=at)
    source.refresh_from_db()
    tell_finance("source_change_confirmed", change, but=by, at=at)


@transaction.atomic
def withdraw_source_change(change: SourceChange, *, by: User, at: datetime) -> None:
    """Leave a payment source as it is, after all.

    :raises Refusal: by who is not of the programme's finance, or once it is confirmed.
    """
    require(by, FINANCE, change.source.programme_id, at=at)
    move(change, State.WITHDRAWN, by=by, at=at)


def _check_ids(source: PaymentSource, ids: dict[str, str]) -> None:
    """Refuse ids that no file could carry."""
    as_asked = copy(source)
    for name, value in ids.items():
        setattr(as_asked, name, value)
    RAILS[source.rail].check_originator(as_asked.originator())


@sensitive_variables()
def own_number(source: PaymentSource) -> str:
    """Open the number of the account that files debit. Who asks logs the look.

    :raises SecretError: if it does not open, or opens to another number than two people set.
    """
    number = key_ring().open(source.offset_sealed or b"", source.place).decode()
    if fingerprint_of(source.offset_routing, number) != source.offset_fingerprint:
        raise Tampered(f"What is sealed in payment source {source.pk} is not what two people set.")
    return number


@sensitive_variables("account_number")
def fingerprint_of(routing_number: str, account_number: str) -> str:
    """Return the fingerprint of an account that files debit."""
    return key_ring().fingerprint("own_account", routing_number, account_number)


@sensitive_variables("account_number")
def _check_account(source: PaymentSource, routing_number: str, account_number: str, account_type: str) -> None:
    """Refuse an account no bank would take."""
    scheme = RAILS[source.rail].accounts
    if problem := scheme.bank_problem(routing_number) or scheme.number_problem(account_number):
        raise Refusal(problem)
    if account_type not in scheme.types:
        raise ValueError(f"{account_type} is no account of this rail.")
