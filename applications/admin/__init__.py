"""Records of applications in the admin: programmes and cohorts to set up, everything else to read."""

from applications.admin import applications, decisions, programmes, rules, startups

__all__ = ["applications", "decisions", "programmes", "rules", "startups"]
