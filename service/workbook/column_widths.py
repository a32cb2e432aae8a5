"""Widths of our new columns among those of a sheet: what the desk hid or sized beside them stays hidden and sized."""

import re

from service.workbook.header import OURS
from service.workbook.results import WIDTHS

_MIN, _MAX = (re.compile(rb"""(\s%s\s*=\s*["'])\d+""" % name) for name in (b"min", b"max"))


class ColumnWidths:
    """Puts our columns among a sheet's `col` elements: in order, and never two for one column.

    A desk that hid every column it does not use would not see ours, so its range is parted around them.
    """

    def __init__(self, first: int) -> None:
        self._first, self._last = first + 1, first + len(OURS)
        self._is_pending = True

    def around(self, col: bytes, low: int, high: int, *, prefix: str) -> bytes:
        """Give what stands in the place of one `col` that is about the columns from low to high, from 1."""
        if high < self._first or not 1 <= low <= high:
            return col
        ours = self.rest(prefix=prefix)
        if low > self._last:
            return ours + col
        left = _ranged(col, low, self._first - 1) if low < self._first else b""
        return left + ours + (_ranged(col, self._last + 1, high) if high > self._last else b"")

    def rest(self, *, prefix: str) -> bytes:
        """Give our columns unless they were given before."""
        if not self._is_pending:
            return b""
        self._is_pending = False
        return "".join(
            f'<{prefix}col min="{column}" max="{column}" width="{WIDTHS[title]}" customWidth="1"/>'
            for column, title in enumerate(OURS, start=self._first)
        ).encode()


def _ranged(col: bytes, low: int, high: int) -> bytes:
    return _MAX.sub(rb"\g<1>%d" % high, _MIN.sub(rb"\g<1>%d" % low, col, count=1), count=1)
