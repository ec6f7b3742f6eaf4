"""Documents are judged by opening them, in a process that may die of one; what it takes is bounded."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from demo.applications.pdf import one_page
from portal.files import pdf, pdf_child
from portal.files.pdf import Verdict
from tests.waiting import PATIENCE as WAITED_FOR
from tests.waiting import until

CASES = Path(__file__).resolve().parent.parent / "cases" / "pdf"
DECK = one_page("Deck", "Slides")
RIGHT = {
    "cut-eof.pdf": Verdict.OPENS,
    "encrypted-owner.pdf": Verdict.OPENS,
    "encrypted-user.pdf": Verdict.LOCKED,
    "fake.pdf": Verdict.BROKEN,
    "pad1100.pdf": Verdict.OPENS,
    "renamed.pdf": Verdict.BROKEN,
    "trailing-html.pdf": Verdict.OPENS,
    "truncated.pdf": Verdict.BROKEN,
}


def examined(document: bytes, of: int = 1) -> Verdict:
    return pdf.examine(ContentFile(document), of=of)


def test_files_of_foreign_make_are_judged_by_opening_them() -> None:
    assert {path.name: examined(path.read_bytes()) for path in sorted(CASES.iterdir())} == RIGHT


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (DECK, Verdict.OPENS),
        (b"\xef\xbb\xbf\r\n" + DECK, Verdict.OPENS),
        (b"\x1b%-12345X@PJL SET COPIES=1\n" + DECK, Verdict.OPENS),
        (b"MZ\x90\0" + DECK, Verdict.BROKEN),  # a program that a reader would open
        (b"MZ" + b"%PDF-1.7" + b"\0" * 4000 + b"%%EOF", Verdict.BROKEN),
        (b"PK\x03\x04" + DECK, Verdict.BROKEN),
        (b"#!/bin/sh\n" + DECK, Verdict.BROKEN),
        (b"<script>1</script>" + DECK, Verdict.BROKEN),
        (b" " * 2000 + DECK, Verdict.BROKEN),
        (b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", Verdict.BROKEN),  # no page
        (DECK.replace(b"/Count 1", b"/Count 0").replace(b"[3 0 R]", b"[]"), Verdict.BROKEN),
    ],
)
def test_what_stands_before_a_document_makes_another_file_of_it(document: bytes, verdict: Verdict) -> None:
    assert examined(document) == verdict


def test_document_is_left_at_its_beginning() -> None:
    file = ContentFile(DECK)
    file.read(7)
    pdf.examine(file, of=1)
    assert file.read() == DECK


# --- What a document may do to the process that opens it ----------------------------------------------


def child(tmp_path: Path, *lines: str) -> Path:
    """Write another child, which does within the bounds what a document makes the real one do."""
    script = tmp_path / "child.py"
    own = Path(pdf_child.__file__).read_text().split('if __name__ == "__main__":')[0]
    script.write_text("\n".join([own, "limit()", *lines]))
    return script


@pytest.mark.parametrize(
    "lines",
    [
        ["os.abort()"],
        ["import ctypes", "ctypes.string_at(0)"],
        ["bytearray(2 * MEMORY)"],
        ["import tempfile", "with tempfile.TemporaryFile() as file: file.write(b'x' * 100)"],
        ["sys.exit(3)"],
    ],
    ids=["aborts", "breaks memory", "takes memory", "writes a file", "ends oddly"],
)
def test_process_that_dies_of_a_document_says_it_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: list[str]
) -> None:
    monkeypatch.setattr(pdf, "CHILD", child(tmp_path, *lines))
    assert examined(DECK) == Verdict.BROKEN


def test_document_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = ["resource.setrlimit(resource.RLIMIT_CPU, (1, 1))", "while True: pass"]
    monkeypatch.setattr(pdf, "CHILD", child(tmp_path, *lines))
    monkeypatch.setattr(pdf, "WITHIN", WAITED_FOR)
    assert examined(DECK) == Verdict.BROKEN


def test_machine_too_busy_to_open_a_document_says_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = ["import time", "time.sleep(600)"]
    monkeypatch.setattr(pdf, "CHILD", child(tmp_path, *lines))
    monkeypatch.setattr(pdf, "QUICK", 0.5)
    monkeypatch.setattr(pdf, "WITHIN", 1.0)
    with pytest.raises(pdf.Busy):
        examined(DECK)
    monkeypatch.undo()
    assert examined(DECK) == Verdict.OPENS


def test_process_that_opens_knows_nothing_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for everybody")
    lines = ["os._exit(BROKEN if any('SECRET' in name for name in os.environ) else OPENS)"]
    monkeypatch.setattr(pdf, "CHILD", child(tmp_path, *lines))
    assert examined(DECK) == Verdict.OPENS


def test_one_persons_documents_are_opened_one_after_the_other_and_others_are_served(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    lines = ["import time", f"while not os.path.exists({str(gate)!r}): time.sleep(0.05)", "os._exit(OPENS)"]
    quick = pdf.CHILD
    monkeypatch.setattr(pdf, "CHILD", child(tmp_path, *lines))
    monkeypatch.setattr(pdf, "PATIENCE", WAITED_FOR)
    monkeypatch.setattr(pdf, "WITHIN", WAITED_FOR)

    def told() -> str:
        try:
            return examined(DECK, of=1).name
        except pdf.Busy:
            return "busy"

    with ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(told) for _ in range(6)]  # one is opened, one waits, and nobody waits for the others
        until(lambda: sum(each.done() for each in sent) == 4, "four were told to come again")
        assert [each.result() for each in sent if each.done()] == ["busy"] * 4
        monkeypatch.setattr(pdf, "CHILD", quick)
        assert examined(DECK, of=2) == Verdict.OPENS
        assert sum(each.done() for each in sent) == 4
        gate.touch()
    assert Counter(each.result() for each in sent) == {"OPENS": 2, "busy": 4}
    assert examined(DECK, of=1) == Verdict.OPENS


def test_who_waits_in_vain_for_their_turn_is_told_and_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    with pdf.TURNS.of(1):
        for _ in range(5):
            with pytest.raises(pdf.Busy):
                examined(DECK, 1)
    assert examined(DECK, 1) == Verdict.OPENS


def test_process_that_takes_long_gives_way_to_those_that_serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    behind = f"os.nice(0) >= min({os.nice(0)} + {pdf.BEHIND}, 19)"
    lines = ["import time", f"while not {behind}: time.sleep(0.05)", "os._exit(OPENS)"]
    monkeypatch.setattr(pdf, "CHILD", child(tmp_path, *lines))
    monkeypatch.setattr(pdf, "QUICK", 0.1)
    monkeypatch.setattr(pdf, "WITHIN", WAITED_FOR)
    assert examined(DECK) == Verdict.OPENS
