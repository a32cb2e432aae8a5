"""Evidence bundles over HTTP: ask for one, see it, download it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from evidence.canonical import format_instant
from service.access import Caller
from service.api.answers import entry_answer, tagged
from service.api.callers import requires
from service.api.downloads import BYTES, Download, send_download
from service.api.idempotency import Answer, Once, once_of_json
from service.api.job_schema import BundleAnswer, BundleAsked, BundleBody
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import MatterId, Wired
from service.bundles import RequestedBundle
from service.errors import ConflictError
from service.records import entries, jobs
from service.records.engine import reading
from service.records.jobs import BundleRow

router = APIRouter(route_class=StrictRoute, tags=["bundles 证据包"], dependencies=[known_queries])

BundleId = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="证据包标识。", examples=["b_4k2y7q3n5w6x2z4a5b6c7d2e3f"]
    ),
]
ZIP = "application/zip"


@router.post(
    "/v1/matters/{matter_id}/bundles",
    status_code=202,
    response_model=BundleAsked,
    summary="生成证据包 Ask for the evidence bundle",
)
def request_bundle(
    matter_id: MatterId,
    caller: Annotated[Caller, requires("bundles:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
    _body: BundleBody | None = None,
) -> Response:
    """Begin to make the bundle of everything recorded so far; the job says when it can be downloaded."""
    return once.do(
        lambda also: services.bundles.request(tenant_id=caller.tenant_id, matter_id=matter_id, also=also),
        answer=_asked,
    )


@router.get("/v1/bundles/{bundle_id}", response_model=BundleAnswer, summary="证据包 One bundle")
def show_bundle(
    request: Request, bundle_id: BundleId, caller: Annotated[Caller, requires("bundles:read")], services: Wired
) -> Response:
    """Give a bundle's state, and its digest and seal once it is ready."""
    with reading(services.engine) as conn:
        row = jobs.bundle(conn, tenant_id=caller.tenant_id, bundle_id=bundle_id)
        seal = (
            None
            if row.seal_seq is None
            else entries.one(conn, tenant_id=caller.tenant_id, matter_id=row.matter_id, seq=row.seal_seq)
        )
    return tagged(request, _described(row) | {"seal": None if seal is None else entry_answer(seal)})


@router.head("/v1/bundles/{bundle_id}/download", include_in_schema=False)
@router.get(
    "/v1/bundles/{bundle_id}/download", response_class=Response, responses=BYTES, summary="下载证据包 The bundle itself"
)
def download_bundle(
    request: Request, bundle_id: BundleId, caller: Annotated[Caller, requires("bundles:read")], services: Wired
) -> Response:
    """Give the zip, whole or from where an earlier download broke off."""
    with reading(services.engine) as conn:
        row = jobs.bundle(conn, tenant_id=caller.tenant_id, bundle_id=bundle_id)
    if row.object_key is None or row.sha256 is None or row.size is None:
        raise ConflictError(
            "bundle_not_ready",
            f"the bundle is {row.state}; see its job",
            message_zh="证据包尚未生成，请查看任务进度" if row.state == "building" else "证据包生成失败，请查看任务",
        )
    found = Download(
        key=row.object_key, digest=row.sha256, size=row.size, media_type=ZIP, file_name=f"{row.matter_id}-{row.id}.zip"
    )
    return send_download(request, found, objects=services.objects)


def _asked(asked: RequestedBundle) -> Answer:
    here = f"/v1/jobs/{asked.job_id}"
    job = {
        "id": asked.job_id,
        "kind": "bundle",
        "state": "queued",
        "links": {"self": here, "events": f"{here}/events"},
    }
    return Answer(status=202, headers={"Location": here}, content={"job": job, "bundle": asked.bundle_id})


def _described(row: BundleRow) -> dict[str, Any]:
    here = f"/v1/bundles/{row.id}"
    links = {"self": here, "matter": f"/v1/matters/{row.matter_id}"}
    if row.job_id is not None:
        links["job"] = f"/v1/jobs/{row.job_id}"
    if row.object_key is not None:
        links["download"] = f"{here}/download"
    return {
        "id": row.id,
        "matter": row.matter_id,
        "state": row.state,
        "sha256": None if row.sha256 is None else row.sha256.hex(),
        "size": row.size,
        "created_at": format_instant(row.created_at.replace(microsecond=0)),
        "verified_at": None if row.verified_at is None else format_instant(row.verified_at.replace(microsecond=0)),
        "links": links,
    }
