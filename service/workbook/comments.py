"""Comments on cells: ours put in, our old ones taken out, everybody else's left as they are."""

import re
from collections.abc import Mapping
from typing import IO

from service.workbook.places import column_index, column_letters
from service.workbook.results import AUTHOR, COMMENT_START
from service.workbook.xml_editing import PartEditor, xml_text
from service.workbook.xml_parts import Attributes, whole

Places = Mapping[tuple[int, int], str]
"""(row from 1, column from 0) to text."""

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHAPE = re.compile(rb"<v:shape\b(?:(?!<v:shape\b).)*?</v:shape>", re.DOTALL)
_ROW, _COLUMN = re.compile(rb"<x:Row>\s*(\d+)\s*</x:Row>"), re.compile(rb"<x:Column>\s*(\d+)\s*</x:Column>")
_SPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def new_comments() -> bytes:
    """Give an empty comments part, to be edited like one that was there."""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="{_MAIN}">'
        "<authors></authors><commentList></commentList></comments>"
    ).encode()


def new_boxes() -> bytes:
    """Give an empty drawing for the boxes of comments."""
    return (
        f'<xml {_SPACES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>'
        '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
        '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
    ).encode()


class CommentEditor(PartEditor):
    """Takes our old comments out of a comments part and puts new ones in where nobody else has one."""

    def __init__(self, target: IO[bytes], part: str, wanted: Places) -> None:
        super().__init__(target, part)
        self._wanted = wanted
        self._authors: list[str] = []
        self._pieces: list[str] = []
        self._place = (0, 0)
        self._author = -1
        self._comment_at: int | None = None
        self._gap: int | None = None
        self._kept: set[tuple[int, int]] = set()
        self.removed: set[tuple[int, int]] = set()
        self.added: dict[tuple[int, int], str] = {}
        self._parser.CharacterDataHandler = self._pieces.append

    def on_start(self, name: str, attributes: Attributes, at: int) -> None:
        """A comment begins, and with it the old one before it is known to end."""
        if name == "comment":
            self._close_gap(at)
            self._place = _place(attributes.get("ref", ""))
            self._author = whole(attributes, "authorId")
            self._comment_at = at
            self.hold = at
            self._pieces.clear()
        elif name == "author":
            self._pieces.clear()

    def on_end(self, name: str, at: int) -> None:
        """Decide about a comment at its end; add ours at the end of the list."""
        if name == "author":
            self._authors.append("".join(self._pieces))
        elif name == "authors":
            self._add_author(at)
        elif name == "comment":
            self._end_comment()
        elif name == "commentList":
            self._close_gap(at)
            self._add(at)
            self.hold = None

    def _end_comment(self) -> None:
        ours = self._author < len(self._authors) and self._authors[self._author] == AUTHOR
        if ours or "".join(self._pieces).startswith(COMMENT_START):
            self.removed.add(self._place)
            self._gap = self._comment_at
        else:
            self._kept.add(self._place)

    def _close_gap(self, at: int) -> None:
        if self._gap is not None:
            self.replace(self._gap, at, b"")
            self._gap = None

    def _add_author(self, at: int) -> None:
        if AUTHOR not in self._authors:
            self._authors.append(AUTHOR)
            p = self.prefix
            self.append(at, f"<{p}author>".encode() + xml_text(AUTHOR) + f"</{p}author>".encode())

    def _add(self, at: int) -> None:
        self.added = {place: text for place, text in self._wanted.items() if place not in self._kept}
        p, author = self.prefix, self._authors.index(AUTHOR)
        made = []
        for (row, column), text in sorted(self.added.items()):
            head = f'<{p}comment ref="{column_letters(column)}{row}" authorId="{author}">'
            made.append(head.encode() + f'<{p}text><{p}t xml:space="preserve">'.encode() + xml_text(text))
            made.append(f"</{p}t></{p}text></{p}comment>".encode())
        self.append(at, b"".join(made))


def _place(reference: str) -> tuple[int, int]:
    """(row, column) of a cell; (0, 0), which is none, where the text names no cell there is."""
    match = _REFERENCE.fullmatch(reference)
    try:
        return (int(match[2]), column_index(match[1])) if match else (0, 0)
    except ValueError:
        return 0, 0


def edit_boxes(data: bytes, removed: set[tuple[int, int]], added: Places) -> bytes:
    """Take the boxes of removed comments out of a drawing and put those of new ones in.

    Not by an XML parser: office programs write drawings of this old kind that are none.
    """

    def keep(match: re.Match[bytes]) -> bytes:
        row, column = _ROW.search(match[0]), _COLUMN.search(match[0])
        gone = row and column and (int(row[1]) + 1, int(column[1])) in removed
        return b"" if gone else match[0]

    rest = _SHAPE.sub(keep, data) if removed else data
    end = rest.rfind(b"</xml>")
    boxes = "".join(_box(number, row, column) for number, (row, column) in enumerate(sorted(added)))
    return rest[:end] + boxes.encode() + rest[end:] if end >= 0 else rest


def _box(number: int, row: int, column: int) -> str:
    anchor = f"{column + 1}, 15, {max(row - 2, 0)}, 4, {column + 4}, 15, {row + 3}, 4"
    return (
        f'<v:shape {_SPACES} id="_x0000_s{70000 + number}" type="#_x0000_t202" style="position:absolute;'
        'margin-left:80pt;margin-top:5pt;width:200pt;height:70pt;z-index:1;visibility:hidden" fillcolor="#ffffe1"'
        ' o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
        '<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/>'
        f"<x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
