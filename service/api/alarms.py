"""Alarms over HTTP: last days that come near or are over, and letters to trace, for a case system to read on and on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection

from evidence.canonical import format_instant, parse_instant
from service.access import Caller
from service.api.answers import Answered
from service.api.callers import requires
from service.api.json_body import StrictRoute
from service.api.known_queries import known_queries
from service.api.matters import Cursor, Limit, Wired
from service.api.paging import LIMIT_DEFAULT, Paging
from service.api.wire import Moment
from service.records import alarms, worklist
from service.records.alarms import AlarmRow
from service.records.engine import reading
from service.records.limitation import party_names
from service.records.worklist import Names

router = APIRouter(route_class=StrictRoute, tags=["alarms 提醒"], dependencies=[known_queries])

_KINDS = {
    "limitation.approaching": "保守日临近",
    "limitation.passed": "保守日已过",
    "tracing.due": "邮件应查询",
}


class AlarmAnswer(Answered):
    """An alarm as it stands."""

    id: str = Field(title="标识", description="同一提醒只有一个标识。", examples=["a_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    no: int = Field(title="变动序号", description="每次变动取得新的序号；按此排序。", examples=[17])
    kind: str = Field(title="种类", examples=["limitation.approaching"])
    kind_zh: str = Field(title="种类名称", examples=["保守日临近"])
    state: str = Field(title="状态", description="raised 有效；cleared 已解除。", examples=["raised"])
    cleared_because: str | None = Field(
        title="解除原因", description="moved 日期已变；done 已处理；superseded 已有更近的提醒。", examples=[None]
    )
    matter: str = Field(title="案件标识", examples=["m_4k2y7q3n5w6x2z4a5b6c7d2e3f"])
    reference: str | None = Field(title="贵方编号", examples=["示例催收-2026-001"])
    contract_no: str | None = Field(title="合同编号", examples=["示例借字第2023-0001号"])
    creditor_name: str | None = Field(title="债权人", examples=["某某银行"])
    debtor_name: str | None = Field(title="债务人", examples=["张三"])
    party: str = Field(title="当事人简称", examples=["p2"])
    party_name: str | None = Field(title="当事人", examples=["张三"])
    item: str | None = Field(title="期次", examples=[None])
    dispatch: str | None = Field(title="寄送", description="邮件查询所指的寄送。", examples=[None])
    days: int = Field(title="日数", description="届满前（邮件为交寄后）多少日；已过为 0。", examples=[90])
    about_on: str = Field(
        title="所提醒的最后一日", description="不顺延的保守日，或邮件可查询的最后一日。", examples=["2027-02-26"]
    )
    due_on: str = Field(title="应提醒之日", examples=["2026-11-28"])
    raised_at: str = Field(title="提醒时间", examples=["2026-11-27T16:00:12Z"])
    changed_at: str = Field(title="变动时间", examples=["2026-11-27T16:00:12Z"])
    links: dict[str, str] = Field(title="链接", examples=[{"matter": "/v1/matters/m_…"}])


class AlarmList(Answered):
    """One page of alarms, in the order of their last change."""

    items: list[AlarmAnswer] = Field(title="提醒")
    next_cursor: str | None = Field(title="下一页游标", description="没有下一页时为空。", examples=[None])


@router.get("/v1/alarms", response_model=AlarmList, summary="提醒 Alarms")
def list_alarms(
    caller: Annotated[Caller, requires("matters:read")],
    services: Wired,
    since: Annotated[
        Moment | None,
        Query(
            description="只列此时刻及以后变动的；下次以所见最后的 changed_at 续读。Changed at or after this instant."
        ),
    ] = None,
    state: Annotated[Literal["raised", "cleared"] | None, Query(description="只列此状态的。Only this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT_DEFAULT,
) -> dict[str, Any]:
    """Give the tenant's alarms, oldest change first; one that changed again stands at the end with its new state."""
    context = f"{caller.tenant_id}:alarms:{since}:{state}"
    page = Paging.of(services.cursor_key, context=context, cursor=cursor, limit=limit)
    with reading(services.engine) as conn:
        rows = alarms.page(
            conn,
            tenant_id=caller.tenant_id,
            after_no=int(page.after[0]) if page.after else 0,
            since=_instant(since),
            state=state or "",
            limit=page.limit + 1,
        )
        shown, following = page.cut(rows, position=lambda row: (row.no,))
        return {"items": _answers(conn, shown), "next_cursor": following}


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _answers(conn: Connection, rows: Sequence[AlarmRow]) -> list[dict[str, Any]]:
    matter_ids = {row.matter_id for row in rows}
    matters, parties = worklist.names(conn, matter_ids), party_names(conn, matter_ids)
    return [_answer(row, matters[row.matter_id], parties.get((row.matter_id, row.party))) for row in rows]


def _answer(row: AlarmRow, names: Names, party_name: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "no": row.no,
        "kind": row.kind,
        "kind_zh": _KINDS.get(row.kind, row.kind),
        "state": row.state,
        "cleared_because": row.cleared_because,
        "matter": row.matter_id,
        **names._asdict(),
        "party": row.party,
        "party_name": party_name,
        "item": row.item or None,
        "dispatch": row.dispatch_id,
        "days": row.days,
        "about_on": row.about_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "raised_at": format_instant(row.raised_at),
        "changed_at": format_instant(row.changed_at),
        "links": {"matter": f"/v1/matters/{row.matter_id}"},
    }
