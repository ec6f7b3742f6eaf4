"""The demo: two programmes as data, the people who run them, and a little life, all of it made through the real acts.

The journey's own startup is not here: the newcomer makes it.
"""

from datetime import datetime

from demo.applications import life, people, programmes

PROGRAMMES = ("sirocco", "alcyane")


def build(at: datetime) -> None:
    """Fill an empty database: accounts, programmes with an open cohort each, and startups that applied already."""
    cast = people.introduce(at)
    cohorts = {name: programmes.lay_out(programmes.read(name), at=at) for name in PROGRAMMES}
    for cohort in cohorts.values():
        people.give_roles(cast, cohort.programme, at)
    for startup in programmes.read("startups")["startups"]:
        life.play(startup, cohorts[startup["cohort"]], cast, at)
