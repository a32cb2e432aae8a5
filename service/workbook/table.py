"""An uploaded table: XLSX, CSV or NDJSON, opened once, read as rows in order."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from service.workbook.cells import EMPTY, Cell, fault
from service.workbook.header import Header, Span
from service.workbook.spool import read_spool

ROWS_FILE, _FACTS = "rows.ndjson", "table.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something about the table that its owner should know; nothing was refused for it."""

    code: str
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of data; `number` is what the clerk sees: Excel's row, or the line of the file."""

    number: int
    cells: tuple[Cell, ...]
    headers: tuple[Header, ...] = field(repr=False)

    def cell(self, index: int) -> Cell:
        """Give a cell by its column; past the row's end all are empty."""
        return self.cells[index] if index < len(self.cells) else EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is in an uploaded table; the rows themselves stay on the disk, in `folder`."""

    format: str
    """xlsx, csv or ndjson."""
    sheet: str
    part: str
    """The sheet's part in the workbook's package; empty for text."""
    other_sheets: tuple[str, ...]
    header_row: int
    last_header_row: int
    headers: tuple[Header, ...]
    row_count: int
    empty_rows: int
    encoding: str
    delimiter: str
    notes: tuple[Note, ...]
    width: int
    """Columns up to the last one with content, header or not."""
    merged: tuple[Span, ...]
    """Merged ranges of the header and below it; below it their cells read as faults."""
    folder: Path

    def rows(self, *, after: int = 0) -> Iterator[Row]:
        """Give the rows with content, in order, from the one after the row numbered `after`."""
        first = max(after, self.last_header_row)
        open_faults = _OpenFaults(self.merged, width=self.width)
        for number, row in read_spool(self.folder / ROWS_FILE):
            if number > first:
                yield Row(number=number, cells=tuple(open_faults.put(number, row)), headers=self.headers)


class _OpenFaults:
    """The merged ranges of a table on the way down its rows; beyond its columns nobody looks at them."""

    def __init__(self, spans: Iterable[Span], *, width: int) -> None:
        self._coming = sorted((span for span in spans if span.left < width), key=lambda span: span.top, reverse=True)
        self._open: list[tuple[Span, Cell]] = []
        self._width = width

    def put(self, number: int, row: list[Cell]) -> list[Cell]:
        """Give the row with a fault in each cell that lies in a range."""
        while self._coming and self._coming[-1].top <= number:
            span = self._coming.pop()
            self._open.append((span, fault("merged", span.name)))
        if not self._open:
            return row
        self._open = [each for each in self._open if each[0].bottom >= number]
        return self._marked(row)

    def _marked(self, row: list[Cell]) -> list[Cell]:
        ends = [min(span.right + 1, self._width) for span, _ in self._open]
        full = row + [EMPTY] * (max([0, *ends]) - len(row))
        for (span, told), end in zip(self._open, ends, strict=True):
            full[span.left : end] = [told] * (end - span.left)
        return full


def load_table(folder: Path) -> Table:
    """Give a table again that was opened into this folder."""
    facts: dict[str, Any] = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return Table(
        **{
            **facts,
            "folder": folder,
            "other_sheets": tuple(facts["other_sheets"]),
            "headers": tuple(Header(**header) for header in facts["headers"]),
            "notes": tuple(Note(**note) for note in facts["notes"]),
            "merged": tuple(Span(**span) for span in facts["merged"]),
        }
    )


def keep_table(table: Table) -> None:
    """Write the facts of a table beside its rows, for `load_table`."""
    facts = {name: value for name, value in asdict(table).items() if name != "folder"}
    (table.folder / _FACTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
