"""From what stands in a cell to what a field holds: exactly that, or a named problem, never silently another value."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from service.workbook import cells, targets
from service.workbook.cells import Cell, fault_words
from service.workbook.targets import Target, synonyms

Value = object
_LONG = Decimal(10) ** 15
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+\d{1,3}")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"\d+(\.\d+)?")
_HOME_BEFORE = re.compile(r"^(人民币|RMB|CNY|¥)+\s*", re.IGNORECASE)
_HOME_AFTER = re.compile(r"\s*(元整|圆整|元|圆|人民币|RMB|CNY)$", re.IGNORECASE)
_FOREIGN = re.compile(
    r"US\$|HK\$|[$€£₩₽฿]|USD|EUR|GBP|HKD|JPY|KRW|美元|美金|欧元|英镑|港[元币]|日元|澳元|加元", re.IGNORECASE
)
_SCALED = re.compile(r"[百千万亿]")
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)"
)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_OTHER_DAY = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})")
_SPLIT = re.compile(r"[\n；;]")
_CNY = frozenset(("CNY", "RMB", "人民币", "人民币元", "元", "¥", "156"))


@dataclass(frozen=True, slots=True)
class ProblemError(Exception):
    """A cell does not hold what its field wants."""

    code: str
    zh: str
    en: str


def to_value(cell: Cell, target: Target) -> tuple[Value, str]:
    """Give the field's value, and a note in Chinese where something was put right on the way.

    Args:
        cell: Not empty.
        target: What the column means.

    Raises:
        ProblemError: The cell does not say it clearly; code and sentences say what to do.
    """
    if cell.kind == cells.FAULT:
        raise ProblemError(*fault_words(cell))
    value, note = _READERS[target.kind](cell, target)
    return value, note or _trimmed(cell, value)


def to_text(cell: Cell) -> str:
    """Give a cell that stands for plain text, such as a special target's.

    Raises:
        ProblemError: Its text is not what was typed.
    """
    if cell.kind == cells.FAULT:
        raise ProblemError(*fault_words(cell))
    return _text(cell)


def check_currency(text: str) -> None:
    """Let only the letters' own currency pass.

    Raises:
        ProblemError: Another currency.
    """
    if unicodedata.normalize("NFKC", text).strip().upper() not in _CNY:
        raise _foreign(text)


def _trimmed(cell: Cell, value: Value) -> str:
    changed = cell.kind == cells.TEXT and isinstance(value, str) and cell.text != cell.text.strip()
    return "已去除首尾空格" if changed else ""


def _text(cell: Cell) -> str:
    if cell.kind == cells.NUMBER:
        return _number_text(cell.text)
    if cell.kind in (cells.DATE, cells.INSTANT):
        raise ProblemError(
            "cell.became_date",
            f"这里应为文字，但单元格是日期 {cell.text[:10]}（可能被 Excel 自动改写），请设为文本后重新填写",
            f"text is wanted here, but the cell holds the date {cell.text[:10]}; the spreadsheet may have made it one",
        )
    if cell.kind == cells.BOOLEAN:
        raise _wrong("text", "应为文字，单元格却是 TRUE 或 FALSE", "text is wanted here, not TRUE or FALSE")
    if cell.kind == cells.JSON:
        raise _wrong("text", "应为文字，却是对象或列表", "text is wanted here, not an object or a list")
    text = cell.text.replace("\r\n", "\n").replace("\r", "\n").strip().strip("\ufeff")
    _refuse_controls(text)
    if _SCIENTIFIC.fullmatch(text):
        raise _rewritten(text)
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


def _number(raw: str) -> Decimal:
    """The number that people see: of a float kept in binary, the 15 digits that a spreadsheet shows.

    Raises:
        ProblemError: Not a number, or so long that its last digits are gone.
    """
    try:
        exact = Decimal(repr(float(raw))) if set(raw) & set(".eE") else Decimal(raw)
    except (InvalidOperation, ValueError):
        raise ProblemError("cell.number_unreadable", *cells.FAULTS["number_unreadable"]) from None
    if not exact.is_finite() or abs(exact) >= _LONG:
        raise _rewritten(raw)
    return exact if -exact.normalize().as_tuple().exponent <= 2 else Decimal(f"{float(exact):.15g}")  # type: ignore[operator]


def _number_text(raw: str) -> str:
    number = _number(raw)
    return f"{number.normalize():f}" if number else "0"


def _money(cell: Cell, _: Target) -> tuple[Value, str]:
    if cell.kind == cells.NUMBER:
        return _two_decimals(_number(cell.text)), ""
    if cell.kind != cells.TEXT:
        raise _wrong("money", "应为金额，例如 1048937.50", "an amount such as 1048937.50 is wanted here")
    text = unicodedata.normalize("NFKC", _text(cell)).strip()
    if _FOREIGN.search(text):
        raise _foreign(text)
    bare = _HOME_AFTER.sub("", _HOME_BEFORE.sub("", text))
    if _SCALED.search(bare):
        raise _wrong(
            "money_unit", f"金额“{text[:30]}”带有单位，请以元为单位写成数字", "write the amount in yuan, in digits"
        )
    if not _PLAIN.fullmatch(bare) and not _GROUPED.fullmatch(bare):
        raise _wrong(
            "money",
            f"“{text[:30]}”不是金额，请写成 1048937.50 这样的数字（不为负）",
            "this is not an amount such as 1048937.50",
        )
    return _two_decimals(Decimal(bare.replace(",", ""))), ""


def _two_decimals(amount: Decimal) -> str:
    if amount < 0:
        raise _wrong("money_negative", f"金额 {amount:f} 为负", "the amount is negative")
    if amount >= _LONG:
        raise _wrong("money_too_large", "金额超过 15 位整数", "the amount has more than 15 digits before the point")
    if amount != amount.quantize(Decimal("0.01")):
        raise _wrong(
            "money_decimals", f"金额 {amount:f} 的小数超过两位，请四舍五入到分", "the amount has more than two decimals"
        )
    return f"{amount:.2f}"


def _date(cell: Cell, _: Target) -> tuple[Value, str]:
    if cell.kind in (cells.DATE, cells.INSTANT):
        return _day(*map(int, cell.text[:10].split("-"))), "时间部分未采用" if cell.kind == cells.INSTANT else ""
    if cell.kind == cells.NUMBER:
        return _numeric_day(cell.text), ""
    if cell.kind != cells.TEXT:
        raise _no_date("")
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", _text(cell)).strip())
    match = _DAY.fullmatch(text.replace(" ", "")) or _COMPACT_DAY.fullmatch(text)
    if match:
        return _day(*(int(part) for part in match.groups() if part is not None)), ""
    if _OTHER_DAY.fullmatch(text):
        raise _wrong(
            "date_ambiguous",
            f"日期“{text[:20]}”分不清年月日，请写成 2026-11-05",
            f"the date {text[:20]!r} can be read in two ways: write 2026-11-05",
        )
    raise _no_date(text)


def _numeric_day(raw: str) -> str:
    text = _number_text(raw)
    match = _COMPACT_DAY.fullmatch(text)
    if match:
        return _day(*(int(part) for part in match.groups()))
    raise _wrong(
        "date_serial",
        f"单元格是数字 {text[:20]}，不是日期；若是日期，请把该列的格式设为日期",
        f"the cell holds the number {text[:20]}: format the column as a date",
    )


def _day(year: int, month: int, day: int) -> str:
    try:
        found = date(year, month, day)
    except ValueError:
        raise _wrong("date_unknown", f"日历上没有 {year}-{month}-{day}", "there is no such day") from None
    if not 1949 <= year <= 2200:
        raise _wrong("date_unlikely", f"日期 {found} 的年份不合理", f"the year of {found} is unlikely")
    return found.isoformat()


def _boolean(cell: Cell, _: Target) -> tuple[Value, str]:
    if cell.kind == cells.BOOLEAN:
        return cell.text == "1", ""
    text = _text(cell)
    if text in synonyms()["yes"]:
        return True, ""
    if text in synonyms()["no"]:
        return False, ""
    raise _wrong("boolean", f"“{text[:20]}”应为“是”或“否”", "yes or no is wanted here: 是 or 否")


def _choice(cell: Cell, target: Target) -> tuple[Value, str]:
    text = _text(cell)
    if text in target.choices:
        return text, ""
    meant = dict(target.words).get(text)
    if meant is not None:
        return meant, ""
    known = "、".join(dict.fromkeys((*target.choices, *dict(target.words))))
    raise _wrong("choice", f"“{text[:20]}”不在可选范围：{known}", f"has to be one of: {', '.join(target.choices)}")


def _integer(cell: Cell, _: Target) -> tuple[Value, str]:
    text = _text(cell)
    if re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
        return int(text), ""
    raise _wrong("integer", f"“{text[:20]}”应为整数", "a whole number is wanted here")


def _texts(cell: Cell, _: Target) -> tuple[Value, str]:
    if cell.kind == cells.JSON:
        return _json(cell, _)
    parts = [part.strip() for part in _SPLIT.split(_text(cell))]
    return [part for part in parts if part], ""


def _json(cell: Cell, _: Target) -> tuple[Value, str]:
    if cell.kind != cells.JSON:
        raise _wrong("json", "这里应为对象或列表（仅 NDJSON 可填）", "an object or a list is wanted here")
    return json.loads(cell.text), ""


def _plain_text(cell: Cell, _: Target) -> tuple[Value, str]:
    return _text(cell), ""


_READERS: dict[str, Callable[[Cell, Target], tuple[Value, str]]] = {
    targets.TEXT: _plain_text,
    targets.MONEY: _money,
    targets.DATE: _date,
    targets.BOOLEAN: _boolean,
    targets.CHOICE: _choice,
    targets.INTEGER: _integer,
    targets.TEXTS: _texts,
    targets.JSON: _json,
}


def _wrong(code: str, zh: str, en: str) -> ProblemError:
    return ProblemError(f"cell.{code}", zh, en)


def _no_date(text: str) -> ProblemError:
    return _wrong("date", f"“{text[:20]}”不是日期，请写成 2026-11-05", "a date such as 2026-11-05 is wanted here")


def _rewritten(raw: str) -> ProblemError:
    return _wrong(
        "number_rewritten",
        f"长数字已被 Excel 改写（{raw[:24]}），请把该列设为文本后重新填写",
        f"the spreadsheet has rewritten a long number ({raw[:24]}): format the column as text and fill it in again",
    )


def _foreign(text: str) -> ProblemError:
    return _wrong("currency", f"“{text[:20]}”不是人民币，函件只用人民币", "the letters are in CNY only")
