"""Matters over HTTP: open one, find it again, read everything that is recorded in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from evidence.canonical import format_instant, parse_instant
from evidence.entry import body_from_bytes
from service.access import Caller
from service.advice import party_warnings
from service.api.answers import entry_answer, facts_of, notice_in_short, tagged, warning_answers
from service.api.callers import requires
from service.api.idempotency import Answer, Once, once_of_json
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matter_schema import EntryList, MatterAnswer, MatterBody, MatterList, MatterNow
from service.api.paging import LIMIT_DEFAULT, LIMIT_MOST, Paging
from service.api.worklist import Asked, asked_of, worklist_page
from service.api.worklist_schema import Worklist
from service.ledger import Appended
from service.records import entries, matters, notices
from service.records.engine import reading
from service.records.entries import EntryRow
from service.records.matters import MatterRow
from service.services import Services, services_of

router = APIRouter(route_class=StrictRoute, tags=["matters 案件"], dependencies=[known_queries])

Wired = Annotated[Services, Depends(services_of)]
MatterId = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[A-Za-z0-9_]+$", description="案件标识。", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"]
    ),
]
Cursor = Annotated[str | None, Query(max_length=2000, description="上一页给出的游标。The last page's next_cursor.")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MOST, description="每页条数。Rows on a page.")]


@router.post("/v1/matters", status_code=201, response_model=MatterAnswer, summary="立案 Open a matter")
def open_matter(
    request: Request,
    body: MatterBody,
    caller: Annotated[Caller, requires("matters:write")],
    once: Annotated[Once, Depends(once_of_json)],
    services: Wired,
) -> Response:
    """Record the claim and its parties as the first entry of a new matter."""
    facts = body.recorded()
    warnings = warning_answers(request, party_warnings(facts["parties"]))

    def answer(entry: Appended) -> Answer:
        content = _opened(entry, warnings)
        return Answer(status=201, headers={"Location": content["links"]["self"]}, content=content)

    return once.do(
        lambda also: services.matters.open(tenant_id=caller.tenant_id, facts=facts, also=also), answer=answer
    )


@router.get("/v1/matters", response_model=MatterList | Worklist, summary="案件列表与时效工作清单 Find matters")
def list_matters(
    caller: Annotated[Caller, requires("matters:read")],
    services: Wired,
    asked: Annotated[Asked, Depends(asked_of)],
    q: Annotated[
        str, Query(max_length=100, description="在编号、合同、债权人、债务人中查找。", examples=["张三"])
    ] = "",
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> dict[str, Any]:
    """Give the tenant's matters, newest first; asked for days, tracks, parties or states: the worklist of clocks."""
    if asked.is_worklist:
        return worklist_page(services, tenant_id=caller.tenant_id, asked=asked, text=q, cursor=cursor, limit=limit)
    page = Paging.of(services.cursor_key, context=f"{caller.tenant_id}:matters:{q}", cursor=cursor, limit=limit)
    after = None if page.after is None else (parse_instant(str(page.after[0])), str(page.after[1]))
    with reading(services.engine) as conn:
        rows = matters.search(conn, tenant_id=caller.tenant_id, text=q, after=after, limit=page.limit + 1)
    items, following = page.cut(rows, position=lambda row: (format_instant(row.opened_at), row.id))
    return {"items": [_item(row) for row in items], "next_cursor": following}


@router.get("/v1/matters/{matter_id}", response_model=MatterNow, summary="案件 One matter")
def show_matter(
    request: Request, matter_id: MatterId, caller: Annotated[Caller, requires("matters:read")], services: Wired
) -> Response:
    """Give a matter as it was opened, the head of its chain, and its notices."""
    tenant_id = caller.tenant_id
    with reading(services.engine) as conn:
        row = matters.matter(conn, tenant_id=tenant_id, matter_id=matter_id)
        opened = entries.one(conn, tenant_id=tenant_id, matter_id=matter_id, seq=1)
        issued = notices.notices_of_matter(conn, tenant_id=tenant_id, matter_id=matter_id)
    parties = facts_of(opened)["parties"]
    content = _opened(opened, warning_answers(request, party_warnings(parties)))
    head = {"seq": row.head_seq, "leaf_hash": row.head_leaf.hex()}
    return tagged(request, content | {"head": head, "notices": [notice_in_short(notice) for notice in issued]})


@router.get("/v1/matters/{matter_id}/entries", response_model=EntryList, summary="全部记录 Everything recorded")
def list_entries(
    matter_id: MatterId,
    caller: Annotated[Caller, requires("matters:read")],
    services: Wired,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> dict[str, Any]:
    """Give a matter's entries in order, each with its facts and their salt."""
    page = Paging.of(services.cursor_key, context=f"{caller.tenant_id}:entries:{matter_id}", cursor=cursor, limit=limit)
    rows = services.ledger.entries(
        tenant_id=caller.tenant_id,
        matter_id=matter_id,
        after_seq=int(page.after[0]) if page.after else 0,
        limit=page.limit + 1,
    )
    items, following = page.cut(rows, position=lambda row: (row.seq,))
    return {
        "items": [entry_answer(row) | {"body": body_from_bytes(row.body)} for row in items],
        "next_cursor": following,
    }


def _opened(entry: Appended | EntryRow, warnings: list[dict[str, str]]) -> dict[str, Any]:
    facts = facts_of(entry)
    here = f"/v1/matters/{entry.matter_id}"
    return {
        "id": entry.matter_id,
        "reference": facts.get("reference"),
        "opened_at": format_instant(entry.at),
        "claim": facts["claim"],
        "parties": facts["parties"],
        "entry": entry_answer(entry),
        "links": {
            "self": here,
            "entries": f"{here}/entries",
            "events": f"{here}/events",
            "notices": "/v1/notices",
            "bundles": f"{here}/bundles",
            "limitation": f"{here}/limitation",
        },
        "warnings": warnings,
    }


def _item(row: MatterRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "reference": row.reference,
        "contract_no": row.contract_no,
        "creditor_name": row.creditor_name,
        "debtor_name": row.debtor_name,
        "opened_at": format_instant(row.opened_at),
        "entries": row.head_seq,
        "last_at": format_instant(row.head_at),
        "last_kind": row.head_kind,
    }
