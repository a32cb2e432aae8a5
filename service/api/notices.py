"""Notices over HTTP: issue one, read it, download what was frozen."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from evidence.canonical import format_instant
from service.access import Caller
from service.api.answers import entry_answer, facts_of, tagged, warning_answers
from service.api.callers import requires
from service.api.downloads import BYTES, Download, send_download
from service.api.idempotency import Answer, Once, once_of_json
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Wired
from service.api.notice_schema import NoticeAnswer, NoticeBody, NoticeNow
from service.api.templates import asked_template
from service.errors import NotFoundError
from service.ledger import Appended, object_key
from service.notices import IssuedNotice, NoticeRequest
from service.records import entries, notices
from service.records.engine import reading
from service.records.entries import EntryRow
from service.records.notices import DispatchRow, EntryFileRow, ReceiptRow
from service.services import Services

router = APIRouter(route_class=StrictRoute, tags=["notices 通知书"], dependencies=[known_queries])

NoticeId = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="通知书标识。", examples=["n_4k2y7q3n5w6x2z4a5b6c7d2e3f"]
    ),
]
_ROUTE = "/v1/notices/{notice_id}/document."


@router.post("/v1/notices", status_code=201, response_model=NoticeAnswer, summary="出具通知书 Issue a notice")
def issue_notice(
    request: Request,
    body: NoticeBody,
    caller: Annotated[Caller, requires("notices:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Fill, stamp, read back, freeze and record one letter; every fault of the fields is named at once.

    A notice of the same kind to the same addressee about the same contract as of the same day is refused with 409
    `notice_duplicate`, which names the one that is there, unless `duplicate_reason` says why it is issued once more.
    """
    template = asked_template(services.catalog, body.template, body.version)
    asked = NoticeRequest(
        matter_id=body.matter,
        party=body.party,
        template=template.name,
        version=template.version,
        engine=body.engine or template.engines[0],
        fields=body.fields,
        duplicate_reason=body.duplicate_reason,
    )
    tenant = services.access.tenant(caller.tenant_id)

    def answer(issued: IssuedNotice) -> Answer:
        told = warning_answers(request, issued.warnings)
        content = _described(issued.entry, issued.facts, state="issued", warnings=told)
        return Answer(status=201, headers={"Location": content["links"]["self"]}, content=content)

    return once.do(lambda also: services.notices.issue(tenant, asked, answer=also), answer=answer)


@router.get("/v1/notices/{notice_id}", response_model=NoticeNow, summary="通知书 One notice")
def show_notice(
    request: Request, notice_id: NoticeId, caller: Annotated[Caller, requires("notices:read")], services: Wired
) -> Response:
    """Give a notice with its fields, and what was dispatched, received and scanned since."""
    tenant_id = caller.tenant_id
    with reading(services.engine) as conn:
        row = notices.notice(conn, tenant_id=tenant_id, notice_id=notice_id)
        entry = entries.one(conn, tenant_id=tenant_id, matter_id=row.matter_id, seq=row.seq)
        sent = [
            (each, notices.receipts_of_dispatch(conn, tenant_id=tenant_id, dispatch_id=each.id))
            for each in notices.dispatches_of_notice(conn, tenant_id=tenant_id, notice_id=notice_id)
        ]
        scans = notices.scans_of_notice(conn, tenant_id=tenant_id, notice_id=notice_id)
    facts = facts_of(entry)
    content = _described(entry, facts, state=row.state, warnings=[]) | {
        "fields": facts["fields"],
        "dispatches": [_dispatch(dispatch, receipts) for dispatch, receipts in sent],
        "scans": [{"id": scan.id, "kind": scan.kind} for scan in scans],
    }
    return tagged(request, content)


@router.head(f"{_ROUTE}pdf", include_in_schema=False)
@router.get(f"{_ROUTE}pdf", response_class=Response, responses=BYTES, summary="通知书 PDF The letter")
def download_pdf(
    request: Request, notice_id: NoticeId, caller: Annotated[Caller, requires("notices:read")], services: Wired
) -> Response:
    """Give the frozen letter, stamped on every page."""
    return _document(request, services, caller, notice_id, "document_pdf")


@router.head(f"{_ROUTE}docx", include_in_schema=False)
@router.get(f"{_ROUTE}docx", response_class=Response, responses=BYTES, summary="通知书 DOCX The editable letter")
def download_docx(
    request: Request, notice_id: NoticeId, caller: Annotated[Caller, requires("notices:read")], services: Wired
) -> Response:
    """Give the same letter as an editable file, where its template has that form."""
    return _document(request, services, caller, notice_id, "document_docx")


def download_of(row: EntryFileRow, *, inline: bool) -> Download:
    """Say how a file that an entry names goes out."""
    return Download(
        key=object_key(row.tenant_id, row.sha256),
        digest=row.sha256,
        size=row.size,
        media_type=row.media_type,
        file_name=row.file_name,
        disposition="inline" if inline else "attachment",
    )


def _document(
    request: Request,
    services: Services,
    caller: Caller,
    notice_id: str,
    role: Literal["document_pdf", "document_docx"],
) -> Response:
    with reading(services.engine) as conn:
        row = notices.notice(conn, tenant_id=caller.tenant_id, notice_id=notice_id)
        files = notices.files_of_entry(conn, tenant_id=caller.tenant_id, matter_id=row.matter_id, seq=row.seq)
    found = next((file for file in files if file.role == role), None)
    if found is None:
        raise NotFoundError("this form of the notice", message_zh="该通知书没有此种文件")
    return send_download(request, download_of(found, inline=role == "document_pdf"), objects=services.objects)


def _described(entry: Appended | EntryRow, facts: Any, *, state: str, warnings: list[dict[str, str]]) -> dict[str, Any]:
    here = f"/v1/notices/{facts['notice']}"
    hrefs = {"document_pdf": f"{here}/document.pdf", "document_docx": f"{here}/document.docx"}
    documents = [document | {"href": hrefs[document["role"]]} for document in facts["documents"]]
    same = ("notice_no", "party", "to_name", "template", "version", "engine", "pages", "issued_at")
    return {
        "id": facts["notice"],
        "state": state,
        "matter": entry.matter_id,
        **{name: facts[name] for name in same},
        "duplicate_reason": facts.get("duplicate_reason"),
        "documents": documents,
        "entry": entry_answer(entry),
        "links": {
            "self": here,
            **{document["role"].removeprefix("document_"): document["href"] for document in documents},
            "matter": f"/v1/matters/{entry.matter_id}",
            "dispatches": f"{here}/dispatches",
            "scans": f"{here}/scans",
            "public": f"/v/{facts['notice_no']}",
        },
        "warnings": warnings,
    }


def _dispatch(row: DispatchRow, receipts: Sequence[ReceiptRow]) -> dict[str, Any]:
    return {
        "id": row.id,
        "carrier": row.carrier,
        "waybill_no": row.waybill_no,
        "posted_at": None if row.posted_at is None else format_instant(row.posted_at),
        "receipts": [
            {
                "id": receipt.id,
                "outcome": receipt.outcome,
                "delivered_at": None if receipt.delivered_at is None else format_instant(receipt.delivered_at),
            }
            for receipt in receipts
        ],
    }
