"""What the crowd is made of: rounds of one programme, and what became of each startup in them. No database here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate

from portal.language.text import fold

SLUG = "grand-large"
DOMAIN = "crowd.tremplin.example"

ADJECTIVES = (
    "Élan",
    "Quiet",
    "Bright",
    "Nordic",
    "Amber",
    "Swift",
    "Lumen",
    "Terra",
    "Cobalt",
    "Vivid",
    "Oak",
    "Solène",
    "Delta",
    "Harbor",
    "Maple",
    "Zéphyr",
    "Ivory",
    "Crimson",
    "Pixel",
    "Summit",
)
NOUNS = (
    "Robotics",
    "Health",
    "Ledger",
    "Loom",
    "Foundry",
    "Atlas",
    "Signals",
    "Garden",
    "Analytics",
    "Voice",
    "Retrieval",
    "Labs",
    "Works",
    "Textile",
    "Harvest",
    "Compass",
    "Bridge",
    "Kiln",
    "Orchard",
    "Relay",
)
GIVEN = ("Ada", "Björn", "Chloé", "Dmitri", "Esther", "Farid", "Grace", "Hiro", "Inès", "José", "Katya", "Liam")
FAMILY = ("Okonkwo", "Müller", "Lefèvre", "Ivanova", "Nguyen", "Haddad", "Ito", "García", "Smith", "Kowalska", "Brown")
CITIES = ("Austin", "Boston", "Chicago", "Denver", "Portland", "Seattle", "Brooklyn", "Oakland")


@dataclass(frozen=True, slots=True)
class Round:
    """One cohort of the crowd: which part of the startups applied, when its middle was, and what became of how many.

    `fates` are weights by what an application is today; `offers` likewise by state of the offers made. `judged` is the
    part of the asked reviews that is in.
    """

    name: str
    share: int
    middle: int
    fates: dict[str, int]
    judged: int = 0
    decided: int | None = None
    offers: dict[str, int] = field(default_factory=dict)
    signed: int = 100

    @property
    def is_decided(self) -> bool:
        return self.decided is not None


FATES = {"accepted": 15, "waitlisted": 3, "declined": 77, "withdrawn": 5}
ROUNDS = (
    Round("1", 20, -300, FATES, judged=100, decided=-270, offers={"accepted": 96, "declined": 2, "lapsed": 2}),
    Round("2", 20, -150, FATES, judged=100, decided=-120, offers={"accepted": 96, "declined": 2, "lapsed": 2}),
    Round("3", 20, -40, FATES, judged=100, decided=-3, offers={"accepted": 60, "open": 40}, signed=50),
    Round("4", 15, -24, {"submitted": 95, "returned": 5}, judged=60),
    Round("5", 25, 0, {"draft": 40, "submitted": 58, "withdrawn": 2}),
)
# A month of everybody: each startup is in the programme, and the day of its first month has come.
AWARDED = (Round("1", 100, -100, {"accepted": 1}, decided=-70, offers={"accepted": 1}),)


@dataclass(slots=True)
class Member:
    """One startup of the crowd, with the ids that its rows will have. Every fourth has a second founder."""

    n: int
    of: Round
    fate: str
    founder: int = 0
    cofounder: int = 0
    startup: int = 0
    application: int = 0

    @property
    def name(self) -> str:
        n = self.n
        return f"{ADJECTIVES[n % 20]} {NOUNS[n // 20 % 20]} {n}"

    @property
    def name_folded(self) -> str:
        return fold(self.name)

    @property
    def city(self) -> str:
        return CITIES[self.n % len(CITIES)]

    @property
    def website(self) -> str:
        return f"https://startup-{self.n}.{DOMAIN}"

    @property
    def has_two(self) -> bool:
        return self.n % 4 == 0

    @property
    def is_submitted(self) -> bool:
        return self.fate not in ("draft", "withdrawn")

    @property
    def is_decided(self) -> bool:
        return self.fate in ("accepted", "waitlisted", "declined")

    def person(self, second: bool = False) -> tuple[str, str]:
        """Return name and address of a founder."""
        n = self.n + 5 * second
        return f"{GIVEN[n % 12]} {FAMILY[n // 12 % 11]}", f"{'second' if second else 'founder'}{self.n}@{DOMAIN}"


def members(n: int, rounds: Sequence[Round]) -> list[Member]:
    """Spread n startups over the rounds, and those of a round over its fates: the same every time."""
    ends = list(accumulate(of.share for of in rounds))
    found, first = [], 0
    for of, end in zip(rounds, ends, strict=True):
        last = n * end // ends[-1]
        fates = spread(last - first, of.fates)
        found += [Member(first + place, of, fate) for place, fate in enumerate(fates)]
        first = last
    return found


def spread(n: int, weights: dict[str, int]) -> Iterator[str]:
    """Yield n of the keys, each as often as its weight says and everywhere among the others."""
    total, owed = sum(weights.values()), dict.fromkeys(weights, 0)
    for _ in range(n):
        owed = {key: owed[key] + weight for key, weight in weights.items()}
        most = max(owed, key=lambda key: owed[key])
        owed[most] -= total
        yield most


def among(members: Sequence[Member], *fates: str) -> list[Member]:
    """Keep those of some fates."""
    return [member for member in members if member.fate in fates]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The instants of a round, seen from the present."""

    at: datetime
    of: Round

    @property
    def started_at(self) -> datetime:
        return self.at + timedelta(days=self.of.middle - 15)

    @property
    def submitted_at(self) -> datetime:
        """Return when the last of the round handed in."""
        return self.at + timedelta(days=self.of.middle - 1, hours=1)

    @property
    def assigned_at(self) -> datetime:
        return self.submitted_at + timedelta(hours=6)

    @property
    def judged_at(self) -> datetime:
        return self.submitted_at + timedelta(hours=20)

    @property
    def decided_at(self) -> datetime:
        return self.at + timedelta(days=self.of.decided or 0)

    @property
    def today(self) -> date:
        return self.at.date()
