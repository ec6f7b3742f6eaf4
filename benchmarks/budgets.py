"""What every page and job may cost. Times are ratios to A1 measured in the same run: machines differ, ratios hardly."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """The most a page may take; None where nothing is said. `content` are its bytes without the shell around them."""

    a1: float | None = None
    queries: int | None = None
    content: int | None = None
    cpu: float | None = None


KB = 1000
CPU_MS = 60.0
# What every page of a kind keeps to, by the kind that `pages` gives it. A cohort's record, with all its rules, is a page
# as any other.
BUDGETS = {
    "list": Budget(a1=12, queries=12, content=60 * KB, cpu=CPU_MS),
    "page": Budget(a1=12, queries=12, content=60 * KB, cpu=CPU_MS),
    "desk": Budget(a1=12, queries=20, content=60 * KB, cpu=CPU_MS),
    "dashboard": Budget(a1=8, queries=12, cpu=CPU_MS),
    "application": Budget(a1=8, queries=12, cpu=CPU_MS),
    "record": Budget(a1=8, queries=15, cpu=CPU_MS),
    "submit": Budget(a1=8, queries=20),
    "field": Budget(a1=3),
}
DEEP_TO_FIRST = 2.0
SEARCH_TO_FIRST = 2.5
# p50 over A1 with all the startups, over the same with a thousand, where as much is to be shown there: a list that a
# thousand startups do not fill is compared with nothing, unless it reads more rows than any page shows.
GROWTH = 1.5
AS_MUCH = 0.8
FULL_PAGE = 150
SMALL = 1000

# A month of awards, against the same statements without triggers and foreign keys, and against one by one.
MONTH_TO_BARE = 8.0
LOOP_TO_MONTH = 30.0
AGAIN_TO_MONTH = 0.25

FILE_SECONDS = 10.0
VERIFIER_SECONDS = 30.0
ELIGIBILITY_SECONDS = 2.0
SEED_SECONDS_FOR_100_000 = 300.0
