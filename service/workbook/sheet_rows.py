"""One worksheet as a stream of rows: every cell's type, format and formula is looked at, nothing is guessed away.

A reader that gives plain values (calamine, openpyxl's `data_only`) gives an empty text for #REF! and for a formula that
was never calculated, and loses the zeros of a format 000000: a letter would go out without them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from service.workbook import cells
from service.workbook.cells import Cell, coded, fault
from service.workbook.format_codes import AS_IS
from service.workbook.formats import PLAIN, Format, dated_cell, formatted, worded
from service.workbook.limits import Limits, refused, too_large
from service.workbook.places import column_letters, column_of
from service.workbook.shared_strings import coded_text, unescape
from service.workbook.xml_parts import Attributes, local, new_parser, refuse_wide_characters, well_formed, whole

_TRUE = ("1", "true")
_TEXTS = ("s", "str", "inlineStr")
OnRow = Callable[[int, list[str]], None]
"""Takes a row's number and its cells as `cells.coded` writes them."""


@dataclass(slots=True, kw_only=True)
class SheetFacts:
    """What was seen on the way through a sheet, besides its rows."""

    merged: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    filtered: bool = False
    width: int = 0
    """Columns up to the last one with content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetContext:
    """What the cells of a sheet refer to."""

    shared: list[str]
    """Coded texts."""
    formats: list[Format]
    date_1904: bool
    limits: Limits


class SheetReader:
    """Reads one sheet's part once and hands each row on as soon as it ends.

    The three methods that run for each cell are written for speed: 3 million cells pass through them.
    """

    def __init__(self, context: SheetContext, on_row: OnRow) -> None:
        self.facts = SheetFacts()
        self._context = context
        self._shared = context.shared
        self._worded = {str(at): style for at, style in enumerate(context.formats) if style.words != AS_IS}
        self._on_row = on_row
        self._number = 0
        self._row: list[str] = []
        self._columns: dict[str, int] = {}
        self._last = ""
        self._cell: Attributes = {}
        self._pieces: list[str] = []
        self._kept = 0
        self._valued = self._formula = self._aside = self._in_data = False

    def read(self, stream: IO[bytes], part: str) -> SheetFacts:
        """Read the whole part.

        Raises:
            RefusedError: Damaged, or over a limit.
        """
        refuse_wide_characters(stream, part)
        parser = new_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._pieces.append
        with well_formed(part):
            parser.ParseFile(stream)
        return self.facts

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._cell = attributes
        elif name == "v":
            self._pieces.clear()
            self._valued = True
        else:
            self._start_other(local(name), attributes)

    def _end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name == "v":
            self._kept = len(self._pieces)
        else:
            self._end_other(local(name))

    def _end_cell(self) -> None:
        cell, pieces = self._cell, self._pieces
        kind = cell.get("t")
        if kind == "s" and self._valued:
            value = self._shared_text(pieces[0] if len(pieces) == 1 else "".join(pieces))
        elif kind is None and pieces and self._valued and "s" not in cell:
            value = cells.NUMBER + "".join(pieces)
        else:
            value = self._value(kind or "n")
        if value and self._worded and kind in _TEXTS:
            value = self._in_words(value)
        reference = cell.get("r")
        self._last = self._following() if reference is None else reference
        if value:
            row, index = self._row, self._index(self._last)
            if index != len(row):
                self._fill(index)
            row.append(value)
        pieces.clear()
        self._kept = 0
        self._valued = self._formula = False

    def _index(self, reference: str) -> int:
        index = self._columns.get(letters := reference.rstrip("0123456789"))
        return self._new_column(letters) if index is None else index

    def _following(self) -> str:
        """Name the column after the last cell's, be that empty or not: a cell that names none stands there."""
        return column_letters(column_of(self._last) + 1 if self._last else 0)

    def _fill(self, index: int) -> None:
        row, where = self._row, self._last[:20]
        if index < len(row):
            raise refused("workbook_broken", f"单元格 {where} 次序错乱", f"cell {where} is misplaced")
        row.extend([""] * (index - len(row)))

    def _new_column(self, letters: str) -> int:
        index = column_of(letters)
        if index >= self._context.limits.columns:
            limit = self._context.limits.columns
            raise too_large(
                "table_too_wide",
                f"第 {self._number} 行在第 {limit} 列以后还有内容，超过列数上限 {limit}",
                f"row {self._number} has content beyond column {limit}, the limit",
            )
        self._columns[letters] = index
        return index

    def _value(self, kind: str) -> str:
        text = "".join(self._pieces[: self._kept])
        if self._formula and not self._valued:
            return coded(fault("formula_uncached"))
        if kind in ("str", "inlineStr"):
            return coded_text(unescape(text), self._context.limits)
        text = text.strip()
        if kind == "n" and text:
            return self._number_cell(text)
        if not text:
            return coded(fault("formula_uncached")) if self._formula else ""
        return coded(_rare(kind, text))

    def _number_cell(self, raw: str) -> str:
        formats = self._context.formats
        number = whole(self._cell, "s") if "s" in self._cell else 0
        rule = formats[number] if number < len(formats) else PLAIN
        return cells.NUMBER + raw if rule is PLAIN else coded(formatted(raw, rule, date_1904=self._context.date_1904))

    def _in_words(self, value: str) -> str:
        style = self._worded.get(self._cell.get("s", "0"))
        return coded(worded(value[1:], style)) if style and value[0] == cells.TEXT else value

    def _shared_text(self, text: str) -> str:
        try:
            return self._shared[int(text)]
        except (ValueError, IndexError):
            raise refused("workbook_broken", "工作簿的共享文字缺失", "a shared string is missing") from None

    def _start_other(self, name: str, attributes: Attributes) -> None:
        match name:
            case "rPh" | "extLst":
                self._aside = True
            case _ if self._aside:
                pass
            case "c" | "v":
                self._start(name, attributes)
            case "row" if self._in_data:
                self._begin_row(attributes)
            case "sheetData":
                self._in_data = True
            case "f":
                self._formula = True
            case "t":
                del self._pieces[self._kept :]
            case _:
                self._beside_cells(name, attributes)

    def _end_other(self, name: str) -> None:
        match name:
            case "rPh" | "extLst":
                self._aside = False
                del self._pieces[self._kept :]
            case _ if self._aside:
                pass
            case "c" | "v":
                self._end(name)
            case "sheetData":
                self._in_data = False  # drawings of controls, further down, have rows of their own
            case "row" if self._in_data:
                self.facts.width = max(self.facts.width, len(self._row))
                self._on_row(self._number, self._row)
            case "f":
                self._pieces.clear()
                self._kept = 0
            case "t":
                self._kept = len(self._pieces)
            case _:
                del self._pieces[self._kept :]

    def _begin_row(self, attributes: Attributes) -> None:
        """A row without a number follows the one before; numbers that go back would put cells on wrong lines."""
        number = whole(attributes, "r", self._number + 1)
        if number <= self._number or number > 1048576:
            raise refused("workbook_broken", f"工作表第 {number} 行的行号错乱", f"row {number} is out of order")
        self._number, self._row, self._last = number, [], ""
        self._pieces.clear()
        if attributes.get("hidden") in _TRUE:
            self.facts.hidden_rows += 1

    def _beside_cells(self, name: str, attributes: Attributes) -> None:
        if name == "mergeCell":
            self.facts.merged.append(attributes.get("ref", ""))
            if len(self.facts.merged) > self._context.limits.merged_ranges:
                raise too_large("workbook_merged", "合并单元格过多，请取消合并", "there are too many merged ranges")
        elif name == "col" and attributes.get("hidden") in _TRUE:
            self.facts.hidden_columns.append((whole(attributes, "min", 1) - 1, whole(attributes, "max", 1) - 1))
        elif name == "autoFilter":
            self.facts.filtered = True


def _rare(kind: str, text: str) -> Cell:
    if kind == "b":
        return Cell(cells.BOOLEAN, "1" if text in _TRUE else "0")
    if kind == "e":
        return fault("error_value", text[:20])
    try:
        return dated_cell(datetime.fromisoformat(text.removesuffix("Z")))
    except ValueError:
        return fault("number_unreadable")
