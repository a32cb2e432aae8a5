"""Our columns written into a worksheet's XML: every other byte of the sheet stays as it was."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from service.workbook.cells import column_index, column_letters
from service.workbook.header import OURS, Span
from service.workbook.results import COMMENT_START, COMMENTS_MOST, FORMULA_STARTS, WIDTHS, RowResult
from service.workbook.xml_editing import PartEditor, xml_text
from service.workbook.xml_parts import Attributes, relation_id, whole

_SPANS = re.compile(rb"""\sspans\s*=\s*("[^"]*"|'[^']*')""")
_REFERENCE = re.compile(rb"""(\sref\s*=\s*["'][A-Z]+[0-9]+:)[A-Z]+([0-9]+)""")
_AFTER_LEGACY = frozenset(
    ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")
)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"


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
    """Where our columns stand: title to 0-based column, those that are there already and those that are new."""

    columns: Mapping[str, int]
    header_row: int
    new: tuple[str, ...]
    merged: tuple[Span, ...] = ()

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Give the cell that can carry a comment for this one: the first of a merged range, or itself."""
        span = next((span for span in self.merged if span.covers(row, column)), None)
        return (span.top, span.left) if span else (row, column)


class SheetEditor(PartEditor):
    """Fills our columns of one sheet, row by row, from results in the same order."""

    def __init__(
        self, target: IO[bytes], part: str, *, placing: Placing, styles: OurStyles, results: Iterator[RowResult]
    ) -> None:
        super().__init__(target, part)
        self._placing = placing
        self._styles = styles
        self._results = results
        self._next = next(results, None)
        self._first = min(placing.columns.values())
        self._row = 0
        self._row_at = 0
        self._column = -1
        self._indexes: dict[str, int] = {}
        self._cells: list[tuple[int, int]] = []
        self._last_column_end = 0
        self._has_columns = False
        self._legacy_done = False
        self._strict = False
        self._begun = self._in_data = False
        self.legacy_id = ""
        """Relationship id of the drawing that holds the comments' boxes; empty when the sheet had none."""
        self.comments: dict[tuple[int, int], str] = {}
        """(row, column) of each of our comments, with its text."""
        self.lost_formula = False

    def on_start(self, name: str, attributes: Attributes, at: int) -> None:
        """Note rows and the cells from our first column on; put in what comes before and after the data."""
        if name == "c":
            self._on_cell(attributes, at)
        elif name == "row" and self._in_data:
            self._row = whole(attributes, "r", self._row + 1)
            self._row_at, self._column, self._cells = at, -1, []
            self.hold = at
        else:
            self._beside_rows(name, attributes, at)

    def on_end(self, name: str, at: int) -> None:
        """A row's end is where its new cells are known."""
        if name == "row" and self._in_data:
            self._end_row(at)
            self.hold = None
        elif name == "sheetData":
            self._in_data = False  # drawings of controls, further down, have rows of their own
        elif name == "cols":
            self.append(at, self._widths())
        elif name == "worksheet" and not self._legacy_done:
            self._add_legacy(at)

    def _on_cell(self, attributes: Attributes, at: int) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        index = self._indexes.get(letters)
        if index is None:
            index = self._indexes[letters] = column_index(letters) if letters else -1
        self._column = index if index >= 0 else self._column + 1
        if self._column >= self._first:
            self._cells.append((self._column, at))

    def _end_row(self, at: int) -> None:
        texts = self._texts()
        if texts is None:
            return
        failed = self._next is not None and self._next.number == self._row and self._next.failed
        start = self.tag(self._row_at)
        self.replace(self._row_at, self._row_at + len(start), _SPANS.sub(b"", start))
        begin = self._cells[0][1] if self._cells else at
        self.replace(begin, at, b"".join(self._merged(texts, at, failed=failed)))
        self._take_comments()

    def _texts(self) -> Mapping[str, str] | None:
        """Texts of our columns for this row; None where the row is not ours to change."""
        if self._row == self._placing.header_row:
            return {title: title for title in OURS}
        while self._next is not None and self._next.number < self._row:
            self._next = next(self._results, None)
        if self._next is None or self._next.number != self._row:
            return None
        return self._next.texts()

    def _merged(self, texts: Mapping[str, str], end: int, *, failed: bool) -> Iterator[bytes]:
        ours = {column: title for title, column in self._placing.columns.items()}
        ends = [*(begin for _, begin in self._cells[1:]), end]
        theirs = {column: (begin, after) for (column, begin), after in zip(self._cells, ends, strict=False)}
        for column in sorted(ours.keys() | theirs.keys()):
            if column not in ours:
                yield self.raw(*theirs[column])
                continue
            self.lost_formula |= column in theirs and b"f>" in self.raw(*theirs[column])
            if self._row == self._placing.header_row and ours[column] not in self._placing.new:
                yield self.raw(*theirs[column])
            elif failed or texts[ours[column]]:
                yield self._cell(column, texts[ours[column]], failed=failed)

    def _cell(self, column: int, text: str, *, failed: bool) -> bytes:
        header = self._row == self._placing.header_row
        style = self._styles.header if header else self._styles.of(text, failed=failed)
        mark = f' s="{style}"' if style is not None else ""
        p = self.prefix
        if not text:
            return f'<{p}c r="{column_letters(column)}{self._row}"{mark}/>'.encode()
        head = f'<{p}c r="{column_letters(column)}{self._row}"{mark} t="inlineStr"><{p}is><{p}t xml:space="preserve">'
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

    def _beside_rows(self, name: str, attributes: Attributes, at: int) -> None:
        if not self._begun:
            self._begun = True
            self._strict = any("purl.oclc.org" in value for value in attributes.values())
        elif name == "dimension":
            self._widen(at)
        elif name == "col":
            self._last_column_end = max(self._last_column_end, whole(attributes, "max", 16384))
        elif name == "cols":
            self._has_columns = True
        elif name == "sheetData":
            self._begin_data(at)
        elif name == "legacyDrawing":
            self._legacy_done = True
            self.legacy_id = relation_id(attributes)
        elif name in _AFTER_LEGACY and not self._legacy_done:
            self._add_legacy(at)

    def _begin_data(self, at: int) -> None:
        """Data begin; a sheet that said nothing of its columns' widths gets ours before them."""
        self._in_data = True
        p = self.prefix
        if not self._has_columns and (widths := self._widths()):
            self.replace(at, at, f"<{p}cols>".encode() + widths + f"</{p}cols>".encode())

    def _widen(self, at: int) -> None:
        tag = self.tag(at)
        last = column_letters(max(self._placing.columns.values())).encode()
        if self._placing.new:
            self.replace(at, at + len(tag), _REFERENCE.sub(rb"\g<1>" + last + rb"\g<2>", tag))

    def _widths(self) -> bytes:
        """Widths of our new columns, unless the sheet has said something about these columns already."""
        columns = {self._placing.columns[title]: WIDTHS[title] for title in self._placing.new}
        return "".join(
            f'<{self.prefix}col min="{column + 1}" max="{column + 1}" width="{width}" customWidth="1"/>'
            for column, width in sorted(columns.items())
            if column + 1 > self._last_column_end
        ).encode()

    def _add_legacy(self, at: int) -> None:
        """The sheet's place for comments comes after its data, so all comments are known by now."""
        self._legacy_done = True
        if self.comments:
            space = _RELATIONS_STRICT if self._strict else _RELATIONS
            self.replace(at, at, f'<{self.prefix}legacyDrawing xmlns:r="{space}" r:id="{NEW_DRAWING}"/>'.encode())


NEW_DRAWING = "rIdDulyBoxes"
"""Relationship id of the drawing that we add for the boxes of comments."""
