"""Records of applications in the admin: programmes and cohorts to set up, everything else to read."""

from applications.admin import applications, cohort_setup, decisions, programmes, settings_changes, startups

__all__ = ["applications", "cohort_setup", "decisions", "programmes", "settings_changes", "startups"]
