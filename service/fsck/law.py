"""What follows in law from a matter's entries, derived again as of the day it was derived on, and compared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from evidence.law.calendar import CALENDAR_VERSION
from evidence.law.provisions import RULE_VERSION
from service.clocks import Matter, reckon_surely
from service.fsck.problem import Problem, Row, differences, error, note, readable_rows, row_name
from service.limitation import KINDS
from service.records import tables
from service.records.limitation import ClockRow, TracingRow


def check(conn: Connection, matter: Matter) -> Iterator[Problem]:
    """Compare a matter's clocks and letters to trace with what the law makes of its entries."""
    table = tables.reckonings
    found, problems = readable_rows(conn, table, select(table).where(table.c.matter_id == matter.matter_id))
    yield from problems
    if not found:
        yield error(f"reckonings {matter.matter_id}", "the row is missing")
        return
    yield from _check_rows(conn, matter, found[0])


def _check_rows(conn: Connection, matter: Matter, reckoning: Row) -> Iterator[Problem]:
    where = row_name(tables.reckonings, reckoning)
    if (reckoning["rule_version"], reckoning["calendar_version"]) != (RULE_VERSION, CALENDAR_VERSION):
        yield note(where, "reckoned by other rules or holidays; done anew by the next look")
        return
    told = Matter(
        tenant_id=matter.tenant_id,
        matter_id=matter.matter_id,
        entries=[entry for entry in matter.entries if entry.kind in KINDS],
    )
    wanted, _ = reckon_surely(told, today=reckoning["computed_on"])
    expected = {"tenant_id": matter.tenant_id, "recompute_on": wanted.recompute_on}
    yield from differences(tables.reckonings, reckoning, expected)
    yield from _compare(conn, tables.limitation, matter.matter_id, wanted.clocks)
    yield from _compare(conn, tables.tracings, matter.matter_id, wanted.tracings)


def _compare(
    conn: Connection, table: Table, matter_id: str, wanted: Iterable[ClockRow | TracingRow]
) -> Iterator[Problem]:
    found, problems = readable_rows(conn, table, select(table).where(table.c.matter_id == matter_id))
    yield from problems
    expected = {_key(table, values): values for values in map(_values, wanted)}
    for row in found:
        values = expected.pop(_key(table, row), None)
        if values is None:
            yield error(row_name(table, row), "no entry makes this row")
        else:
            yield from differences(table, row, values)
    for values in expected.values():
        yield error(row_name(table, values), "the row is missing")


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _values(row: ClockRow | TracingRow) -> Mapping[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}
