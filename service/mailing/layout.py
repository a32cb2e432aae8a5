"""The carrier's batch sheet as data: which columns, in which order, filled from what; and how the sheet comes back.

Every bureau has its own order of columns, so the layout is a file: `layouts/ems.json` is the common one, an operator
names another. A file that is wrong is refused whole, with every fault in it at its place.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from service.errors import StoreError

FORMAT = "duly.ems-layout/1"
SOURCES = (
    "waybill_no", "addressee", "to_name", "to_company", "phone", "address", "city", "postcode", "item_description",
    "notice_no", "pages", "sender_name", "sender_phone", "sender_company", "sender_address", "sender_customer_code",
    "sender_postcode", "sender_signature",
)  # fmt: skip
REFUSED_SHEET = "未列入"
"""The second sheet, of letters that are left out."""
RETURNED = ("notice_no", "waybill_no", "posted_at")
SHORTEST_DESCRIPTION = 40
"""A number in its brackets has 29 characters at most; the rest is for the letter's title."""
MOST_COLUMNS = 200
MOST_BYTES = 1 << 20
LONGEST_CELL = 500

_KEYS = frozenset({"format", "name", "sheet", "columns", "returned"})
_COLUMN_KEYS = frozenset({"title", "source", "value", "longest", "required"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: filled from `source`, one of SOURCES, or always `value`. `longest` counts characters."""

    title: str
    source: str = ""
    value: str = ""
    longest: int = LONGEST_CELL
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A carrier's sheet; `returned` gives, for each of RETURNED, the titles it may have when the sheet comes back."""

    name: str
    sheet: str
    columns: tuple[Column, ...]
    returned: Mapping[str, tuple[str, ...]]

    @property
    def longest_description(self) -> int:
        """How many characters 内件品名 takes."""
        return next(column.longest for column in self.columns if column.source == "item_description")


def load_layout(path: Path | None = None) -> Layout:
    """Read a layout; without a path, the one that comes with Duly.

    Raises:
        StoreError: fatal; it cannot be read, or is wrong. The text names every fault and its place.
    """
    where = str(path) if path else "layouts/ems.json"
    try:
        file = path if path else resources.files("service.mailing").joinpath("layouts", "ems.json")
        data = file.read_bytes()
    except OSError as error:
        raise _wrong(where, [f"cannot be read 无法读取: {error}"]) from error
    return read_layout(data, where=where)


def read_layout(data: bytes, *, where: str) -> Layout:
    """Read a layout from its bytes.

    Raises:
        StoreError: fatal; the text names every fault and its place.
    """
    document = _document(data, where)
    if faults := list(_faults(document)):
        raise _wrong(where, faults)
    return Layout(
        name=document["name"],
        sheet=document["sheet"],
        columns=tuple(Column(**column) for column in document["columns"]),
        returned={name: tuple(document["returned"].get(name, ())) for name in RETURNED},
    )


def _document(data: bytes, where: str) -> Any:
    if len(data) > MOST_BYTES:
        raise _wrong(where, [f"is larger than {MOST_BYTES} bytes 文件过大"])
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _wrong(where, [f"is not JSON in UTF-8 不是 UTF-8 编码的 JSON: {error}"]) from error


def _wrong(where: str, faults: Sequence[str]) -> StoreError:
    told = "; ".join(faults[:20])
    message = f"{where}: {told}"
    return StoreError(message, fatal=True, code="ems_layout_wrong", message_zh=f"邮政批量单的列设置有误：{message}")


def _faults(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "is not an object 不是对象"
        return
    yield from _unknown(document, _KEYS, "")
    if document.get("format") != FORMAT:
        yield f"format: has to be {FORMAT} 格式标识不符"
    for key in ("name", "sheet"):
        if not _is_text(document.get(key)):
            yield f"{key}: has to be a text of 1 to 100 characters 应为 1 至 100 字的文本"
    if not _is_sheet_name(str(document.get("sheet"))):
        yield f"sheet: has at most 31 characters, none of []:*?/\\', and is not {REFUSED_SHEET} 工作表名不合规"
    columns, returned = document.get("columns"), document.get("returned")
    if not isinstance(columns, list) or not 0 < len(columns) <= MOST_COLUMNS:
        yield f"columns: has to be a list of 1 to {MOST_COLUMNS} columns 应为列的清单"
    else:
        yield from _column_faults(columns)
    yield from _returned_faults(returned)


def _column_faults(columns: list[Any]) -> Iterator[str]:
    for place, column in enumerate(columns):
        yield from _one_column(column, f"columns[{place}]")
    known = [column for column in columns if isinstance(column, dict)]
    titles = [column.get("title") for column in known if _is_text(column.get("title"))]
    for title in sorted({str(title) for title in titles if titles.count(title) > 1}):
        yield f"columns: two are called {title} 列名重复"
    sources = [column.get("source") for column in known]
    for source in ("addressee", "address", "item_description", "notice_no"):
        allowed = {"addressee": ("addressee", "to_name")}.get(source, (source,))
        if not any(one in sources for one in allowed):
            yield f"columns: none has the source {source}, and a label needs it 缺少必需的列"


def _one_column(column: Any, where: str) -> Iterator[str]:
    if not isinstance(column, dict):
        yield f"{where}: is not an object 不是对象"
        return
    yield from _unknown(column, _COLUMN_KEYS, f"{where}.")
    if not _is_text(column.get("title")):
        yield f"{where}.title: has to be a text of 1 to 100 characters 列名应为 1 至 100 字的文本"
    if ("source" in column) == ("value" in column):
        yield f"{where}: has either a source or a value 来源 source 与固定值 value 须有且只有一个"
    yield from _fill_faults(column, where)
    if not isinstance(column.get("required", False), bool):
        yield f"{where}.required: has to be true or false 应为 true 或 false"


def _fill_faults(column: dict[str, Any], where: str) -> Iterator[str]:
    if "source" in column and column["source"] not in SOURCES:
        yield f"{where}.source: {str(column['source'])[:60]!r} is none of {', '.join(SOURCES)} 来源不存在"
    if "value" in column and not (isinstance(column["value"], str) and len(column["value"]) <= LONGEST_CELL):
        yield f"{where}.value: has to be a text 固定值应为文本"
    longest = column.get("longest", LONGEST_CELL)
    least = SHORTEST_DESCRIPTION if column.get("source") == "item_description" else 1
    if isinstance(longest, bool) or not isinstance(longest, int) or not least <= longest <= LONGEST_CELL:
        yield f"{where}.longest: has to be a number from {least} to {LONGEST_CELL} 应为此范围内的整数"


def _returned_faults(returned: Any) -> Iterator[str]:
    if not isinstance(returned, dict):
        yield "returned: has to be an object 应为对象"
        return
    yield from _unknown(returned, frozenset(RETURNED), "returned.")
    for name in RETURNED:
        titles = returned.get(name, [])
        if not isinstance(titles, list) or not all(_is_text(title) for title in titles):
            yield f"returned.{name}: has to be a list of titles 应为列名的清单"
        elif not titles and name != "posted_at":
            yield f"returned.{name}: has no title 至少要有一个列名"


def _unknown(document: dict[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    for key in sorted(set(document) - known):
        yield f"{where}{key[:60]}: is not known here 不认识的项"


def _is_sheet_name(name: str) -> bool:
    return len(name) <= 31 and not set(name) & set("[]:*?/\\'") and name != REFUSED_SHEET


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= 100
