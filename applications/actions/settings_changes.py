"""A programme's money settings, changed by two managers once a cohort of it is published."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Cohort, Programme, SettingsChange
from applications.models.programmes import MOST_COOLING_OFF, MOST_MONTHS
from portal.laws.transitions import acting, lock, move
from portal.models import Role, RoleGrant, User
from portal.models.two_people import NOT_ALONE, later_than, require_standing
from portal.outbox.queue import Letter, queue_mails
from portal.refusals import Refusal

State = SettingsChange.State


@transaction.atomic
def ask_settings_change(
    programme: Programme,
    *,
    monthly_cap_minor: int,
    months: int,
    cooling_off_days: int,
    reason: str,
    by: User,
    at: datetime,
) -> SettingsChange:
    """Ask for other money settings of a programme; nothing changes until another manager confirms them.

    :raises Refusal: by who is no manager of it, without a reason, for figures that no programme has or that change
        nothing, while another change waits, or where no cohort is published: then they are set freely.
    """
    _require_manager(programme, by, at)
    if not reason.strip():
        raise Refusal(_("Say why."))
    if monthly_cap_minor < 1 or not 1 <= months <= MOST_MONTHS or not 0 <= cooling_off_days <= MOST_COOLING_OFF:
        raise Refusal(_("These figures are not possible. Check each of them."))
    lock(programme)
    if not Cohort.objects.published().filter(programme=programme).exists():
        raise Refusal(_("No cohort of this programme is published yet. Edit its settings directly."))
    if programme.settings_changes.asked().exists():
        raise Refusal(_("A change already waits for a colleague. Confirm or withdraw it first."))
    new = (monthly_cap_minor, months, cooling_off_days)
    if new == (programme.monthly_cap_minor, programme.months, programme.cooling_off_days):
        raise Refusal(_("Nothing would change. Enter at least one other figure."))
    acting(by=by, at=at)
    change = SettingsChange.objects.create(
        programme=programme,
        monthly_cap_minor=monthly_cap_minor,
        months=months,
        cooling_off_days=cooling_off_days,
        monthly_cap_minor_before=programme.monthly_cap_minor,
        months_before=programme.months,
        cooling_off_days_before=programme.cooling_off_days,
        reason=reason.strip(),
        asked_by=by,
        asked_at=at,
    )
    _tell(change, "settings_change_asked", but=by, at=at)
    return change


@transaction.atomic
def confirm_settings_change(change: SettingsChange, *, by: User, at: datetime) -> None:
    """Confirm other money settings as a second person: the database puts them in force with it.

    :raises Refusal: by who asked for them, who is no manager of the programme, where they do not wait any more, or were asked
        for too long ago or by who is no manager by now.
    """
    _require_manager(change.programme, by, at)
    if by.pk == change.asked_by_id:
        raise Refusal(str(NOT_ALONE))
    lock(change.programme)
    if change.state == State.ASKED:
        require_standing(change.asked_at, may=_manages(change.asked_by, change.programme, at), at=at)
    at = later_than(change.asked_at, at)
    move(change, State.CONFIRMED, by=by, at=at, confirmed_by=by, confirmed_at=at)
    change.programme.refresh_from_db()
    _tell(change, "settings_change_confirmed", but=by, at=at)


@transaction.atomic
def withdraw_settings_change(change: SettingsChange, *, by: User, at: datetime) -> None:
    """Leave the money settings as they are, after all.

    :raises Refusal: by who is no manager of the programme, or once it is confirmed.
    """
    _require_manager(change.programme, by, at)
    move(change, State.WITHDRAWN, by=by, at=at)


def _require_manager(programme: Programme, by: User, at: datetime) -> None:
    if not _manages(by, programme, at):
        raise Refusal(_("Only managers of this programme can do this."))


def _manages(person: User, programme: Programme, at: datetime) -> bool:
    return person.is_active and person.holds(Role.MANAGER, at=at, scope_id=programme.pk)


def _tell(change: SettingsChange, kind: str, *, but: User, at: datetime) -> None:
    """Queue a mail to everybody who manages the programme but who acts."""
    people = RoleGrant.objects.people(Role.MANAGER, change.programme_id, at).exclude(pk=but.pk).order_by("pk")
    context = {"change": change, "programme": change.programme}
    queue_mails((Letter(kind, person, change, context) for person in people), at=at)
