"""Amounts of money and days as desks write them."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from service.workbook import cells
from service.workbook.cells import Cell
from service.workbook.plain_values import ProblemError, number_of, number_text, plain_text, wrong

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
_PARTED = re.compile(r"\d +\d")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_OTHER_DAY = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})")
_CNY = frozenset(("CNY", "RMB", "人民币", "人民币元", "元", "¥", "156"))
_MOST = Decimal(10) ** 15


def check_currency(text: str) -> None:
    """Let only the letters' own currency pass.

    Raises:
        ProblemError: Another currency.
    """
    if _narrow(text).upper() not in _CNY:
        raise _foreign(text)


def money_of(cell: Cell) -> str:
    """Give an amount in yuan with two decimals.

    Raises:
        ProblemError: No amount, not exact to the cent, negative, or not in CNY.
    """
    if cell.kind == cells.NUMBER:
        return _two_decimals(number_of(cell.text))
    if cell.kind != cells.TEXT:
        raise wrong("money", "应为金额，例如 1048937.50", "an amount such as 1048937.50 is wanted here")
    text = _narrow(plain_text(cell))
    if _FOREIGN.search(text):
        raise _foreign(text)
    bare = _HOME_AFTER.sub("", _HOME_BEFORE.sub("", text))
    if _SCALED.search(bare):
        raise wrong(
            "money_unit", f"金额“{text[:30]}”带有单位，请以元为单位写成数字", "write the amount in yuan, in digits"
        )
    if not _PLAIN.fullmatch(bare) and not _GROUPED.fullmatch(bare):
        raise wrong(
            "money",
            f"“{text[:30]}”不是金额，请写成 1048937.50 这样的数字（不为负）",
            "this is not an amount such as 1048937.50",
        )
    return _two_decimals(Decimal(bare.replace(",", "")))


def _narrow(text: str) -> str:
    """Write a text in plain width; a note mark, a power or a fraction would become digits of the number before it.

    Raises:
        ProblemError: One of these is in it.
    """
    if text.isascii():
        return text.strip()
    for character in text:
        plain = unicodedata.normalize("NFKC", character)
        if not character.isdecimal() and any(map(str.isdecimal, plain)):
            raise wrong(
                "digit_like",
                f"“{text[:30]}”里的“{character}”不是普通数字，请删除或改写",
                f"{character!r} is no plain digit: remove it, or write it in plain digits",
            )
    return unicodedata.normalize("NFKC", text).strip()


def _two_decimals(amount: Decimal) -> str:
    if amount < 0:
        raise wrong("money_negative", f"金额 {amount:f} 为负", "the amount is negative")
    if amount >= _MOST:
        raise wrong("money_too_large", "金额超过 15 位整数", "the amount has more than 15 digits before the point")
    if amount != amount.quantize(Decimal("0.01")):
        raise wrong(
            "money_decimals", f"金额 {amount:f} 的小数超过两位，请四舍五入到分", "the amount has more than two decimals"
        )
    return f"{amount:.2f}"


def day_of(cell: Cell) -> str:
    """Give a day as 2026-11-05.

    Raises:
        ProblemError: No day, or one that can be read in two ways.
    """
    if cell.kind in (cells.DATE, cells.INSTANT):
        return _day(*map(int, cell.text[:10].split("-")))
    if cell.kind == cells.NUMBER:
        return _numeric_day(cell.text)
    if cell.kind != cells.TEXT:
        raise _no_date("")
    text = _MIDNIGHT.sub("", _narrow(plain_text(cell)))
    match = _DAY.fullmatch(text if _PARTED.search(text) else text.replace(" ", "")) or _COMPACT_DAY.fullmatch(text)
    if match:
        return _day(*(int(part) for part in match.groups() if part is not None))
    if _OTHER_DAY.fullmatch(text):
        raise wrong(
            "date_ambiguous",
            f"日期“{text[:20]}”分不清年月日，请写成 2026-11-05",
            f"the date {text[:20]!r} can be read in two ways: write 2026-11-05",
        )
    raise _no_date(text)


def _numeric_day(raw: str) -> str:
    text = number_text(raw)
    match = _COMPACT_DAY.fullmatch(text)
    if match:
        return _day(*(int(part) for part in match.groups()))
    raise wrong(
        "date_serial",
        f"单元格是数字 {text[:20]}，不是日期；若是日期，请把该列的格式设为日期",
        f"the cell holds the number {text[:20]}: format the column as a date",
    )


def _day(year: int, month: int, day: int) -> str:
    try:
        found = date(year, month, day)
    except ValueError:
        raise wrong("date_unknown", f"日历上没有 {year}-{month}-{day}", "there is no such day") from None
    if not 1949 <= year <= 2200:
        raise wrong("date_unlikely", f"日期 {found} 的年份不合理", f"the year of {found} is unlikely")
    return found.isoformat()


def _no_date(text: str) -> ProblemError:
    return wrong("date", f"“{text[:20]}”不是日期，请写成 2026-11-05", "a date such as 2026-11-05 is wanted here")


def _foreign(text: str) -> ProblemError:
    return wrong("currency", f"“{text[:20]}”不是人民币，函件只用人民币", "the letters are in CNY only")
