"""The merged ranges of a sheet: read, and refused where they could not be in a spreadsheet."""

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterable

from service.errors import RefusedError
from service.workbook.header import Span
from service.workbook.limits import refused
from service.workbook.places import column_index

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")
_ROWS = re.compile(r"\$?([0-9]{1,7}):\$?([0-9]{1,7})")
_COLUMNS = re.compile(r"\$?([A-Z]{1,3}):\$?([A-Z]{1,3})")
_FIRST, _LAST, _LOWEST = "A", "XFD", 1_048_576
"""LibreOffice names a range over whole rows or columns without the other."""


def read_spans(texts: Iterable[str]) -> tuple[Span, ...]:
    """Read a sheet's merged ranges, each such as A1:B2, in the order of their first rows.

    Raises:
        RefusedError: One is not a range, or two of them overlap, which no spreadsheet allows.
    """
    spans = sorted((_read_span(text) for text in texts), key=lambda span: span.top)
    _refuse_overlaps(spans)
    return tuple(spans)


def _read_span(text: str) -> Span:
    match = _RANGE.fullmatch(_in_full(text))
    if match is None:
        raise _no_range(text)
    try:
        left, top = column_index(match[1]), int(match[2])
        right, bottom = column_index(match[3] or match[1]), int(match[4] or match[2])
    except ValueError:
        raise _no_range(text) from None
    return Span(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def _in_full(text: str) -> str:
    if (rows := _ROWS.fullmatch(text)) is not None:
        return f"{_FIRST}{rows[1]}:{_LAST}{rows[2]}"
    if (columns := _COLUMNS.fullmatch(text)) is not None:
        return f"{columns[1]}1:{columns[2]}{_LOWEST}"
    return text


def _refuse_overlaps(spans: Iterable[Span]) -> None:
    """Down the sheet, open ranges are kept from left to right: a new one is compared with its two neighbours alone."""
    lefts: list[int] = []
    open_at: dict[int, Span] = {}
    ends: list[tuple[int, int]] = []
    for span in spans:
        while ends and ends[0][0] < span.top:
            del lefts[bisect_left(lefts, heapq.heappop(ends)[1])]
        place = bisect_left(lefts, span.left)
        for left in lefts[max(place - 1, 0) : place + 1]:
            if left <= span.right and span.left <= open_at[left].right:
                raise _overlapping(open_at[left], span)
        lefts.insert(place, span.left)
        open_at[span.left] = span
        heapq.heappush(ends, (span.bottom, span.left))


def _overlapping(one: Span, other: Span) -> RefusedError:
    return refused(
        "workbook_merged",
        f"合并区域 {one.name} 与 {other.name} 重叠，请取消合并后重新保存",
        f"the merged ranges {one.name} and {other.name} overlap: unmerge them",
    )


def _no_range(text: str) -> RefusedError:
    return refused("workbook_broken", f"合并区域 {text[:20]} 读不通", f"{text[:20]!r} is not a range")
