"""Batches, their rows and files as callers are told of them."""

from typing import Any
from urllib.parse import quote

from evidence.canonical import format_instant
from service.api.downloads import Download
from service.api.idempotency import Answer
from service.api.language import Language
from service.batches import RequestedBatch
from service.errors import FieldError
from service.records.batch_rows import RowRow
from service.records.batches import BatchRow, FileOfBatch


def download_of_file(file: FileOfBatch) -> Download:
    """Say how a file of a batch goes out."""
    return Download(
        key=file.object_key,
        digest=file.sha256,
        size=file.size,
        media_type=file.media_type,
        file_name=file.name,
    )


def begun_answer(begun: RequestedBatch) -> Answer:
    """Answer a request that began a run."""
    here, at = f"/v1/batches/{begun.batch_id}", f"/v1/jobs/{begun.job_id}"
    job = {
        "id": begun.job_id,
        "kind": begun.kind,
        "state": begun.state,
        "links": {"self": at, "events": f"{at}/events"},
    }
    content = {"batch": begun.batch_id, "job": job, "links": {"self": here, "rows": f"{here}/rows"}}
    return Answer(status=202, headers={"Location": at}, content=content)


def batch_item(row: BatchRow) -> dict[str, Any]:
    """Describe a batch as lists show it."""
    here = f"/v1/batches/{row.id}"
    return {
        "id": row.id,
        "file_name": row.file_name,
        "mode": row.mode,
        "template": row.request["template"],
        "created_at": format_instant(row.created_at.replace(microsecond=0)),
        "job": row.job_id,
        "links": {"self": here, "rows": f"{here}/rows", "job": f"/v1/jobs/{row.job_id}"},
    }


def batch_file(file: FileOfBatch) -> dict[str, Any]:
    """Describe a file that came of a batch."""
    return {
        "kind": file.kind,
        "name": file.name,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "about": file.about,
        "created_at": format_instant(file.created_at.replace(microsecond=0)),
        "href": f"/v1/batches/{file.batch_id}/files/{file.kind}/{quote(file.name)}",
    }


def row_item(row: RowRow, language: Language) -> dict[str, Any]:
    """Describe a row in the caller's language."""
    return {
        "number": row.number,
        "state": row.state,
        "errors": [_fault(fault, language) for fault in row.errors or ()],
        "warnings": [_fault(fault, language) for fault in row.warnings or ()],
        "matter": row.matter_id,
        "notice": row.notice_id,
        "notice_no": row.notice_no,
    }


def _fault(fault: Any, language: Language) -> dict[str, Any]:
    where = {name: fault[name] for name in ("column", "header") if fault.get(name)}
    message = fault["message_zh"] if language == "zh" else fault["message_en"]
    return {**where, "pointer": fault.get("pointer", ""), "code": fault["code"], "message": message}


def table_missing(count: int) -> FieldError:
    """Say that there was not exactly one table."""
    return FieldError(
        pointer="/files",
        code="table_missing",
        message_zh=f"须有且只有一个名为 table 的文件分段，收到 {count} 个",
        message_en=f"send exactly one file part named table; {count} arrived",
    )
