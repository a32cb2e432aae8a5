"""What answers are made of: entries, files with their addresses, warnings, and bodies with an ETag."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from evidence.canonical import format_instant
from evidence.entry import body_from_bytes
from service.api.downloads import is_known
from service.api.language import language_of
from service.errors import FieldError
from service.ledger import Appended
from service.records.entries import EntryRow
from service.records.notices import NoticeRow

_HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class Answered(BaseModel):
    """An object of an answer."""

    model_config = ConfigDict(frozen=True)


class EntryAnswer(Answered):
    """A recorded fact: its place in the matter's chain, and in the log once it is there."""

    matter: str = Field(title="案件", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    seq: int = Field(title="序号", description="自 1 起，无缺号。", examples=[2])
    kind: str = Field(title="种类", examples=["notice.issued"])
    at: str = Field(title="记录时间", examples=["2026-11-24T01:30:00Z"])
    leaf_hash: str = Field(title="叶哈希", description="SHA-256(0x00 ‖ 记录头)。", examples=[_HEX])
    body_sha256: str = Field(title="正文摘要", examples=[_HEX])
    logged: bool = Field(title="已入日志", examples=[True])
    log_index: int | None = Field(title="日志序号", description="入日志前为空，约一秒。", examples=[41])


class FileAnswer(Answered):
    """A frozen file and where it can be read."""

    file: str = Field(title="文件名", examples=["DEMO-2026-000001.pdf"])
    role: str = Field(title="角色", examples=["document_pdf"])
    sha256: str = Field(title="SHA-256 摘要", examples=[_HEX])
    size: int = Field(title="字节数", examples=[182044])
    media_type: str = Field(title="类型", examples=["application/pdf"])
    href: str = Field(title="下载地址", examples=[f"/v1/files/{_HEX}?matter=m_…"])


class Warning_(Answered):  # noqa: N801 - the builtin Warning is another thing
    """Something that was recorded all the same, and that a person should look at."""

    model_config = ConfigDict(title="Warning")

    pointer: str = Field(title="位置", description="JSON 指针。", examples=["/parties/1/id_no"])
    code: str = Field(title="代码", examples=["id_no.check_digit"])
    message: str = Field(title="说明", examples=["身份证号码的校验位不符"])


class Warned(Answered):
    """An answer that may warn."""

    warnings: list[Warning_] = Field(title="提示", description="不影响记录，请核对。", examples=[[]])


class Notice(Answered):
    """A notice in short."""

    id: str = Field(title="通知书标识", examples=["n_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    notice_no: str = Field(title="编号", examples=["DEMO-2026-000001"])
    state: str = Field(title="状态", description="issued 已出具；voided 已作废。", examples=["issued"])
    party: str = Field(title="收件当事人", examples=["p2"])
    template: str = Field(title="模板", examples=["loan-demand"])
    version: str = Field(title="模板版本", examples=["v1"])
    issued_at: str = Field(title="出具时间", examples=["2026-11-24T01:30:00Z"])
    href: str = Field(title="地址", examples=["/v1/notices/n_…"])


def entry_answer(entry: Appended | EntryRow) -> dict[str, Any]:
    """Describe an entry."""
    log_index = entry.log_index if isinstance(entry, EntryRow) else None
    return {
        "matter": entry.matter_id,
        "seq": entry.seq,
        "kind": entry.kind,
        "at": format_instant(entry.at),
        "leaf_hash": entry.leaf_hash.hex(),
        "body_sha256": entry.body_digest.hex(),
        "logged": log_index is not None,
        "log_index": log_index,
    }


def facts_of(entry: Appended | EntryRow) -> dict[str, Any]:
    """Give the facts of an entry without its salt."""
    return {name: value for name, value in body_from_bytes(entry.body).items() if name != "salt"}


def file_answers(entry: Appended | EntryRow, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Describe the files of an entry, each with the address of its bytes."""
    return [file | {"href": f"/v1/files/{file['sha256']}?matter={entry.matter_id}"} for file in facts.get("files", ())]


def warning_answers(request: Request, warnings: Sequence[FieldError]) -> list[dict[str, str]]:
    """Write warnings in the caller's language."""
    is_chinese = language_of(request) == "zh"
    return [
        {
            "pointer": warning.pointer,
            "code": warning.code,
            "message": warning.message_zh if is_chinese else warning.message_en,
        }
        for warning in warnings
    ]


def notice_in_short(row: NoticeRow) -> dict[str, Any]:
    """Describe a notice in a list."""
    return {
        "id": row.id,
        "notice_no": row.notice_no,
        "state": row.state,
        "party": row.party,
        "template": row.template,
        "version": row.version,
        "issued_at": format_instant(row.created_at),
        "href": f"/v1/notices/{row.id}",
    }


def tagged(request: Request, content: Mapping[str, Any]) -> Response:
    """Answer with JSON and a strong ETag over its very bytes, or 304 when the caller has them.

    Source: RFC 9110, sections 8.8.3 and 13.1.2.
    """
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(body).digest()
    headers = {
        "ETag": f'"{digest.hex()}"',
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Vary": "Accept-Language",
    }
    if is_known(request, digest):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
