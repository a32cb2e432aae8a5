"""One row to the fields of one letter, with every fault at its cell."""

import hashlib
import json
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from service.errors import ServiceError
from service.render.catalog import Template
from service.workbook.amounts_and_days import check_currency
from service.workbook.cells import EMPTY_KIND, Cell
from service.workbook.header import Header, desk_columns, our_columns
from service.workbook.mapping import RETURNED, Mapping
from service.workbook.nesting import closed_up, copied, laid_over, moved_pointer, put
from service.workbook.plain_values import ProblemError, plain_text
from service.workbook.row_read import CellError, RowRead
from service.workbook.table import Row
from service.workbook.targets import find_target
from service.workbook.values import json_of, to_value

TemplateOf = Callable[[Dictionary[str, str]], Template]


@dataclass(slots=True)
class _Reading:
    """A row on its way."""

    errors: list[CellError] = field(default_factory=list)
    notes: list[CellError] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    specials: dict[str, str] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)

    def base_lists(self) -> dict[str, Any]:
        """What @fields gives as a whole list, by pointer."""
        return {f"/{name}": value for name, value in self.base.items() if isinstance(value, list)}

    def fail(self, column: int | None, pointer: str, problem: ProblemError) -> None:
        self.errors.append(
            CellError(column=column, pointer=pointer, code=problem.code, message_zh=problem.zh, message_en=problem.en)
        )


@dataclass(frozen=True, slots=True)
class _Columns:
    """A mapping joined with a table's headers, so that a row needs no look-up of titles."""

    targets: tuple[tuple[int, str], ...]
    returned: tuple[tuple[int, str], ...]


@lru_cache(maxsize=16)
def _columns(mapping: Mapping, headers: tuple[Header, ...]) -> _Columns:
    index = {header.text: header.index for header in desk_columns(headers)}
    return _Columns(
        targets=tuple((index[c.header], c.target) for c in mapping.columns if c.header in index),
        returned=tuple((index, RETURNED[title]) for title, index in our_columns(headers).items()),
    )


def read_row(
    row: Row, mapping: Mapping, template_of: TemplateOf, constants: Dictionary[str, object] | None = None
) -> RowRead:
    """Read one row.

    Args:
        row: Of a table.
        mapping: Confirmed; columns that the table does not have are left out.
        template_of: Gives the template for the row's special values, such as {"template": "loan-demand"}; a service
            error from it becomes the row's.
        constants: Values by target for what is the same in all rows; a filled cell wins over them.

    Returns:
        Everything that the row says and every fault; nothing is raised for a bad row.
    """
    given = constants or {}
    columns = _columns(mapping, row.headers)
    reading = _Reading()
    _read_specials(row, columns, given, reading)
    try:
        template = template_of(reading.specials)
    except ServiceError as error:
        template = None
        column = next((at for at, target in columns.targets if target == "@template"), None)
        reading.fail(column, "@template", ProblemError(error.code, error.message_zh, error.message))
    if template is not None:
        _read_fields(row, columns, template, reading)
    fields, places = _nested(reading, {key: value for key, value in given.items() if key.startswith("/")})
    return RowRead(
        number=row.number,
        fields=fields,
        specials=reading.specials,
        returned=_returned(row, columns),
        errors=tuple(reading.errors),
        notes=tuple(reading.notes),
        template=template,
        places=places,
    )


def content_key(fields: Dictionary[str, Any], template_name: str, engine: str) -> bytes:
    """Give 32 bytes that are the same for rows that ask for the same letter: SHA-256 over sorted JSON of the three."""
    said = json.dumps(
        [template_name, engine, fields], sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=dict
    )
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()


def _read_specials(row: Row, columns: _Columns, constants: Dictionary[str, object], reading: _Reading) -> None:
    reading.specials.update({key[1:]: str(value) for key, value in constants.items() if key[:1] == "@"})
    for index, target in columns.targets:
        cell = row.cell(index)
        if not target.startswith("@") or cell.kind == EMPTY_KIND:
            continue
        try:
            _read_special(cell, target, reading)
        except ProblemError as problem:
            reading.fail(index, target, problem)
        reading.places[target] = index


def _read_special(cell: Cell, target: str, reading: _Reading) -> None:
    if target == "@fields":
        value = json_of(cell)
        if not isinstance(value, dict):
            raise ProblemError("cell.json", "这里应为 JSON 对象", "a JSON object is wanted here")
        reading.base = value
        return
    text = plain_text(cell)
    if target == "@currency":
        check_currency(text)
    if text:
        reading.specials[target[1:]] = text


def _read_fields(row: Row, columns: _Columns, template: Template, reading: _Reading) -> None:
    for index, pointer in columns.targets:
        if pointer.startswith("@"):
            continue
        reading.places[pointer] = index
        cell = row.cell(index)
        if cell.kind == EMPTY_KIND or not cell.text.strip():
            continue
        try:
            _read_field(cell, pointer, template, reading, index)
        except ProblemError as problem:
            reading.fail(index, pointer, problem)


def _read_field(cell: Cell, pointer: str, template: Template, reading: _Reading, index: int) -> None:
    target = find_target(template, pointer)
    if target is None:
        raise ProblemError(
            "cell.not_in_template",
            f"《{template.title_zh}》没有这一字段，请清空该单元格或改用其他模板",
            f"the template {template.name} has no field {pointer}: clear the cell",
        )
    value, note = to_value(cell, target)
    if value in ("", []):
        return
    reading.values[pointer] = value
    if note:
        reading.notes.append(
            CellError(column=index, pointer=pointer, code="cell.tidied", message_zh=note, message_en="tidied")
        )


def _nested(reading: _Reading, constants: Dictionary[str, object]) -> tuple[dict[str, Any], dict[str, int]]:
    """Nest the values; gaps in numbered items close up, and places and faults follow the items."""
    moved = closed_up({**constants, **reading.base_lists(), **reading.values}, reading.places)
    fields: dict[str, Any] = {}
    _put_all(fields, constants, moved, reading)
    fields = laid_over(fields, copied(reading.base))
    _put_all(fields, reading.values, moved, reading)
    for told in (reading.errors, reading.notes):
        told[:] = [replace(error, pointer=moved_pointer(error.pointer, moved)) for error in told]
    return fields, {moved_pointer(pointer, moved): at for pointer, at in reading.places.items()}


def _put_all(
    fields: dict[str, Any], values: Dictionary[str, object], moved: Dictionary[str, str], reading: _Reading
) -> None:
    """An object or a list comes before what is in it."""
    for pointer in sorted(values, key=lambda each: each.count("/")):
        try:
            put(fields, moved_pointer(pointer, moved), copied(values[pointer]))
        except ProblemError as problem:
            reading.fail(reading.places.get(pointer, reading.places.get("@fields")), pointer, problem)


def _returned(row: Row, columns: _Columns) -> dict[str, str]:
    found = {name: row.cell(index) for index, name in columns.returned}
    return {name: cell.text.strip() for name, cell in found.items() if cell.kind != EMPTY_KIND}
