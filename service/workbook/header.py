"""Where the header is and what it says: titles above it passed over, merged headers joined, doubts refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.errors import RefusedError
from service.workbook import cells
from service.workbook.cells import Cell
from service.workbook.limits import refused
from service.workbook.places import column_letters

OURS = ("状态", "错误", "函号", "邮件号", "签收", "文件")
"""The columns that the service fills in a workbook that goes back."""

_LIKE_DATA = re.compile(r"[\d\s.,，:：/\-年月日￥¥%()E+]*\d[\d\s.,，:：/\-年月日￥¥%()E+]*")
_DEEPEST = 5
Rows = Sequence[tuple[int, Sequence[Cell]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The title of one column; `index` counts from 0, `column` is the letter that the clerk sees."""

    text: str
    column: str
    index: int


@dataclass(frozen=True, slots=True)
class Span:
    """A merged range: rows count from 1, columns from 0, both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def name(self) -> str:
        """The range as a clerk writes it."""
        return f"{column_letters(self.left)}{self.top}:{column_letters(self.right)}{self.bottom}"

    def covers(self, row: int, column: int) -> bool:
        """Tell whether a cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def find_header(rows: Rows, spans: Sequence[Span]) -> tuple[int, int, tuple[Header, ...]]:
    """Give first and last row of the header and its columns.

    Args:
        rows: The first rows that have content, with their numbers.
        spans: Merged ranges of the sheet.

    Raises:
        RefusedError: No row can be the header, it cannot be told where it ends, or two columns have the same title.
    """
    number = _first_row(rows, spans)
    at = dict(rows)
    touching = [span for span in spans if span.top <= number <= span.bottom and _text(at.get(span.top, ()), span.left)]
    last = _last_row(at, number, touching)
    if last - number >= _DEEPEST:
        raise refused(
            "table_header_merged", f"表头合并了 {last - number + 1} 行，读不懂", "the header is merged too deep"
        )
    _refuse_stacked(at, (number, last), touching)
    by_number = {at: row for at, row in rows if number <= at <= last}
    _check_texts(by_number)
    headers = _headers(by_number, (number, last), touching)
    _refuse_doubled(desk_columns(headers))
    return number, last, headers


def our_columns(headers: Sequence[Header]) -> Mapping[str, int]:
    """Give each of our columns' places by its title: the last six neighbours with our titles in our order, or none.

    A column of the desk's own that happens to be called 状态 or 文件 is not among them.
    """
    for start in range(len(headers) - len(OURS), -1, -1):
        run = headers[start : start + len(OURS)]
        if tuple(header.text for header in run) == OURS and run[-1].index - run[0].index == len(OURS) - 1:
            return {header.text: header.index for header in run}
    return {}


def desk_columns(headers: Sequence[Header]) -> tuple[Header, ...]:
    """Give the columns that are the desk's, whatever their titles are."""
    ours = set(our_columns(headers).values())
    return tuple(header for header in headers if header.index not in ours)


def _first_row(rows: Rows, spans: Sequence[Span]) -> int:
    """The first row with more than one title; a row with a single text above such a row is the sheet's title."""
    widths = [(number, sum(bool(cell.text.strip()) for cell in row)) for number, row in rows]
    if not widths:
        raise refused("table_empty", "文件没有内容", "the file has no content")
    wide = next((number for number, width in widths if width > 1), widths[0][0])
    for number, width in widths:
        if number == wide or (width == 1 and number + 1 == wide and _is_group(number, spans)):
            return number
    return wide


def _is_group(number: int, spans: Sequence[Span]) -> bool:
    """One merged text that begins to the right of the first column groups columns; a title begins at the first."""
    return any(span.top == number and span.left > 0 and span.right > span.left for span in spans)


def _last_row(rows: Mapping[int, Sequence[Cell]], number: int, spans: Sequence[Span]) -> int:
    """The last row of the merged titles; where they are merged sideways only, the next one if titles stand in it alone.

    Nothing else tells a second row of titles from the first row of data, which would not be served then.
    """
    last = max([span.bottom for span in spans], default=number)
    wide = [span for span in spans if span.right > span.left]
    if last > number or not wide:
        return last
    above, below = (_outside(rows.get(at, ()), wide) for at in (number, number + 1))
    if above or not below:
        raise _undecided(
            f"第 {number} 行的 {wide[0].name} 横向合并，分不清第 {number + 1} 行是列名还是数据",
            f"{wide[0].name} is merged sideways, so row {number + 1} may be titles or data",
        )
    return number + 1


def _refuse_stacked(rows: Mapping[int, Sequence[Cell]], place: tuple[int, int], spans: Sequence[Span]) -> None:
    """A column without merged titles has its title in one row; what stands in a second one may be data."""
    seen: dict[int, int] = {}
    for number in range(place[0], place[1] + 1):
        for index in _outside(rows.get(number, ()), spans):
            earlier = seen.setdefault(index, number)
            if earlier != number:
                one, other = (f"{column_letters(index)}{at}" for at in (earlier, number))
                raise _undecided(
                    f"列名合并到第 {place[1]} 行，而 {one} 与 {other} 都有内容，分不清 {other} 是列名还是数据",
                    f"titles are merged down to row {place[1]}, so {other}, below {one}, may be a title or data",
                )


def _outside(row: Sequence[Cell], spans: Sequence[Span]) -> set[int]:
    """Columns of the row that have a text and are in no range."""
    inside = {index for span in spans for index in range(span.left, min(span.right + 1, len(row)))}
    return {index for index in range(len(row)) if _text(row, index)} - inside


def _undecided(zh: str, en: str) -> RefusedError:
    return refused(
        "table_header_merged",
        f"{zh}：请取消合并、每列写明列名；列名确有两行的，请把单独成列的列名上下两格合并",
        f"{en}: unmerge the titles, one a column, or, if there are two rows of titles, merge each title that stands "
        "alone with the cell below it",
    )


def _text(row: Sequence[Cell], index: int) -> str:
    return row[index].text.strip() if index < len(row) else ""


def _check_texts(rows: Mapping[int, Sequence[Cell]]) -> None:
    for number, row in rows.items():
        for index, cell in enumerate(row):
            text = cell.text.strip()
            if text and (cell.kind != cells.TEXT or _LIKE_DATA.fullmatch(text)):
                place = f"{column_letters(index)}{number}"
                raise refused(
                    "table_no_header",
                    f"找不到表头：第 {number} 行应为列名，但 {place} 像是数据（{text[:20]}），请在首行写明各列名称",
                    f"there is no header: row {number} should hold titles, but {place} looks like data",
                )


def _headers(rows: Mapping[int, Sequence[Cell]], place: tuple[int, int], spans: Sequence[Span]) -> tuple[Header, ...]:
    first, last = place
    width = max(len(row) for row in rows.values())
    found: list[Header] = []
    for index in range(width):
        parts = [_title(rows, row, index, spans) for row in range(first, last + 1)]
        text = "/".join(dict.fromkeys(part for part in parts if part))
        if text:
            found.append(Header(text=text, column=column_letters(index), index=index))
    return tuple(found)


def _title(rows: Mapping[int, Sequence[Cell]], row: int, index: int, spans: Sequence[Span]) -> str:
    """A merged title counts for every column under it."""
    span = next((span for span in spans if span.covers(row, index)), None)
    at, column = (span.top, span.left) if span else (row, index)
    cells_of_row = rows.get(at, ())
    text = cells_of_row[column].text if column < len(cells_of_row) else ""
    return re.sub(r"\s+", " ", text).strip()


def _refuse_doubled(headers: Sequence[Header]) -> None:
    seen: dict[str, Header] = {}
    for header in headers:
        earlier = seen.setdefault(header.text, header)
        if earlier is not header:
            raise refused(
                "table_header_doubled",
                f"{earlier.column} 列与 {header.column} 列的表头都是“{header.text[:40]}”，请改为不同的名称",
                f"columns {earlier.column} and {header.column} have the same title {header.text[:40]!r}",
            )
