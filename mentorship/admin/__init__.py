"""Records of mentorship in the admin."""

from mentorship.admin import mentors, sessions

__all__ = ["mentors", "sessions"]
