"""Bundles that were handed out: the bytes, and the entry that seals them."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

from evidence.entry import body_from_bytes
from evidence.errors import EvidenceError
from service.errors import NotFoundError, RefusedError
from service.fsck.problem import Problem, Row, error, note, readable_rows, row_name
from service.ports import ObjectStore
from service.records import tables
from service.records.engine import reading


def check(engine: Engine, objects: ObjectStore) -> Iterator[Problem]:
    """Check every bundle that is ready; say which stored ones no row names."""
    table = tables.bundles
    with reading(engine) as conn:
        rows, problems = readable_rows(conn, table, select(table).order_by(table.c.id))
        yield from problems
        for row in rows:
            if row["state"] == "ready":
                yield from _check_bytes(objects, row)
                yield from _check_seal(conn, row)
            elif row["verified_at"] is not None:
                yield error(row_name(table, row), f"state is {row['state']}, though it was verified")
        tenants = conn.execute(select(tables.tenants.c.id)).scalars().all()
    named = {row["object_key"] for row in rows}
    for tenant_id in tenants:
        for key in objects.keys(f"tenants/{tenant_id}/bundles/"):
            if key not in named:
                yield note(key, "no row names this bundle")


def _check_bytes(objects: ObjectStore, row: Row) -> Iterator[Problem]:
    where, digest, size = row_name(tables.bundles, row), hashlib.sha256(), 0
    try:
        for piece in objects.open(row["object_key"] or ""):
            digest.update(piece)
            size += len(piece)
    except NotFoundError:
        yield error(where, f"the object {row['object_key']} is missing")
        return
    except RefusedError:
        yield error(where, f"object_key is {row['object_key']!r}, which no object can have")
        return
    if digest.digest() != row["sha256"]:
        yield error(where, f"the object {row['object_key']} does not have the row's sha256")
    if size != row["size"]:
        yield error(where, f"size is {row['size']}, the object has {size} bytes")


def _check_seal(conn: Connection, row: Row) -> Iterator[Problem]:
    where, e = row_name(tables.bundles, row), tables.entries.c
    seal = conn.execute(
        select(e.kind, e.body).where(e.matter_id == row["matter_id"], e.seq == row["seal_seq"])
    ).one_or_none()
    try:
        sealed = seal is not None and body_from_bytes(seal.body).get("bundle")
    except EvidenceError:
        return  # `chains` has named this entry
    if seal is None or seal.kind != "bundle.sealed" or sealed != row["id"]:
        yield error(where, f"entry {row['matter_id']}/{row['seal_seq']} does not seal this bundle")
    if row["verified_at"] is None:
        yield error(where, "verified_at is missing: only what was verified is ready")
