"""Our columns written into a worksheet's XML: every other byte of the sheet stays as it was."""

import re
from collections.abc import Iterator, Mapping
from typing import IO

from service.workbook.cell_formulas import Formula, Formulas, Place
from service.workbook.places import column_index
from service.workbook.placing import OurStyles, Placing
from service.workbook.results import COMMENT_START, COMMENTS_MOST, RowResult
from service.workbook.sheet_frame import SheetFrame
from service.workbook.xml_editing import xml_text
from service.workbook.xml_parts import Attributes, whole

_SPANS = re.compile(rb"""\sspans\s*=\s*("[^"]*"|'[^']*')""")
_ROW, _CELL, _IN_CELL = 3, 4, 5
"""Depths at which elements stand in a sheet."""
_NO_ROW, _NO_COLUMN = 1_048_577, 16_384
"""Behind all rows; behind all columns, where cells are sorted that name none."""


class SheetEditor(SheetFrame):
    """Fills our columns of one sheet, row by row, from results in the same order."""

    def __init__(
        self,
        target: IO[bytes],
        part: str,
        *,
        placing: Placing,
        styles: OurStyles,
        results: Iterator[RowResult],
        drawing_id: str,
    ) -> None:
        super().__init__(target, part, placing=placing, drawing_id=drawing_id)
        self._styles, self._results = styles, results
        self._next = next(results, None)
        self._formulas = Formulas()
        self._indexes: dict[str, int] = {}
        self._row = self._row_at = 0
        self._column = -1
        self._cells: list[tuple[int, int]] = []
        self._cells_end: int | None = None
        self._row_formulas: list[Formula] = []
        self._formula: tuple[Attributes, int] = ({}, 0)
        self._pieces: list[str] = []
        self.lost_formula = False

    def on_start(self, name: str, attributes: Attributes, at: int) -> None:
        """Note rows, the cells from our first column on, and the formulas in these."""
        if self.section != "sheetData":
            super().on_start(name, attributes, at)
        elif self.depth == _CELL:
            if name == "c":
                self._on_cell(attributes, at)
            elif self._cells_end is None:
                self._cells_end = at
        elif self.depth == _ROW and name == "row":
            self._begin_row(whole(attributes, "r", self._row + 1), at)
        elif self.depth == _IN_CELL and name == "f" and self._column >= self._placing.first:
            self._formula = (attributes, at)
            self._pieces = []
            self._parser.CharacterDataHandler = self._pieces.append

    def on_end(self, name: str, at: int) -> None:
        """A row's end is where its new cells are known."""
        if self.section != "sheetData" or self.depth < _ROW:
            super().on_end(name, at)
        elif self.depth == _ROW and name == "row":
            self._end_row(at)
            self.hold = None
        elif self.depth == _IN_CELL and name == "f" and self._column >= self._placing.first:
            self._end_formula(at)

    def end_data(self, at: int) -> None:
        """A header's row that never came is put behind the others, which are above it."""
        if self._lacks_header(_NO_ROW):
            self.append(at, self._header_row())

    def _begin_row(self, number: int, at: int) -> None:
        self.hold = at
        if self._lacks_header(number):
            self.replace(at, at, self._header_row())
        self._row, self._row_at, self._column = number, at, -1
        self._cells, self._cells_end, self._row_formulas = [], None, []

    def _lacks_header(self, following: int) -> bool:
        """Titles merged from above may leave the header's last row without an element of its own."""
        return self._placing.is_new and self._row < self._placing.header_row < following

    def _header_row(self) -> bytes:
        p, number = self.prefix, self._placing.header_row
        cells = b"".join(self._cell(Place(number, column), title) for column, title in self._placing.titles.items())
        return f'<{p}row r="{number}">'.encode() + cells + f"</{p}row>".encode()

    def _on_cell(self, attributes: Attributes, at: int) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        index = self._indexes.get(letters)
        if index is None:
            index = self._indexes[letters] = _index(letters)
        if index >= _NO_COLUMN:
            self._cells.append((index + len(self._cells), at))
            return
        self._column = index if index >= 0 else self._column + 1
        if self._column >= self._placing.first:
            self._cells.append((self._column, at))

    def _end_formula(self, at: int) -> None:
        self._parser.CharacterDataHandler = None
        attributes, start = self._formula
        shared = attributes.get("si") if attributes.get("t") == "shared" else None
        place, text = Place(self._row, self._column), "".join(self._pieces)
        self._row_formulas.append(Formula(place=place, start=start, end=self.end(at), text=text, shared=shared))

    def _end_row(self, at: int) -> None:
        texts = self._texts()
        if texts is None:
            for formula in self._row_formulas:
                if (alone := self._formulas.alone(formula, prefix=self.prefix)) is not None:
                    self.replace(formula.start, formula.end, alone)
            return
        start, end = self.tag(self._row_at), at if self._cells_end is None else self._cells_end
        cells = b"".join(self._merged(texts, end))
        opening = _SPANS.sub(b"", start)
        if self.is_lone():
            closing = f"</{self.prefix}row>".encode()
            self.replace(self._row_at, at, opening.removesuffix(b"/>") + b">" + cells + closing)
        else:
            self.replace(self._row_at, self._row_at + len(start), opening)
            self.replace(min([end, *(begin for _, begin in self._cells)]), end, cells)
        self._take_comments()

    def _texts(self) -> Mapping[int, str] | None:
        """Texts of our columns for this row; None where the row is not ours to change."""
        if self._row == self._placing.header_row:
            return self._placing.titles if self._placing.is_new else None
        while self._next is not None and self._next.number < self._row:
            self._next = next(self._results, None)
        if self._next is None or self._next.number != self._row:
            return None
        texts = self._next.texts()
        return {column: texts[title] for column, title in self._placing.titles.items()}

    def _merged(self, texts: Mapping[int, str], end: int) -> Iterator[bytes]:
        ends = [*(begin for _, begin in self._cells[1:]), end]
        theirs = {column: (begin, after) for (column, begin), after in zip(self._cells, ends, strict=False)}
        failed = self._is_failed()
        for formula in self._row_formulas:
            if formula.place.column in texts:
                self.lost_formula = True
                self._formulas.lose(formula)
        for column in sorted(texts.keys() | theirs.keys()):
            if column not in texts:
                yield self._kept(*theirs[column])
            elif failed or texts[column]:
                yield self._cell(Place(self._row, column), texts[column])

    def _kept(self, begin: int, end: int) -> bytes:
        """Bytes of a cell of the desk's, its formula written out where the one that it shared is gone."""
        for formula in self._row_formulas:
            alone = self._formulas.alone(formula, prefix=self.prefix) if begin <= formula.start < end else None
            if alone is not None:
                return self.raw(begin, formula.start) + alone + self.raw(formula.end, end)
        return self.raw(begin, end)

    def _is_failed(self) -> bool:
        return self._next is not None and self._next.number == self._row and self._next.failed

    def _cell(self, place: Place, text: str) -> bytes:
        header = place.row == self._placing.header_row
        style = self._styles.header if header else self._styles.of(text, failed=self._is_failed())
        mark = f' s="{style}"' if style is not None else ""
        p = self.prefix
        if not text:
            return f'<{p}c r="{place.name}"{mark}/>'.encode()
        head = f'<{p}c r="{place.name}"{mark} t="inlineStr"><{p}is><{p}t xml:space="preserve">'
        return head.encode() + xml_text(text) + f"</{p}t></{p}is></{p}c>".encode()

    def _take_comments(self) -> None:
        if self._next is None or self._next.number != self._row:
            return
        said: dict[int, list[str]] = {}
        for column, sentence in self._next.cell_errors:
            said.setdefault(column, []).append(sentence)
        for column, sentences in said.items():
            if len(self.comments) < COMMENTS_MOST:
                place = self._placing.anchor(self._row, column)
                self.comments.setdefault(place, COMMENT_START + "；".join(dict.fromkeys(sentences)))


def _index(letters: str) -> int:
    """0-based column; -1 for a cell that does not say, `_NO_COLUMN` for one that names no column there is."""
    try:
        return column_index(letters) if letters else -1
    except ValueError:
        return _NO_COLUMN
