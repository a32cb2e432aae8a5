"""The portfolio worklist: every party's clock of a tenant, by the day on which it ends, one page at a time.

A page is a walk along one index from where the last page ended, so its cost does not grow with the portfolio. What is
not listed unasked stands behind the listed rows in the same index; asking for it walks both and merges.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    or_,
    select,
    tuple_,
    union_all,
)

from service.records.limitation import ENDED as STATES_ENDED
from service.records.limitation import ClockRow, columns_of, ended_by
from service.records.tables import limitation, matters

RECENT = timedelta(days=30)
"""How long an ended clock is still shown unasked, so that nothing vanishes unseen."""
ALIVE, ENDED, CLOSED, ALL = "alive", "ended", "closed", "all"
GROUPS = (ALIVE, ENDED, CLOSED, ALL)
_l, _m = limitation.c, matters.c


class Position(NamedTuple):
    """Where a page ends; rows come in the order of exactly these."""

    day: date
    matter_id: str
    party: str
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a worklist is asked for.

    Attributes:
        track: `conservative` or `best`: whose last day orders and bounds the list.
        before: Only clocks whose last day lies before this one.
        party: Part of a party's name, or its whole short name.
        state: One of `GROUPS`, or a state of the asked track; empty for what is listed unasked.
        text: Looked for in reference, contract number, creditor's and debtor's name.
    """

    tenant_id: str
    today: date
    track: str = "conservative"
    before: date | None = None
    party: str = ""
    role: str = ""
    state: str = ""
    text: str = ""


class Names(NamedTuple):
    """By what people know a matter."""

    reference: str | None
    contract_no: str | None
    creditor_name: str | None
    debtor_name: str | None


def page(conn: Connection, wanted: Wanted, *, after: Position | None = None, limit: int = 50) -> tuple[ClockRow, ...]:
    """Give the next clocks of a worklist, by last day, matter, party and item."""
    found = conn.execute(query(wanted, after=after, limit=limit)).mappings()
    return tuple(ClockRow(**row) for row in found)


def position(row: ClockRow, *, track: str) -> Position:
    """Tell where a row stands in the worklist of a track."""
    day = row.best_on if track == "best" else row.conservative_on
    return Position(day, row.matter_id, row.party, row.item)


def names(conn: Connection, matter_ids: Iterable[str]) -> dict[str, Names]:
    """Give the names of these matters."""
    columns = (_m.reference, _m.contract_no, _m.creditor_name, _m.debtor_name)
    found = conn.execute(select(_m.id, *columns).where(_m.id.in_(set(matter_ids))))
    return {row[0]: Names(*row[1:]) for row in found}


def query(wanted: Wanted, *, after: Position | None, limit: int) -> Select[tuple[object, ...]]:
    """Give the statement behind `page`."""
    walks = [_walk(wanted, listed=listed, after=after).limit(limit) for listed in _ranges(wanted.state)]
    if len(walks) == 1:
        return walks[0]
    both = union_all(*(select(walk.subquery()) for walk in walks)).subquery()
    day = both.c["best_on" if wanted.track == "best" else "conservative_on"]
    return select(both).order_by(day, both.c.matter_id, both.c.party, both.c.item).limit(limit)


def _ranges(state: str) -> tuple[bool, ...]:
    if state in ("", ALIVE):
        return (True,)
    return (False,) if state == CLOSED else (True, False)


def _walk(wanted: Wanted, *, listed: bool, after: Position | None) -> Select[tuple[object, ...]]:
    day = _day(wanted.track)
    order = (day, _l.matter_id, _l.party, _l.item)
    found = (
        select(*columns_of(ClockRow, limitation))
        .where(_l.tenant_id == wanted.tenant_id, _l.listed.is_(listed))
        .order_by(*order)
    )
    if wanted.before is not None:
        found = found.where(day < wanted.before)
    if after is not None:
        found = found.where(tuple_(*order) > tuple_(*after, types=[column.type for column in order]))
    return found.where(*_filters(wanted))


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [_standing(wanted)]
    if wanted.party:
        found.append(or_(_l.party_name.icontains(wanted.party, autoescape=True), _l.party == wanted.party))
    if wanted.role:
        found.append(_l.role == wanted.role)
    if wanted.text:
        fields = (_m.reference, _m.contract_no, _m.creditor_name, _m.debtor_name)
        named = or_(*(field.icontains(wanted.text, autoescape=True) for field in fields))
        found.append(exists().where(_m.id == _l.matter_id, named))
    return found


def _standing(wanted: Wanted) -> ColumnElement[bool]:
    """Choose by standing or state as of today, though the rows may be of an earlier day."""
    best_now = _now(_l.best_state, _l.best_period, _l.best_on, wanted.today)
    groups = {
        "": _l.best_on >= wanted.today - RECENT,
        ALIVE: and_(_l.standing == "open", best_now.not_in(STATES_ENDED)),
        ENDED: and_(_l.standing != "closed", best_now.in_(STATES_ENDED)),
        CLOSED: _l.standing == "closed",
        ALL: _l.standing.is_not(None),
    }
    if wanted.state in groups:
        return groups[wanted.state]
    strict_now = _now(_l.conservative_state, _l.conservative_period, _l.conservative_on, wanted.today)
    return and_((best_now if wanted.track == "best" else strict_now) == wanted.state, _l.standing != "closed")


def _now(state: Column[str], period: Column[str], day: Column[date], today: date) -> ColumnElement[str]:
    """Give a track's state as of today: a day that is over has ended its period."""
    return case(
        (or_(state.in_(STATES_ENDED), period == "", day >= today), state),
        (period == "longest", ended_by("longest")),
        (period == "guarantee", ended_by("guarantee")),
        else_=ended_by(""),
    )


def state_on(row: ClockRow, track: str, today: date) -> str:
    """Give a row's state on a track as of today, as the filters do."""
    best = (row.best_state, row.best_period, row.best_on)
    state, period, day = (
        best if track == "best" else (row.conservative_state, row.conservative_period, row.conservative_on)
    )
    return state if state in STATES_ENDED or not period or day >= today else ended_by(period)


def _day(track: str) -> Column[date]:
    return _l.best_on if track == "best" else _l.conservative_on
