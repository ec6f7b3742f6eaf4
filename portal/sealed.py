"""Where the kernel keeps secrets: those of authenticator apps, and the seeds of recovery codes."""

from allauth.mfa.models import Authenticator

from portal.accounts import TOTP_PLACE
from portal.registry import registry
from portal.rotation import Sealed

registry.sealed += [Sealed(Authenticator, "data", lambda _row: TOTP_PLACE, entry=entry) for entry in ("secret", "seed")]
