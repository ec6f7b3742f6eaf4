"""One table of everything, and what of it is over its budget."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import budgets
from benchmarks.budgets import BUDGETS, Budget

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
MISSED = " **missed**"
Found = dict[str, Any]


def judge(found: Found, startups: int) -> tuple[list[str], list[str]]:
    """Return the table as lines of Markdown, and a sentence for each budget that is missed."""
    missed: list[str] = []
    lines = _pages(found, startups, missed)
    lines += ["", *_month(found["month"], missed), "", *_jobs(found, startups, missed)]
    return lines, missed


def _pages(found: Found, startups: int, missed: list[str]) -> list[str]:
    small = {row["name"]: row for row in found["small"]["rows"]}
    rows = {row["name"]: row for row in found["large"]["rows"]}
    lines = [
        f"| page, {startups:,} applications | queries | rows | p50 ms | p95 ms | CPU ms | bytes | content | requests/s | × A1 | × 1,000 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, row in rows.items():
        growth = _growth(row, small.get(name))
        over = _over(row, rows, growth)
        missed += [f"{name}: {words}" for words in over]
        lines.append(
            f"| {name}{MISSED if over else ''} | {row['queries']} | {row['rows']} | {row['p50']:.1f}"
            f" | {row['p95']:.1f} | {row['cpu']:.1f} | {row['bytes']:,} | {row['content']:,} | {row['per_second']:.0f} | {row['a1']:.1f}"
            f" | {'' if growth is None else f'{growth:.1f}'} |"
        )
    left_out = {*found["small"]["left_out"], *found["large"]["left_out"]}
    missed += [f"{name} is not measured" for name in sorted(left_out)]
    return lines


def _growth(row: Found, before: Found | None) -> float | None:
    """Return by how much a page takes longer than with a thousand startups, if it had as much to show there."""
    if before is None or (before["rows"] < budgets.AS_MUCH * row["rows"] and row["rows"] <= budgets.FULL_PAGE):
        return None
    return float(row["a1"] / before["a1"])


def _over(row: Found, rows: dict[str, Found], growth: float | None) -> list[str]:
    """Say which budgets a page is over."""
    budget, over = BUDGETS.get(row["kind"], Budget()), []
    for figure, most in (
        ("a1", budget.a1),
        ("queries", budget.queries),
        ("content", budget.content),
        ("cpu", budget.cpu),
    ):
        if most is not None and row[figure] > most:
            over.append(f"{figure} {round(row[figure], 1):g}, at most {most:g}")
    if row["first"]:
        ratio = row["a1"] / rows[row["first"]]["a1"]
        most = budgets.DEEP_TO_FIRST if row["name"].endswith("deep") else budgets.SEARCH_TO_FIRST
        if ratio > most:
            over.append(f"{ratio:.1f} × its first page, at most {most:g}")
    if growth is not None and growth > budgets.GROWTH and row["kind"] != "a1":
        over.append(f"{growth:.1f} × what it takes at {budgets.SMALL:,}, at most {budgets.GROWTH:g}")
    return over


def _month(found: Found, missed: list[str]) -> list[str]:
    lines = [
        f"| a month for {found['awards']:,} awards | seconds | in statements | bare statements | × bare |",
        "|---|--:|--:|--:|--:|",
    ]
    sums = {"seconds": 0.0, "lawful": 0.0, "bare": 0.0}
    for name, acts in found["acts"].items():
        lawful, bare = acts["tremplin"], acts["bare"]
        sums["seconds"] += lawful["seconds"]
        sums["lawful"] += lawful["statements"]
        sums["bare"] += bare["statements"]
        lines.append(_month_line(name, lawful["seconds"], lawful["statements"], bare["statements"]))
    ratio = sums["lawful"] / sums["bare"]
    mark = _hold(missed, "the month", ratio, budgets.MONTH_TO_BARE, "× its bare statements")
    lines.append(_month_line(f"all of it{mark}", sums["seconds"], sums["lawful"], sums["bare"]))
    loop = sum(found["loop"].values()) / found["sample"] * found["awards"]
    faster = loop / sums["seconds"]
    slow = ""
    if faster < budgets.LOOP_TO_MONTH:
        slow = MISSED
        missed.append(f"the month is {faster:.1f} × as fast as one by one, at least {budgets.LOOP_TO_MONTH:g}")
    again = found["again"]["open"]
    part = again["seconds"] / found["acts"]["open"]["tremplin"]["seconds"]
    mark = _hold(missed, "opening again", part, budgets.AGAIN_TO_MONTH, "× the first time")
    if again["moved"]:
        mark = MISSED
        missed.append(f"opening again moved {again['moved']} months")
    words = (
        f"One by one it would take {loop:,.0f} s ({found['sample']} measured, the rest reckoned from them):"
        f" {faster:.1f} × as long{slow}. Opening again: {part:.2f} × the first time, {again['moved']} rows{mark}."
    )
    return [*lines, "", words]


def _month_line(name: str, seconds: float, lawful: float, bare: float) -> str:
    return f"| {name} | {seconds:.1f} | {lawful:.1f} | {bare:.1f} | {lawful / bare:.1f} |"


def _jobs(found: Found, startups: int, missed: list[str]) -> list[str]:
    file, large = found["file"], found["large"]
    lines = ["| job | seconds | at most |", "|---|--:|--:|"]
    jobs = [
        (f"file of {file['payments']:,} payments", file["file"], budgets.FILE_SECONDS),
        (f"check_laws over {large['transfers']:,} transfers", large["verifier"], budgets.VERIFIER_SECONDS),
        ("eligibility, 10,000 startups × 20 criteria", file["eligibility"], budgets.ELIGIBILITY_SECONDS),
    ]
    if large["seeded"]:
        most = budgets.SEED_SECONDS_FOR_100_000 * startups / 100_000
        # A small crowd's share of the time is its fixed part: terms, forms, people.
        jobs.append((f"seed_demo --startups {startups}", large["seeded"], max(most, 30.0)))
    for name, seconds, most in jobs:
        mark = _hold(missed, name, seconds, most, "seconds")
        lines.append(f"| {name}{mark} | {seconds:.1f} | {most:g} |")
    if not file["identical"]:
        missed.append("the file asked for again has other bytes")
    if large["broken"]:
        missed.append(f"{large['broken']} rows break a law")
    return lines


def _hold(missed: list[str], name: str, figure: float, most: float, unit: str) -> str:
    """Note a figure that is over its bound, and give the mark it gets."""
    if figure <= most:
        return ""
    missed.append(f"{name}: {figure:.2f} {unit}, at most {most:g}")
    return MISSED


def record(path: Path, lines: list[str], startups: int) -> None:
    """Write the table between its marks in the document, with the machine and the day."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    facts = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {startups:,} startups: {os.cpu_count()} cores"
        f" ({cpu.group(1) if cpu else platform.machine()}), Python {platform.python_version()},"
        f" Django {version('django')}, psycopg {version('psycopg')}, gunicorn {version('gunicorn')},"
        f" waitress {version('waitress')}, embedded PostgreSQL 18."
    )
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    path.write_text("\n".join([f"{before}{BEGIN}", facts, "", *lines, f"{END}{after}"]), encoding="utf-8")
