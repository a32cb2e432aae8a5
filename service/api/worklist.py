"""The portfolio worklist over HTTP: which claim has to be asserted against whom, and until when.

Unasked, it shows what is alive, and for 30 days what has ended: nothing leaves the list unseen. A clock whose
conservative day is over while the best view still runs is alive, and stands first.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Query

from evidence.law import wording
from evidence.law.clock import PeriodKind, State
from evidence.law.entry_values import legal_day
from evidence.law.vocabulary import Role
from service.api.paging import Paging
from service.api.wire import Day
from service.api.worklist_schema import ObligorRole, StateName, TrackName
from service.clocks import CONTRADICTION, FAILED, NOT_COVERED
from service.records import limitation, worklist
from service.records.engine import reading
from service.records.limitation import NEVER, ClockRow
from service.records.worklist import Names, Position
from service.records.worklist_conditions import Wanted, state_on
from service.services import Services

_REASONS = wording.MISSING | {
    CONTRADICTION: "登记的事实互相矛盾，请更正",
    FAILED: "计算出错，已记录日志，请联系管理员",
    NOT_COVERED: "没有可以适用的规定",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list of matters is asked for beside its text, if it is the worklist that is meant."""

    expires_before: str | None
    track: str | None
    party: str | None
    role: str | None
    state: str | None

    @property
    def is_worklist(self) -> bool:
        """Whether any of these was given."""
        return any(value is not None for value in asdict(self).values())


def asked_of(
    expires_before: Annotated[
        Day | None, Query(description="工作清单：只列最后一日早于此日的。Clocks that end before this day.")
    ] = None,
    track: Annotated[
        TrackName | None, Query(description="工作清单：按保守（默认）或最有利的日期。By which track's last day.")
    ] = None,
    party: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=100,
            description="工作清单：当事人名称的一部分，或本案内的简称。Part of a party's name, or its short name.",
            examples=["张三"],
        ),
    ] = None,
    role: Annotated[ObligorRole | None, Query(description="工作清单：当事人的身份。The party's role.")] = None,
    state: Annotated[
        StateName | None,
        Query(
            description="工作清单：alive 尚可主张；ended 已届满；closed 已结案；all 全部；或所选 track 的某一状态。"
            "不填：尚可主张的，以及最近 30 日内届满的。Unasked: alive, or ended within 30 days."
        ),
    ] = None,
) -> Asked:
    """Read the worklist's query; a FastAPI dependency."""
    return Asked(expires_before=expires_before, track=track, party=party, role=role, state=state)


def worklist_page(
    services: Services, *, tenant_id: str, asked: Asked, text: str, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Give one page of a tenant's worklist."""
    wanted = _wanted(services, tenant_id, asked, text)
    context = f"{tenant_id}:worklist:{asked}:{text}"
    page = Paging.of(services.cursor_key, context=context, cursor=cursor, limit=limit)
    versions = services.limitation.versions
    with reading(services.engine) as conn:
        rows = worklist.page(conn, wanted, after=_position(page), limit=page.limit + 1)
        names = worklist.names(conn, [row.matter_id for row in rows])
        waits = limitation.any_stale(conn, today=wanted.today, versions=versions)
    items, following = page.cut(rows, position=lambda row: _sealed(row, wanted.track))
    return {
        "as_of": wanted.today.isoformat(),
        "track": wanted.track,
        "items": [_item(row, names[row.matter_id], wanted) for row in items],
        "next_cursor": following,
        "up_to_date": not waits,
        "rule_version": versions[0],
        "calendar_version": versions[1],
        "disclaimer_zh": wording.DISCLAIMER_ZH,
    }


def _wanted(services: Services, tenant_id: str, asked: Asked, text: str) -> Wanted:
    return Wanted(
        tenant_id=tenant_id,
        today=legal_day(services.clock()),
        track=asked.track or "conservative",
        before=None if asked.expires_before is None else date.fromisoformat(asked.expires_before),
        party=asked.party or "",
        role=asked.role or "",
        state=asked.state or "",
        text=text,
    )


def _position(page: Paging) -> Position | None:
    if page.after is None:
        return None
    day, *rest = map(str, page.after)
    return Position(date.fromisoformat(day), *rest)


def _sealed(row: ClockRow, track: str) -> tuple[str, ...]:
    day, *rest = worklist.position(row, track=track)
    return (day.isoformat(), *rest)


def _item(row: ClockRow, names: Names, wanted: Wanted) -> dict[str, Any]:
    asked_day = row.best_on if wanted.track == "best" else row.conservative_on
    here = f"/v1/matters/{row.matter_id}"
    return {
        "matter": row.matter_id,
        **names._asdict(),
        "party": row.party,
        "party_name": row.party_name,
        "role": row.role,
        "role_zh": wording.ROLES[Role(row.role)],
        "item": row.item or None,
        "conservative": _track(row, "conservative", wanted.today),
        "best": _track(row, "best", wanted.today),
        "raw_last_day": _shown(row.alarm_on),
        "days_left": None if asked_day == NEVER else (asked_day - wanted.today).days,
        "closed": row.standing == "closed",
        "reason": {"code": row.reason, "zh": _REASONS.get(row.reason, row.reason)} if row.reason else None,
        "links": {"matter": here, "limitation": f"{here}/limitation"},
    }


def _track(row: ClockRow, track: str, today: date) -> dict[str, Any]:
    state = State(state_on(row, track, today))
    period, day = row.conservative_period, row.conservative_on
    if track == "best":
        period, day = row.best_period, row.best_on
    return {
        "state": state.value,
        "state_zh": wording.STATES[state],
        "period": period or None,
        "period_zh": wording.PERIODS[PeriodKind(period)] if period else None,
        "last_day": _shown(day),
    }


def _shown(day: date) -> str | None:
    return None if day == NEVER else day.isoformat()
