"""The tables of batches: what was uploaded, its rows, confirmed mappings, and the files that came of it."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, Integer, Table

from service.records.columns import DIGEST, ID, NAME, TEXT, Instant, metadata, state, tenant_id

JSON = sa.JSON(none_as_null=True)

batches = Table(
    "batches",
    metadata,
    Column("id", ID, primary_key=True),
    tenant_id(),
    # Its newest job: a dry run, the run itself, a retry.
    Column("job_id", ID, nullable=False),
    Column("run", Integer, nullable=False),
    Column("mode", sa.String(20), nullable=False),
    Column("file_name", NAME, nullable=False),
    Column("object_key", sa.String(300), nullable=False),
    Column("sha256", DIGEST, nullable=False),
    Column("size", sa.BigInteger, nullable=False),
    # What the caller asked: sheet, template, version, engine, constants, reason for duplicates.
    Column("request", JSON, nullable=False),
    Column("mapping", JSON),
    Column("mapping_source", sa.String(20)),
    # What reading told of the table: headers, header row, warnings.
    Column("table_facts", JSON),
    Column("created_at", Instant, nullable=False),
    state("dry_run", "real", column="mode"),
    sa.UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "created_at"),
)

batch_rows = Table(
    "batch_rows",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("batch_id", ID, primary_key=True),
    # The row as the clerk counts it in the workbook, or the line of the file.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", sa.String(20), nullable=False),
    # How often work on it began; a row that outlives its worker more than twice is left to people.
    Column("attempts", Integer, nullable=False, default=0),
    # The process instance that works on it.
    Column("owner", sa.String(80)),
    Column("template", sa.String(60)),
    Column("version", sa.String(10)),
    Column("engine", sa.String(10)),
    # The letter's fields and what else the row says, until the notice is issued: then its entry holds them.
    Column("fields", JSON),
    Column("specials", JSON),
    # Equal exactly when two rows ask for the same letter: what was issued for it before is not issued again.
    Column("content_key", DIGEST),
    # Equal for letters of one matter: its parties are gathered from all of them when it is opened.
    Column("matter_key", DIGEST),
    Column("matter_id", ID),
    Column("notice_id", ID),
    Column("notice_no", sa.String(24)),
    Column("errors", JSON),
    Column("warnings", JSON),
    Column("changed_at", Instant, nullable=False),
    state("pending", "running", "issued", "failed", "skipped"),
    ForeignKeyConstraint(["tenant_id", "batch_id"], ["batches.tenant_id", "batches.id"]),
    Index(None, "batch_id", "state", "number"),
    Index(None, "tenant_id", "content_key"),
    Index(None, "batch_id", "matter_key"),
    Index(None, "notice_id"),
)

batch_mappings = Table(
    "batch_mappings",
    metadata,
    Column("tenant_id", ID, ForeignKey("tenants.id"), primary_key=True),
    Column("template", sa.String(60), primary_key=True),
    # SHA-256 over the headers: the same sheet next month is read in the same way.
    Column("headers_digest", DIGEST, primary_key=True),
    Column("mapping", JSON, nullable=False),
    Column("constants", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

batch_files = Table(
    "batch_files",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("batch_id", ID, primary_key=True),
    Column("kind", sa.String(20), primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("object_key", sa.String(300), nullable=False),
    Column("sha256", DIGEST, nullable=False),
    Column("size", sa.BigInteger, nullable=False),
    Column("media_type", sa.String(255), nullable=False),
    Column("about", TEXT),
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant_id", "batch_id"], ["batches.tenant_id", "batches.id"]),
)
