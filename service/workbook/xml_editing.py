"""Changing an XML part in place as a stream: what is not touched stays byte for byte what it was."""

import re
from typing import IO

from service.workbook.xml_parts import Attributes, local, new_parser, well_formed

_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")
_PIECE = 2**18


class PartEditor:
    """Walks a part and writes it on with the changes that a subclass asks for while elements pass by.

    Offsets are bytes of the part. A change may reach back to `hold`, the place that the subclass still has in work.
    """

    def __init__(self, target: IO[bytes], part: str) -> None:
        self._target = target
        self._part = part
        self._buffer = b""
        self._base = 0
        self._seen = self._started = self._started_depth = 0
        self.depth = 0
        """How deep the element stands that begins or ends; the root's depth is 1."""
        self._prefix = ""
        self._edits: list[tuple[int, int, bytes]] = []
        self.hold: int | None = None
        self._parser = new_parser()
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end

    def run(self, source: IO[bytes]) -> None:
        """Read the whole part and write it.

        Raises:
            RefusedError: It is not well-formed.
        """
        with well_formed(self._part):
            while piece := source.read(_PIECE):
                self._buffer += piece
                self._parser.Parse(piece, False)
                self._flush(self._seen if self.hold is None else self.hold)
            self._parser.Parse(b"", True)
        self._flush(self._base + len(self._buffer))

    def on_start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins at byte `at`; `name` is its local name."""

    def on_end(self, name: str, at: int) -> None:
        """An element's end tag begins at byte `at`; an empty element's whole tag ends there."""

    def replace(self, start: int, end: int, data: bytes) -> None:
        """Put `data` in the place of the bytes from start to end; calls come in the order of the bytes."""
        self._edits.append((start, end, data))

    def append(self, at: int, data: bytes) -> None:
        """Put `data` at the end of the element whose end was told at byte `at`."""
        if not self.is_lone():
            self.replace(at, at, data)
        elif data:
            tag = self.tag(self._started)
            name = re.match(rb"<([^\s/>]+)", tag)
            closing = b"</" + name[1] + b">" if name else b""
            self.replace(self._started, at, tag.removesuffix(b"/>") + b">" + data + closing)

    def is_lone(self) -> bool:
        """Tell, at an element's end, whether one tag is all of it."""
        is_own = self._started_depth == self.depth and self._started >= self._base
        return is_own and self.tag(self._started).endswith(b"/>")

    def end(self, at: int) -> int:
        """Give the byte after the element whose end was told at byte `at`."""
        return at if self.is_lone() else at + len(self.tag(at))

    def tag(self, at: int) -> bytes:
        """Give the whole tag that begins at a byte still held."""
        match = _TAG.match(self._buffer, at - self._base)
        return match.group() if match else b""

    def raw(self, start: int, end: int) -> bytes:
        """Give bytes that are still held."""
        return self._buffer[start - self._base : end - self._base]

    @property
    def prefix(self) -> str:
        """The prefix, with its colon, of the element at which we are."""
        return self._prefix

    def _on_start(self, name: str, attributes: Attributes) -> None:
        self._seen = self._started = self._parser.CurrentByteIndex
        self.depth += 1
        self._started_depth = self.depth
        self._prefix = ""
        if ":" in name:
            name = self._without_prefix(name)
        self.on_start(name, attributes, self._seen)

    def _on_end(self, name: str) -> None:
        self._seen = self._parser.CurrentByteIndex
        self._prefix = ""
        if ":" in name:
            name = self._without_prefix(name)
        self.on_end(name, self._seen)
        self.depth -= 1

    def _without_prefix(self, name: str) -> str:
        plain = local(name)
        self._prefix = name[: len(name) - len(plain)]
        return plain

    def _flush(self, until: int) -> None:
        done, kept = self._base, 0
        for start, end, data in self._edits:
            if end > until:
                until = min(until, start)
                break
            self._target.write(self.raw(done, start))
            self._target.write(data)
            done = end
            kept += 1
        del self._edits[:kept]
        self._target.write(self.raw(done, until))
        self._buffer = self._buffer[until - self._base :]
        self._base = until


_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TEXT_MOST = 32_767
"""Characters that a cell may have."""


def xml_text(text: str) -> bytes:
    """Write text as an element's content; what XML cannot hold becomes U+FFFD, the format's own escape is escaped."""
    plain = _NOT_XML.sub("\ufffd", text[:TEXT_MOST]).replace("\r\n", "\n").replace("\r", "\n")
    escaped = _ESCAPE.sub("_x005F_", plain)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
