"""The texts of a workbook, which its sheets share."""

import re
from typing import IO

from service.workbook import cells
from service.workbook.cells import coded, fault
from service.workbook.limits import Limits, too_large
from service.workbook.xml_parts import Attributes, local, new_parser, well_formed

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Undo the format's own escape `_xHHHH_` (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def read_shared(stream: IO[bytes], part: str, limits: Limits) -> list[str]:
    """Read the shared strings as coded cells: plain and rich text joined, phonetic guides left out."""
    reader = _SharedReader(limits)
    parser = new_parser()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.pieces.append
    with well_formed(part):
        parser.ParseFile(stream)
    return reader.texts


class _SharedReader:
    """Text counts from the start of a `t` to its end, unless a phonetic guide is around it."""

    def __init__(self, limits: Limits) -> None:
        self.texts: list[str] = []
        self.pieces: list[str] = []
        self._limits = limits
        self._kept = 0
        self._guide = False
        self._characters = 0

    def start(self, name: str, _: Attributes) -> None:
        name = name if ":" not in name else local(name)
        if name == "t":
            del self.pieces[self._kept :]
        elif name == "rPh":
            self._guide = True

    def end(self, name: str) -> None:
        name = name if ":" not in name else local(name)
        if name == "t" and not self._guide:
            self._kept = len(self.pieces)
        elif name == "rPh":
            self._guide = False
        elif name == "si":
            self._keep(unescape("".join(self.pieces[: self._kept])))
            self.pieces.clear()
            self._kept = 0

    def _keep(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > self._limits.shared_characters:
            raise too_large("workbook_bomb", "工作簿文字总量超过上限", "the workbook holds too much text")
        self.texts.append(coded_text(text, self._limits))


def coded_text(text: str, limits: Limits) -> str:
    """Write a text as a coded cell; one that is too long is a fault."""
    if len(text) > limits.cell_characters:
        return coded(fault("too_long", str(limits.cell_characters)))
    return cells.TEXT + text if text else ""
