"""Number formats of cells: what a clerk sees where the stored number alone would say something else."""

import re
from datetime import date, datetime, time, timedelta
from typing import IO, NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from service.workbook import cells
from service.workbook.cells import Cell, fault
from service.workbook.xml_parts import Attributes, walk, whole

_DATES_OF_CHINA = frozenset((*range(27, 32), 36, *range(50, 55), 57, 58))
_TIMES_OF_CHINA = frozenset((*range(32, 36), 55, 56))
"""Built-in formats of the Chinese editions, which no file spells out (ECMA-376 part 1, 18.8.30)."""
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|!(.)|_.|\*.')
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[0-9A-Fa-f]+)?\]")
_ZEROS = re.compile(r"0{2,}")
_HOME_SIGNS = frozenset(("", "¥", "￥", "CNY", "RMB", "元", "人民币"))
_FOREIGN_SIGN = re.compile(r"US\$|HK\$|[$€£₩₽฿]|USD|EUR|GBP|HKD|JPY|美元|欧元|英镑|港[元币]|日元")
_SCALE = re.compile(r"[百千万亿]+元?")


class Format(NamedTuple):
    """What a style does to a number: `kind` is plain, date, zeros, percent, sign or unit, `detail` goes with it."""

    kind: str
    detail: str = ""


PLAIN = Format("plain")


def read_formats(stream: IO[bytes], part: str) -> list[Format]:
    """Give the format of each cell style, by the style's number."""
    codes: dict[int, str] = dict(BUILTIN_FORMATS)
    formats: list[Format] = []
    inside = [False]

    def on_start(name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            codes[whole(attributes, "numFmtId")] = attributes.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside[0] = name == "cellXfs"
        elif name == "xf" and inside[0]:
            number = whole(attributes, "numFmtId")
            formats.append(format_of(number, codes.get(number, "General")))

    walk(stream, part, on_start)
    return formats


def format_of(number: int, code: str) -> Format:
    """Tell what a format does to the number under it."""
    if number in _DATES_OF_CHINA or number in _TIMES_OF_CHINA:
        return Format("date")
    section = code.split(";", maxsplit=1)[0]
    if is_date_format(section):
        return Format("date")
    sign = _foreign_sign(section)
    if sign:
        return Format("sign", sign)
    literal = "".join("".join(match) for match in _QUOTED.findall(section))
    if _SCALE.search(literal):
        return Format("unit", literal.strip())
    bare = _QUOTED.sub("", _CURRENCY.sub("", section))
    if "%" in bare:
        return Format("percent")
    return Format("zeros", bare) if _ZEROS.fullmatch(bare) else PLAIN


def formatted(raw: str, style: Format, *, date_1904: bool) -> Cell:
    """Give the cell for a stored number under a format; what the clerk sees wins over what is stored."""
    if style.kind == "plain":
        return Cell(cells.NUMBER, raw)
    if style.kind == "date":
        return _dated(raw, date_1904=date_1904)
    if style.kind == "percent":
        return fault("percent")
    if style.kind == "unit":
        return fault("format_unit", style.detail)
    if style.kind == "sign":
        return Cell(cells.TEXT, style.detail + raw)
    return Cell(cells.TEXT, raw.zfill(len(style.detail))) if raw.isdigit() else Cell(cells.NUMBER, raw)


def _foreign_sign(section: str) -> str:
    for sign in _CURRENCY.findall(section):
        if sign.strip() not in _HOME_SIGNS:
            return str(sign.strip())
    found = _FOREIGN_SIGN.search(_CURRENCY.sub("", section))
    return found.group() if found else ""


def _dated(raw: str, *, date_1904: bool) -> Cell:
    epoch = CALENDAR_MAC_1904 if date_1904 else CALENDAR_WINDOWS_1900
    try:
        value = from_excel(float(raw), epoch)
    except (ValueError, OverflowError):
        return fault("date_out_of_range")
    return dated_cell(value)


def dated_cell(value: datetime | date | time | timedelta | None) -> Cell:
    """Give the cell for a value of the calendar or the clock."""
    if isinstance(value, datetime):
        midnight = value.time() == time.min
        return Cell(cells.DATE, value.date().isoformat()) if midnight else Cell(cells.INSTANT, value.isoformat())
    return Cell(cells.DATE, value.isoformat()) if isinstance(value, date) else fault("time")
