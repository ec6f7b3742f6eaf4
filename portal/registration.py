"""What the kernel adds to the registry."""

from allauth.mfa.models import Authenticator

from portal.accounts import mails
from portal.accounts.adapters import TOTP_PLACE
from portal.operations import law_checks, sweeps
from portal.registry import registry
from portal.sealing.rotate import Sealed


def register() -> None:
    """Fill the registry: sweeps, mails that carry a secret, and where secrets lie sealed."""
    registry.sweep(sweeps.MAIL, sweeps.mail)
    registry.sweep("housekeeping", sweeps.housekeeping)
    registry.sweep(law_checks.SWEEP, sweeps.check_laws, order=90)

    registry.secret_mails[mails.EMAIL_CONFIRMATION] = mails.email_confirmation
    registry.secret_mails[mails.PASSWORD_RESET] = mails.password_reset

    # The secret of an authenticator app, and the seed of the recovery codes.
    registry.sealed += [Sealed(Authenticator, "data", lambda _row: TOTP_PLACE, entry=key) for key in ("secret", "seed")]
