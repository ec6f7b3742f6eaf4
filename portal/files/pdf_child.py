"""Opens one PDF in a process of its own, which may die of it: `python -I pdf_child.py < document.pdf`.

A parser of foreign bytes is where memory is corrupted and time is lost. This process has no address space beyond
`MEMORY`, no processor beyond `SECONDS`, writes no file, and knows nothing: no settings, no
database, no environment. It says what it found by how it ends, and imports nothing of the project.
"""

import os
import resource
import sys
from contextlib import suppress

MEMORY = 1024**3
SECONDS = 5
OPENS, LOCKED, BROKEN = 0, 10, 11  # how it ends; 1 and 2 are Python's own
HEAD = 1024
BLANK = b"\xef\xbb\xbf\0\t\n\f\r "  # a byte order mark among them
PRINTER = b"\x1b%-12345X"
PASSWORD = 4  # FPDF_ERR_PASSWORD of PDFium's public header fpdfview.h


def limit() -> None:
    """Bound what this process may take, where the system knows how."""
    bounds = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, most in bounds.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def begins_as_pdf(document: bytes) -> bool:
    """Return whether nothing stands before the document that makes another kind of file of it, such as a program.

    Readers look for its signature in the first kilobyte (ISO 32000-1, annex H.3.4.1); printers' job language may come first.
    """
    before, signature, _rest = document[:HEAD].partition(b"%PDF-")
    return bool(signature) and (not before.strip(BLANK) or before.startswith(PRINTER))


def judge(document: bytes) -> int:
    """Return whether a document opens without a password and has a first page."""
    import pypdfium2  # within the bounds

    if not begins_as_pdf(document):
        return BROKEN
    try:
        with pypdfium2.PdfDocument(document) as opened:
            width, height = opened[0].get_size()
            return OPENS if width > 0 and height > 0 else BROKEN
    except pypdfium2.PdfiumError as error:
        return LOCKED if error.err_code == PASSWORD else BROKEN
    except IndexError:
        return BROKEN


if __name__ == "__main__":
    limit()
    with open(0, "rb") as standard_input:
        verdict = judge(standard_input.read())
    sys.stdout.flush()
    os._exit(verdict)  # without the library's own end: the verdict stands
