"""Records of mentorship in the admin."""

from mentorship.admin import records

__all__ = ["records"]
