"""Queries over what follows in law of each matter: its clocks, its letters to trace, and when it is looked at again."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, insert, select, tuple_, update

from service.records import tables
from service.records.tables import limitation, matters, reckonings

NEVER = date(9999, 12, 31)
"""Stands for a day that there is none of."""
PARTY_LENGTH, NAME_LENGTH = 40, 200
"""What fits into the columns. Longer is only what a correction put in the place of a name: cut, it loses no record."""
ENDED = ("expired", "capped", "released")
"""States of a clock that time has ended."""
_l, _m, _r, _t = limitation.c, matters.c, reckonings.c, tables.tracings.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """One clock of one party, both tracks in one row.

    Attributes:
        item: The due date that it is about, where a fee falls due again and again; else empty.
        best_on: Last day to act on the best track, `NEVER` if no day is known; `conservative_on` likewise.
        best_period: Which kind of period that day ends; empty if there is no day.
        alarm_on: The conservative last day, not rolled over any holiday.
        reason: Why nothing is determined; empty where it is.
        standing: `open` while something can still be saved on the best track, then `ended`; `closed` with the matter.
        listed: Whether lists show it unasked: it is open, or ended a short while ago.
    """

    tenant_id: str
    matter_id: str
    party: str
    item: str
    role: str
    party_name: str
    best_state: str
    best_on: date
    best_period: str
    conservative_state: str
    conservative_on: date
    conservative_period: str
    alarm_on: date
    reason: str
    standing: str
    listed: bool


def ended_by(period: str) -> str:
    """Tell the state of a clock once the last day of this kind of period is over."""
    return {"longest": "capped", "guarantee": "released"}.get(period, "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingRow:
    """A posted letter whose outcome nobody recorded; the carrier can be asked until `ends_on`."""

    tenant_id: str
    matter_id: str
    dispatch_id: str
    party: str
    carrier: str
    waybill_no: str | None
    posted_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """The last time that the law was run over a matter, by which rules, and when there is something to do again.

    Attributes:
        recompute_on: The day on which the result changes by itself; None if it never does.
        look_on: That day or that of the next alarm; `NEVER` if there is neither.
        alarm_days: The alarms' days that `look_on` was found with.
    """

    tenant_id: str
    matter_id: str
    computed_on: date
    recompute_on: date | None
    look_on: date
    rule_version: str
    calendar_version: str
    alarm_days: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A matter that should be looked at, as it stood when it was found."""

    tenant_id: str
    matter_id: str
    head_seq: int


Versions = tuple[str, str, str]
"""Of the rules, of the holidays, and the days of the alarms."""


def stale(conn: Connection, *, today: date, versions: Versions, limit: int) -> tuple[Stale, ...]:
    """Give matters whose day has come, then those that were reckoned under other rules; at most `limit`."""
    columns = (_r.rule_version, _r.calendar_version, _r.alarm_days)
    types = [column.type for column in columns]
    due: list[Stale] = []
    for condition, order in (
        (_r.look_on <= today, (_r.look_on, _r.matter_id)),
        (tuple_(*columns) < tuple_(*versions, types=types), (*columns, _r.matter_id)),
        (tuple_(*columns) > tuple_(*versions, types=types), (*columns, _r.matter_id)),
    ):
        query = select(_m.tenant_id, _m.id, _m.head_seq).join(reckonings, _r.matter_id == _m.id)
        found = conn.execute(query.where(condition).order_by(*order).limit(limit - len(due)))
        due += [Stale(tenant_id=row[0], matter_id=row[1], head_seq=row[2]) for row in found]
        if len(due) >= limit:
            break
    return tuple({one.matter_id: one for one in due}.values())


def any_stale(conn: Connection, *, today: date, versions: Versions) -> bool:
    """Tell, cheaply, whether a matter should be looked at."""
    return bool(stale(conn, today=today, versions=versions, limit=1))


def locked_heads(conn: Connection, matter_ids: Collection[str]) -> dict[str, int]:
    """Hold these matters until the transaction ends, always in the same order; gives their heads' seqs."""
    query = select(_m.id, _m.head_seq).where(_m.id.in_(matter_ids)).order_by(_m.id)
    return {row.id: row.head_seq for row in conn.execute(query.with_for_update(key_share=True))}


def put_clocks(conn: Connection, *, matter_id: str, rows: Iterable[ClockRow], at: datetime) -> None:
    """Make a matter's clocks exactly these; rows that are so already are not written."""
    _put(conn, limitation, ("party", "item"), matter_id=matter_id, rows=rows, at=at)


def put_tracings(conn: Connection, *, matter_id: str, rows: Iterable[TracingRow], at: datetime) -> None:
    """Make a matter's letters to trace exactly these."""
    _put(conn, tables.tracings, ("dispatch_id",), matter_id=matter_id, rows=rows, at=at)


def put_reckoning(conn: Connection, row: Reckoning) -> None:
    """Note when a matter was reckoned and when it is looked at again."""
    values = asdict(row)
    if conn.execute(update(reckonings).where(_r.matter_id == row.matter_id).values(values)).rowcount == 0:
        conn.execute(insert(reckonings).values(values))


def clocks_of_matter(conn: Connection, *, matter_id: str) -> tuple[ClockRow, ...]:
    """Give a matter's clocks as stored."""
    query = select(*columns_of(ClockRow, limitation)).where(_l.matter_id == matter_id).order_by(_l.party, _l.item)
    return tuple(ClockRow(**found) for found in conn.execute(query).mappings())


def tracings_of_matter(conn: Connection, *, matter_id: str) -> tuple[TracingRow, ...]:
    """Give a matter's letters to trace as stored."""
    query = select(*columns_of(TracingRow, tables.tracings)).where(_t.matter_id == matter_id).order_by(_t.dispatch_id)
    return tuple(TracingRow(**found) for found in conn.execute(query).mappings())


def columns_of(row: type[ClockRow] | type[TracingRow], table: Table) -> list[Column[Any]]:
    """Give the columns that a row's object holds: all but those that say how often it changed, and when."""
    return [table.c[field.name] for field in fields(row)]


def party_names(conn: Connection, matter_ids: Collection[str]) -> dict[tuple[str, str], str]:
    """Give the names of these matters' parties, by matter and short name."""
    query = select(_l.matter_id, _l.party, _l.party_name).where(_l.matter_id.in_(matter_ids))
    return {(row.matter_id, row.party): row.party_name for row in conn.execute(query)}


def reckoning(conn: Connection, *, matter_id: str) -> Reckoning | None:
    """Give when a matter was last reckoned."""
    found = conn.execute(select(reckonings).where(_r.matter_id == matter_id)).mappings().one_or_none()
    return None if found is None else Reckoning(**found)


def _put(
    conn: Connection,
    table: Table,
    names: tuple[str, ...],
    *,
    matter_id: str,
    rows: Iterable[ClockRow | TracingRow],
    at: datetime,
) -> None:
    wanted = {tuple(getattr(row, name) for name in names): _values(row) for row in rows}
    mine = table.c.matter_id == matter_id
    for found in conn.execute(select(table).where(mine)).mappings().all():
        key = tuple(found[name] for name in names)
        values = wanted.pop(key, None)
        this = (mine, *(table.c[name] == part for name, part in zip(names, key, strict=True)))
        if values is None:
            conn.execute(delete(table).where(*this))
        elif any(found[name] != value for name, value in values.items()):
            changed = {"revision": found["revision"] + 1, "changed_at": at}
            conn.execute(update(table).where(*this).values(values | changed))
    if wanted:
        conn.execute(insert(table), [values | {"revision": 0, "changed_at": at} for values in wanted.values()])


def _values(row: ClockRow | TracingRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}
