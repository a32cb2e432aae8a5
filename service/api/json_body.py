"""JSON bodies, read strictly: what a program could read in two ways is refused with its place.

`StrictRoute` is the `route_class` of every router of ours. It checks `Content-Digest`, the media type, UTF-8, duplicate
keys, numbers outside the entry profile (DESIGN section 5), depth, and characters that a letter cannot carry; text is
composed to Unicode NFC. What reaches pydantic is therefore always recordable.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from service.api.digests import check_digest, parse_digest
from service.api.validation_messages import refused_fields
from service.errors import FieldError, RefusedError, TooLargeError
from service.services import services_of

DEPTH_LIMIT = 24
INTEGER_LIMIT = 2**53
NAMED_BY_CALLERS = "/digests"
"""The one object whose keys are file names; it is never recorded as it is."""

_JSON_TYPE = re.compile(r"^application/(json|[a-z0-9.-]+\+json)\s*(;|$)", re.IGNORECASE)
_KEY = re.compile(r"[a-z0-9_]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

JsonValue = Any


def is_json(declared: str) -> bool:
    """Tell whether a Content-Type says JSON."""
    return bool(_JSON_TYPE.match(declared))


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `parse_json_body`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the request before FastAPI reads its body."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if takes_json and await strict.body():
                # Read here, not within FastAPI: it would turn our refusals into a bare 400.
                strict.require_json()
                await strict.json()
            return await handle(strict)

        return strictly


class StrictRequest(Request):
    """A request that gives its JSON only when it can be read in one way."""

    def require_json(self) -> None:
        """Refuse a body that does not say that it is JSON."""
        if not is_json(self.headers.get("content-type", "")):
            raise RefusedError(
                "media_type_unsupported",
                "Send Content-Type: application/json.",
                message_zh="请以 Content-Type: application/json 发送。",
            )

    async def body(self) -> bytes:
        """Read the body once, up to the limit for JSON."""
        if not hasattr(self, "_body"):
            limit, taken = services_of(self).limits.body, bytearray()
            async for chunk in self.stream():
                taken += chunk
                if len(taken) > limit:
                    raise TooLargeError(
                        "body_too_large",
                        f"The body is over {limit} bytes.",
                        message_zh=f"请求正文超过上限 {limit} 字节。",
                    )
            self._body = bytes(taken)
        return self._body

    async def json(self) -> JsonValue:
        """Read the body once; the value is kept for every later reader."""
        if not hasattr(self, "_json"):
            body = await self.body()
            check_content_digest(self, hashlib.sha256(body).digest())
            self._json = parse_json_body(body)
        return self._json


def check_content_digest(request: Request, actual: bytes) -> None:
    """Compare the whole body with the digests that the request announces for it."""
    for name in ("content-digest", "repr-digest"):
        value = request.headers.get(name)
        if value is not None:
            check_digest(parse_digest(value, where=name), actual, where=name)


def parse_json_body(body: bytes) -> JsonValue:
    """Read JSON that is sure to be recordable, with its text in NFC.

    Raises:
        RefusedError: `json_malformed` with line and column, or `validation_failed` with every bad place.
    """
    value = _decode(body)
    errors: list[FieldError] = []
    clean = _clean(value, "", 0, errors)
    if errors:
        raise refused_fields(tuple(errors))
    return clean


def _decode(body: bytes) -> JsonValue:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _malformed(f"byte {error.start} is not UTF-8", f"第 {error.start} 字节不是 UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}: {error.msg}"
        raise _malformed(place, f"第 {error.lineno} 行第 {error.colno} 列") from None
    except RecursionError:
        raise _malformed("nested too deeply", "嵌套层数过多") from None
    except ValueError as error:
        raise _malformed(str(error)[:200], "含有无法记录的数值或重复的键") from None


def _malformed(english: str, chinese: str) -> RefusedError:
    return RefusedError("json_malformed", f"The JSON body: {english}.", message_zh=f"JSON 正文：{chinese}。")


def _without_duplicates(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _no_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not JSON")


def _clean(value: JsonValue, pointer: str, depth: int, errors: list[FieldError]) -> JsonValue:
    if depth > DEPTH_LIMIT:
        errors.append(_error(pointer, "too_deep", "嵌套层数过多", "nested too deeply"))
        return None
    if isinstance(value, dict):
        return _clean_object(value, pointer, depth, errors)
    if isinstance(value, list):
        return [_clean(item, f"{pointer}/{index}", depth + 1, errors) for index, item in enumerate(value)]
    return _text(value, pointer, errors) if isinstance(value, str) else _number(value, pointer, errors)


def _clean_object(value: dict[str, JsonValue], pointer: str, depth: int, errors: list[FieldError]) -> JsonValue:
    clean = {}
    for key, item in value.items():
        place = f"{pointer}/{_token(key)}"
        if pointer != NAMED_BY_CALLERS and not _KEY.fullmatch(key):
            errors.append(
                _error(place, "key_malformed", "字段名只能用 a-z、0-9 和 _", "field names are of a-z, 0-9 and _")
            )
        clean[_text(key, place, errors)] = _clean(item, place, depth + 1, errors)
    return clean


def _number(value: JsonValue, pointer: str, errors: list[FieldError]) -> JsonValue:
    if isinstance(value, float):
        errors.append(
            _error(
                pointer,
                "float",
                '不接受小数；金额请写成文本，如 "12.50"',
                'no fractions: write amounts as text, "12.50"',
            )
        )
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= INTEGER_LIMIT:
        errors.append(
            _error(pointer, "integer_too_large", "整数过大，请写成文本", "integer too large: write it as text")
        )
    return value


def _text(value: str, pointer: str, errors: list[FieldError]) -> str:
    if _SURROGATE.search(value):
        errors.append(_error(pointer, "surrogate", "含有残缺的 Unicode 字符", "holds half of a Unicode character"))
        return ""
    if found := _CONTROL.search(value):
        code = f"U+{ord(found[0]):04X}"
        errors.append(
            _error(pointer, "control_character", f"含有控制字符 {code}", f"holds the control character {code}")
        )
    if found := _DIRECTION.search(value):
        code = f"U+{ord(found[0]):04X}"
        errors.append(
            _error(pointer, "direction_mark", f"含有改变文字方向的字符 {code}", f"holds the direction mark {code}")
        )
    return _composed(value, pointer, errors)


def _composed(value: str, pointer: str, errors: list[FieldError]) -> str:
    """Put text into NFC, unless that would put another character into somebody's name: the caller says which."""
    if unicodedata.is_normalized("NFC", value):
        return value
    for one in dict.fromkeys(value):
        other = unicodedata.normalize("NFC", one)
        if other != one:
            chinese = f"“{one}”（U+{ord(one):04X}）是兼容字符，请改用“{other}”"
            english = f"U+{ord(one):04X} is a compatibility character: write {other} if you mean that"
            errors.append(_error(pointer, "compatibility_character", chinese, english))
    return unicodedata.normalize("NFC", value)


def _token(key: str) -> str:
    return key.encode("utf-8", "replace").decode()[:100].replace("~", "~0").replace("/", "~1")


def _error(pointer: str, code: str, chinese: str, english: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, message_zh=chinese, message_en=english)
