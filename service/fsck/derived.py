"""What a matter's entries say that the other tables must hold, compared with what they hold."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from evidence.law.entries import RecordedFact
from service.clocks import Matter
from service.fsck import law
from service.fsck.problem import Problem, Row, differences, error, readable_rows, row_name
from service.records import tables
from service.records.projections import NumberState, Recorded, matter_columns, number_state, rows

_TABLES = (tables.notices, tables.dispatches, tables.receipts, tables.scans, tables.entry_files)


class Derived:
    """Collects one matter's entries in order, then compares."""

    def __init__(self, *, tenant_id: str, matter_id: str) -> None:
        self.tenant_id, self.matter_id = tenant_id, matter_id
        self.opened: Row = {}
        self.last_files: list[tuple[bytes, int]] = []
        self._rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {table.name: {} for table in _TABLES}
        self._numbers: dict[str, NumberState] = {}
        self._told: list[RecordedFact] = []

    def add(self, entry: Recorded) -> None:
        """Take the next entry; KeyError and the like when its facts are not what its kind promises."""
        if entry.seq == 1:
            self.opened = matter_columns(entry.facts)
        made = list(rows(entry))
        for row in made:
            key = tuple(row.values[column.name] for column in row.table.primary_key)
            self._rows[row.table.name][key] = dict(row.values)
        self.last_files = [
            (row.values["sha256"], row.values["size"]) for row in made if row.table is tables.entry_files
        ]
        state = number_state(entry)
        if state is not None:
            self._set_state(entry, state)
        self._told.append(RecordedFact(seq=entry.seq, kind=entry.kind, at=entry.at, facts=entry.facts))

    def check(self, conn: Connection) -> Iterator[Problem]:
        """Compare every table that follows from the entries."""
        for table in _TABLES:
            yield from self._check_table(conn, table)
        yield from self._check_numbers(conn)
        yield from law.check(conn, Matter(tenant_id=self.tenant_id, matter_id=self.matter_id, entries=self._told))

    def _set_state(self, entry: Recorded, state: NumberState) -> None:
        self._numbers[state.notice_no] = state
        notice = self._rows["notices"].get((state.notice_id,))
        if state.state == "voided" and notice is not None:
            notice |= {"state": "voided", "voided_seq": entry.seq}

    def _check_table(self, conn: Connection, table: Any) -> Iterator[Problem]:
        found, problems = readable_rows(conn, table, select(table).where(table.c.matter_id == self.matter_id))
        yield from problems
        expected = dict(self._rows[table.name])
        for row in found:
            wanted = expected.pop(tuple(row[column.name] for column in table.primary_key), None)
            if wanted is None:
                yield error(row_name(table, row), "no entry makes this row")
            else:
                yield from differences(table, row, wanted)
        for wanted in expected.values():
            yield error(row_name(table, wanted), f"the row of entry {self.matter_id}/{wanted['seq']} is missing")

    def _check_numbers(self, conn: Connection) -> Iterator[Problem]:
        table = tables.notice_numbers
        found, problems = readable_rows(conn, table, select(table).where(table.c.matter_id == self.matter_id))
        yield from problems
        expected = dict(self._numbers)
        for row in found:
            state = expected.pop(row["notice_no"], None)
            if state is None:
                yield from self._check_reserved(row)
                continue
            wanted = {"notice_id": state.notice_id, "state": state.state, "reason": state.reason}
            yield from differences(table, row, wanted | {"tenant_id": self.tenant_id, "owner": None})
        for notice_no in expected:
            yield error(f"notice_numbers {notice_no}", f"matter {self.matter_id} uses the number, its row is missing")

    def _check_reserved(self, row: Row) -> Iterator[Problem]:
        where = f"{row_name(tables.notice_numbers, row)} {row['notice_no']}"
        if row["state"] != "reserved":
            yield error(where, f"state is {row['state']}, but no entry of matter {self.matter_id} says so")
        else:
            yield Problem(where=where, what="reserved; settled at the next start", is_error=False)
