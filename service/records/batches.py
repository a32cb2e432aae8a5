"""Queries over batches and their rows, always of one tenant; who may work on a row is decided here, by one update."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, or_, select, update

from service.errors import NotFoundError
from service.records import tables

_b, _r, _f, _m = tables.batches.c, tables.batch_rows.c, tables.batch_files.c, tables.batch_mappings.c
OVER = ("issued", "failed", "skipped")
"""States in which nothing more is done to a row unless somebody asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch; `mode` is dry_run or real, `run` counts the jobs it had, `mapping_source` is guessed, saved or given."""

    id: str
    tenant_id: str
    job_id: str
    run: int
    mode: str
    file_name: str
    format: str
    object_key: str
    sha256: bytes
    size: int
    request: Mapping[str, Any]
    created_at: datetime
    mapping: Mapping[str, Any] | None = None
    mapping_source: str | None = None
    table_facts: Mapping[str, Any] | None = None


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
    party: str | None = None
    notice_id: str | None = None
    notice_no: str | None = None
    errors: Sequence[Mapping[str, Any]] | None = None
    warnings: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfBatch:
    """A file that came of a batch: `kind` is workbook, sample, print or manifest."""

    tenant_id: str
    batch_id: str
    kind: str
    name: str
    object_key: str
    sha256: bytes
    size: int
    media_type: str
    created_at: datetime
    about: str | None = None


def insert_batch(conn: Connection, row: BatchRow) -> None:
    """Add a batch."""
    conn.execute(insert(tables.batches).values(asdict(row)))


def batch(conn: Connection, *, tenant_id: str, batch_id: str, lock: bool = False) -> BatchRow:
    """Give one batch of the tenant; `lock` holds it until the transaction ends."""
    query = select(tables.batches).where(_b.tenant_id == tenant_id, _b.id == batch_id)
    found = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the batch", message_zh="未找到该批次")
    return BatchRow(**found)


def batches_of(
    conn: Connection, *, tenant_id: str, before: tuple[datetime, str] | None, limit: int
) -> tuple[BatchRow, ...]:
    """Give a tenant's batches, newest first, after a place."""
    query = select(tables.batches).where(_b.tenant_id == tenant_id)
    if before is not None:
        at, batch_id = before
        query = query.where(or_(_b.created_at < at, and_(_b.created_at == at, _b.id < batch_id)))
    ordered = query.order_by(_b.created_at.desc(), _b.id.desc()).limit(limit)
    return tuple(BatchRow(**found) for found in conn.execute(ordered).mappings())


def update_batch(conn: Connection, *, batch_id: str, **values: Any) -> None:
    """Set columns of a batch: job_id, run, mode, request, mapping, mapping_source, table_facts."""
    conn.execute(update(tables.batches).where(_b.id == batch_id).values(values))


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


def rows_of_matter(conn: Connection, *, batch_id: str, matter_key: bytes) -> tuple[RowRow, ...]:
    """Give the rows of a batch that are about one matter, in order, some dozens at most."""
    query = select(tables.batch_rows).where(_r.batch_id == batch_id, _r.matter_key == matter_key)
    return tuple(RowRow(**found) for found in conn.execute(query.order_by(_r.number).limit(50)).mappings())


def open_numbers(conn: Connection, *, batch_id: str) -> tuple[int, ...]:
    """Give the numbers of all rows that somebody has still to work on, or works on."""
    query = select(_r.number).where(_r.batch_id == batch_id, _r.state.in_(("pending", "running")))
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


def save_mapping(conn: Connection, **values: Any) -> None:
    """Remember a confirmed mapping for the tenant, template and headers; the newest counts."""
    same = [_m[name] == values[name] for name in ("tenant_id", "template", "headers_digest")]
    conn.execute(tables.batch_mappings.delete().where(*same))
    conn.execute(insert(tables.batch_mappings).values(values))


def saved_mapping(
    conn: Connection, *, tenant_id: str, template: str, headers_digest: bytes
) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Give the mapping and the constants that were confirmed for such a table, if any were."""
    query = select(_m.mapping, _m.constants).where(
        _m.tenant_id == tenant_id, _m.template == template, _m.headers_digest == headers_digest
    )
    found = conn.execute(query).one_or_none()
    return None if found is None else (found.mapping, found.constants)


def put_file(conn: Connection, row: FileOfBatch) -> None:
    """Name a file of a batch; one of the same kind and name is replaced (its bytes stay in the object store)."""
    same = (_f.batch_id == row.batch_id, _f.kind == row.kind, _f.name == row.name)
    conn.execute(tables.batch_files.delete().where(*same))
    conn.execute(insert(tables.batch_files).values(asdict(row)))


def files_of_batch(conn: Connection, *, tenant_id: str, batch_id: str) -> tuple[FileOfBatch, ...]:
    """Give the files of a batch by kind and name."""
    query = select(tables.batch_files).where(_f.tenant_id == tenant_id, _f.batch_id == batch_id)
    return tuple(FileOfBatch(**found) for found in conn.execute(query.order_by(_f.kind, _f.name)).mappings())


def every_row(conn: Connection, *, batch_id: str, page: int = 500) -> Iterator[RowRow]:
    """Give all rows of a batch in order, a page at a time."""
    after = 0
    while rows := rows_of(conn, batch_id=batch_id, after=after, limit=page):
        yield from rows
        after = rows[-1].number
