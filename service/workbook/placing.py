"""Where our columns stand in a sheet, and how their cells look."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.workbook.header import OURS, Span, our_columns
from service.workbook.limits import Limits
from service.workbook.results import FORMULA_STARTS
from service.workbook.table import Table

_REACH = Limits().columns - len(OURS)
"""Columns that a merged range may take before ours: beyond them the workbook could not be uploaded again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurStyles:
    """Numbers of our cell styles in the workbook; None leaves cells plain."""

    header: int | None = None
    plain: int | None = None
    quoted: int | None = None
    failed: int | None = None
    failed_quoted: int | None = None

    def of(self, text: str, *, failed: bool) -> int | None:
        """Give the style of a text: light red where its row failed, quoted where it looks like a formula."""
        quoted = text.startswith(FORMULA_STARTS)
        if failed:
            return self.failed_quoted if quoted else self.failed
        return self.quoted if quoted else self.plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where our columns stand, side by side from the 0-based column `first`; `is_new` when they were not there yet."""

    first: int
    header_row: int
    is_new: bool
    merged: tuple[Span, ...] = ()

    @property
    def last(self) -> int:
        """The 0-based column of the last of ours."""
        return self.first + len(OURS) - 1

    @property
    def titles(self) -> Mapping[int, str]:
        """0-based column to title."""
        return {self.first + at: title for at, title in enumerate(OURS)}

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Give the cell that can carry a comment for this one: the first of a merged range, or itself."""
        span = next((span for span in self.merged if span.covers(row, column)), None)
        return (span.top, span.left) if span else (row, column)


def place_columns(table: Table) -> Placing:
    """Give our columns their place: where they are already, or after the last column with content.

    A merged range that reaches further would hide our cells, so they come after it; but a remark that is merged over
    the whole row does not send them to the edge of the sheet.
    """
    there = our_columns(table.headers)
    merged = [span.right + 1 for span in table.merged if span.right < _REACH]
    first = there[OURS[0]] if there else max([table.width, *merged])
    return Placing(first=first, header_row=table.last_header_row, is_new=not there, merged=table.merged)
