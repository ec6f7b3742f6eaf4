"""Whose act a row tells of: the person it names is the one who acts, at the instant of the act.

Judged after the row is written: what the row itself may not say is refused first, and nothing comes between this look and
the history, which tells of the same actor.
"""

from portal.laws.act_clock import not_of_the_act
from portal.laws.declared import ACTOR, Law, break_if


def own_act(
    name: str, person: str, instant: str, *, on: str = "INSERT", when: str = "", after: str = "", may: str = ""
) -> Law:
    """Return the law that a column names who acts and another names when.

    :param when: says in SQL which rows it judges.
    :param after: the column of an instant that this one comes after.
    :param may: says in SQL of NEW that the person may do it.
    """
    return Law(name, f"AFTER {on}", break_if(not_own_act(person, instant, after=after, may=may)), when=when)


def not_own_act(person: str, instant: str, *, after: str = "", may: str = "") -> str:
    """Say in SQL that somebody else acts than a column names, at another instant, or who may not."""
    broken = [not_of_the_act(f"NEW.{instant}"), f"NEW.{person} IS DISTINCT FROM ({ACTOR})"]
    if after:
        broken.append(f"NEW.{instant} <= NEW.{after}")
    if may:
        broken.append(f"NOT ({may})")
    return " OR ".join(broken)


def begins(column: str) -> str:
    """Say in SQL that a column is written for the first time."""
    return f"OLD.{column} IS NULL AND NEW.{column} IS NOT NULL"
