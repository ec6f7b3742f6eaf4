"""How Django itself writes days and instants in English, in the admin: as `portal.language.dates` does everywhere else."""

DATE_FORMAT = "M j, Y"
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = "M j, Y, g:i A"
