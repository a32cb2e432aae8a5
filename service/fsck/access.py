"""Tenants: their mark keys are the ones they were created with."""

import hashlib
import re
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.engine import Engine

from service.fsck.problem import Problem, error, readable_rows
from service.records import tables
from service.records.engine import reading


def check(engine: Engine) -> Iterator[Problem]:
    """Check every tenant."""
    with reading(engine) as conn:
        rows, problems = readable_rows(conn, tables.tenants, select(tables.tenants))
    yield from problems
    for row in rows:
        where = f"tenants {row['id']}"
        if hashlib.sha256(row["mac_key"]).digest() != row["mac_key_digest"]:
            yield error(where, "mac_key is not the one of mac_key_digest: marks on issued pages cannot be checked")
        if not re.fullmatch("[A-Z0-9]{2,8}", row["code"]):
            yield error(where, f"code {row['code']!r} is malformed")
