"""Queries over entries."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from service.errors import NotFoundError, StoreError
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


class Told(NamedTuple):
    """An entry as far as its facts are asked for."""

    matter_id: str
    seq: int
    kind: str
    at: datetime
    body: bytes


class Leaf(NamedTuple):
    """An entry as the log takes it: the header's bytes, and the leaf hash that the row says they have."""

    header: bytes
    leaf_hash: bytes


def insert_row(conn: Connection, row: EntryRow) -> None:
    """Add an entry; IntegrityError when its matter already has this seq."""
    conn.execute(insert(tables.entries).values(asdict(row)))


def of_matter(conn: Connection, *, matter_id: str, after_seq: int = 0, limit: int = 1000) -> tuple[EntryRow, ...]:
    """Give a matter's entries in order, those after a seq."""
    query = select(tables.entries).where(_e.matter_id == matter_id, _e.seq > after_seq).order_by(_e.seq).limit(limit)
    return tuple(EntryRow(**found) for found in conn.execute(query).mappings())


def told(conn: Connection, *, matter_ids: Collection[str], kinds: Collection[str]) -> tuple[Told, ...]:
    """Give what these matters' entries of some kinds state, in order."""
    query = select(_e.matter_id, _e.seq, _e.kind, _e.at, _e.body).where(_e.matter_id.in_(matter_ids))
    ordered = query.where(_e.kind.in_(kinds)).order_by(_e.matter_id, _e.seq)
    return tuple(Told(*row) for row in conn.execute(ordered))


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


def any_recorded(conn: Connection) -> bool:
    """Tell whether there is any entry at all."""
    return conn.execute(select(_e.seq).limit(1)).first() is not None


def any_waiting(conn: Connection, *, tree_size: int) -> bool:
    """Tell whether an entry is not in the log of this size."""
    without = select(_e.seq).where(_e.log_index.is_(None)).limit(1)
    beyond = select(_e.seq).where(_e.log_index >= tree_size).limit(1)
    return conn.execute(without).first() is not None or conn.execute(beyond).first() is not None


def leaves_between(conn: Connection, *, start: int, end: int) -> tuple[Leaf, ...]:
    """Give the entries with an index in [start, end), in order."""
    query = select(_e.header, _e.leaf_hash).where(_e.log_index >= start, _e.log_index < end).order_by(_e.log_index)
    return tuple(Leaf(row.header, row.leaf_hash) for row in conn.execute(query))


def give_indexes(conn: Connection, *, tree_size: int, limit: int) -> tuple[Leaf, ...]:
    """Give waiting entries their indexes from `tree_size` on, and the entries in that order.

    Entries that have an index from a run that died keep it. A matter's entries keep their order, since `at` never runs
    back within it.

    Raises:
        StoreError: Indexes that were given have a gap: rows were lost.
    """
    beyond = (
        select(_e.log_index, _e.header, _e.leaf_hash)
        .where(_e.log_index >= tree_size)
        .order_by(_e.log_index)
        .limit(limit)
    )
    given = conn.execute(beyond).all()
    if any(row.log_index != tree_size + position for position, row in enumerate(given)):
        raise StoreError("entries that had a place in the log are gone", code="log_broken", fatal=True)
    if len(given) == limit:
        return tuple(Leaf(row.header, row.leaf_hash) for row in given)
    waiting = select(_e.matter_id, _e.seq, _e.header, _e.leaf_hash).where(_e.log_index.is_(None))
    fresh = conn.execute(waiting.order_by(_e.at, _e.matter_id, _e.seq).limit(limit - len(given))).all()
    first = tree_size + len(given)
    places = [{"m": row.matter_id, "s": row.seq, "i": first + position} for position, row in enumerate(fresh)]
    if places:
        place = update(tables.entries).where(_e.matter_id == bindparam("m"), _e.seq == bindparam("s"))
        # What has an index keeps it, even if two came here at once (the caller holds the head, so they cannot).
        conn.execute(place.where(_e.log_index.is_(None)).values(log_index=bindparam("i")), places)
    return tuple(Leaf(row.header, row.leaf_hash) for row in (*given, *fresh))


def count_waiting(conn: Connection) -> int:
    """Count the entries that have no place in the log yet."""
    query = select(func.count()).select_from(tables.entries).where(_e.log_index.is_(None))
    return int(conn.execute(query).scalar_one())
