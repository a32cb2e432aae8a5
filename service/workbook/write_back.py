"""The workbook that was sent, back again: our columns filled, comments on the cells that are wrong, all else untouched.

An XLSX is edited as XML, part by part: openpyxl would drop charts, shapes and threaded comments of the desk's own
workbook, and holds a hundred thousand rows in gigabytes. CSV and NDJSON come back as a new XLSX of texts.
"""

import io
import itertools
import posixpath
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from service.workbook.archive import open_archive
from service.workbook.comments import CommentEditor, edit_boxes, new_boxes, new_comments
from service.workbook.limits import Limits
from service.workbook.new_workbook import write_new
from service.workbook.package import open_part, read_package, relations_of
from service.workbook.placing import OurStyles, place_columns
from service.workbook.results import RowResult
from service.workbook.sheet_editing import SheetEditor
from service.workbook.style_editing import StyleEditor
from service.workbook.table import Table
from service.workbook.xml_editing import PartEditor

_LEVEL = 3
_COMMENTS, _BOXES = "xl/dulyComments{}.xml", "xl/drawings/dulyBoxes{}.vml"
_COMMENTS_ID, _BOXES_ID = "rIdDulyComments{}", "rIdDulyBoxes{}"
"""Names of what we add; the workbook may have another sheet's already."""
_TYPES = "[Content_Types].xml"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_BOXES_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_TYPES_SPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
_CALCULATION = re.compile(rb"<(?:Override|Relationship)\b[^>]*calcChain[^>]*/>")
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(slots=True)
class _Copy:
    """The archive that was sent and the one that goes back; small parts wait here until the end."""

    source: ZipFile
    target: ZipFile
    changed: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        return name in self.source.NameToInfo

    def data(self, name: str) -> bytes:
        return self.changed[name] if name in self.changed else self.source.read(name)

    def rest(self) -> None:
        """Write what was changed, then everything else as it was."""
        for name, data in self.changed.items():
            with self.target.open(name, "w") as new:
                new.write(data)
        for info in self.source.infolist():
            if info.filename not in self.gone | self.changed.keys() and not info.is_dir():
                with self.source.open(info) as old, self.target.open(info.filename, "w", force_zip64=True) as new:
                    shutil.copyfileobj(old, new, 2**20)


class _Appending(PartEditor):
    """Puts elements at the end of a list part's root."""

    def __init__(self, target: IO[bytes], part: str, added: str) -> None:
        super().__init__(target, part)
        self._added = added.encode()

    def on_end(self, name: str, at: int) -> None:
        """Add at the end of the root."""
        if name in ("Relationships", "Types"):
            self.append(at, self._added)


def write_back(
    source: Path, target: Path, *, table: Table, results: Iterable[RowResult], limits: Limits | None = None
) -> None:
    """Write the workbook that goes back to the desk.

    Args:
        source: The upload, as it came.
        target: The XLSX to write.
        table: The upload as it was opened.
        results: In the order of their row numbers; rows without one stay as they are.
        limits: Those with which it was opened.

    Raises:
        RefusedError: The upload is not the one that was opened.
    """
    if table.format != "xlsx":
        write_new(target, table, iter(results))
        return
    with (
        open_archive(source, limits or Limits()) as archive,
        ZipFile(target, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as new,
    ):
        _edit(_Copy(archive, new), table, iter(results))


def _edit(copy: _Copy, table: Table, results: Iterator[RowResult]) -> None:
    styles = _edit_styles(copy)
    relations = relations_of(copy.source, table.part)
    copy.gone.add(table.part)
    with (
        open_part(copy.source, table.part, small=False) as old,
        copy.target.open(table.part, "w", force_zip64=True) as new,
    ):
        editor = SheetEditor(
            new,
            table.part,
            placing=place_columns(table),
            styles=styles,
            results=results,
            drawing_id=_free(_BOXES_ID, relations),
        )
        editor.run(old)
    _edit_comments(copy, table.part, editor, relations)
    if editor.lost_formula:
        _forget_calculation(copy)
    copy.rest()


def _edit_styles(copy: _Copy) -> OurStyles:
    part = read_package(copy.source).styles
    if part is None:
        return OurStyles()
    out = io.BytesIO()
    editor = StyleEditor(out, part)
    with open_part(copy.source, part) as old:
        editor.run(old)
    copy.changed[part] = out.getvalue()
    return editor.styles


def _edit_comments(copy: _Copy, sheet: str, editor: SheetEditor, relations: Mapping[str, tuple[str, str]]) -> None:
    comments = next((part for kind, part in relations.values() if kind == "comments" and copy.has(part)), None)
    if comments is None and not editor.comments:
        return
    boxes = relations.get(editor.legacy_id, ("", ""))[1]
    new = []
    if comments is None:
        comments = _free(_COMMENTS, copy.source.NameToInfo)
        new.append(_NewPart(comments, "comments", _free(_COMMENTS_ID, relations), _COMMENTS_TYPE))
    if not boxes:
        boxes = _free(_BOXES, copy.source.NameToInfo)
        new.append(_NewPart(boxes, "vmlDrawing", _free(_BOXES_ID, relations), _BOXES_TYPE))
    out = io.BytesIO()
    changed = CommentEditor(out, comments, editor.comments)
    changed.run(io.BytesIO(copy.source.read(comments) if copy.has(comments) else new_comments()))
    copy.changed[comments] = out.getvalue()
    drawing = copy.source.read(boxes) if copy.has(boxes) else new_boxes()
    copy.changed[boxes] = edit_boxes(drawing, changed.removed, changed.added)
    _relate(copy, sheet, new)


def _free(form: str, taken: Iterable[str]) -> str:
    """Give the first name of this form that is free; names of parts are the same in any case (part 2, 6.2.2.3)."""
    held = {name.lower() for name in taken}
    names = (form.format("" if number == 1 else number) for number in itertools.count(1))
    return next(name for name in names if name.lower() not in held)


class _NewPart(NamedTuple):
    part: str
    kind: str
    id: str
    media_type: str


def _relate(copy: _Copy, sheet: str, new: Sequence[_NewPart]) -> None:
    """Name the new parts in the sheet's relationships and among the content types."""
    if not new:
        return
    folder, base = posixpath.split(sheet)
    file = posixpath.join(folder, "_rels", f"{base}.rels")
    old = copy.data(file) if copy.has(file) else f'<Relationships xmlns="{_RELATIONS_SPACE}"/>'.encode()
    relations = "".join(
        f'<Relationship xmlns="{_RELATIONS_SPACE}" Id="{one.id}" Type="{_RELATION}/{one.kind}" Target="/{one.part}"/>'
        for one in new
    )
    types = "".join(
        f'<Override xmlns="{_TYPES_SPACE}" PartName="/{one.part}" ContentType="{one.media_type}"/>' for one in new
    )
    copy.changed[file] = _with(old, relations)
    copy.changed[_TYPES] = _with(copy.data(_TYPES), types)


def _with(data: bytes, added: str) -> bytes:
    out = io.BytesIO()
    _Appending(out, "a list of parts", added).run(io.BytesIO(data))
    return out.getvalue()


def _forget_calculation(copy: _Copy) -> None:
    """A formula in one of our columns gave way; the saved order of calculation, which named it, is made anew."""
    for name in (_TYPES, *(name for name in copy.source.namelist() if name.endswith("workbook.xml.rels"))):
        copy.changed[name] = _CALCULATION.sub(b"", copy.data(name))
    copy.gone.update(name for name in copy.source.namelist() if name.endswith("calcChain.xml"))
