"""Number formats of cells: what a clerk sees where the stored number alone would say something else."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import IO, NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from service.workbook import cells, format_codes
from service.workbook.cells import EMPTY, Cell, fault
from service.workbook.format_codes import AS_IS, HOLE, Effect, Section, filled, holds, sections_of
from service.workbook.xml_parts import Attributes, walk, whole

_DATES_OF_CHINA = frozenset((*range(27, 32), 36, *range(50, 55), 57, 58))
_TIMES_OF_CHINA = frozenset((*range(32, 36), 55, 56))
"""Built-in formats of the Chinese editions, which no file spells out (ECMA-376 part 1, 18.8.30)."""
_FAULTS = {format_codes.PERCENT: "percent", format_codes.UNIT: "format_unit", format_codes.CURRENCY: "currency"}
_LONGEST = Decimal(10) ** 15
"""From here on a spreadsheet has lost digits."""


class Format(NamedTuple):
    """What a style does to numbers by its sections, and to texts by a template as `format_codes` has them."""

    code: str
    sections: tuple[Section, ...]
    words: str = AS_IS
    same: Effect | None = None
    """What it does to every number, where that does not depend on the number."""


PLAIN = Format("General", tuple(sections_of("General")), same=Effect(format_codes.PLAIN))
"""Nothing that would make another value of a number or a text."""


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


@lru_cache(maxsize=4096)
def format_of(number: int, code: str) -> Format:
    """Tell what a format does to the number or text under it."""
    if number in _DATES_OF_CHINA or number in _TIMES_OF_CHINA:
        code = "yyyy/m/d"
    sections = sections_of(code or "General")
    words = _words(sections)
    made = Format(code, tuple(sections[:3]), words)
    made = made._replace(same=_same_effect(made))
    return PLAIN if words == AS_IS and made.same == PLAIN.same else made


def formatted(raw: str, style: Format, *, date_1904: bool) -> Cell:
    """Give the cell for a stored number under a format.

    What the clerk sees wins over what is stored, in all but rounding: where the two say different things, the cell is
    the text that is seen if that is certain, else a fault.
    """
    if style.same is not None and style.same.kind == format_codes.DATE:
        return _dated(raw, date_1904=date_1904)
    value = _decimal(raw)
    if value is None:
        return Cell(cells.NUMBER, raw)  # told as unreadable by whoever wants a number
    sign = int(value.compare(0))
    read = {_seen(raw, value, section.effects[sign], date_1904=date_1904) for section in _chosen(style, value, sign)}
    return _or_fault(read.pop() if len(read) == 1 else None, style)


def worded(text: str, style: Format) -> Cell:
    """Give the cell for a stored text under a format, such as "借字"@"号"."""
    return Cell(cells.TEXT, style.words.replace(HOLE, text)) if style.words else _or_fault(None, style)


def _decimal(raw: str) -> Decimal | None:
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _words(sections: list[Section]) -> str:
    """The template for texts; a section that is for texts alone is taken out."""
    if len(sections) > 3:
        return sections.pop(3).words
    if len(sections) > 1 and sections[-1].takes_text:
        return sections.pop().words
    takes_text = any(section.takes_text for section in sections)
    return (sections[0].words if len(sections) == 1 else "") if takes_text else AS_IS


def _or_fault(cell: Cell | None, style: Format) -> Cell:
    return fault("format_shown", style.code[:40]) if cell is None else cell


def _same_effect(style: Format) -> Effect | None:
    every = _is_conditional(style)
    found = {
        section.effects[sign]
        for sign in (1, 0, -1)
        for section in (style.sections if every else _chosen(style, Decimal(sign), sign))
    }
    return found.pop() if len(found) == 1 else None


def _is_conditional(style: Format) -> bool:
    return any(section.condition for section in style.sections)


def _chosen(style: Format, value: Decimal, sign: int) -> tuple[Section, ...]:
    """The sections that a number may be shown by: several where editions differ, none where no condition is true."""
    sections = style.sections
    if not _is_conditional(style):
        at = {1: 0, -1: 1, 0: 2}[sign]
        return sections[at : at + 1] or sections[:1]
    for at, section in enumerate(sections):
        if section.condition is None:
            return sections[at:]
        if holds(section.condition, value):
            return (section,)
    return ()


def _seen(raw: str, value: Decimal, effect: Effect, *, date_1904: bool) -> Cell | None:
    match effect.kind:
        case format_codes.PLAIN:
            return Cell(cells.NUMBER, raw)
        case format_codes.DATE:
            return _dated(raw, date_1904=date_1904)
        case format_codes.ZEROS:
            return _counted(raw, value, effect.detail)
        case format_codes.PERCENT | format_codes.UNIT | format_codes.CURRENCY:
            return fault(_FAULTS[effect.kind], effect.detail)
        case format_codes.HIDDEN if not value:
            return EMPTY
    return None


def _counted(raw: str, value: Decimal, template: str) -> Cell | None:
    if abs(value) >= _LONGEST:
        return Cell(cells.NUMBER, raw)
    if value < 0 or value != int(value):
        return None
    return Cell(cells.TEXT, filled(template, str(int(value))))


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
