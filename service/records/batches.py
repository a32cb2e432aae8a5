"""Queries over batches, the mappings that were confirmed, and the files that came of them; always of one tenant."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import NotFoundError
from service.records import tables

_b, _f, _m = tables.batches.c, tables.batch_files.c, tables.batch_mappings.c


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch; `mode` is dry_run or real, `run` counts the jobs it had, `mapping_source` is guessed, saved or given."""

    id: str
    tenant_id: str
    job_id: str
    run: int
    mode: str
    file_name: str
    object_key: str
    sha256: bytes
    size: int
    request: Mapping[str, Any]
    created_at: datetime
    mapping: Mapping[str, Any] | None = None
    mapping_source: str | None = None
    table_facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfBatch:
    """A file that came of a batch: `kind` is workbook, sample, print, manifest or returned."""

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


def save_mapping(conn: Connection, **values: Any) -> None:
    """Remember a confirmed mapping for the tenant, template and headers; the newest counts."""
    _put(conn, tables.batch_mappings, values)


def _put(conn: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert or replace in one statement: of two transactions that do so at once, neither fails."""
    insert_into = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    key = {column.name for column in table.primary_key}
    others = {name: value for name, value in values.items() if name not in key}
    conn.execute(insert_into(table).values(values).on_conflict_do_update(index_elements=sorted(key), set_=others))


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
    _put(conn, tables.batch_files, asdict(row))


def files_of_batch(conn: Connection, *, tenant_id: str, batch_id: str) -> tuple[FileOfBatch, ...]:
    """Give the files of a batch by kind and name."""
    query = select(tables.batch_files).where(_f.tenant_id == tenant_id, _f.batch_id == batch_id)
    return tuple(FileOfBatch(**found) for found in conn.execute(query.order_by(_f.kind, _f.name)).mappings())
