"""Facts of entries read without believing them: a value of another shape than expected counts as not stated.

Entries outlive the schemas that they were checked with, and a correction may name any key, so nothing here raises.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

SHANGHAI = timezone(timedelta(hours=8))
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Outside of these a day is a slip of the pen, and the law's periods could not be added to it."""
_DAY_LENGTH = len("2026-11-24")

Values = Mapping[str, Any]
Code = TypeVar("Code", bound=StrEnum)


def legal_day(at: datetime) -> date:
    """Give the legal date of an instant: its day in Asia/Shanghai.

    Args:
        at: Aware.
    """
    return at.astimezone(SHANGHAI).date()


def text(facts: Values, key: str) -> str | None:
    """Give a text that is not blank."""
    value = facts.get(key)
    return value.strip() or None if isinstance(value, str) else None


def flag(facts: Values, key: str) -> bool | None:
    """Give yes or no."""
    value = facts.get(key)
    return value if isinstance(value, bool) else None


def number(facts: Values, key: str, *, most: int) -> int | None:
    """Give a whole number from 0 to `most`."""
    value = facts.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None


def code(facts: Values, key: str, kind: type[Code]) -> Code | None:
    """Give one of the words of the law's facts."""
    value = facts.get(key)
    return words_of(kind).get(value) if isinstance(value, str) else None


@cache
def words_of(kind: type[Code]) -> Mapping[str, Code]:
    """Give the members of a list of words by their spelling."""
    return {str(word): word for word in kind}


def part(facts: Values, key: str) -> Values:
    """Give an object; empty when there is none."""
    value = facts.get(key)
    return value if isinstance(value, Mapping) else {}


def parts(facts: Values, key: str) -> tuple[Values, ...]:
    """Give the objects of a list."""
    return tuple(item for item in items(facts, key) if isinstance(item, Mapping))


def names(facts: Values, key: str) -> tuple[str, ...]:
    """Give the texts of a list, each once."""
    return tuple(dict.fromkeys(item for item in items(facts, key) if isinstance(item, str)))


def items(facts: Values, key: str) -> tuple[Any, ...]:
    """Give what stands in a list."""
    value = facts.get(key)
    return tuple(value) if isinstance(value, list | tuple) else ()


def day(facts: Values, key: str) -> date | None:
    """Give a legal date: as written, or an instant's day in Asia/Shanghai; a week's day (2021-W01-7) is none."""
    value = facts.get(key)
    if not isinstance(value, str):
        return None
    try:
        written = date.fromisoformat(value[:_DAY_LENGTH])
        if written.isoformat() != value[:_DAY_LENGTH]:
            return None
        found = written if len(value) == _DAY_LENGTH else legal_day(_aware(value))
    except (ValueError, OverflowError):
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _aware(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("an instant without its offset is none")
    return found


def same_words(one: str | None, other: str | None) -> bool:
    """Tell whether two texts are the same but for spaces; nothing is the same as what is not stated."""
    return bool(one) and "".join((one or "").split()) == "".join((other or "").split())
