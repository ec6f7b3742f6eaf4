"""Records of money in the admin."""

from payouts.admin import records

__all__ = ["records"]
