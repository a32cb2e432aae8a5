"""Which column means what: kept as header text to target, checked against headers and template."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any, Self

from service.errors import FieldError, RefusedError
from service.render import pointers
from service.render.catalog import Template
from service.workbook.header import Header, desk_columns, our_columns
from service.workbook.targets import SPECIALS, find_target

RETURNED: Dictionary[str, str] = {
    "状态": "status", "错误": "errors", "函号": "notice_no", "邮件号": "waybill_no", "签收": "received", "文件": "file",
}  # fmt: skip
"""Our own columns in a workbook that comes back."""
_MOST = 500
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One column and its target, with the reason for the guess."""

    header: str
    target: str
    reason: str = "given"
    reason_zh: str = "由您指定"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """One column that fills nothing, and why."""

    header: str
    reason: str
    reason_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A required field that no column fills."""

    pointer: str
    title_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Columns to targets; `unused` and `missing` are told by a guess and empty in what was given."""

    columns: tuple[Mapped, ...]
    unused: tuple[Unused, ...] = ()
    missing: tuple[Missing, ...] = ()

    def to_json(self) -> dict[str, str]:
        """Give header text to target, in the columns' order."""
        return {column.header: column.target for column in self.columns}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read header text to target.

        Raises:
            RefusedError: Not an object of short texts.
        """
        if not isinstance(value, dict) or len(value) > _MOST:
            raise RefusedError(
                "mapping_malformed", "the mapping has to be an object: header to target", message_zh="列映射应为对象"
            )
        for header, target in value.items():
            if not isinstance(target, str) or len(target) > _LONGEST or not target:
                raise RefusedError(
                    "mapping_malformed",
                    f"the target of column {str(header)[:40]!r} has to be a short text",
                    message_zh=f"列“{str(header)[:40]}”的目标应为短文本",
                )
        return cls(columns=tuple(Mapped(header=str(header), target=target) for header, target in value.items()))

    def reasons(self) -> list[dict[str, Any]]:
        """Give each column with target and reason, for people."""
        return [
            {"header": c.header, "target": c.target, "reason": c.reason, "reason_zh": c.reason_zh} for c in self.columns
        ]


def check_mapping(mapping: Mapping, headers: Sequence[Header], *templates: Template) -> tuple[FieldError, ...]:
    """Give every fault of a mapping: columns that are not there, unknown targets, one target for two columns.

    Args:
        mapping: Given by the caller, or guessed.
        headers: Of the table.
        templates: Those that rows may use; a target has to be in one of them. Without any, only form is checked.
    """
    return tuple(_faults(mapping, headers, templates))


def _faults(mapping: Mapping, headers: Sequence[Header], templates: Sequence[Template]) -> Iterator[FieldError]:
    theirs, ours = {header.text for header in desk_columns(headers)}, our_columns(headers)
    seen: dict[str, str] = {}
    for column in mapping.columns:
        if column.header not in theirs and column.header in ours:
            yield _fault(column, "mapping.own_column", "这一列由系统填写，不能作为字段", "this column is filled by us")
        elif column.header not in theirs:
            yield _fault(column, "mapping.no_column", "表中没有这一列", "the table has no such column")
        if not _is_target(column.target, templates):
            yield _fault(
                column,
                "mapping.no_target",
                f"没有字段“{column.target[:60]}”",
                f"there is no field {column.target[:60]!r}",
            )
        earlier = seen.setdefault(column.target, column.header)
        if earlier != column.header:
            yield _fault(
                column,
                "mapping.target_twice",
                f"列“{earlier}”已经填写同一字段 {column.target[:60]}",
                f"column {earlier!r} already fills {column.target[:60]}",
            )


def check_constants(constants: Dictionary[str, object], *templates: Template) -> tuple[FieldError, ...]:
    """Give a fault for every constant that no template has a place for."""
    return tuple(
        FieldError(
            pointer=f"/{pointers.escape(target)}",
            code="mapping.no_target",
            message_zh=f"没有字段“{target[:60]}”",
            message_en=f"there is no field {target[:60]!r}",
        )
        for target in constants
        if not _is_target(target, templates)
    )


def _is_target(target: str, templates: Sequence[Template]) -> bool:
    if target.startswith("@"):
        return target in SPECIALS
    if not target.startswith("/") or "/*" in target:
        return False
    found = [find_target(template, target) for template in templates]
    return not templates or any(
        place is not None and all(int(n) < max(place.most, 1) for n in re.findall(r"/(\d{1,6})(?=/|$)", target))
        for place in found
    )


def _fault(column: Mapped, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer=f"/{pointers.escape(column.header)}", code=code, message_zh=zh, message_en=en)


def header_fingerprint(headers: Sequence[Header]) -> bytes:
    """Give 32 bytes that are the same for tables with the same titles, in any order, our own columns left out."""
    titles = sorted(plain_title(header.text) for header in desk_columns(headers))
    return hashlib.sha256(json.dumps(titles, ensure_ascii=False).encode("utf-8", "surrogatepass")).digest()


def plain_title(text: str) -> str:
    """Write a title without what desks vary: width, spaces, a star for required, the unit in brackets."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("*")
    plain = re.sub(r"\((?:元|人民币|人民币元|必填|选填|必须|可选|RMB|CNY|yyyy-mm-dd)\)", "", plain)
    return re.sub(r"[\s*_]", "", plain).lower()
