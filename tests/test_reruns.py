"""In CI alone a test of the real world runs a second time, and the end of the run tells of it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.reruns import PLACES

ROOT = Path(__file__).resolve().parent.parent
# A test of each kind, failing the first time.
TESTS = """
import pathlib, pytest

def once(name):
    mark = pathlib.Path(__file__).with_name(name)
    seen = mark.exists()
    mark.touch()
    assert seen, f"the first run of {name}"

@pytest.mark.browser
def test_page(): once("page")

def test_rule(): once("rule")
"""


def run(folder: Path, *words: str) -> tuple[int, str]:
    (folder / "test_two.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = browser: as ours\n")
    loaded = ("-p", "pytest_rerunfailures", "-p", "xdist", "-p", "tests.reruns", "-p", "no:cacheprovider", "-n", "2")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *loaded, *words, str(folder)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_ci_runs_a_browser_test_again_and_tells_its_first_failure(tmp_path: Path) -> None:
    code, said = run(tmp_path, "--ci-reruns")
    counts = said.splitlines()[-1]
    assert (code, [words in counts for words in ("1 failed", "1 passed", "1 rerun")]) == (1, [True] * 3)
    told = said[said.index("rerun test summary info") :]
    assert "RERUN test_two.py::test_page" in told
    assert "AssertionError: the first run of page" in told
    assert "RERUN test_two.py::test_rule" not in told


def test_nothing_runs_again_elsewhere(tmp_path: Path) -> None:
    code, said = run(tmp_path)
    assert (code, "2 failed" in said.splitlines()[-1]) == (1, True)
    assert "RERUN" not in said


def test_ci_sets_the_switch_and_make_does_not() -> None:
    assert "make check ARGS=--ci-reruns" in (ROOT / ".ci/run").read_text()
    assert "rerun" not in (ROOT / "Makefile").read_text()


def test_what_is_marked_by_its_place_is_there() -> None:
    assert [mark for mark, place in PLACES.items() if not place.exists()] == []
