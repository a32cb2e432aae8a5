"""From what stands in a cell to what a field holds: exactly that, or a named problem, never silently another value."""

import re
from collections.abc import Callable

from service.workbook import cells, targets
from service.workbook.amounts_and_days import day_of, money_of
from service.workbook.cells import Cell, fault_words
from service.workbook.plain_values import ProblemError, plain_text, wrong
from service.workbook.targets import Target, synonyms
from service.workbook.text_tables import read_value

Value = object
_SPLIT = re.compile(r"[\n；;]")


def to_value(cell: Cell, target: Target) -> tuple[Value, str]:
    """Give the field's value, and a note in Chinese where something was put right on the way.

    Args:
        cell: Not empty.
        target: What the column means.

    Raises:
        ProblemError: The cell does not say it clearly; code and sentences say what to do.
    """
    if cell.kind == cells.FAULT:
        raise ProblemError(*fault_words(cell))
    return _READERS[target.kind](cell, target)


def _boolean(cell: Cell, _: Target) -> tuple[Value, str]:
    if cell.kind == cells.BOOLEAN:
        return cell.text == "1", ""
    text = plain_text(cell)
    if text in synonyms()["yes"]:
        return True, ""
    if text in synonyms()["no"]:
        return False, ""
    raise wrong("boolean", f"“{text[:20]}”应为“是”或“否”", "yes or no is wanted here: 是 or 否")


def _choice(cell: Cell, target: Target) -> tuple[Value, str]:
    text = plain_text(cell)
    if text in target.choices:
        return text, ""
    meant = dict(target.words).get(text)
    if meant is not None:
        return meant, ""
    known = "、".join(dict.fromkeys((*target.choices, *dict(target.words))))
    raise wrong("choice", f"“{text[:20]}”不在可选范围：{known}", f"has to be one of: {', '.join(target.choices)}")


def _integer(cell: Cell, _: Target) -> tuple[Value, str]:
    text = plain_text(cell)
    if re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
        return int(text), ""
    raise wrong("integer", f"“{text[:20]}”应为整数", "a whole number is wanted here")


def _texts(cell: Cell, _: Target) -> tuple[Value, str]:
    if cell.kind == cells.JSON:
        return _json(cell, _)
    parts = [part.strip() for part in _SPLIT.split(plain_text(cell))]
    return [part for part in parts if part], ""


def json_of(cell: Cell) -> Value:
    """Give an object or a list: an NDJSON row's, or its text in a workbook that went back and came again.

    Raises:
        ProblemError: Neither.
    """
    text = cell.text if cell.kind in (cells.JSON, cells.TEXT) else ""
    value = read_value(text) if text.lstrip()[:1] in ("{", "[") else None
    if not isinstance(value, (dict, list)):
        raise wrong("json", "这里应为 JSON 对象或列表", "a JSON object or list is wanted here")
    return value


def _json(cell: Cell, _: Target) -> tuple[Value, str]:
    return json_of(cell), ""


def _plain_text(cell: Cell, _: Target) -> tuple[Value, str]:
    changed = cell.kind == cells.TEXT and cell.text != cell.text.strip()
    return plain_text(cell), "已去除首尾空格" if changed else ""


def _money(cell: Cell, _: Target) -> tuple[Value, str]:
    return money_of(cell), ""


def _date(cell: Cell, _: Target) -> tuple[Value, str]:
    return day_of(cell), "时间部分未采用" if cell.kind == cells.INSTANT else ""


_READERS: dict[str, Callable[[Cell, Target], tuple[Value, str]]] = {
    targets.TEXT: _plain_text,
    targets.MONEY: _money,
    targets.DATE: _date,
    targets.BOOLEAN: _boolean,
    targets.CHOICE: _choice,
    targets.INTEGER: _integer,
    targets.TEXTS: _texts,
    targets.JSON: _json,
}
