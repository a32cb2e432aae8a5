"""How much of a PDF its own signatures cover.

This is about bytes alone: it finds signature dictionaries by their `/ByteRange` and does no cryptography, so it can
say that something was appended after the last signing, not who signed. A name written with escapes (`/Byte#52ange`)
is not found; such a file is then treated as unsigned, and its digest in the entry still holds it.

Source: ISO 32000-2, 12.8.1 and 7.5.6.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_KEY = b"/ByteRange"
_VALUE = re.compile(rb"/ByteRange\s*\[\s*([0-9]{1,15})\s+([0-9]{1,15})\s+([0-9]{1,15})\s+([0-9]{1,15})\s*\]")
_CONTENTS = re.compile(rb"<[0-9A-Fa-f\s]*>")
_REACH = 256
MAX_SIGNATURES = 64
MAX_CONTENTS = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """The two stretches of a file that one signature covers: [0, first) and [second, end)."""

    start: int
    first: int
    second: int
    end: int


class SignatureScanner:
    """Finds the byte ranges of a PDF's signatures while its bytes stream by."""

    def __init__(self) -> None:
        self.found: list[ByteRange | None] = []
        self._carry = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        window = self._carry + chunk
        searched = max(0, len(window) - _REACH)
        self._search(window, searched)
        self._carry = window[searched:]

    def finish(self) -> None:
        """Say that the file has ended."""
        self._search(self._carry, len(self._carry))
        self._carry = b""

    def _search(self, window: bytes, stop: int) -> None:
        """Take the keys that begin before `stop`: behind each of them lies enough to read its value."""
        position = window.find(_KEY)
        while 0 <= position < stop and len(self.found) < MAX_SIGNATURES:
            self.found.append(_parse(window[position : position + _REACH]))
            position = window.find(_KEY, position + 1)


def _parse(text: bytes) -> ByteRange | None:
    match = _VALUE.match(text)
    if not match:
        return None
    start, first, second, length = (int(number) for number in match.groups())
    return ByteRange(start=start, first=first, second=second, end=second + length)


def covers_whole(ranges: list[ByteRange | None], *, size: int, read: Callable[[int, int], bytes]) -> bool:
    """Tell whether the outermost signature covers a file, all but the place of the signature itself.

    Args:
        ranges: At least one; None for a range that could not be read.
        size: The file's size in bytes.
        read: Gives the file's bytes from a start to an end.
    """
    known = [each for each in ranges if each is not None]
    if len(known) != len(ranges) or len(ranges) >= MAX_SIGNATURES:
        return False
    last = max(known, key=lambda each: each.end)
    hole = last.second - last.first
    if last.start != 0 or last.end != size or not 0 < hole <= MAX_CONTENTS:
        return False
    return _CONTENTS.fullmatch(read(last.first, last.second)) is not None
