"""Batches over HTTP: a workbook in, a dry run, the run itself, its rows, and the same workbook back."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from service.access import Caller
from service.api.answers import tagged
from service.api.batch_answers import (
    batch_file,
    batch_item,
    begun_answer,
    download_of_file,
    row_item,
    table_missing,
)
from service.api.batch_schema import BatchBegun, BatchChange, BatchFacts, BatchList, BatchNow, BatchRowList
from service.api.callers import requires
from service.api.downloads import BYTES, send_download
from service.api.idempotency import Once, once_of_json
from service.api.intake import Intake, Received
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.language import language_of
from service.api.matters import Cursor, Limit, Wired
from service.api.paging import LIMIT_DEFAULT, Paging
from service.api.templates import asked_template
from service.api.validation_messages import refused_fields
from service.batches import BatchRequest, Change, Upload
from service.errors import NotFoundError
from service.ledger import object_key
from service.records import batch_rows, batches, jobs
from service.records.engine import reading

router = APIRouter(route_class=StrictRoute, tags=["batches 批次"], dependencies=[known_queries])

TABLE_TYPES = ("application/octet-stream",)
TABLE = Intake(BatchFacts, roles=("table",), scope="notices:write", types=TABLE_TYPES, looked_into=False)
BatchId = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="批次标识。", examples=["bt_4k2y7q3n5w6x2z4a5b6c7d2e3f"]
    ),
]
FileKind = Annotated[str, Path(max_length=20, pattern=r"^[a-z_]+$", description="文件种类。", examples=["workbook"])]
FileName = Annotated[str, Path(max_length=200, description="文件名。", examples=["row-2.pdf"])]
RowState = Literal["pending", "running", "issued", "failed", "skipped"]


@router.post(
    "/v1/batches",
    status_code=202,
    response_model=BatchBegun,
    summary="上传批次 Take a table in",
    openapi_extra=TABLE.openapi(),
)
def request_batch(received: Annotated[Received[BatchFacts], Depends(TABLE.dependency())], services: Wired) -> Response:
    """Take in a workbook (XLSX), CSV or NDJSON file as the part `table`; by default it is only read and checked."""
    if len(received.files) != 1:
        raise refused_fields((table_missing(len(received.files)),))
    facts, caller = received.facts, received.caller
    asked_template(services.catalog, facts.template, facts.version)

    def upload() -> Upload:
        (ref,) = received.freeze()
        digest = bytes.fromhex(ref.sha256)
        key = object_key(caller.tenant_id, digest)
        return Upload(file_name=ref.file, object_key=key, sha256=digest, size=ref.size)

    return received.once.do(
        lambda also: services.batches.request(
            tenant_id=caller.tenant_id,
            asked=_request(upload(), facts),
            also=also,
        ),
        answer=begun_answer,
    )


@router.get("/v1/batches", response_model=BatchList, summary="批次列表 Batches")
def list_batches(
    caller: Annotated[Caller, requires("notices:read")],
    services: Wired,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> dict[str, Any]:
    """Give the tenant's batches, newest first."""
    page = Paging.of(services.cursor_key, context=f"{caller.tenant_id}:batches", cursor=cursor, limit=limit)
    with reading(services.engine) as conn:
        before = None if page.after is None else _place(conn, caller, str(page.after[0]))
        rows = batches.batches_of(conn, tenant_id=caller.tenant_id, before=before, limit=page.limit + 1)
    items, following = page.cut(rows, position=lambda row: (row.id,))
    return {"items": [batch_item(row) for row in items], "next_cursor": following}


@router.get("/v1/batches/{batch_id}", response_model=BatchNow, summary="批次 One batch")
def show_batch(
    request: Request, batch_id: BatchId, caller: Annotated[Caller, requires("notices:read")], services: Wired
) -> Response:
    """Give a batch: how its columns were understood, how many rows are in which state, its files."""
    with reading(services.engine) as conn:
        row = batches.batch(conn, tenant_id=caller.tenant_id, batch_id=batch_id)
        job = jobs.job(conn, tenant_id=caller.tenant_id, job_id=row.job_id)
        counts = batch_rows.counts(conn, batch_id=batch_id)
        files = batches.files_of_batch(conn, tenant_id=caller.tenant_id, batch_id=batch_id)
    content = batch_item(row) | {
        "version": row.request.get("version"),
        "state": job.state,
        "rows": counts,
        "mapping": row.mapping,
        "mapping_source": row.mapping_source,
        "table": row.table_facts,
        "constants": row.request.get("constants"),
        "duplicate_reason": row.request.get("duplicate_reason") or None,
        "files": [batch_file(file) for file in files],
    }
    return tagged(request, content)


@router.get("/v1/batches/{batch_id}/rows", response_model=BatchRowList, summary="批次各行 The rows of a batch")
def list_rows(
    request: Request,
    batch_id: BatchId,
    caller: Annotated[Caller, requires("notices:read")],
    services: Wired,
    state: Annotated[RowState | None, Query(description="只看这一状态的行。Only rows in this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> dict[str, Any]:
    """Give rows in order, each with everything that is wrong with it."""
    context = f"{caller.tenant_id}:batch-rows:{batch_id}:{state or ''}"
    page = Paging.of(services.cursor_key, context=context, cursor=cursor, limit=limit)
    with reading(services.engine) as conn:
        batches.batch(conn, tenant_id=caller.tenant_id, batch_id=batch_id)
        rows = batch_rows.rows_of(
            conn,
            batch_id=batch_id,
            states=() if state is None else (state,),
            after=int(page.after[0]) if page.after else 0,
            limit=page.limit + 1,
        )
    items, following = page.cut(rows, position=lambda row: (row.number,))
    language = language_of(request)
    return {"items": [row_item(row, language) for row in items], "next_cursor": following}


@router.post(
    "/v1/batches/{batch_id}/start", status_code=202, response_model=BatchBegun, summary="开始出具 Issue the notices"
)
def start_batch(
    batch_id: BatchId,
    body: BatchChange,
    caller: Annotated[Caller, requires("notices:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Confirm how the columns are understood, or say it otherwise, and issue the notices."""
    change = Change(**body.change())
    return once.do(
        lambda also: services.batches.start(tenant_id=caller.tenant_id, batch_id=batch_id, change=change, also=also),
        answer=begun_answer,
    )


@router.post(
    "/v1/batches/{batch_id}/retry", status_code=202, response_model=BatchBegun, summary="重试失败行 Retry failed rows"
)
def retry_batch(
    batch_id: BatchId,
    caller: Annotated[Caller, requires("notices:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Try the failed rows again; what is issued is not touched."""
    return once.do(
        lambda also: services.batches.retry(tenant_id=caller.tenant_id, batch_id=batch_id, also=also),
        answer=begun_answer,
    )


@router.post("/v1/batches/{batch_id}/pause", status_code=204, response_class=Response, summary="暂停 Pause")
def pause_batch(batch_id: BatchId, caller: Annotated[Caller, requires("notices:write")], services: Wired) -> Response:
    """Finish the rows in hand and take no more."""
    services.batches.pause(tenant_id=caller.tenant_id, batch_id=batch_id)
    return Response(status_code=204)


@router.post("/v1/batches/{batch_id}/resume", status_code=204, response_class=Response, summary="继续 Go on")
def resume_batch(batch_id: BatchId, caller: Annotated[Caller, requires("notices:write")], services: Wired) -> Response:
    """Go on with a paused batch."""
    services.batches.resume(tenant_id=caller.tenant_id, batch_id=batch_id)
    return Response(status_code=204)


@router.post("/v1/batches/{batch_id}/cancel", status_code=204, response_class=Response, summary="取消 Cancel")
def cancel_batch(batch_id: BatchId, caller: Annotated[Caller, requires("notices:write")], services: Wired) -> Response:
    """End the batch: what is issued stays issued, and the other rows stay undone."""
    services.batches.cancel(tenant_id=caller.tenant_id, batch_id=batch_id)
    return Response(status_code=204)


@router.head("/v1/batches/{batch_id}/files/{kind}/{name}", include_in_schema=False)
@router.get(
    "/v1/batches/{batch_id}/files/{kind}/{name}",
    response_class=Response,
    responses=BYTES,
    summary="下载批次文件 A file of the batch",
)
def download_file(
    request: Request,
    batch_id: BatchId,
    kind: FileKind,
    name: FileName,
    caller: Annotated[Caller, requires("notices:read")],
    services: Wired,
) -> Response:
    """Give the filled workbook, a sample letter, a print file."""
    with reading(services.engine) as conn:
        batches.batch(conn, tenant_id=caller.tenant_id, batch_id=batch_id)
        files = batches.files_of_batch(conn, tenant_id=caller.tenant_id, batch_id=batch_id)
    found = next((file for file in files if (file.kind, file.name) == (kind, name)), None)
    if found is None:
        raise NotFoundError("the file", message_zh="该批次没有此文件")
    return send_download(request, download_of_file(found), objects=services.objects)


def _request(upload: Upload, facts: BatchFacts) -> BatchRequest:
    return BatchRequest(
        upload=upload,
        dry_run=facts.dry_run,
        template=facts.template,
        version=facts.version,
        engine=facts.engine,
        sheet=facts.sheet,
        **facts.change(),
    )


def _place(conn: Any, caller: Caller, batch_id: str) -> tuple[Any, str]:
    row = batches.batch(conn, tenant_id=caller.tenant_id, batch_id=batch_id)
    return row.created_at, row.id
