"""Fields of a letter checked before anything is reserved or rendered: all faults at once, each at its own pointer."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.errors import FieldError
from service.render import pointers
from service.render.business import UNREADABLE, check_business, check_numbers
from service.render.catalog import Template
from service.render.fonts import installed_coverage
from service.render.hygiene import TOTAL_LIMIT, check_text, to_nfc
from service.render.schema import check_schema

_INTEGER_LIMIT = 2**53
_DEPTH_LIMIT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The verdict on fields: refused when there are errors; `fields` is what to go on with (text composed to NFC)."""

    errors: tuple[FieldError, ...]
    warnings: tuple[FieldError, ...]
    fields: Mapping[str, object]


def check_fields(template: Template, fields: object, *, coverage: Container[int] | None = None) -> Checked:
    """Check the fields of a letter against its template: form, text, fonts, sums, words, dates and numbers.

    Args:
        template: From the catalogue.
        fields: Parsed JSON, as it was sent.
        coverage: Code points that the letter's fonts draw; the installed fonts' when not given (read once).

    Returns:
        All errors and all warnings; nothing is raised for bad fields.
    """
    if not isinstance(fields, Mapping):
        return Checked(errors=(_not_an_object(),), warnings=(), fields={})
    if pointers.is_deeper(fields, _DEPTH_LIMIT):
        return Checked(errors=(_too_deep(),), warnings=(), fields={})
    composed, changed = _compose(fields)
    values = tuple(_check_values(composed, installed_coverage() if coverage is None else coverage))
    form = tuple(check_schema(template.schema, template.digest_hex, composed))
    business = _unspoken(check_business(template.rules, composed), {fault.pointer for fault in form})
    warnings = (*check_numbers(template.rules, composed), *(_composed_warning(pointer) for pointer in changed))
    return Checked(errors=(*values, *form, *business), warnings=warnings, fields=composed)


def _unspoken(faults: Iterable[FieldError], spoken_of: Container[str]) -> Iterator[FieldError]:
    """What a check could not read is told once: by the schema, if that has a word for it."""
    return (fault for fault in faults if fault.code not in UNREADABLE or fault.pointer not in spoken_of)


def _check_values(fields: Mapping[str, object], coverage: Container[int]) -> Iterator[FieldError]:
    total = 0
    for pointer, value in pointers.leaves(fields):
        if isinstance(value, str):
            total += len(value)
            yield from check_text(value, pointer, coverage)
        elif isinstance(value, float) or (isinstance(value, int) and abs(value) >= _INTEGER_LIMIT):
            yield _inexact_number(pointer)
    if total > TOTAL_LIMIT:
        yield FieldError(
            pointer="",
            code="text.too_long",
            message_zh=f"全部文字共 {total} 字，上限 {TOTAL_LIMIT} 字",
            message_en=f"the fields hold {total} characters in all, the limit is {TOTAL_LIMIT}",
        )


def _compose(fields: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """Compose each text whose single characters NFC leaves alone; the others stay, to be refused by name."""
    changed = [pointer for pointer, value in pointers.leaves(fields) if isinstance(value, str) and _composable(value)]
    return ({str(key): _composed(value) for key, value in fields.items()}, changed) if changed else (dict(fields), [])


def _composed(value: object) -> object:
    if isinstance(value, str):
        return to_nfc(value) if _composable(value) else value
    if isinstance(value, Mapping):
        return {key: _composed(item) for key, item in value.items()}
    return [_composed(item) for item in value] if isinstance(value, list) else value


def _composable(text: str) -> bool:
    return to_nfc(text) != text and all(to_nfc(character) == character for character in text)


def _not_an_object() -> FieldError:
    return FieldError(
        pointer="", code="schema.type", message_zh="字段应为对象", message_en="the fields have to be a JSON object"
    )


def _too_deep() -> FieldError:
    return FieldError(
        pointer="",
        code="schema.too_deep",
        message_zh=f"字段嵌套超过 {_DEPTH_LIMIT} 层",
        message_en=f"the fields are nested more than {_DEPTH_LIMIT} levels deep",
    )


def _inexact_number(pointer: str) -> FieldError:
    return FieldError(
        pointer=pointer,
        code="number.inexact",
        message_zh='数值不精确：金额请写成文字形式的十进制数，例如 "1000.00"',
        message_en='this number is not exact: write amounts as decimal strings such as "1000.00"',
    )


def _composed_warning(pointer: str) -> FieldError:
    return FieldError(
        pointer=pointer,
        code="text.composed",
        message_zh="文字已按 Unicode NFC 合成，外观不变",
        message_en="the text was composed to Unicode NFC; it looks the same",
    )
