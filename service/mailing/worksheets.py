"""Workbooks that we write: every text is a text cell, whatever it looks like, and the same rows give the same bytes.

A cell that begins with = + - @ stays what it is: it is written as a string and marked with the quote prefix, so that it
does not become a formula when somebody edits it either. Long digits are text and keep all of them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from service.workbook.disk import disk_errors
from service.workbook.new_texts import MADE, new_text

FEW_ROWS = 5000
LONGEST_CELL = 2000
MOST_ROWS = 1_000_000
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """One sheet: a row of titles, then rows of the same length. Integers are numbers, everything else is text."""

    name: str
    titles: Sequence[str]
    rows: Iterable[Sequence[str | int]]
    widths: Sequence[int] = ()


def write_workbook(path: Path, sheets: Sequence[Worksheet], *, rows: int) -> None:
    """Write a workbook; `rows` is about how many there are.

    Small ones have a table of shared strings, the form that every importer knows; large ones have strings in place and
    are written row by row, in memory that does not grow.

    Raises:
        StoreError: `scratch_full`: the disk failed.
    """
    options = {"constant_memory": rows > FEW_ROWS, "strings_to_urls": False, "tmpdir": str(path.parent)}
    with disk_errors(), xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": MADE})
        text = book.add_format({"num_format": "@", "quote_prefix": True})
        title = book.add_format({"num_format": "@", "bold": True})
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, text=text, title=title)


def cell_text(text: str) -> str:
    """Give a text as one cell may hold it: one line, no control characters, at most LONGEST_CELL characters."""
    return _UNWRITABLE.sub(" ", text).strip()[:LONGEST_CELL]


def _write_sheet(target: "xlsxwriter.worksheet.Worksheet", sheet: Worksheet, *, text: object, title: object) -> None:
    for column, width in enumerate(sheet.widths):
        target.set_column(column, column, width)
    target.freeze_panes(1, 0)
    for column, name in enumerate(sheet.titles):
        target.write_string(0, column, cell_text(name), title)
    for line, row in enumerate(sheet.rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                target.write_number(line, column, value)
            elif written := cell_text(value):
                target.write_string(line, column, new_text(written), text)
