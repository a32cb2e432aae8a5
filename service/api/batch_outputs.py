"""The post of a batch over HTTP: print files, all letters as a zip, the carrier's sheet, and that sheet coming back."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response, StreamingResponse

from evidence.canonical import parse_instant
from service.access import Caller
from service.api.batch_answers import begun_answer, table_missing
from service.api.batch_schema import BatchBegun
from service.api.batches import TABLE_TYPES, BatchId
from service.api.callers import requires
from service.api.downloads import content_disposition
from service.api.idempotency import Once, once_of_json
from service.api.intake import Intake, Received
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.mail_schema import PrintFacts, WaybillFacts
from service.api.matters import Wired
from service.api.validation_messages import refused_fields
from service.batch_mail import PrintRequest
from service.batches import Upload
from service.errors import StoreError
from service.ledger import object_key

router = APIRouter(route_class=StrictRoute, tags=["batches 批次"], dependencies=[known_queries])

SHEET = Intake(WaybillFacts, roles=("table",), scope="dispatches:write", types=TABLE_TYPES, looked_into=False)
_ZIP, _XLSX = "application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_GUARDED = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def _file(media_type: str) -> dict[int | str, dict[str, object]]:
    schema = {"schema": {"type": "string", "contentMediaType": media_type}}
    return {200: {"content": {media_type: schema}, "description": "The file 文件"}}


@router.post(
    "/v1/batches/{batch_id}/print-files",
    status_code=202,
    response_model=BatchBegun,
    summary="生成打印文件 Print files",
)
def request_print_files(
    batch_id: BatchId,
    body: PrintFacts,
    caller: Annotated[Caller, requires("dispatches:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Put the letters into print files in the order of their addresses, with slip sheets and a manifest."""
    asked = PrintRequest(part_size=body.part_size, duplex=body.duplex)
    return once.do(
        lambda also: services.batch_mail.request_print(
            tenant_id=caller.tenant_id, batch_id=batch_id, asked=asked, also=also
        ),
        answer=begun_answer,
    )


@router.post(
    "/v1/batches/{batch_id}/workbook",
    status_code=202,
    response_model=BatchBegun,
    summary="重新回填工作簿 Fill the workbook anew",
)
def request_workbook(
    batch_id: BatchId,
    caller: Annotated[Caller, requires("notices:read")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Fill the uploaded workbook as its rows stand now: with waybills and receipts that have come since."""
    return once.do(
        lambda also: services.batch_mail.request_workbook(tenant_id=caller.tenant_id, batch_id=batch_id, also=also),
        answer=begun_answer,
    )


@router.get(
    "/v1/batches/{batch_id}/letters.zip",
    response_class=Response,
    responses=_file(_ZIP),
    summary="全部函件 All letters as a zip",
)
def download_letters(
    batch_id: BatchId, caller: Annotated[Caller, requires("notices:read")], services: Wired
) -> Response:
    """Give every letter that was issued and not voided, each as it was frozen, with a list of them."""
    stream = services.batch_mail.letters_zip(tenant_id=caller.tenant_id, batch_id=batch_id)
    name = content_disposition(f"函件-{batch_id}.zip")
    headers = _GUARDED | {"Content-Length": str(stream.size), "Content-Disposition": name}
    return StreamingResponse(stream.pieces, 200, headers, media_type=_ZIP)


@router.get(
    "/v1/batches/{batch_id}/ems.xlsx",
    response_class=Response,
    responses=_file(_XLSX),
    summary="邮政批量单 The carrier's batch sheet",
)
def download_ems_sheet(
    batch_id: BatchId, caller: Annotated[Caller, requires("notices:read")], services: Wired
) -> Response:
    """Give the sheet that the carrier's desk uploads; letters that lack name or address stand on its second sheet."""
    with _folder(services.scratch) as folder:
        path = Path(folder) / "ems.xlsx"
        sheet = services.batch_mail.ems_sheet(tenant_id=caller.tenant_id, batch_id=batch_id, path=path)
        data = path.read_bytes()
    told = {"Duly-Lines": str(sheet.lines), "Duly-Left-Out": str(len(sheet.refused))}
    name = content_disposition(f"邮政批量单-{batch_id}.xlsx")
    return Response(data, 200, _GUARDED | told | {"Content-Disposition": name}, media_type=_XLSX)


@router.post(
    "/v1/batches/{batch_id}/waybills",
    status_code=202,
    response_model=BatchBegun,
    summary="回填邮件号 The sheet comes back",
    openapi_extra=SHEET.openapi(),
)
def request_waybills(
    batch_id: BatchId, received: Annotated[Received[WaybillFacts], Depends(SHEET.dependency())], services: Wired
) -> Response:
    """Take in the carrier's sheet as the part `table` and record one dispatch for each waybill number in it.

    The job tells how many were recorded, were there before, and which lines were refused and why.
    """
    if len(received.files) != 1:
        raise refused_fields((table_missing(len(received.files)),))
    posted_at = received.facts.posted_at
    return received.once.do(
        lambda also: services.batch_mail.request_waybills(
            tenant_id=received.caller.tenant_id,
            batch_id=batch_id,
            sheet=_kept(received),
            posted_at=None if posted_at is None else parse_instant(posted_at),
            also=also,
        ),
        answer=begun_answer,
    )


def _kept(received: Received[WaybillFacts]) -> Upload:
    (ref,) = received.freeze()
    digest = bytes.fromhex(ref.sha256)
    key = object_key(received.caller.tenant_id, digest)
    return Upload(file_name=ref.file, object_key=key, sha256=digest, size=ref.size)


def _folder(scratch: Path) -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="ems-", dir=scratch)
    except OSError as error:
        raise StoreError(f"no room for a sheet: {error}", code="scratch_full") from error
