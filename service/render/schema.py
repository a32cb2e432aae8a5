"""The template's JSON Schema applied to fields, with every fault in both languages and at its own pointer."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from service.errors import FieldError
from service.render import pointers
from service.render.patterns import compiled

FORMATS = FormatChecker(formats=())
_TYPES_ZH = {
    "string": "文字",
    "object": "对象",
    "array": "列表",
    "boolean": "真或假",
    "integer": "整数",
    "number": "数",
    "null": "空",
}
_Words = Callable[[Any], tuple[str, str]]


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    """Stricter than the library's, which takes 20261124 and 2026-W48-2 as well."""
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return False
    return bool(date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", value, re.ASCII):
        return False
    return bool(datetime.fromisoformat(value))


@FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value))


def _pattern(validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    """The library's own takes Python's meaning of patterns."""
    if validator.is_type(instance, "string") and not compiled(pattern).search(str(instance)):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_VALIDATOR = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def check_schema(schema: Mapping[str, Any], digest_hex: str, fields: object) -> Iterator[FieldError]:
    """Give every fault of the fields against the schema, in the order of their pointers.

    Args:
        schema: JSON Schema, draft 2020-12, already known to be a schema.
        digest_hex: Names the schema for the cache of compiled ones.
        fields: What was sent, parsed from JSON.
    """
    faults = [
        fault for error in _validator(digest_hex, _Frozen(schema)).iter_errors(fields) for fault in _faults(error)
    ]
    yield from sorted(faults, key=lambda fault: (fault.pointer, fault.code))


class _Frozen:
    """Lets the cache hold a schema by its digest: the mapping itself takes no part in the key."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen)


@lru_cache(maxsize=256)
def _validator(digest_hex: str, frozen: _Frozen) -> Any:
    return _VALIDATOR(dict(frozen.schema), format_checker=FORMATS)


def _faults(error: ValidationError) -> Iterator[FieldError]:
    place = list(error.absolute_path)
    name = str(error.validator)
    if name == "required":
        yield from _missing(error, place)
    elif name == "additionalProperties" and error.validator_value is False:
        yield from _unknown(error, place)
    elif name == "dependentRequired":
        yield from _dependents(error, place)
    else:
        message_zh, message_en = _words(error, name)
        yield FieldError(
            pointer=pointers.join(place),
            code=f"schema.{name}",
            message_zh=_titled(error, message_zh),
            message_en=message_en,
        )


def _missing(error: ValidationError, place: list[str | int]) -> Iterator[FieldError]:
    """The library gives one error for each missing name, and the name only in its sentence."""
    properties = _schema_of(error).get("properties", {})
    for name in _value_of(error):
        if name not in _instance_of(error) and error.message.startswith(repr(name)):
            yield _required(place, name, properties)


def _dependents(error: ValidationError, place: list[str | int]) -> Iterator[FieldError]:
    for name, needed in _value_of(error).items():
        if name not in _instance_of(error):
            continue
        for other in needed:
            if other not in _instance_of(error) and error.message.startswith(repr(other)):
                yield _required(place, other, _schema_of(error).get("properties", {}), because=name)


def _required(place: list[str | int], name: str, properties: Mapping[str, Any], because: str = "") -> FieldError:
    title = properties.get(name, {}).get("title", "")
    why_zh, why_en = (f"（填写了“{because}”）", f" because {because!r} is given") if because else ("", "")
    return FieldError(
        pointer=pointers.join([*place, name]),
        code="schema.required",
        message_zh=f"缺少必填字段“{name}”{f'（{title}）' if title else ''}{why_zh}",
        message_en=f"the field {name!r} is required{why_en}",
    )


def _unknown(error: ValidationError, place: list[str | int]) -> Iterator[FieldError]:
    known = _schema_of(error).get("properties", {})
    for name in _instance_of(error):
        if name not in known:
            yield FieldError(
                pointer=pointers.join([*place, name]),
                code="schema.unknown_field",
                message_zh=f"本模板没有字段“{name[:60]}”",
                message_en=f"this template has no field {name[:60]!r}",
            )


def _titled(error: ValidationError, message_zh: str) -> str:
    title = _schema_of(error).get("title", "")
    return f"{title}：{message_zh}" if title else message_zh


def _schema_of(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _value_of(error: ValidationError) -> Any:
    return error.validator_value


def _instance_of(error: ValidationError) -> Any:
    return error.instance


def _words(error: ValidationError, name: str) -> tuple[str, str]:
    words = _SENTENCES.get(name)
    return (
        words(error.validator_value) if words else ("不符合模板的要求", f"does not meet the template's rule {name!r}")
    )


def _type_words(wanted: Any) -> tuple[str, str]:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return "应为" + "或".join(_TYPES_ZH.get(name, name) for name in names), f"has to be of type {' or '.join(names)}"


def _choice_words(choices: Any) -> tuple[str, str]:
    listed = ", ".join(str(choice) for choice in choices)
    return f"只能是下列之一：{listed}", f"has to be one of: {listed}"


def _format_words(wanted: Any) -> tuple[str, str]:
    if wanted == "date":
        return "应为日历上存在的日期，写作 2026-11-24", "has to be a date of the calendar, written 2026-11-24"
    if wanted == "date-time":
        return (
            "应为带时区的时刻，写作 2026-11-24T09:30:00+08:00",
            "has to be an instant such as 2026-11-24T09:30:00+08:00",
        )
    return f"格式应为 {wanted}", f"has to be in the format {wanted}"


_SENTENCES: dict[str, _Words] = {
    "type": _type_words,
    "enum": _choice_words,
    "const": lambda value: (f"只能是 {value}", f"has to be {value}"),
    "format": _format_words,
    "pattern": lambda value: (f"写法不对，应符合 {value}", f"is not written in the required form {value}"),
    "minLength": lambda value: (f"至少 {value} 字", f"has to have at least {value} characters"),
    "maxLength": lambda value: (f"最多 {value} 字", f"may have at most {value} characters"),
    "minItems": lambda value: (f"至少 {value} 项", f"has to have at least {value} items"),
    "maxItems": lambda value: (f"最多 {value} 项", f"may have at most {value} items"),
    "uniqueItems": lambda value: ("各项不得重复", "items must not repeat"),
    "minimum": lambda value: (f"不得小于 {value}", f"must not be less than {value}"),
    "maximum": lambda value: (f"不得大于 {value}", f"must not be more than {value}"),
    "exclusiveMinimum": lambda value: (f"应大于 {value}", f"has to be more than {value}"),
    "oneOf": lambda value: ("应恰好符合所列情形之一", "has to fit exactly one of the listed forms"),
    "anyOf": lambda value: ("应符合所列情形之一", "has to fit one of the listed forms"),
}
