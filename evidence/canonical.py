"""One byte sequence for one value: canonical JSON, base64, digests and instants.

The JSON profile is a subset of RFC 8785 (JCS) in which the canonical form needs no special number or key
ordering rules, so that any JSON tool with sorted keys reproduces it:

- object keys are `[a-z0-9_]+`, sorted, never twice;
- numbers are integers with an absolute value below 2**53; amounts of money are text;
- text is in Unicode normalisation form C, without lone surrogates and without U+007F;
- nothing is nested deeper than `MAX_JSON_DEPTH`.

Reading is as strict as writing: bytes that are not exactly the canonical ones are refused.
"""

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Never, TypeAlias

from evidence.errors import MalformedError

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

MAX_JSON_DEPTH = 32
"""Levels of nesting; far below the depth at which any JSON reader would exhaust its stack."""

JSON_INTEGER_LIMIT = 2**53
"""Integers stay below it, so that readers with binary64 numbers keep them exact (RFC 8785, appendix D)."""

_KEY = re.compile(r"[a-z0-9_]+")
# No 24:00:00, which newer readers of ISO 8601 take for the next day's start: that would be a second spelling.
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAX_INTEGER_TEXT = len(str(-JSON_INTEGER_LIMIT))


def to_json_bytes(value: JsonValue, *, where: str = "") -> bytes:
    """Write a value as canonical JSON in UTF-8.

    Args:
        value: None, booleans, integers, text, lists and mappings, inside the profile of this module.
        where: Place of the value, put in front of the JSON pointer in an error.

    Raises:
        MalformedError: The value is outside the profile; `where` ends with the JSON pointer to the fault.

    Source: RFC 8785, section 3.2.
    """
    try:
        _check_value(value, depth=MAX_JSON_DEPTH)
    except MalformedError as error:
        raise MalformedError(error.message, where=where + error.where) from None
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=dict)
    return text.encode()


def composed(value: JsonValue) -> JsonValue:
    """Give a value whose texts are in NFC: two such texts put together need not be, and the profile asks for it."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {key: composed(member) for key, member in value.items()}
    return [composed(member) for member in value] if isinstance(value, Sequence) else value


def from_json_bytes(data: bytes, *, where: str = "") -> JsonValue:
    """Read canonical JSON and refuse every other spelling of it.

    Raises:
        MalformedError: Not UTF-8, not JSON, a key twice, outside the profile, or not the canonical bytes.

    Source: RFC 8785, section 3.2.
    """
    value = _load(data, where=where)
    canonical = to_json_bytes(value, where=where)
    if canonical != data:
        raise MalformedError(
            f"not the canonical JSON spelling, from byte {_first_difference(canonical, data)} on", where=where
        )
    return value


def sha256(data: bytes) -> bytes:
    """Return the 32-byte SHA-256 digest of the data."""
    return hashlib.sha256(data).digest()


def to_base64(data: bytes) -> str:
    """Write bytes in base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, *, where: str = "") -> bytes:
    """Read padded base64 and refuse white space, missing padding and stray final bits.

    Raises:
        MalformedError: The text is not what `to_base64` writes for any bytes.

    Source: RFC 4648, sections 3.5 and 4.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise MalformedError("not base64", where=where) from error
    if to_base64(data) != text:
        raise MalformedError("base64 in a second spelling", where=where)
    return data


def format_instant(at: datetime) -> str:
    """Write an instant as UTC to the second, as in `2026-11-23T22:06:40Z`.

    Raises:
        ValueError: The instant has no time zone, or a fraction of a second.

    Source: RFC 3339, section 5.6.
    """
    if at.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    if at.microsecond:
        raise ValueError("an instant is kept in whole seconds")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_instant(text: str, *, where: str = "") -> datetime:
    """Read an instant that `format_instant` wrote.

    Raises:
        MalformedError: Another spelling, or no such instant.

    Source: RFC 3339, section 5.6.
    """
    if not _INSTANT.fullmatch(text):
        raise MalformedError("not an instant like 2026-11-23T22:06:40Z", where=where)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedError(f"no such instant: {text}", where=where) from error


def _load(data: bytes, *, where: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except UnicodeDecodeError as error:
        raise MalformedError(f"not UTF-8 at byte {error.start}", where=where) from error
    except json.JSONDecodeError as error:
        raise MalformedError(f"not JSON at character {error.pos}: {error.msg}", where=where) from error
    except RecursionError as error:
        raise MalformedError("nested too deeply", where=where) from error
    except MalformedError as error:
        raise MalformedError(error.message, where=where) from error
    return value


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {}
    for key, member in pairs:
        if key in value:
            raise MalformedError(f"key {key[:40]!r} is there twice")
        value[key] = member
    return value


def _integer(text: str) -> int:
    if len(text) > _MAX_INTEGER_TEXT:
        raise MalformedError("an integer is not below 2**53")
    return int(text)


def _refuse_number(text: str) -> Never:
    raise MalformedError(f"{text[:40]} is not an integer")


def _check_value(value: JsonValue, *, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if not -JSON_INTEGER_LIMIT < value < JSON_INTEGER_LIMIT:
            raise MalformedError("an integer is not below 2**53")
    elif value is not None:
        _check_members(value, depth=depth)


def _check_members(value: Sequence[JsonValue] | Mapping[str, JsonValue], *, depth: int) -> None:
    if depth == 0:
        raise MalformedError("nested too deeply")
    for name, member in _members(value):
        try:
            _check_value(member, depth=depth - 1)
        except MalformedError as error:
            # The pointer is put together on the way out only, so that long keys cost hostile input nothing.
            raise MalformedError(error.message, where=f"/{name}{error.where}") from None


def _members(value: Sequence[JsonValue] | Mapping[str, JsonValue]) -> Iterable[tuple[object, JsonValue]]:
    if isinstance(value, Mapping):
        for key in value:
            _check_key(key)
        return value.items()
    if isinstance(value, list | tuple):
        return enumerate(value)
    raise MalformedError(f"{type(value).__name__} has no canonical form")


def _check_key(key: object) -> None:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise MalformedError(f"key {str(key)[:40]!r} is not made of a-z, 0-9 and _ only")


def _check_text(text: str) -> None:
    if "\x7f" in text:
        raise MalformedError("text has the character U+007F")
    if text.isascii():
        return
    if _SURROGATE.search(text):
        raise MalformedError("text has a lone surrogate")
    if not unicodedata.is_normalized("NFC", text):
        raise MalformedError("text is not in Unicode normalisation form C")


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
