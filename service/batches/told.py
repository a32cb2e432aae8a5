"""What is wrong with a row, as it is kept with the row and told to callers: where, a code, and both languages."""

from collections.abc import Iterable, Mapping
from typing import Any

from service.errors import FieldError, RefusedError, ServiceError
from service.workbook import CellError


def told_errors(error: ServiceError) -> list[dict[str, Any]]:
    """Give one entry for each fault of a refusal, or one for the refusal itself; pointers as in the letter's fields."""
    if isinstance(error, RefusedError) and error.errors:
        return [told_field(field) for field in error.errors]
    return [{"pointer": "", "code": error.code, "message_zh": error.message_zh, "message_en": error.message}]


def told_end(error: ServiceError) -> dict[str, Any]:
    """Give why a job ended: a code, both languages, and every fault of a refusal."""
    errors = told_errors(error) if isinstance(error, RefusedError) else []
    return {"code": error.code, "message_zh": error.message_zh, "message_en": error.message, "errors": errors}


def told_field(error: FieldError) -> dict[str, Any]:
    """Give one fault; a pointer into a notice's request becomes one into its fields."""
    return {
        "pointer": error.pointer.removeprefix("/fields"),
        "code": error.code,
        "message_zh": error.message_zh,
        "message_en": error.message_en,
    }


def told_cell(error: CellError, titles: Mapping[int, str]) -> dict[str, Any]:
    """Give one fault with the cell that it stands in: the column's letter, its place and its title."""
    where = {} if error.column is None else {"column": error.letter, "index": error.column}
    title = {} if error.column is None or error.column not in titles else {"header": titles[error.column]}
    return {
        **where,
        **title,
        "pointer": error.pointer,
        "code": error.code,
        "message_zh": error.message_zh,
        "message_en": error.message_en,
    }


def told_fields(errors: Iterable[FieldError]) -> list[dict[str, Any]]:
    """Give the faults in order."""
    return [told_field(error) for error in errors]
