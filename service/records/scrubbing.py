"""Queries over rounds of scrubbing, and over the frozen bytes in the order in which a round looks at them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, LargeBinary, insert, literal, select, tuple_, union_all, update

from service.records import tables

_s = tables.scrub_rounds.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubRound:
    """One pass over all frozen bytes; `faults` are the object keys that were missing or not themselves."""

    no: int
    started_at: datetime
    finished_at: datetime | None = None
    after_tenant: str = ""
    after_digest: str = ""
    checked: int = 0
    faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Bytes that an entry names or is made of: whose, and their SHA-256."""

    tenant_id: str
    digest: bytes


def last_round(conn: Connection) -> ScrubRound | None:
    """Give the newest round."""
    found = conn.execute(select(tables.scrub_rounds).order_by(_s.no.desc()).limit(1)).mappings().one_or_none()
    return None if found is None else ScrubRound(**found)


def insert_round(conn: Connection, row: ScrubRound) -> None:
    """Begin a round."""
    conn.execute(insert(tables.scrub_rounds).values({**asdict(row), "faults": list(row.faults)}))


def update_round(conn: Connection, row: ScrubRound, *, after_digest: str) -> bool:
    """Move a round on from where it was; tells whether nobody else had moved it."""
    values = {**asdict(row), "faults": list(row.faults)}
    same = (_s.no == row.no, _s.after_digest == after_digest, _s.finished_at.is_(None))
    return conn.execute(update(tables.scrub_rounds).where(*same).values(values)).rowcount == 1


def frozen_after(conn: Connection, *, tenant_id: str, digest: bytes, limit: int) -> tuple[Frozen, ...]:
    """Give the next frozen bytes after a place: files that entries name, and the entries' own bodies."""
    f, e = tables.files.c, tables.entries.c
    place = tuple_(literal(tenant_id), literal(digest, LargeBinary))
    files = select(f.tenant_id, f.sha256.label("digest")).where(tuple_(f.tenant_id, f.sha256) > place)
    bodies = select(e.tenant_id, e.body_digest.label("digest")).where(tuple_(e.tenant_id, e.body_digest) > place)
    pages = [
        query.order_by(query.selected_columns[0], query.selected_columns[1]).limit(limit) for query in (files, bodies)
    ]
    both = union_all(*(select(page.subquery()) for page in pages)).subquery()
    ordered = select(both).order_by(both.c.tenant_id, both.c.digest).limit(limit)
    return tuple(Frozen(tenant_id=row.tenant_id, digest=row.digest) for row in conn.execute(ordered))
