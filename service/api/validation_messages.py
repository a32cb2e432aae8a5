"""Pydantic's findings in our words: where in the caller's own JSON, what is wrong, in Chinese and English.

Values are never repeated: they may be somebody's name, number or address, and problems end up in other people's logs.
A validator of ours that wants its own Chinese raises `PydanticCustomError(code, "English", {"zh": "中文"})`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from service.errors import FieldError, RefusedError

Model = TypeVar("Model", bound=BaseModel)

CHINESE: dict[str, str] = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的字段，请检查拼写",
    "string_type": "应为文本",
    "string_too_short": "文本太短，至少 {min_length} 个字符",
    "string_too_long": "文本太长，最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符，应匹配 {pattern}",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "整数过大",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为数组",
    "tuple_type": "应为数组",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "too_short": "项数太少，至少 {min_length} 项",
    "too_long": "项数太多，最多 {max_length} 项",
    "enum": "取值不在允许范围内，应为 {expected}",
    "literal_error": "取值不在允许范围内，应为 {expected}",
    "union_tag_invalid": "类型标识不在允许范围内，应为 {expected_tags}",
    "union_tag_not_found": "缺少类型标识 {discriminator}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "date_type": "应为日期，格式 YYYY-MM-DD",
    "date_parsing": "应为日期，格式 YYYY-MM-DD",
    "date_from_datetime_parsing": "应为日期，格式 YYYY-MM-DD",
    "date_from_datetime_inexact": "应为日期，不带时间",
    "datetime_type": "应为带时区的时间，如 2026-11-23T22:06:40Z",
    "datetime_parsing": "应为带时区的时间，如 2026-11-23T22:06:40Z",
    "datetime_from_date_parsing": "应为带时区的时间，如 2026-11-23T22:06:40Z",
    "timezone_aware": "时间须带时区，如 2026-11-23T22:06:40Z",
    "decimal_type": '金额应为十进制文本，如 "1000000.00"',
    "decimal_parsing": '金额应为十进制文本，如 "1000000.00"',
    "decimal_max_digits": "位数过多，最多 {max_digits} 位",
    "decimal_max_places": "小数位过多，最多 {decimal_places} 位",
    "decimal_whole_digits": "整数位过多",
    "finite_number": "应为有限的数",
    "none_required": "应为空",
    "json_invalid": "不是合规的 JSON",
}
_OTHER = "值不符合要求"


def validated(model: type[Model], sent: object) -> Model:
    """Read what was sent as a model, or refuse with every wrong field.

    Raises:
        RefusedError: `validation_failed`.
    """
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        raise refused_fields(field_errors(error.errors(include_url=False), sent=sent)) from None


def refused_fields(errors: tuple[FieldError, ...]) -> RefusedError:
    """Refuse with every wrong field at once."""
    return RefusedError(
        "validation_failed",
        f"{len(errors)} field(s) to correct, see errors.",
        errors=errors,
        message_zh=f"有 {len(errors)} 处需要改正，见 errors。",
    )


def field_errors(findings: Sequence[Mapping[str, Any]], *, sent: object = None) -> tuple[FieldError, ...]:
    """Translate every finding of one validation.

    Args:
        findings: As `pydantic.ValidationError.errors()` or FastAPI's `RequestValidationError.errors()` gives them,
            with locations that start with "body", "query", "path" or "header".
        sent: The decoded body, to leave out the union branches that pydantic adds to locations.
    """
    return tuple(_field_error(finding, sent) for finding in findings)


def _field_error(finding: Mapping[str, Any], sent: object) -> FieldError:
    kind = str(finding["type"])
    context = finding.get("ctx") or {}
    english = str(finding["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return FieldError(
        pointer=pointer_of(finding["loc"], sent=sent, is_missing=kind.endswith("missing")),
        code=kind,
        message_zh=str(context["zh"]) if "zh" in context else _chinese(kind, context),
        message_en=english,
    )


def _chinese(kind: str, context: Mapping[str, Any]) -> str:
    try:
        return CHINESE.get(kind, _OTHER).format_map(context)
    except KeyError:
        return _OTHER


def pointer_of(location: Sequence[int | str], *, sent: object, is_missing: bool = False) -> str:
    """Write a place as a JSON pointer into the body, or as `#query/name` for what is not in the body.

    Source: RFC 6901. Pydantic puts the tags of tagged unions into locations; what the caller did not send as a key
    is therefore left out, except the name of a missing field.
    """
    if location and location[0] in ("query", "path", "header", "cookie"):
        return "#" + "/".join(str(part) for part in location)
    parts = list(location[1:]) if location and location[0] == "body" else list(location)
    tokens: list[str] = []
    here: object = sent
    for position, part in enumerate(parts):
        is_last = position == len(parts) - 1
        if not (_has(here, part) or (is_last and is_missing) or sent is None):
            continue
        tokens.append(str(part).replace("~", "~0").replace("/", "~1"))
        here = _step(here, part)
    return "".join(f"/{token}" for token in tokens)


def _has(value: object, part: int | str) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)


def _step(value: object, part: int | str) -> object:
    if not _has(value, part):
        return None
    if isinstance(value, dict):
        return value[part]
    return value[part] if isinstance(value, list) and isinstance(part, int) else None
