"""Records of money in the admin."""

from payouts.admin import accounts, awards, batches, ledger, sources

__all__ = ["accounts", "awards", "batches", "ledger", "sources"]
