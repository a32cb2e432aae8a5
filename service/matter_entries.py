"""A matter's entries as the law reads them."""

import json

from sqlalchemy import Connection

from evidence.law.entries import READ_KINDS, RecordedFact
from service.records import entries


def recorded_facts(conn: Connection, *, matter_id: str) -> tuple[RecordedFact, ...]:
    """Give every entry of a matter from which something may follow in law, in order; the caller has checked the tenant.

    The bodies are canonical JSON that was checked when it was written; they are not checked again.
    """
    rows = entries.told(conn, matter_ids=[matter_id], kinds=READ_KINDS)
    return tuple(RecordedFact(seq=row.seq, kind=row.kind, at=row.at, facts=json.loads(row.body)) for row in rows)
