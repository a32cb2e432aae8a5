"""Queries over entries."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select

from service.errors import NotFoundError
from service.records import tables

_e = tables.entries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry as the table has it; `log_index` is None until the sequencer has given it a place in the log."""

    tenant_id: str
    matter_id: str
    seq: int
    kind: str
    at: datetime
    header: bytes
    body_digest: bytes
    body: bytes
    leaf_hash: bytes
    log_index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a digest is recorded: `what` is leaf, body or file (then `role` says which)."""

    what: str
    matter_id: str
    seq: int
    role: str = ""


def insert_row(conn: Connection, row: EntryRow) -> None:
    """Add an entry; IntegrityError when its matter already has this seq."""
    conn.execute(insert(tables.entries).values(asdict(row)))


def of_matter(conn: Connection, *, matter_id: str, after_seq: int = 0, limit: int = 1000) -> tuple[EntryRow, ...]:
    """Give a matter's entries in order, those after a seq."""
    query = select(tables.entries).where(_e.matter_id == matter_id, _e.seq > after_seq).order_by(_e.seq).limit(limit)
    return tuple(EntryRow(**found) for found in conn.execute(query).mappings())


def one(conn: Connection, *, tenant_id: str, matter_id: str, seq: int) -> EntryRow:
    """Give one entry; NotFoundError if the tenant has none there."""
    query = select(tables.entries).where(_e.tenant_id == tenant_id, _e.matter_id == matter_id, _e.seq == seq)
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the entry", message_zh="未找到该记录")
    return EntryRow(**found)


def by_leaf(conn: Connection, *, leaf_hash: bytes) -> EntryRow | None:
    """Give the entry with this leaf hash, whichever tenant's."""
    found = conn.execute(select(tables.entries).where(_e.leaf_hash == leaf_hash)).mappings().one_or_none()
    return None if found is None else EntryRow(**found)


def places_of(conn: Connection, *, tenant_id: str, digest: bytes, limit: int = 100) -> tuple[Place, ...]:
    """Tell where a tenant's entries record this digest: as a leaf hash, a body or a named file."""
    matched = select(_e.matter_id, _e.seq, _e.leaf_hash).where(
        _e.tenant_id == tenant_id, or_(_e.leaf_hash == digest, _e.body_digest == digest)
    )
    found = [
        Place(what="leaf" if row.leaf_hash == digest else "body", matter_id=row.matter_id, seq=row.seq)
        for row in conn.execute(matched.limit(limit))
    ]
    f = tables.entry_files.c
    named = select(f.matter_id, f.seq, f.role).where(f.tenant_id == tenant_id, f.sha256 == digest)
    ordered = named.order_by(f.matter_id, f.seq, f.position).limit(limit)
    found += [Place(what="file", matter_id=row.matter_id, seq=row.seq, role=row.role) for row in conn.execute(ordered)]
    return tuple(found)
