"""Reading tables of a case file into the law's values, strictly: nothing unknown, nothing guessed.

The dataclasses are the format: a key is a field, its type says what may stand there. Every fault is a `MalformedError`
that names the place (`event[2].channel`, counted from 1) and says what is allowed there.
"""

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from evidence.errors import MalformedError

MAX_LETTERS = 4000
MAX_ITEMS = 1000
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""Far enough for every period of the law on both sides; beyond it a date is a slip of the pen."""
MAX_NUMBER = 1200
TYPE = "type"
"""The key that tells which of several tables stands here."""

T = TypeVar("T")


def read(table: object, kind: type[T], place: str) -> T:
    """Read one table into a dataclass.

    Raises:
        MalformedError: A key that is not one of its fields, one missing, or a value of the wrong kind.
    """
    entries = _table(table, place)
    fields: Any = kind
    hints, required = keys_of(fields), required_of(fields)
    for name in sorted(entries.keys() - hints.keys()):
        raise MalformedError(f"没有这个键 unknown key; {allowed(hints)}", where=_under(place, _shown(name)))
    for name in sorted(required - entries.keys()):
        raise MalformedError("缺少这个键 this key is missing", where=_under(place, name))
    return kind(**{name: read_value(value, hints[name], _under(place, name)) for name, value in entries.items()})


@cache
def keys_of(kind: Any) -> Mapping[str, Any]:
    """Give the keys of a table, each with the type of its value."""
    hints = typing.get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind) if each.init}


@cache
def required_of(kind: Any) -> frozenset[str]:
    """Give the keys that a table cannot do without."""
    nothing = dataclasses.MISSING
    fields = dataclasses.fields(kind)
    return frozenset(each.name for each in fields if each.default is nothing and each.default_factory is nothing)


def read_value(value: object, kind: Any, place: str) -> Any:
    """Read one value of the given type.

    Raises:
        MalformedError: It is of another kind, or out of bounds.
    """
    options = [each for each in typing.get_args(kind) if each is not types.NoneType]
    if isinstance(kind, types.UnionType):
        return _one_of(value, options, place)
    if typing.get_origin(kind) in (tuple, frozenset):
        return _many(value, kind, place)
    if dataclasses.is_dataclass(kind):
        return read(value, typing.cast("type[Any]", kind), place)
    if issubclass(kind, StrEnum):
        return _code(value, kind, place)
    return _plain(value, kind, place)


def _one_of(value: object, options: list[Any], place: str) -> Any:
    return read_value(value, options[0], place) if len(options) == 1 else _typed(value, options, place)


def _typed(value: object, options: list[type], place: str) -> Any:
    entries = dict(_table(value, place))
    by_name = {type_name(each): each for each in options}
    name = entries.pop(TYPE, None)
    if name is None:
        raise MalformedError(f"缺少这个键 this key is missing; {allowed(by_name)}", where=_under(place, TYPE))
    if not isinstance(name, str) or name not in by_name:
        raise MalformedError(f"没有这个代码 unknown code {_shown(name)}; {allowed(by_name)}", where=_under(place, TYPE))
    return read(entries, by_name[name], place)


def type_name(kind: type) -> str:
    """Give a class's name as it stands in a file: `DebtorFirstEnded` is `debtor_first_ended`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")


def _many(value: object, kind: Any, place: str) -> Any:
    item = typing.get_args(kind)[0]
    if typing.get_origin(item) is tuple:
        return _pairs(value, typing.get_args(item)[1], place)
    if not isinstance(value, list):
        raise MalformedError(f"应为列表 a list is expected, not {_shown(value)}", where=place)
    if len(value) > MAX_ITEMS:
        raise MalformedError(f"多于 more than {MAX_ITEMS}", where=place)
    items = [read_value(each, item, f"{place}[{number}]") for number, each in enumerate(value, start=1)]
    return typing.get_origin(kind)(items)


def _pairs(value: object, kind: Any, place: str) -> tuple[tuple[str, Any], ...]:
    return tuple((name, read_value(each, kind, _under(place, name))) for name, each in _table(value, place).items())


def _code(value: object, kind: type[StrEnum], place: str) -> StrEnum:
    codes = [str(each) for each in kind]
    if not isinstance(value, str) or value not in codes:
        raise MalformedError(f"没有这个代码 unknown code {_shown(value)}; {allowed(codes)}", where=place)
    return kind(value)


_NAMES: dict[type, str] = {
    str: "文字 a text",
    bool: "true / false",
    int: "整数 a whole number",
    date: "日期 a date like 2024-07-01",
}


def _plain(value: object, kind: type, place: str) -> object:
    if type(value) is not kind:
        raise MalformedError(f"应为 expected {_NAMES[kind]}, not {_shown(value)}", where=place)
    if isinstance(value, str):
        _check_text(value, place)
    elif isinstance(value, date) and not EARLIEST <= value <= LATEST:
        raise MalformedError(f"日期应在 a date must lie between {EARLIEST} and {LATEST}", where=place)
    elif isinstance(value, int) and not 0 <= value <= MAX_NUMBER:
        raise MalformedError(f"应在 must lie between 0 and {MAX_NUMBER}", where=place)
    return value


def _check_text(value: str, place: str) -> None:
    if len(value) > MAX_LETTERS:
        raise MalformedError(f"多于 longer than {MAX_LETTERS} letters", where=place)
    if not all(letter.isprintable() or letter == "\n" for letter in value):
        raise MalformedError("含有不可显示的字符 it holds a letter that cannot be shown", where=place)


def _table(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MalformedError(f"应为表 a table is expected, not {_shown(value)}", where=place)
    return value


def allowed(names: Iterable[str]) -> str:
    """Say what may stand at a place."""
    return "可用 allowed: " + ", ".join(names)


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, str | int | float | date) else type(value).__name__
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:60]) or '""'
