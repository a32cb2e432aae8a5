"""Every frozen object: its bytes are those of its name, and something names it; and the table of files."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

from service.errors import NotFoundError
from service.fsck.problem import ABREAST, Problem, Row, differences, error, note, readable_rows, row_name
from service.ledger import object_key
from service.ports import ObjectStore
from service.records import tables
from service.records.engine import reading

_PAGE = 500


def check(engine: Engine, objects: ObjectStore) -> Iterator[Problem]:
    """Check every tenant's contents."""
    with reading(engine) as conn:
        tenants = conn.execute(select(tables.tenants.c.id).order_by(tables.tenants.c.id)).scalars().all()
    for key in objects.keys("tenants/"):
        if key.split("/")[1] not in tenants:
            yield note(key, "no tenant has this object")
    with ThreadPoolExecutor(ABREAST, thread_name_prefix="fsck") as readers:
        for tenant_id in tenants:
            keys = iter(objects.keys(f"tenants/{tenant_id}/sha256/"))
            while page := list(islice(keys, _PAGE)):
                digests = list(readers.map(partial(_digest, objects), page))
                with reading(engine) as conn:
                    for key, digest in zip(page, digests, strict=True):
                        yield from _check_object(conn, tenant_id, key, digest)
    yield from _check_files(engine)


def _digest(objects: ObjectStore, key: str) -> bytes | None:
    """Read one object; None when it was removed since it was listed."""
    digest = hashlib.sha256()
    try:
        for piece in objects.open(key):
            digest.update(piece)
    except NotFoundError:
        return None
    return digest.digest()


def _check_object(conn: Connection, tenant_id: str, key: str, digest: bytes | None) -> Iterator[Problem]:
    if digest is None:
        return
    if key != object_key(tenant_id, digest):
        yield error(key, "the object's bytes are not those of its name")
    elif not _is_named(conn, tenant_id, digest):
        yield note(key, "no entry names it, and no batch: left by a crash, an upload, a bundle in the making")


def _is_named(conn: Connection, tenant_id: str, digest: bytes) -> bool:
    e, f = tables.entries.c, tables.entry_files.c
    b, made = tables.batches.c, tables.batch_files.c
    body = select(e.seq).where(e.tenant_id == tenant_id, e.body_digest == digest)
    file = select(f.seq).where(f.tenant_id == tenant_id, f.sha256 == digest)
    table = select(b.id).where(b.tenant_id == tenant_id, b.sha256 == digest)
    of_batch = select(made.name).where(made.tenant_id == tenant_id, made.sha256 == digest)
    return any(conn.execute(query.limit(1)).first() is not None for query in (body, file, table, of_batch))


def _check_files(engine: Engine) -> Iterator[Problem]:
    table = tables.files
    with reading(engine) as conn:
        rows, problems = readable_rows(conn, table, select(table).order_by(table.c.tenant_id, table.c.sha256))
        yield from problems
        for row in rows:
            yield from _check_file(conn, row)
        f = tables.entry_files.c
        known = select(table.c.sha256).where(table.c.tenant_id == f.tenant_id, table.c.sha256 == f.sha256)
        for tenant_id, sha256 in conn.execute(select(f.tenant_id, f.sha256).distinct().where(~known.exists())):
            yield error(f"files {tenant_id}/{sha256.hex()}", "the row is missing")


def _check_file(conn: Connection, row: Row) -> Iterator[Problem]:
    f, e = tables.entry_files.c, tables.entries.c
    joined = tables.entry_files.join(tables.entries, (f.matter_id == e.matter_id) & (f.seq == e.seq))
    query: Any = select(f.size, f.media_type, e.at).select_from(joined)
    named = conn.execute(query.where(f.tenant_id == row["tenant_id"], f.sha256 == row["sha256"])).all()
    if not named:
        yield error(row_name(tables.files, row), "no entry names this file")
        return
    first = min(named, key=lambda name: name.at)
    yield from differences(tables.files, row, {"size": first.size, "first_seen_at": first.at})
    if row["media_type"] not in {name.media_type for name in named}:
        yield error(row_name(tables.files, row), f"media_type is {row['media_type']}, no entry says so")
