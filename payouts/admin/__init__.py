"""Records of money in the admin."""

from payouts.admin import accounts, awards, batches, ledger, source_changes, sources

__all__ = ["accounts", "awards", "batches", "ledger", "source_changes", "sources"]
