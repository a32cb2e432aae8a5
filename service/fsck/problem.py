"""What a check finds, and how it reads rows that may be broken themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, select
from sqlalchemy.exc import DBAPIError

ABREAST = 8
"""Matters, and objects, that are looked at together: a store far away answers many at once as fast as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is not what it must be: which one, and how; a note (`is_error` false) harms nothing."""

    where: str
    what: str
    is_error: bool = True

    def __str__(self) -> str:
        """Give one line for a terminal."""
        return f"{'错误 error' if self.is_error else '提示 note'}  {self.where}: {self.what}"


def error(where: str, what: str) -> Problem:
    """Say what is wrong."""
    return Problem(where=where, what=what)


def note(where: str, what: str) -> Problem:
    """Say what is worth knowing."""
    return Problem(where=where, what=what, is_error=False)


Row = Mapping[str, Any]


def readable_rows(conn: Connection, table: Table, query: Select[Any]) -> tuple[list[Row], list[Problem]]:
    """Read whole rows of a table; those that cannot be read are named instead."""
    try:
        return _mappings(conn, query), []
    except (ValueError, TypeError, DBAPIError):
        return _one_by_one(conn, table, query)


def row_name(table: Table, row: Row) -> str:
    """Name a row by its primary key, digests in hex."""
    key = (row[column.name] for column in table.primary_key)
    return f"{table.name} {'/'.join(part.hex() if isinstance(part, bytes) else str(part) for part in key)}"


def differences(table: Table, row: Row, expected: Row) -> Iterator[Problem]:
    """Name every column of a row that is not what it must be."""
    for name, value in expected.items():
        if row[name] != value:
            yield error(row_name(table, row), f"{name} is {_shown(row[name])}, must be {_shown(value)}")


def _mappings(conn: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row._mapping) for row in conn.execute(query)]


def _one_by_one(conn: Connection, table: Table, query: Select[Any]) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    keys = list(table.primary_key)
    try:
        found = _mappings(conn, query.with_only_columns(*keys))
    except (ValueError, TypeError, DBAPIError) as failure:
        return [], [error(table.name, f"its rows cannot be read: {failure}")]
    for key in found:
        one = select(table).where(*(column == key[column.name] for column in keys))
        try:
            rows += _mappings(conn, one)
        except (ValueError, TypeError, DBAPIError) as failure:
            problems.append(error(row_name(table, key), f"the row cannot be read: {failure}"))
    return rows, problems


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else repr(value)
