"""Bank details in a rehearsal: given, mistyped, confirmed by a second person, verified, turned down, changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from applications.models import Participation
from payouts import actions
from payouts.bank_details import Details
from payouts.models import PayoutAccount
from portal.models import User
from rehearsal.applications import scenery
from rehearsal.play import Play, Step

ROUTINGS = ("021000021", "011000015", "122105155", "121000358")
MISTYPES, TURNED_DOWN, CHANGES_A_DAY = 0.1, 0.03, 0.0008
LOOKED_AT = 0.2
MOST_VERSIONS = 6


def day(play: Play) -> Iterator[Step]:
    """Yield what founders and staff do about bank details today."""
    seats = Participation.objects.filter(state=Participation.State.ACTIVE).order_by("pk")
    accounts = PayoutAccount.objects.current().only("participation_id", "state")
    current = {account.participation_id: account for account in accounts}
    versions = dict[int, int]()
    for participation in PayoutAccount.objects.values_list("participation", flat=True):
        versions[participation] = versions.get(participation, 0) + 1
    for seat in seats.values_list("pk", flat=True):
        account, given = current.get(seat), versions.get(seat, 0)
        about = f"participation #{seat}"
        if account is None and not gave_up(play, seat, given) and play.chance(0.6, "gives", play.today, seat):
            at = play.instant(13, "gives", seat, within=4)
            yield Step(at, "founder", "gives bank details", about, _give(play, seat, given))
        elif account is not None:
            yield from _goes_on(play, seat, account, given)


def gave_up(play: Play, seat: int | None, given: int | None = None) -> bool:
    """Return whether a startup has given so many details that did not work that it gives no more."""
    if given is None:
        given = PayoutAccount.objects.filter(participation=seat).count()
    return given >= MOST_VERSIONS and not PayoutAccount.objects.current().filter(participation=seat).exists()


def _goes_on(play: Play, seat: int, account: PayoutAccount, given: int) -> Iterator[Step]:
    about, dice = f"account #{account.pk}", ("account", account.pk)
    if account.state == PayoutAccount.State.PENDING:
        at = play.instant(15, *dice, within=2)
        yield Step(at, "second person", "confirms bank details", about, _confirm(play, account.pk))
    elif account.state == PayoutAccount.State.CONFIRMED and play.is_workday():
        turned_down = play.chance(TURNED_DOWN, "turned down", account.pk)
        what = "turns bank details down" if turned_down else "verifies bank details"
        yield Step(play.instant(18, *dice, within=2), "staff", what, about, _judge(play, account.pk, turned_down))
    elif given < MOST_VERSIONS - 2 and play.chance(CHANGES_A_DAY, "changes", play.today, seat):
        at = play.instant(10, *dice, within=8)
        yield Step(at, "founder", "changes bank details", f"participation #{seat}", _give(play, seat, given))


def _founders(seat: Participation) -> list[User]:
    return list(seat.startup.founders().order_by("pk"))


def _give(play: Play, pk: int, given: int) -> Any:
    dice = play.dice("details", pk, given)
    number = "".join(dice.choice("0123456789") for _ in range(dice.randint(6, 17)))
    routing = dice.choice(ROUTINGS)
    mistyped = dice.random() < MISTYPES

    def act(at: datetime) -> None:
        seat = Participation.objects.select_related("startup", "cohort__programme").get(pk=pk)
        details = Details.of(
            holder_name=seat.startup.legal_name,
            account_number=number,
            account_type=("checking", "savings")[given % 2],
            routing_number="021000022" if mistyped and play.chance(0.5, "again", play.today, pk) else routing,
        )
        actions.give_account(seat, details, by=_founders(seat)[0], at=at)

    return act


def _confirm(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        account = PayoutAccount.objects.select_related("participation__startup").get(pk=pk)
        trusted = account.participation.startup.trusted_founders(at).order_by("pk")
        others = list(trusted.exclude(pk=account.changed_by_id))
        if others:
            actions.confirm_account(account, by=others[0], at=at)
        else:
            staff = scenery.member(play, "manager")
            actions.confirm_account(account, evidence="Called the number of the application", by=staff, at=at)

    return act


def _judge(play: Play, pk: int, turned_down: bool) -> Any:
    def act(at: datetime) -> None:
        account, staff = PayoutAccount.objects.get(pk=pk), scenery.member(play, "preparer")
        if play.chance(LOOKED_AT, "looked at", pk):
            actions.open_numbers([account], purpose="compared with the bank letter", by=staff, at=at)
        if turned_down:
            actions.reject_account(account, reason="The letter names another company.", by=staff, at=at)
        else:
            actions.verify_account(account, evidence="Bank letter", by=staff, at=at)

    return act
