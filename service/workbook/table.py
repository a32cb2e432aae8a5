"""An uploaded table: XLSX, CSV or NDJSON, opened once, read as rows in order."""

import json
from collections.abc import Iterator
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
    """Merged ranges below the header; their cells read as faults."""
    folder: Path

    def rows(self, *, after: int = 0) -> Iterator[Row]:
        """Give the rows with content, in order, from the one after the row numbered `after`."""
        first = max(after, self.last_header_row)
        merged = sorted(self.merged, key=lambda span: span.top)
        open_spans: list[Span] = []
        for number, row in read_spool(self.folder / ROWS_FILE):
            while merged and merged[0].top <= number:
                open_spans.append(merged.pop(0))
            open_spans = [span for span in open_spans if span.bottom >= number]
            if number > first:
                cells = tuple(_with_faults(row, open_spans) if open_spans else row)
                yield Row(number=number, cells=cells, headers=self.headers)


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


def _with_faults(row: list[Cell], spans: list[Span]) -> list[Cell]:
    width = max(len(row), *(span.right + 1 for span in spans))
    full = row + [EMPTY] * (width - len(row))
    for span in spans:
        for index in range(span.left, span.right + 1):
            full[index] = fault("merged", span.name)
    return full
