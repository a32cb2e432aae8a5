"""Rows of a table as lines of text on the disk: read from the upload once, then again as often as needed, in order.

A line is a JSON list: the row's number, then one text a cell, whose first letter is the cell's kind.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from service.workbook.cells import Cell, decoded
from service.workbook.limits import Limits, too_large

_WRITE = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


class SpoolWriter:
    """Writes rows; counts them, the empty ones apart."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._file = path.open("w", encoding="utf-8", errors="surrogatepass")
        self._limits = limits
        self.rows = 0
        self.empty = 0

    def add(self, number: int, row: list[str]) -> None:
        """Write one row of coded cells, unless nothing is in it."""
        if not row or not (row[0][1:].strip() or any(text[1:].strip() for text in row)):
            self.empty += 1
            return
        self.rows += 1
        if self.rows > self._limits.rows + HEADER_ROWS:
            self._too_long()
        self._file.write(_WRITE([number, *row]) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def _too_long(self) -> None:
        raise too_large(
            "table_too_long",
            f"超过 {self._limits.rows} 行，请分成几个文件上传",
            f"the table has more than {self._limits.rows} rows: split it",
        )


HEADER_ROWS = 30
"""Rows in which the header has to be found."""


def read_spool(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    """Give number and cells of each row that was written."""
    with path.open(encoding="utf-8", errors="surrogatepass") as file:
        for line in file:
            number, *row = json.loads(line)
            yield number, [decoded(text) for text in row]
