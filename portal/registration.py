"""What the kernel adds to the registry."""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from portal.accounts import limits, mails, step_up
from portal.accounts.adapters import TOTP_PLACE
from portal.desk import bulk, bulk_jobs, export_jobs, exports
from portal.desk.site import OPERATOR
from portal.models import Role, StepUp
from portal.operations import law_checks, sweeps
from portal.registry import Desk, registry
from portal.sealing.rotate import Sealed

_STAFF = (*Role.desk(), OPERATOR)
# What every table of a desk leads to: whether it is theirs, the table says when it is opened.
_DESKS = [
    Desk(
        path="exports/",
        view=exports.own_exports,
        name="desk_exports",
        label=exports.TITLE,
        icon="arrow-down-tray",
        roles=_STAFF,
    ),
    Desk(
        path="exports/<uuid:token>/",
        view=exports.file,
        name="desk_export_file",
        label=_("Export"),
        icon="document",
        roles=_STAFF,
    ),
    Desk(
        path="tables/<slug:table>/<int:place>/export/",
        view=exports.ask,
        name="desk_export",
        label=_("Export"),
        icon="document",
        roles=_STAFF,
    ),
    Desk(
        path="tables/<slug:table>/<int:place>/<slug:act>/",
        view=bulk.ask,
        name="desk_bulk",
        label=_("Bulk act"),
        icon="check",
        roles=_STAFF,
    ),
    Desk(
        path="bulk/<uuid:token>/",
        view=bulk.job,
        name="desk_bulk_job",
        label=_("Bulk act"),
        icon="arrow-path",
        roles=_STAFF,
    ),
]


def register() -> None:
    """Fill the registry: sweeps, mails that carry a secret, and where secrets lie sealed."""
    registry.sweep(sweeps.MAIL, sweeps.mail)
    registry.sweep("housekeeping", sweeps.housekeeping)
    registry.sweep("forget_unproven_acts", step_up.forget_old)
    registry.sweep("forget_attempts", limits.forget_old)
    registry.sweep(law_checks.SWEEP, sweeps.check_laws, order=90)

    registry.sweep(bulk_jobs.SWEEP, bulk_jobs.run_due)
    registry.sweep(export_jobs.SWEEP, export_jobs.make_due)
    registry.sweep("forget_exports", export_jobs.forget_old)
    registry.sweep("forget_bulk_acts", bulk_jobs.forget_old)
    registry.desks += _DESKS

    registry.secret_mails[mails.EMAIL_CONFIRMATION] = mails.email_confirmation
    registry.secret_mails[mails.PASSWORD_RESET] = mails.password_reset
    registry.secret_mails[step_up.MAIL] = step_up.mailed

    # The secret of an authenticator app, and the seed of the recovery codes.
    registry.sealed += [Sealed(Authenticator, "data", lambda _row: TOTP_PLACE, entry=key) for key in ("secret", "seed")]
    registry.sealed.append(Sealed(StepUp, "sealed", lambda step: step.place))
