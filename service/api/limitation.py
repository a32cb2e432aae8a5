"""What the law makes of a matter, over HTTP: both tracks of every party, with reasons, proofs and what to do next."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from evidence.law.entry_values import legal_day
from evidence.limitation import limitation_of
from service.access import Caller
from service.api.answers import tagged
from service.api.callers import requires
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.limitation_schema import LimitationAnswer
from service.api.matters import MatterId, Wired
from service.api.wire import Day
from service.errors import FieldError, RefusedError
from service.matter_entries import recorded_facts
from service.records import matters
from service.records.engine import reading

router = APIRouter(route_class=StrictRoute, tags=["matters 案件"], dependencies=[known_queries])


@router.get(
    "/v1/matters/{matter_id}/limitation",
    response_model=LimitationAnswer,
    summary="时效与保证期间 Limitation and guarantee periods",
)
def show_limitation(
    request: Request,
    matter_id: MatterId,
    caller: Annotated[Caller, requires("matters:read")],
    services: Wired,
    as_of: Annotated[
        Day | None,
        Query(description="推算到哪一日，其后的事实不计入；缺省为今天（北京时间）。", examples=["2026-11-28"]),
    ] = None,
) -> Response:
    """Reckon every party's periods from the matter's entries; a computed aid, to be signed off by counsel."""
    with reading(services.engine) as conn:
        matters.matter(conn, tenant_id=caller.tenant_id, matter_id=matter_id)
        entries = recorded_facts(conn, matter_id=matter_id)
    day = legal_day(services.clock()) if as_of is None else date.fromisoformat(as_of)
    answer: dict[str, Any] = limitation_of(entries, as_of=day)
    if "error" in answer:
        raise _contradictory(answer)
    return tagged(request, {"matter": matter_id, **answer})


def _contradictory(answer: Mapping[str, Any]) -> RefusedError:
    """Name every entry behind the facts that cannot all be true."""
    error, sources = answer["error"], {source["fact"]: source["entries"] for source in answer["sources"]}
    seqs = sorted({seq for fact in error["facts"] for seq in sources.get(fact, ())})
    listed = "、".join(str(seq) for seq in seqs)
    errors = tuple(
        FieldError(
            pointer=f"#entries/{seq}", code=error["code"], message_zh=error["message_zh"], message_en=error["message"]
        )
        for seq in seqs
    )
    return RefusedError(
        "facts_contradict",
        f"{error['message']}. Correct the entries {', '.join(map(str, seqs))} with entry.corrected.",
        errors=errors,
        message_zh=f"{error['message_zh']}。请以 entry.corrected 更正第 {listed} 条记录。",
    )
