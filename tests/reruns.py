"""What drives a real browser, a real stack or real kills is marked, and in CI it may fail once: the end of the run names it."""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PLACES = {"stack": HERE / "stack", "chaos": HERE / "chaos" / "test_chaos.py"}
REAL = ("browser", *PLACES)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that CI sets."""
    parser.addoption(
        "--ci-reruns", action="store_true", help=f"run a failed test again if it is one of {', '.join(REAL)}"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have each failure that was run again told with its traceback, so that it is mended all the same."""
    if config.getoption("ci_reruns"):
        config.option.rerun_show_tracebacks = True


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by where they stand, and let the marked ones run again where the switch is set."""
    for item in items:
        for mark, place in PLACES.items():
            if item.path.is_relative_to(place):
                item.add_marker(mark)
        if config.getoption("ci_reruns") and any(map(item.get_closest_marker, REAL)):
            item.add_marker(pytest.mark.flaky(reruns=1))
