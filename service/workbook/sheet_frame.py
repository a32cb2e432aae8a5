"""What is around a worksheet's rows, edited: its extent, the widths of its columns, its place for comments.

An element counts by its place as well as by its name: extensions have columns, rows and lists of extensions of their
own inside cells, rules and drawings.
"""

import re
from typing import IO

from service.workbook.column_widths import ColumnWidths
from service.workbook.places import column_letters
from service.workbook.placing import Placing
from service.workbook.xml_editing import PartEditor
from service.workbook.xml_parts import Attributes, relation_id, whole

_REFERENCE = re.compile(rb"""(\sref\s*=\s*["'][A-Z]+[0-9]+:)([A-Z]+)(?=[0-9])""")
_AFTER_LEGACY = frozenset(
    ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")
)
"""What CT_Worksheet has after the place for comments (ECMA-376 part 1, 18.3.1.99)."""
_WRAPPER = "AlternateContent"
"""Around what older programs do not know (part 3, 7.5); the place for comments comes before it, never inside."""
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_SHEET, _SECTION, _COLUMN, _WRAPPED = 1, 2, 3, 4
"""Depths at which elements stand."""


class SheetFrame(PartEditor):
    """Walks a sheet and edits what is around its rows; a subclass takes the elements within `sheetData`.

    `drawing_id` is the relationship id of the drawing of comments' boxes, if the sheet has none yet.
    """

    def __init__(self, target: IO[bytes], part: str, *, placing: Placing, drawing_id: str) -> None:
        super().__init__(target, part)
        self._placing, self._drawing_id = placing, drawing_id
        self._widths = ColumnWidths(placing.first) if placing.is_new else None
        self.section = ""
        """The child of the sheet in which we are."""
        self._section_at = self._col_at = 0
        self._range = (0, 0)
        self._is_after_data = self._has_legacy = self._is_strict = False
        self.legacy_id = ""
        """Relationship id of the drawing that holds the comments' boxes; empty when the sheet had none."""
        self.comments: dict[tuple[int, int], str] = {}
        """(row, column) of each of our comments, with its text."""

    def end_data(self, at: int) -> None:
        """The data end."""

    def on_start(self, name: str, attributes: Attributes, at: int) -> None:
        """Put in what comes before an element."""
        if self.depth == _SECTION:
            self._begin_section(name, attributes, at)
        elif self.depth == _SHEET:
            self._is_strict = any("purl.oclc.org" in value for value in attributes.values())
        elif self.section == "cols" and self.depth == _COLUMN and name == "col":
            self.hold = self._col_at = at
            self._range = (whole(attributes, "min"), whole(attributes, "max"))
        elif self.section == _WRAPPER and self.depth == _WRAPPED and self._is_legacy_due(name):
            self._add_legacy(self._section_at)

    def on_end(self, name: str, at: int) -> None:
        """What is put at the end of a section is put there."""
        if self.depth == _SECTION:
            self._end_section(name, at)
        elif self.depth == _SHEET and not self._has_legacy:
            self._add_legacy(at)
        elif self.section == "cols" and self.depth == _COLUMN and name == "col":
            self._end_col(at)

    def _begin_section(self, name: str, attributes: Attributes, at: int) -> None:
        self.section, self._section_at = name, at
        if name == "dimension":
            self._widen(at)
        elif name == "sheetData" and self._widths and (widths := self._widths.rest(prefix=self.prefix)):
            self.replace(at, at, f"<{self.prefix}cols>".encode() + widths + f"</{self.prefix}cols>".encode())
        elif name == "legacyDrawing":
            self._has_legacy = True
            self.legacy_id = relation_id(attributes)
        elif self._is_legacy_due(name):
            self._add_legacy(at)
        elif name == _WRAPPER:
            self.hold = at

    def _end_section(self, name: str, at: int) -> None:
        if name == "cols" and self._widths:
            self.append(at, self._widths.rest(prefix=self.prefix))
        elif name == "sheetData":
            self._is_after_data = True
            self.end_data(at)
        self.section, self.hold = "", None

    def _end_col(self, at: int) -> None:
        if self._widths:
            old = self.raw(self._col_at, self.end(at))
            self.replace(self._col_at, self.end(at), self._widths.around(old, *self._range, prefix=self.prefix))
        self.hold = None

    def _widen(self, at: int) -> None:
        tag, ours = self.tag(at), column_letters(self._placing.last).encode()

        def widest(match: re.Match[bytes]) -> bytes:
            return match[1] + max(match[2], ours, key=lambda letters: (len(letters), letters))

        self.replace(at, at + len(tag), _REFERENCE.sub(widest, tag))

    def _is_legacy_due(self, name: str) -> bool:
        return self._is_after_data and not self._has_legacy and name in _AFTER_LEGACY

    def _add_legacy(self, at: int) -> None:
        """The sheet's place for comments comes after its data, so all comments are known by now."""
        self._has_legacy = True
        if self.comments:
            space = _RELATIONS_STRICT if self._is_strict else _RELATIONS
            self.replace(at, at, f'<{self.prefix}legacyDrawing xmlns:r="{space}" r:id="{self._drawing_id}"/>'.encode())
