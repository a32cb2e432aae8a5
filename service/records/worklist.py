"""The portfolio worklist: every party's clock of a tenant, by the day on which it ends, one page at a time.

A page is a walk along one index from where the last page ended, so its cost does not grow with the portfolio. What is
not listed unasked stands behind the listed rows in the same index; asking for it walks both and merges. A name that few
rows have is looked up by name first, since a walk would meet it too seldom.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select, tuple_, union_all

from service.records.limitation import ClockRow, columns_of
from service.records.tables import limitation, matters
from service.records.worklist_conditions import Columns, Wanted, conditions, day_of, is_named

RARE = 500
"""Up to so many rows a name is rare; beyond, a walk by day meets one soon."""
_SHORT_NAME = re.compile(r"[a-z0-9_]{1,20}", re.ASCII)
_l, _m = limitation.c, matters.c


class Position(NamedTuple):
    """Where a page ends; rows come in the order of exactly these."""

    day: date
    matter_id: str
    party: str
    item: str


class Names(NamedTuple):
    """By what people know a matter."""

    reference: str | None
    contract_no: str | None
    creditor_name: str | None
    debtor_name: str | None


def page(conn: Connection, wanted: Wanted, *, after: Position | None = None, limit: int = 50) -> tuple[ClockRow, ...]:
    """Give the next clocks of a worklist, by last day, matter, party and item."""
    rare = _rare_names(conn, wanted)
    statement = query(wanted, after=after, limit=limit) if rare is None else by_name(wanted, rare, after, limit)
    return tuple(ClockRow(**row) for row in conn.execute(statement).mappings())


def position(row: ClockRow, *, track: str) -> Position:
    """Tell where a row stands in the worklist of a track."""
    day = row.best_on if track == "best" else row.conservative_on
    return Position(day, row.matter_id, row.party, row.item)


def names(conn: Connection, matter_ids: Iterable[str]) -> dict[str, Names]:
    """Give the names of these matters."""
    columns = (_m.reference, _m.contract_no, _m.creditor_name, _m.debtor_name)
    found = conn.execute(select(_m.id, *columns).where(_m.id.in_(set(matter_ids))))
    return {row[0]: Names(*row[1:]) for row in found}


def query(wanted: Wanted, *, after: Position | None, limit: int) -> Select[Any]:
    """Give the statement that walks along the index of the day."""
    walks = [_walk(wanted, listed=listed, after=after, limit=limit) for listed in wanted.listed]
    if len(walks) == 1:
        return walks[0]
    both = union_all(*(select(walk.subquery()) for walk in walks)).subquery()
    return select(both).order_by(*_order(both.c, wanted.track)).limit(limit)


def names_query(wanted: Wanted) -> Select[tuple[str]]:
    """Give the statement that looks a name up, in the index of names alone."""
    return select(_l.party_name).where(_l.tenant_id == wanted.tenant_id, is_named(_l, wanted)).limit(RARE + 1)


def by_name(wanted: Wanted, named: Sequence[str], after: Position | None, limit: int) -> Select[Any]:
    """Give the statement that takes the rows of a few names and sorts them."""
    # The inner limit cuts nothing off: it keeps the database from walking by day after all.
    mine = (_l.tenant_id == wanted.tenant_id, _l.party_name.in_(named))
    few = select(*columns_of(ClockRow, limitation)).where(*mine).limit(RARE * 100).subquery()
    found = select(few).where(
        few.c.listed.in_(wanted.listed), *conditions(few.c, wanted), *_behind(few.c, wanted, after)
    )
    return found.order_by(*_order(few.c, wanted.track)).limit(limit)


def _rare_names(conn: Connection, wanted: Wanted) -> tuple[str, ...] | None:
    """Give the names that match, if few rows have them and the text is no short name; else None."""
    if not wanted.party or _SHORT_NAME.fullmatch(wanted.party):
        return None
    found = [row.party_name for row in conn.execute(names_query(wanted))]
    return tuple(dict.fromkeys(found)) if len(found) <= RARE else None


def _walk(wanted: Wanted, *, listed: bool, after: Position | None, limit: int) -> Select[Any]:
    found = select(*columns_of(ClockRow, limitation)).where(
        _l.tenant_id == wanted.tenant_id,
        _l.listed.is_(listed),
        *conditions(_l, wanted),
        *_behind(_l, wanted, after),
    )
    return found.order_by(*_order(_l, wanted.track)).limit(limit)


def _behind(c: Columns, wanted: Wanted, after: Position | None) -> list[Any]:
    if after is None:
        return []
    order = _order(c, wanted.track)
    return [tuple_(*order) > tuple_(*after, types=[column.type for column in order])]


def _order(c: Columns, track: str) -> tuple[Any, ...]:
    return (day_of(c, track), c.matter_id, c.party, c.item)
