"""The table of scrubbing: each round over the frozen bytes, how far it came, and what it found."""

import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table

from service.records.columns import TEXT, Instant, metadata

scrub_rounds = Table(
    "scrub_rounds",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    # The last of the bytes that were looked at: kind, owner and place of what names them.
    Column("after_tenant", TEXT, nullable=False),
    Column("after_digest", TEXT, nullable=False),
    Column("checked", sa.BigInteger, nullable=False),
    Column("faults", sa.JSON, nullable=False),
)
