"""Facts read without believing them: a value of another shape than expected counts as not there.

Entries outlive the schemas that they were checked with, and a correction may name any key. A report has to come out
all the same, so nothing here raises.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from evidence.canonical import parse_instant
from evidence.errors import MalformedError

SHANGHAI = timezone(timedelta(hours=8))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_QUOTE = 400
"""Characters of one recorded text that are quoted; the whole is in the entry's body."""


def text(facts: Mapping[str, Any], key: str) -> str:
    """Give a text, shortened where it is very long; empty when there is none."""
    value = facts.get(key)
    if not isinstance(value, str):
        return ""
    return value if len(value) <= LONGEST_QUOTE else f"{value[:LONGEST_QUOTE]}……（下略，全文见该条记录正文）"


def part(facts: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Give an object; empty when there is none."""
    value = facts.get(key)
    return value if isinstance(value, Mapping) else {}


def parts(facts: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    """Give the objects of a list."""
    value = facts.get(key)
    return tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, list | tuple) else ()


def day(facts: Mapping[str, Any], key: str) -> date | None:
    """Give a legal date: as written, or an instant's day in Asia/Shanghai."""
    value = facts.get(key)
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        return None
    at = moment(facts, key)
    return None if at is None else at.date()


def moment(facts: Mapping[str, Any], key: str) -> datetime | None:
    """Give an instant in Beijing time."""
    value = facts.get(key)
    try:
        return parse_instant(value).astimezone(SHANGHAI) if isinstance(value, str) else None
    except (MalformedError, OverflowError):
        return None


def fact_day(facts: Mapping[str, Any], *, recorded_at: datetime) -> date:
    """Give the day that a fact is of: its `on`, its `at`, or else the day on which it was recorded."""
    return day(facts, "on") or day(facts, "at") or recorded_at.astimezone(SHANGHAI).date()


def money(value: object, *, currency: str = "CNY") -> str:
    """Write an amount, given alone or with its currency; empty when it is none."""
    if isinstance(value, Mapping):
        inner = value.get("amount")
        return "" if isinstance(inner, Mapping) else money(inner, currency=str(value.get("currency") or currency))
    try:
        amount = Decimal(value) if isinstance(value, str) and value.isascii() and len(value) <= 40 else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite():
        return ""
    return f"人民币{amount:,.2f}元" if currency == "CNY" else f"{currency} {amount:,.2f}"


def beijing(at: datetime) -> str:
    """Write an instant in Beijing time, to the second."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def chinese_day(on: date) -> str:
    """Write a day as in a letter."""
    return f"{on.year}年{on.month}月{on.day}日"


def shown(value: object) -> object:
    """Make what cannot be seen visible: a direction mark or control character is printed as its code point."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return type(value)("".join(_visible(value)))


def _visible(value: str) -> Iterator[str]:
    for character in value:
        hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} and character != "\n"
        yield f"〔U+{ord(character):04X}〕" if hidden else character
