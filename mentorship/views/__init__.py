"""Pages of mentors and of the startups they help."""
