"""Every matter's chain, and every row that follows from it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

from evidence.canonical import sha256
from evidence.chain import verify_link
from evidence.entry import GENESIS, Entry, body_from_bytes, entry_from_bytes, leaf_hash
from evidence.errors import EvidenceError
from service.errors import NotFoundError, RefusedError
from service.fsck.derived import Derived
from service.fsck.problem import ABREAST, Problem, Row, differences, error, readable_rows, row_name
from service.ledger import object_key
from service.ports import ObjectStore
from service.records import tables
from service.records.engine import reading
from service.records.projections import Recorded

_PAGE = 500


def check(engine: Engine, objects: ObjectStore, *, origin: str) -> Iterator[Problem]:
    """Check every matter, a few at a time."""
    with reading(engine) as conn:
        rows, problems = readable_rows(conn, tables.matters, select(tables.matters).order_by(tables.matters.c.id))
    yield from problems
    one = partial(_problems_of, engine, objects, origin)
    with ThreadPoolExecutor(ABREAST, thread_name_prefix="fsck") as readers:
        for start in range(0, len(rows), _PAGE):
            yield from chain.from_iterable(readers.map(one, rows[start : start + _PAGE]))
    with reading(engine) as conn:
        yield from _check_strays(conn, [row["id"] for row in rows])


def _problems_of(engine: Engine, objects: ObjectStore, origin: str, matter: Row) -> list[Problem]:
    with reading(engine) as conn:
        return list(_check_matter(conn, objects, matter, origin=origin))


def _check_matter(conn: Connection, objects: ObjectStore, matter: Row, *, origin: str) -> Iterator[Problem]:
    derived = Derived(tenant_id=matter["tenant_id"], matter_id=matter["id"])
    previous: Entry | None = None
    previous_hash = GENESIS
    opened: Row = {}
    for row, entry in _entries(conn, matter):
        if isinstance(entry, Problem):
            yield entry
            continue
        yield from _check_row(row, entry, origin=origin, tenant_id=matter["tenant_id"])
        try:
            verify_link(entry, previous=previous, previous_hash=previous_hash)
        except EvidenceError as failure:
            yield error(row_name(tables.entries, row), f"the chain breaks here: {failure}")
        previous, previous_hash = entry, leaf_hash(row["header"])
        yield from _check_body(objects, derived, row, entry)
        opened = opened or {"opened_at": entry.at, **derived.opened}
    yield from derived.check(conn)
    if previous is None:
        yield error(row_name(tables.matters, matter), "the matter has no entry")
        return
    head = {"head_seq": previous.seq, "head_leaf": previous_hash, "head_at": previous.at, "head_kind": previous.kind}
    yield from differences(tables.matters, matter, {**head, **opened})


def _entries(conn: Connection, matter: Row) -> Iterator[tuple[Row, Entry | Problem]]:
    e = tables.entries.c
    query = pages = select(tables.entries).where(e.matter_id == matter["id"]).order_by(e.seq).limit(_PAGE)
    while True:
        last = conn.execute(query.with_only_columns(e.seq)).scalars().all()
        if not last:
            return
        rows, problems = readable_rows(conn, tables.entries, query)
        yield from (({}, problem) for problem in problems)
        for row in rows:
            yield row, _parsed(row)
        query = pages.where(e.seq > last[-1])


def _parsed(row: Row) -> Entry | Problem:
    try:
        return entry_from_bytes(row["header"])
    except (EvidenceError, TypeError, AttributeError) as failure:
        return error(row_name(tables.entries, row), f"header: {failure}")


def _check_row(row: Row, entry: Entry, *, origin: str, tenant_id: str) -> Iterator[Problem]:
    header = {
        "tenant_id": tenant_id,
        "matter_id": entry.matter,
        "seq": entry.seq,
        "kind": entry.kind,
        "at": entry.at,
        "body_digest": entry.body_digest,
        "leaf_hash": leaf_hash(row["header"]),
    }
    yield from differences(tables.entries, row, header)
    if entry.log != origin:
        yield error(row_name(tables.entries, row), f"header: it belongs to the log {entry.log}, not {origin}")


def _check_body(objects: ObjectStore, derived: Derived, row: Row, entry: Entry) -> Iterator[Problem]:
    where = row_name(tables.entries, row)
    key = object_key(derived.tenant_id, entry.body_digest)
    try:
        # The bytes of every object are read once, by `contents`; here it is enough that this one is there.
        stored = objects.head(key) is not None
        body = row["body"] if sha256(row["body"]) == entry.body_digest else None
        if body is None:
            yield error(where, "body: not the bytes that the header commits to")
            body = objects.read(key, limit=2**24) if stored else b""
        if not stored:
            yield error(key, f"the object is missing: body of {where}")
        derived.add(_recorded(derived, entry, body))
    except (EvidenceError, NotFoundError, RefusedError, TypeError, KeyError, ValueError) as failure:
        yield error(where, f"body: {type(failure).__name__}: {failure}")
    else:
        yield from _check_files(objects, derived, where)


def _recorded(derived: Derived, entry: Entry, body: bytes) -> Recorded:
    return Recorded(
        tenant_id=derived.tenant_id,
        matter_id=derived.matter_id,
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        facts=body_from_bytes(body),
    )


def _check_files(objects: ObjectStore, derived: Derived, where: str) -> Iterator[Problem]:
    for digest, size in derived.last_files:
        key = object_key(derived.tenant_id, digest)
        info = objects.head(key)
        if info is None:
            yield error(key, f"the object is missing: a file of {where}")
        elif info.size != size:
            yield error(key, f"the object has {info.size} bytes, {where} says {size}")


def _check_strays(conn: Connection, known: Sequence[str]) -> Iterator[Problem]:
    e = tables.entries.c
    for matter_id in set(conn.execute(select(e.matter_id).distinct()).scalars()) - set(known):
        yield error(f"entries {matter_id}", "there is no such matter")
