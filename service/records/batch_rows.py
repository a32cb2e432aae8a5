"""Queries over the rows of batches; who may work on a row is decided here, by one update."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, or_, select, update

from service.records import tables

_r = tables.batch_rows.c
OVER = ("issued", "failed", "skipped")
"""States in which nothing more is done to a row unless somebody asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRow:
    """One row of a batch: pending, running, issued, failed or skipped (issued before)."""

    tenant_id: str
    batch_id: str
    number: int
    state: str
    changed_at: datetime
    attempts: int = 0
    owner: str | None = None
    template: str | None = None
    version: str | None = None
    engine: str | None = None
    fields: Mapping[str, Any] | None = None
    specials: Mapping[str, Any] | None = None
    content_key: bytes | None = None
    matter_key: bytes | None = None
    matter_id: str | None = None
    notice_id: str | None = None
    notice_no: str | None = None
    errors: Sequence[Mapping[str, Any]] | None = None
    warnings: Sequence[Mapping[str, Any]] | None = None


def last_number(conn: Connection, *, batch_id: str) -> int:
    """Give the number of the last row that was read in, 0 before the first."""
    return conn.execute(select(func.max(_r.number)).where(_r.batch_id == batch_id)).scalar() or 0


def insert_rows(conn: Connection, rows: Sequence[RowRow]) -> None:
    """Add rows."""
    if rows:
        conn.execute(insert(tables.batch_rows), [asdict(row) for row in rows])


def forget_rows(conn: Connection, *, batch_id: str) -> None:
    """Remove the rows of a dry run, which are read again in another way."""
    conn.execute(tables.batch_rows.delete().where(_r.batch_id == batch_id))


def counts(conn: Connection, *, batch_id: str) -> dict[str, int]:
    """Give how many rows are in each state."""
    query = select(_r.state, func.count().label("rows")).where(_r.batch_id == batch_id).group_by(_r.state)
    return {row.state: row.rows for row in conn.execute(query)}


def rows_of(
    conn: Connection, *, batch_id: str, states: Sequence[str] = (), after: int = 0, limit: int = 1000
) -> tuple[RowRow, ...]:
    """Give rows in order, those after a number, in some states or in all."""
    query = select(tables.batch_rows).where(_r.batch_id == batch_id, _r.number > after)
    if states:
        query = query.where(_r.state.in_(states))
    return tuple(RowRow(**found) for found in conn.execute(query.order_by(_r.number).limit(limit)).mappings())


def row(conn: Connection, *, batch_id: str, number: int) -> RowRow:
    """Give one row, which is there."""
    query = select(tables.batch_rows).where(_r.batch_id == batch_id, _r.number == number)
    return RowRow(**conn.execute(query).mappings().one())


def rows_of_matter(conn: Connection, *, batch_id: str, matter_key: bytes, page: int = 500) -> Iterator[RowRow]:
    """Give all rows of a batch that are about one matter and still have their fields, in order, a page at a time."""
    same = (_r.batch_id == batch_id, _r.matter_key == matter_key, _r.fields.is_not(None))
    query = select(tables.batch_rows).where(*same).order_by(_r.number).limit(page)
    after = 0
    while rows := conn.execute(query.where(_r.number > after)).mappings().all():
        yield from (RowRow(**found) for found in rows)
        after = rows[-1]["number"]


def open_numbers(conn: Connection, *, batch_id: str) -> tuple[int, ...]:
    """Give the numbers of all rows that somebody has still to work on, or works on."""
    query = select(_r.number).where(_r.batch_id == batch_id, _r.state.in_(("pending", "running")))
    return tuple(conn.execute(query.order_by(_r.number)).scalars())


def begun_before(conn: Connection, *, batch_id: str, numbers: Sequence[int]) -> tuple[int, ...]:
    """Give those of the rows that work began on without an end, in order."""
    query = select(_r.number).where(_r.batch_id == batch_id, _r.number.in_(numbers), _r.attempts > 0)
    return tuple(conn.execute(query.order_by(_r.number)).scalars())


def owners_at_work(conn: Connection, *, batch_id: str) -> frozenset[str]:
    """Give the process instances that say that they work on rows of the batch."""
    query = select(_r.owner).where(_r.batch_id == batch_id, _r.state == "running").distinct()
    return frozenset(owner for owner in conn.execute(query).scalars() if owner is not None)


def claim(
    conn: Connection, *, batch_id: str, numbers: Sequence[int], owner: str, dead: frozenset[str], at: datetime
) -> tuple[RowRow, ...]:
    """Take the rows that nobody works on, or whose worker is dead; gives those that are now the owner's.

    Args:
        conn: In a write transaction.
        batch_id: The batch.
        numbers: The rows that are wanted.
        owner: Who takes them.
        dead: Owners that are known to be gone.
        at: Now.
    """
    free = or_(_r.state == "pending", and_(_r.state == "running", _r.owner.in_(dead)))
    wanted = (_r.batch_id == batch_id, _r.number.in_(numbers), free)
    query = select(_r.number).where(*wanted).order_by(_r.number).with_for_update(skip_locked=True)
    mine = tuple(conn.execute(query).scalars())
    # What we had ourselves and could not give back, since the database was away, is no attempt that ended a worker.
    again = and_(_r.state == "running", _r.owner == owner)
    attempts = case((again, _r.attempts), else_=_r.attempts + 1)
    taken = {"state": "running", "owner": owner, "attempts": attempts, "changed_at": at}
    conn.execute(update(tables.batch_rows).where(_r.batch_id == batch_id, _r.number.in_(mine)).values(taken))
    found = select(tables.batch_rows).where(_r.batch_id == batch_id, _r.number.in_(mine)).order_by(_r.number)
    return tuple(RowRow(**row) for row in conn.execute(found).mappings())


def settle_row(conn: Connection, row: RowRow, **values: Any) -> bool:
    """Set what came of a row, if it is still the one that was claimed; tells whether it was."""
    same = (_r.batch_id == row.batch_id, _r.number == row.number, _r.state == "running")
    claimed = (_r.owner == row.owner, _r.attempts == row.attempts)
    return conn.execute(update(tables.batch_rows).where(*same, *claimed).values(values)).rowcount == 1


def release(conn: Connection, rows: Sequence[RowRow], *, at: datetime) -> None:
    """Give rows back, as if nobody had begun them: a store was away."""
    for row in rows:
        settle_row(conn, row, state="pending", owner=None, attempts=row.attempts - 1, changed_at=at)


def reopen_failed(conn: Connection, *, batch_id: str, at: datetime) -> int:
    """Have failed rows that could be read tried again; gives how many."""
    failed = (_r.batch_id == batch_id, _r.state == "failed", _r.fields.is_not(None))
    values = {"state": "pending", "errors": None, "attempts": 0, "owner": None, "changed_at": at}
    return conn.execute(update(tables.batch_rows).where(*failed).values(values)).rowcount


def issued_before(
    conn: Connection, *, tenant_id: str, batch_id: str, keys: Sequence[bytes]
) -> dict[bytes, tuple[str, str, str]]:
    """Give for content keys the notice (id, number, matter) that another batch issued for the same content."""
    query = select(_r.content_key, _r.notice_id, _r.notice_no, _r.matter_id)
    same = query.where(_r.tenant_id == tenant_id, _r.content_key.in_(keys), _r.batch_id != batch_id)
    alive = same.join(tables.notices, tables.notices.c.id == _r.notice_id).where(tables.notices.c.state == "issued")
    return {key: (notice_id, notice_no, matter_id) for key, notice_id, notice_no, matter_id in conn.execute(alive)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A notice number: what it was taken for, its state, and the content that a batch issued it with, if one did."""

    notice_no: str
    notice_id: str
    matter_id: str
    state: str
    content_key: bytes | None


def named(conn: Connection, *, tenant_id: str, numbers: Sequence[str]) -> dict[str, Named]:
    """Give those of the numbers that the tenant has taken."""
    n = tables.notice_numbers.c
    joined = tables.notice_numbers.outerjoin(tables.batch_rows, _r.notice_id == n.notice_id)
    query = select(n.notice_no, n.notice_id, n.matter_id, n.state, _r.content_key).select_from(joined)
    wanted = query.where(n.tenant_id == tenant_id, n.notice_no.in_(numbers)).distinct()
    return {found["notice_no"]: Named(**found) for found in conn.execute(wanted).mappings()}


def issued_about_any(conn: Connection, *, tenant_id: str, subjects: Sequence[bytes]) -> dict[bytes, str]:
    """Give for digests of subjects the number of the notice that is issued about each."""
    n = tables.notices.c
    query = select(n.subject_digest, n.notice_no).where(n.tenant_id == tenant_id, n.subject_digest.in_(subjects))
    return {row.subject_digest: row.notice_no for row in conn.execute(query.where(n.state == "issued"))}


def every_row(conn: Connection, *, batch_id: str, page: int = 500) -> Iterator[RowRow]:
    """Give all rows of a batch in order, a page at a time."""
    after = 0
    while rows := rows_of(conn, batch_id=batch_id, after=after, limit=page):
        yield from rows
        after = rows[-1].number


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a notice that a row asked for, as far as it is recorded."""

    waybill_no: str | None
    outcome: str | None
    delivered_at: datetime | None
    state: str


def sent(conn: Connection, *, tenant_id: str, notice_ids: Sequence[str]) -> dict[str, Sent]:
    """Give for notices their state, the last dispatch with a waybill (or the last at all), and its own last receipt."""
    n, d, c = tables.notices.c, tables.dispatches.c, tables.receipts.c
    joined = tables.notices.outerjoin(tables.dispatches, d.notice_id == n.id).outerjoin(
        tables.receipts, c.dispatch_id == d.id
    )
    query = select(n.id, n.state, d.waybill_no, c.outcome, c.delivered_at).select_from(joined)
    wanted = query.where(n.tenant_id == tenant_id, n.id.in_(notice_ids)).order_by(n.id, d.seq, c.seq)
    found: dict[str, Sent] = {}
    for notice_id, *known in conn.execute(wanted):
        row = Sent(**dict(zip(("state", "waybill_no", "outcome", "delivered_at"), known, strict=True)))
        if row.waybill_no or notice_id not in found or not found[notice_id].waybill_no:
            found[notice_id] = row
    return found
