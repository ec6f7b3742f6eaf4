"""Rails: how money, and word of it, travels between the programme and banks.

A new rail is one module that makes a `Rail`, named in `RAILS`. `tests/payouts/test_rails.py` walks one from the bank details
that founders type to the return that turns them down.
"""

from payouts.rails.base import RETURN_CODE, AccountScheme, Rail
from payouts.rails.iban import IBAN
from payouts.rails.nacha import NACHA

RAILS: dict[str, Rail] = {rail.code: rail for rail in (NACHA,)}
DEFAULT = NACHA.code  # of a payment source that is set up


def choices() -> list[tuple[str, str]]:
    """Return the rails to choose from, for fields of models and forms."""
    return [(rail.code, str(rail.label)) for rail in RAILS.values()]


def scheme_for(currency: str) -> AccountScheme:
    """Return how accounts in a currency are named: as the rail that carries it says, and by an IBAN where none does yet."""
    return next((rail.accounts for rail in RAILS.values() if currency in rail.currencies), IBAN)


def scheme_of(account_type: str) -> AccountScheme:
    """Return how accounts of a type are named."""
    return next(
        scheme for scheme in (*(rail.accounts for rail in RAILS.values()), IBAN) if account_type in scheme.types
    )


__all__ = ["DEFAULT", "RAILS", "RETURN_CODE", "AccountScheme", "Rail", "choices", "scheme_for", "scheme_of"]
