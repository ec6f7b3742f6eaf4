"""Writing the rows of a table as CSV or XLSX, row by row."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import IO, Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from portal.desk.cells import Written, heads, written
from portal.desk.table import Table
from portal.models import Export

# A spreadsheet takes a text that begins so for a formula, and runs it for whoever opens the file: in any form that NFKC folds.
FORMULAS = "=+\\-@⁺⁼₊₌﬩﹢﹣﹦﹫＋－＝＠"
# Where a text begins: also after what separates cells in another country's files, behind blanks and quotation marks.
BEGINS = re.compile(rf"""(?:^(?=[\t\r])|(?:^|(?<=[;|\t\r\n]))(?=(?:[^\S\t\r\n]|")*[{FORMULAS}]))""")
TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Put = Callable[[Sequence[Written]], None]


def write(table: Table, query: QueryDict, file: IO[bytes], kind: str, told: Callable[[int], None] | None = None) -> int:
    """Write the filtered rows of a table into a file, and return how many there were.

    :param told: is told the number of rows so far, some hundreds at a time.
    """
    columns, n = [column for column in table.columns if column.in_files], 0
    with WRITERS[Export.Format(kind)](file) as put:
        put([head for column in columns for head in heads(column, _("currency"))])
        for rows in table.walk(query):
            for row in rows:
                put([cell for column in columns for cell in written(column, row)])
            n += len(rows)
            if told:
                told(n)
    return n


def quoted(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return BEGINS.sub("'", text)


@contextmanager
def _csv(file: IO[bytes]) -> Iterator[Put]:
    file.write(codecs.BOM_UTF8)  # by which Excel knows the encoding
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    yield lambda cells: writer.writerow(_for_csv(cell) for cell in cells)
    text.detach()


def _for_csv(cell: Written) -> str:
    if cell is None:
        return ""
    return quoted(cell) if isinstance(cell, str) else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


@contextmanager
def _xlsx(file: IO[bytes]) -> Iterator[Put]:
    book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold, as_text = book.add_worksheet(), book.add_format({"bold": True}), book.add_format()
    as_text.set_quote_prefix()
    line = 0

    def put(cells: Sequence[Written]) -> None:
        nonlocal line
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                look: Any = bold if line == 0 else as_text if BEGINS.match(cell) else None
                sheet.write_string(line, place, cell, look)
            elif cell is not None:
                sheet.write_number(line, place, cell)
        line += 1

    sheet.freeze_panes(1, 0)
    yield put
    book.close()


WRITERS: dict[Export.Format, Callable[[IO[bytes]], AbstractContextManager[Put]]] = {
    Export.Format.CSV: _csv,
    Export.Format.XLSX: _xlsx,
}
