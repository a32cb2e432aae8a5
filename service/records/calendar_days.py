"""Queries for a tenant's calendar: the clocks and the letters whose days lie in a window, nearest first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from service.records.limitation import ClockRow, TracingRow, columns_of, party_names
from service.records.tables import limitation, matters, tracings

_LONGEST_ROLL = timedelta(days=31)
"""More than any holiday moves a last day by; the index is by the moved day."""
_l, _m, _t = limitation.c, matters.c, tracings.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A clock or a letter, by what people know its matter, how often it changed and when last."""

    row: ClockRow | TracingRow
    party_name: str
    contract_no: str | None
    debtor_name: str | None
    revision: int
    changed_at: datetime


def clock_days(conn: Connection, *, tenant_id: str, start: date, until: date, limit: int) -> tuple[Day, ...]:
    """Give the listed clocks whose unrolled conservative day lies in [start, until]."""
    query = _named(ClockRow, limitation).where(
        _l.tenant_id == tenant_id,
        _l.listed.is_(True),
        _l.conservative_on >= start,
        _l.conservative_on <= until + _LONGEST_ROLL,
        _l.alarm_on >= start,
        _l.alarm_on <= until,
    )
    ordered = query.order_by(_l.conservative_on, _l.matter_id, _l.party, _l.item).limit(limit)
    return tuple(_day(ClockRow, found, found["party_name"]) for found in conn.execute(ordered).mappings())


def letter_days(conn: Connection, *, tenant_id: str, today: date, limit: int) -> tuple[Day, ...]:
    """Give the letters that can still be traced, those first whose time ends first."""
    query = _named(TracingRow, tracings).where(_t.tenant_id == tenant_id, _t.ends_on >= today)
    found = conn.execute(query.order_by(_t.ends_on, _t.dispatch_id).limit(limit)).mappings().all()
    names = party_names(conn, {row["matter_id"] for row in found})
    return tuple(_day(TracingRow, row, names.get((row["matter_id"], row["party"]), "")) for row in found)


def _named(row: type[ClockRow] | type[TracingRow], table: Any) -> Select[tuple[object, ...]]:
    more = (table.c.revision, table.c.changed_at, _m.contract_no, _m.debtor_name)
    return select(*columns_of(row, table), *more).join(matters, _m.id == table.c.matter_id)


def _day(row: type[ClockRow] | type[TracingRow], found: RowMapping, party_name: str) -> Day:
    return Day(
        row=row(**{name: found[name] for name in row.__slots__}),
        party_name=party_name,
        contract_no=found["contract_no"],
        debtor_name=found["debtor_name"],
        revision=found["revision"],
        changed_at=found["changed_at"],
    )
