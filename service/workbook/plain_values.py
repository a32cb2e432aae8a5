"""A cell as plain text or number, exactly as it was typed, or a named problem."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from service.workbook import cells
from service.workbook.cells import Cell, fault_words

_LONG = Decimal(10) ** 15
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+\d{1,3}")


@dataclass(frozen=True, slots=True)
class ProblemError(Exception):
    """A cell does not hold what its field wants."""

    code: str
    zh: str
    en: str


def plain_text(cell: Cell) -> str:
    """Give the text that was typed, without the blanks around it.

    Raises:
        ProblemError: A spreadsheet made something else of it, or it holds what no letter may.
    """
    if cell.kind == cells.FAULT:
        raise ProblemError(*fault_words(cell))
    if cell.kind == cells.NUMBER:
        return number_text(cell.text)
    if cell.kind in (cells.DATE, cells.INSTANT):
        raise ProblemError(
            "cell.became_date",
            f"这里应为文字，但单元格是日期 {cell.text[:10]}（可能被 Excel 自动改写），请设为文本后重新填写",
            f"text is wanted here, but the cell holds the date {cell.text[:10]}; the spreadsheet may have made it one",
        )
    if cell.kind == cells.BOOLEAN:
        raise wrong("text", "应为文字，单元格却是 TRUE 或 FALSE", "text is wanted here, not TRUE or FALSE")
    if cell.kind == cells.JSON:
        raise wrong("text", "应为文字，却是对象或列表", "text is wanted here, not an object or a list")
    text = cell.text.replace("\r\n", "\n").replace("\r", "\n").strip().strip("\ufeff")
    _refuse_controls(text)
    if _SCIENTIFIC.fullmatch(text):
        raise rewritten(text)
    return text


def _refuse_controls(text: str) -> None:
    """Trimmed text only; a tab inside would print as a gap of no known width."""
    if text.isprintable():
        return
    for place, character in enumerate(text, start=1):
        if unicodedata.category(character) in ("Cc", "Cs") and character != "\n":
            raise ProblemError(
                "cell.control_character",
                f"第 {place} 个字符 U+{ord(character):04X} 是控制字符或残缺编码，请删除",
                f"character {place}, U+{ord(character):04X}, is a control character or half of one",
            )


def number_of(raw: str) -> Decimal:
    """The number that people see: what is written to the cent counts; of a float kept in binary, the shortest digits
    that mean it if they end with the cents, else the 15 digits that a spreadsheet shows.

    Raises:
        ProblemError: Not a number, or so long that its last digits are gone.
    """
    try:
        written = Decimal(raw)
    except InvalidOperation:
        raise ProblemError("cell.number_unreadable", *cells.FAULTS["number_unreadable"]) from None
    if not written.is_finite() or abs(written) >= _LONG:
        raise rewritten(raw)
    shortest = Decimal(repr(float(written)))
    return next((each for each in (written, shortest) if _is_to_the_cent(each)), Decimal(f"{float(written):.15g}"))


def _is_to_the_cent(number: Decimal) -> bool:
    return int(number.normalize().as_tuple().exponent) >= -2


def number_text(raw: str) -> str:
    """Write a stored number in plain digits.

    Raises:
        ProblemError: As `number_of`.
    """
    number = number_of(raw)
    return f"{number.normalize():f}" if number else "0"


def rewritten(raw: str) -> ProblemError:
    """Make the problem of a number whose last digits a spreadsheet has thrown away."""
    return wrong(
        "number_rewritten",
        f"长数字已被 Excel 改写（{raw[:24]}），请把该列设为文本后重新填写",
        f"the spreadsheet has rewritten a long number ({raw[:24]}): format the column as text and fill it in again",
    )


def wrong(code: str, zh: str, en: str) -> ProblemError:
    """Make a problem of a cell's content."""
    return ProblemError(f"cell.{code}", zh, en)
