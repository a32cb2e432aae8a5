"""Long work over HTTP: its progress, by asking again and as server-sent events.

Source: WHATWG HTML, section 9.2 (server-sent events).
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from evidence.canonical import format_instant
from service.access import Caller
from service.api.callers import requires
from service.api.job_schema import JobAnswer
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.language import Language, language_of
from service.api.matters import Wired
from service.records import jobs
from service.records.engine import reading
from service.records.jobs import JobRow
from service.services import Services

router = APIRouter(route_class=StrictRoute, tags=["jobs 任务"], dependencies=[known_queries])

POLL_SECONDS = 0.3
HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 600.0
"""After this a stream ends and its reader connects again, so that no connection holds a stopping server for ever."""

JobId = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="任务标识。", examples=["j_4k2y7q3n5w6x2z4a5b6c7d2e3f"]
    ),
]
_STREAM = "text/event-stream"
_ENDED = frozenset({"succeeded", "partial", "failed", "cancelled"})


@router.get("/v1/jobs/{job_id}", response_model=JobAnswer, summary="任务进度 How far is it")
def show_job(
    request: Request, job_id: JobId, caller: Annotated[Caller, requires("notices:read")], services: Wired
) -> dict[str, Any]:
    """Give the state of long work."""
    return job_answer(_shown(services, caller, job_id), language_of(request))


@router.get(
    "/v1/jobs/{job_id}/events",
    response_class=Response,
    summary="任务进度流 Progress as it happens",
    responses={
        200: {"content": {_STREAM: {"schema": {"type": "string"}, "example": "id: 3\nevent: progress\ndata: {}\n\n"}}},
        204: {"description": "You have seen the end 已送达最后一条"},
    },
)
async def stream_job(
    request: Request,
    job_id: JobId,
    caller: Annotated[Caller, requires("notices:read")],
    services: Wired,
    last_event_id: Annotated[
        str, Header(max_length=20, description="断线重连时，浏览器自动带上。Sent when reconnecting.")
    ] = "",
) -> Response:
    """Send the job whenever it changes, `finished` at its end, and a comment every 15 s between."""
    row = await run_in_threadpool(_shown, services, caller, job_id)
    seen = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else 0
    if row.state in _ENDED and seen >= _event_id(row):
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(services, row, language_of(request), seen), media_type=_STREAM, headers=headers)


def job_answer(row: JobRow, language: Language) -> dict[str, Any]:
    """Describe a job in the caller's language."""
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "total": row.total,
        "done": row.done,
        "message": row.message_zh if language == "zh" else row.message_en,
        "created_at": _instant(row.created_at),
        "started_at": _instant(row.started_at),
        "finished_at": _instant(row.finished_at),
        "queue_ms": row.queue_ms,
        "work_ms": row.work_ms,
        "result": _result(row),
        "error": None if row.error is None else _error(row.error, language),
        "links": {"self": f"/v1/jobs/{row.id}", "events": f"/v1/jobs/{row.id}/events"},
    }


async def _events(services: Services, row: JobRow, language: Language, seen: int) -> AsyncIterator[str]:
    """Follow one job; the server ends this by cancelling it when the reader is gone."""
    began = spoke = time.monotonic()
    told = _data(row, language) if _event_id(row) <= seen and row.state in ("queued", "running") else ""
    while time.monotonic() - began < STREAM_SECONDS:
        data = _data(row, language)
        if data != told:
            yield _event(row, data)
            told, spoke = data, time.monotonic()
        if row.state in _ENDED:
            return
        if time.monotonic() - spoke >= HEARTBEAT_SECONDS:
            yield ": heartbeat\n\n"
            spoke = time.monotonic()
        await asyncio.sleep(POLL_SECONDS)
        row = await run_in_threadpool(_row, services, row.tenant_id, row.id)


def _data(row: JobRow, language: Language) -> str:
    return json.dumps(job_answer(row, language), ensure_ascii=False, separators=(",", ":"))


def _event(row: JobRow, data: str) -> str:
    name = "finished" if row.state in _ENDED else "progress"
    return f"id: {_event_id(row)}\nevent: {name}\ndata: {data}\n\n"


def _event_id(row: JobRow) -> int:
    """Number the states of a job in their order, the same in every process: a reader may reconnect anywhere."""
    if row.state in _ENDED:
        return 3 + max(row.done, row.total)
    return 1 if row.state == "queued" else 2 + row.done


def _shown(services: Services, caller: Caller, job_id: str) -> JobRow:
    """Who may see a job may see what comes of it: bundles have a scope of their own."""
    row = _row(services, caller.tenant_id, job_id)
    if row.kind == "bundle":
        caller.require("bundles:read")
    return row


def _row(services: Services, tenant_id: str, job_id: str) -> JobRow:
    with reading(services.engine) as conn:
        return jobs.job(conn, tenant_id=tenant_id, job_id=job_id)


def _result(row: JobRow) -> dict[str, Any] | None:
    if row.result is None:
        return None
    bundle, batch = row.result.get("bundle"), row.result.get("batch")
    links = {"bundle": f"/v1/bundles/{bundle}", "download": f"/v1/bundles/{bundle}/download"} if bundle else {}
    if batch:
        links = {"batch": f"/v1/batches/{batch}", "rows": f"/v1/batches/{batch}/rows"}
    return {**row.result, "links": links}


def _error(error: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Give why a job failed; what was kept in both languages is told in one."""
    if "message_zh" not in error:
        return dict(error)
    faults = [
        {"pointer": each["pointer"], "code": each["code"], "message": each[f"message_{language}"]}
        for each in error.get("errors", ())
    ]
    return {"code": error["code"], "message": error[f"message_{language}"], "errors": faults}


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at.replace(microsecond=0))
