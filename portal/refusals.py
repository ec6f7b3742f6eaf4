"""The expected failure of a business act."""


class Refusal(Exception):
    """An act that cannot be done, worded for the person who asked for it.

    Nothing has changed when it is raised. Views show its text; anything else that is raised is a bug.
    """
