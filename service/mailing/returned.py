"""The batch sheet coming back from the carrier: which waybill number each notice was given.

Columns are found by their titles, in any order, beside any others. Nothing is guessed: digits that a spreadsheet lost,
one number on two letters, or two on one are refused by line, and the other lines stay good.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from service.errors import FieldError, RefusedError
from service.mailing.layout import Layout
from service.waybills import normal_waybill, waybill_fault
from service.workbook import Cell, Header, Limits, Row, Table, cells, open_table_apart, our_columns

CARRIER = "ems"
LONGEST_NUMBER = 64
SHANGHAI = ZoneInfo("Asia/Shanghai")
_ROUNDED = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.ASCII)
_ZEROS = "00000"
"""Excel shows six digits of a long number; one that was saved so ends in zeros."""
_MOMENT = re.compile(
    r"(\d{4})(?:[-/.年]|(?=\d{4}$))(\d{1,2})(?:[-/.月]|(?=\d\d$))(\d{1,2})日?"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """One line of the sheet; `posted_on` is the carrier's day of posting, `posted_at` the instant where it says one."""

    row: int
    notice_no: str
    waybill_no: str
    posted_on: date | None = None
    posted_at: datetime | None = None
    errors: tuple[FieldError, ...] = ()


def read_ems(
    path: Path, layout: Layout, file_name: str, *, into: Path, limits: Limits | None = None
) -> Iterator[ReturnedLine]:
    """Read a returned sheet, XLSX or CSV, in a process of its own; of a workbook the first visible worksheet.

    Args:
        path: The upload.
        layout: Says which titles the columns may have.
        file_name: The upload's name at home.
        into: An empty folder for the rows while they are read.
        limits: Bounds; the defaults when not given.

    Raises:
        RefusedError: It cannot be read as a whole, or has no column for notice or waybill numbers.
        TooLargeError: It is over a limit.
    """
    return returned_lines(open_table_apart(path, file_name=file_name, into=into, limits=limits), layout)


def returned_lines(table: Table, layout: Layout) -> Iterator[ReturnedLine]:
    """Read the lines of an opened sheet; RefusedError when it has no column for notice or waybill numbers."""
    places = _places(table.headers, layout)
    lines = [line for row in table.rows() if (line := _line(row, places)) is not None]
    return iter(_compared(lines))


def _places(headers: Iterable[Header], layout: Layout) -> Mapping[str, int]:
    found: dict[str, int] = {}
    known = list(headers)
    # A filled workbook may be sent too: the numbers are in our columns, not in the desk's of the same titles.
    ours = {_folded(title): index for title, index in our_columns(known).items()}
    for name, titles in layout.returned.items():
        at = {_folded(header.text): header.index for header in reversed(known)} | ours
        place = next((at[_folded(title)] for title in titles if _folded(title) in at), None)
        if place is not None:
            found[name] = place
    for name in ("notice_no", "waybill_no"):
        if name not in found:
            raise _no_column(layout.returned[name], known)
    return found


def _no_column(titles: Iterable[str], headers: Iterable[Header]) -> RefusedError:
    wanted, there = "、".join(titles), "、".join(header.text[:30] for header in headers)[:600]
    return RefusedError(
        "ems_column_missing",
        f"the sheet has no column called one of {wanted}; it has: {there}",
        message_zh=f"表中没有这一列（任一列名）：{wanted}；表中的列是：{there}",
    )


def _folded(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", title).split()).casefold()


def _line(row: Row, places: Mapping[str, int]) -> ReturnedLine | None:
    """Lines with neither number are totals and remarks, and none of ours."""
    notice, waybill = row.cell(places["notice_no"]), row.cell(places["waybill_no"])
    if not notice.text.strip() and not waybill.text.strip():
        return None
    errors: list[FieldError] = []
    notice_no = _notice_no(notice, errors)
    waybill_no = _waybill_no(waybill, errors)
    posted = _posted(row.cell(places["posted_at"]), errors) if "posted_at" in places else None
    return ReturnedLine(
        row=row.number,
        notice_no=notice_no,
        waybill_no=waybill_no,
        posted_on=posted.date() if isinstance(posted, datetime) else posted,
        posted_at=posted if isinstance(posted, datetime) else None,
        errors=tuple(errors),
    )


def _notice_no(cell: Cell, errors: list[FieldError]) -> str:
    number = normal_waybill(_text(cell, "notice_no", errors))
    if not number and not errors:
        errors.append(_error("notice_no", "notice_no.missing", "没有客户单号（函号）", "there is no notice number"))
    return number[:LONGEST_NUMBER]


def _waybill_no(cell: Cell, errors: list[FieldError]) -> str:
    before = len(errors)
    number = normal_waybill(_text(cell, "waybill_no", errors))
    if len(errors) > before:
        return ""
    if not number:
        errors.append(_error("waybill_no", "waybill.missing", "没有邮件号", "there is no waybill number"))
    elif cell.kind == cells.NUMBER:
        number = _from_number(number, errors)
    elif _ROUNDED.fullmatch(number):
        errors.append(_damaged(number))
    if number and len(errors) == before and (fault := waybill_fault(number, carrier=CARRIER)) is not None:
        errors.append(fault)
    return number[:LONGEST_NUMBER]


def _from_number(text: str, errors: list[FieldError]) -> str:
    """A cell that holds a number: exact up to fifteen digits, if nobody rounded it before."""
    value = Decimal(text) if len(text) <= 40 and re.fullmatch(r"[0-9.]+(?:E[+]?[0-9]{1,2})?", text) else None
    whole = "" if value is None or value != value.to_integral_value() else f"{value:.0f}"
    if not whole or len(whole) > 15 or (len(whole) > 6 and whole.endswith(_ZEROS)):
        errors.append(_damaged(text))
        return text
    return whole


def _damaged(number: str) -> FieldError:
    return _error(
        "waybill_no",
        "waybill.digits_lost",
        f"邮件号“{number[:30]}”被表格软件改成了科学计数或舍入的数字，末位已丢失；请把该列设为文本后重新导出",
        f"a spreadsheet turned this waybill number into the rounded {number[:30]!r}: export it again as text",
    )


def _posted(cell: Cell, errors: list[FieldError]) -> datetime | date | None:
    text = _text(cell, "posted_at", errors)
    try:
        return _moment(unicodedata.normalize("NFKC", text)) if text else None
    except ValueError:
        chinese = f"收寄时间“{text[:40]}”不是日期，应如 2026-11-24 10:05"
        english = f"{text[:40]!r} is no time like 2026-11-24 10:05"
        errors.append(_error("posted_at", "posted_at.malformed", chinese, english))
        return None


def _moment(text: str) -> datetime | date:
    """Read a day, or an instant in Shanghai; ValueError for anything else."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    if found[4] is None:
        return date(year, month, day)
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


def _text(cell: Cell, name: str, errors: list[FieldError]) -> str:
    if cell.kind == cells.FAULT:
        code, chinese, english = cells.fault_words(cell)
        errors.append(_error(name, code, chinese, english))
        return ""
    return cell.text.strip()


def _compared(lines: list[ReturnedLine]) -> list[ReturnedLine]:
    """Find what no single line shows: the same pair twice is one pair, anything else twice is a contradiction."""
    waybills, notices = defaultdict(set), defaultdict(set)
    for line in lines:
        if line.notice_no and line.waybill_no:
            waybills[line.notice_no].add(line.waybill_no)
            notices[line.waybill_no].add(line.notice_no)
    return [_with_contradictions(line, waybills[line.notice_no], notices[line.waybill_no]) for line in lines]


def _with_contradictions(line: ReturnedLine, waybills: set[str], notices: set[str]) -> ReturnedLine:
    errors = list(line.errors)
    if line.notice_no and len(waybills) > 1:
        listed = "、".join(sorted(waybills)[:5])
        chinese, english = f"同一函件有不同的邮件号：{listed}", f"this notice has several waybill numbers: {listed}"
        errors.append(_error("waybill_no", "waybill.several", chinese, english))
    if line.waybill_no and len(notices) > 1:
        listed = "、".join(sorted(notices)[:5])
        chinese, english = (
            f"同一邮件号出现在不同的函件上：{listed}",
            f"this waybill number is on several notices: {listed}",
        )
        errors.append(_error("waybill_no", "waybill.shared", chinese, english))
    return replace(line, errors=tuple(errors)) if len(errors) > len(line.errors) else line


def _error(name: str, code: str, message_zh: str, message_en: str) -> FieldError:
    return FieldError(pointer=f"/{name}", code=code, message_zh=message_zh, message_en=message_en)
