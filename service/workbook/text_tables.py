"""CSV and NDJSON as a stream of rows."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from service.errors import RefusedError
from service.workbook import cells
from service.workbook.cells import EMPTY, Cell, coded
from service.workbook.limits import Limits, refused, too_large
from service.workbook.shared_strings import coded_text
from service.workbook.spool import SpoolWriter

DELIMITERS = ",\t;"
_HEAD = 64 * 2**10
_DEPTH = 20
_HALF = re.compile("[\ud800-\udfff]")


class RawNumber(str):
    """A number of a JSON row as it was written."""

    __slots__ = ()


def read_csv(path: Path, encoding: str, spool: SpoolWriter, limits: Limits) -> str:
    """Write each record to the spool under the line on which it begins; gives the delimiter.

    Raises:
        RefusedError: A quote that never ends, or a NUL.
        TooLargeError: Over a limit.
    """
    csv.field_size_limit(max(limits.cell_characters * 4, 2**17))
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file.read(_HEAD))
        file.seek(0)
        reader = csv.reader(_without_nul(file), delimiter=delimiter, strict=True)
        begin = 1
        try:
            for record in reader:
                spool.add(begin, _csv_row(record, begin, limits))
                begin = reader.line_num + 1
        except csv.Error as error:
            raise refused(
                "csv_broken",
                f"CSV 第 {begin} 行起读不通，多半是引号没有成对",
                f"the CSV cannot be read from line {begin} on: {error}",
            ) from None
    return delimiter


def read_ndjson(path: Path, encoding: str, spool: SpoolWriter, limits: Limits) -> list[str]:
    """Write each object to the spool; gives the keys in the order of their first appearance.

    Raises:
        RefusedError: A line is not a JSON object, or has a key twice, or one that is no text.
        TooLargeError: Over a limit.
    """
    keys: dict[str, int] = {}
    with path.open(encoding=encoding, newline="\n") as file:
        for number, line in enumerate(_lines(file, limits), start=1):
            if not line.strip():
                spool.add(number, [])
                continue
            row = _json_object(line, number)
            for key in row.keys() - keys.keys():
                _refuse_half_characters(key, number)
            for key in row:
                keys.setdefault(key, len(keys))
            if len(keys) > limits.columns:
                raise _too_wide(number, limits)
            spool.add(number, [_json_cell(row.get(key), limits) for key in keys])
    return list(keys)


def _without_nul(file: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if "\0" in line:
            raise refused(
                "csv_broken",
                f"CSV 第 {number} 行含有 NUL 字符，文件多半已损坏或不是文本",
                f"line {number} of the CSV has a NUL: the file is damaged, or no text",
            )
        yield line


def _lines(file: io.TextIOBase, limits: Limits) -> Iterator[str]:
    most = limits.cell_characters * 20
    while line := file.readline(most + 1):
        if len(line) > most:
            raise too_large("table_line", f"有一行超过 {most} 字", f"a line has more than {most} characters")
        yield line


def _delimiter(head: str) -> str:
    """The delimiter of the first line that has one, outside quotes; a comma where none has."""
    for line in head.splitlines()[:30]:
        bare = "".join(line.split('"')[::2])
        counts = {mark: bare.count(mark) for mark in DELIMITERS}
        best = max(DELIMITERS, key=lambda mark: counts[mark])
        if counts[best]:
            return best
    return ","


def _csv_row(record: list[str], number: int, limits: Limits) -> list[str]:
    while record and not record[-1]:
        record.pop()
    if len(record) > limits.columns:
        raise _too_wide(number, limits)
    return [coded_text(text, limits) for text in record]


def _json_object(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line, parse_float=RawNumber, parse_int=RawNumber, parse_constant=_no_constant,
                         object_pairs_hook=_once)  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise refused(
            "ndjson_broken",
            f"第 {number} 行不是合规的 JSON 对象：每行一个对象，键不重复",
            f"line {number} is not a JSON object with each key once: {error}",
        ) from None
    if not isinstance(row, dict):
        raise refused("ndjson_broken", f"第 {number} 行不是 JSON 对象", f"line {number} is not a JSON object")
    return row


def _refuse_half_characters(key: str, number: int) -> None:
    if _HALF.search(key):
        raise refused(
            "ndjson_broken",
            f"第 {number} 行有一个键含有半个字符（孤立的代理项），文件多半被截断过",
            f"line {number} has a key with half a character (a lone surrogate): was the file cut?",
        )


def _json_cell(value: object, limits: Limits) -> str:
    if isinstance(value, str) and not isinstance(value, RawNumber):
        return coded_text(value, limits)
    return coded(_other_cell(value))


def _other_cell(value: object) -> Cell:
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return Cell(cells.BOOLEAN, "1" if value else "0")
    if isinstance(value, RawNumber):
        return Cell(cells.NUMBER, str(value))
    return Cell(cells.JSON, json.dumps(_plain(value, _DEPTH), ensure_ascii=False))


def read_value(text: str) -> Any:
    """Read JSON from a cell; None where it is none, or has a key twice."""
    try:
        value = json.loads(text, parse_float=RawNumber, parse_int=RawNumber, parse_constant=_no_constant,
                           object_pairs_hook=_once)  # fmt: skip
        return _plain(value, _DEPTH)
    except (ValueError, RecursionError, RefusedError):
        return None


def _plain(value: Any, depth: int) -> Any:
    """Numbers inside objects: whole ones stay numbers, others stay the text that was written."""
    if depth == 0:
        raise refused("ndjson_broken", "JSON 嵌套过深", "a JSON row is nested too deep")
    if isinstance(value, dict):
        return {key: _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth - 1) for item in value]
    return int(value) if isinstance(value, RawNumber) and value.lstrip("-").isdigit() and len(value) < 16 else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key stands twice")
    return row


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _too_wide(number: int, limits: Limits) -> Exception:
    return too_large(
        "table_too_wide",
        f"第 {number} 行超过列数上限 {limits.columns}",
        f"row {number} has more than {limits.columns} columns",
    )
