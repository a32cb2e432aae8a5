"""Every table of the records, in one place (so a little over the usual length); those of the law are in `law_tables`,
those of batches in `batch_tables`, those of webhooks in `webhook_tables`.

Rules: every row that belongs to a tenant carries `tenant_id`, and foreign keys repeat tenant and matter, so that a row
cannot point into another tenant's or another matter's rows.
"""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, Table

from service.records.batch_tables import batch_files, batch_mappings, batch_rows, batches
from service.records.columns import BYTES, DIGEST, ID, JSON, NAME, TEXT, Instant, metadata, state, tenant_id, within
from service.records.law_tables import alarms, calendar_feeds, limitation, reckonings, tracings
from service.records.scrub_tables import scrub_rounds
from service.records.webhook_tables import webhook_deliveries, webhook_events, webhook_keys, webhooks

__all__ = [
    "Instant", "alarms", "api_keys", "batch_files", "batch_mappings", "batch_rows", "batches", "bundles",
    "calendar_feeds", "checkpoints", "dispatches", "entries", "entry_files", "files", "idempotency", "jobs",
    "limitation", "log_head", "matters", "metadata", "notice_numbers", "notices", "receipts", "reckonings", "scans",
    "scrub_rounds", "tenants", "tokens", "tracings", "webhook_deliveries", "webhook_events", "webhook_keys",
    "webhooks",
]  # fmt: skip

tenants = Table(
    "tenants",
    metadata,
    Column("id", ID, primary_key=True),
    Column("code", sa.String(8), nullable=False, unique=True),
    Column("name", NAME, nullable=False),
    # As it is, since every page's mark needs it: the threat model says what its reader could do.
    Column("mac_key", DIGEST, nullable=False),
    Column("mac_key_digest", DIGEST, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", ID, primary_key=True),
    tenant_id(),
    Column("role", sa.String(20), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("key_digest", DIGEST, nullable=False, unique=True),
    Column("label", NAME, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
)

matters = Table(
    "matters",
    metadata,
    Column("id", ID, primary_key=True),
    tenant_id(),
    Column("reference", TEXT),
    Column("contract_no", TEXT),
    # Equal exactly for contract numbers that differ by nothing but width and white space; matters are found by it.
    Column("contract_key", DIGEST),
    Column("creditor_name", TEXT),
    Column("debtor_name", TEXT),
    Column("opened_at", Instant, nullable=False),
    Column("head_seq", Integer, nullable=False),
    Column("head_leaf", DIGEST, nullable=False),
    Column("head_at", Instant, nullable=False),
    Column("head_kind", sa.String(64), nullable=False),
    sa.UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "contract_key"),
)

entries = Table(
    "entries",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", sa.String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("header", BYTES, nullable=False),
    Column("body_digest", DIGEST, nullable=False),
    # The object under body_digest is the truth; this copy saves a read of the store, and is checked against it.
    Column("body", BYTES, nullable=False),
    Column("leaf_hash", DIGEST, nullable=False, unique=True),
    Column("log_index", sa.BigInteger, unique=True),
    within("matters", "tenant_id", "matter_id"),
    Index(None, "tenant_id", "body_digest"),
)
Index(
    "ix_entries_unsequenced",
    entries.c.at,
    entries.c.matter_id,
    entries.c.seq,
    sqlite_where=entries.c.log_index.is_(None),
    postgresql_where=entries.c.log_index.is_(None),
)

entry_files = Table(
    "entry_files",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("sha256", DIGEST, nullable=False),
    Column("role", sa.String(64), nullable=False),
    Column("file_name", TEXT, nullable=False),
    Column("size", sa.BigInteger, nullable=False),
    Column("media_type", sa.String(255), nullable=False),
    ForeignKeyConstraint(["matter_id", "seq"], ["entries.matter_id", "entries.seq"]),
    Index(None, "tenant_id", "sha256"),
)

files = Table(
    "files",
    metadata,
    Column("tenant_id", ID, ForeignKey("tenants.id"), primary_key=True),
    Column("sha256", DIGEST, primary_key=True),
    Column("size", sa.BigInteger, nullable=False),
    Column("media_type", sa.String(255), nullable=False),
    Column("first_seen_at", Instant, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, nullable=False),
    Column("notice_no", sa.String(24), nullable=False, unique=True),
    Column("seq", Integer, nullable=False),
    Column("party", sa.String(40), nullable=False),
    Column("template", NAME, nullable=False),
    Column("version", sa.String(20), nullable=False),
    Column("engine", sa.String(20), nullable=False),
    Column("state", sa.String(20), nullable=False),
    Column("voided_seq", Integer),
    Column("pdf_sha256", DIGEST, nullable=False),
    Column("docx_sha256", DIGEST),
    Column("pages", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    # What the letter is about, and why it was issued though another one is; null where nobody said.
    Column("subject_digest", DIGEST),
    Column("duplicate_reason", TEXT),
    state("issued", "voided"),
    within("matters", "tenant_id", "matter_id"),
    sa.UniqueConstraint("tenant_id", "matter_id", "id"),
    Index(None, "tenant_id", "subject_digest"),
)
_only_one = sa.and_(notices.c.state == "issued", notices.c.duplicate_reason.is_(None))
Index(
    "uq_notices_subject",
    notices.c.tenant_id,
    notices.c.subject_digest,
    unique=True,
    sqlite_where=_only_one,
    postgresql_where=_only_one,
)

dispatches = Table(
    "dispatches",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, nullable=False),
    Column("notice_id", ID, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("carrier", sa.String(40), nullable=False),
    Column("waybill_no", TEXT),
    Column("posted_at", Instant),
    within("notices", "tenant_id", "matter_id", "notice_id"),
    sa.UniqueConstraint("tenant_id", "matter_id", "id"),
    Index(None, "tenant_id", "waybill_no"),
    Index(None, "notice_id"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, nullable=False),
    Column("dispatch_id", ID, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("outcome", sa.String(20), nullable=False),
    Column("delivered_at", Instant),
    within("dispatches", "tenant_id", "matter_id", "dispatch_id"),
    Index(None, "dispatch_id"),
)

scans = Table(
    "scans",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, nullable=False),
    Column("notice_id", ID, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", sa.String(40), nullable=False),
    within("notices", "tenant_id", "matter_id", "notice_id"),
    Index(None, "notice_id"),
)

notice_numbers = Table(
    "notice_numbers",
    metadata,
    Column("tenant_id", ID, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("notice_no", sa.String(24), nullable=False, unique=True),
    Column("state", sa.String(20), nullable=False),
    Column("reason", TEXT),
    Column("notice_id", ID, nullable=False, unique=True),
    Column("matter_id", ID, nullable=False),
    # The process that reserved it: when that process is gone, the number is settled by `service.numbers`.
    Column("owner", sa.String(80)),
    state("reserved", "issued", "voided"),
    within("matters", "tenant_id", "matter_id"),
)
# Written with a literal, and asked for with one: a bound value does not show the planner that the index serves.
is_reserved = notice_numbers.c.state == sa.literal_column("'reserved'")
Index(
    "ix_notice_numbers_reserved",
    notice_numbers.c.tenant_id,
    notice_numbers.c.year,
    notice_numbers.c.n,
    sqlite_where=is_reserved,
    postgresql_where=is_reserved,
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant_id", ID, ForeignKey("tenants.id"), primary_key=True),
    Column("scope", NAME, primary_key=True),
    Column("key", sa.String(255), primary_key=True),
    Column("fingerprint", DIGEST, nullable=False),
    Column("state", sa.String(20), nullable=False),
    Column("owner", sa.String(80), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", BYTES),
    Column("expires_at", Instant, nullable=False, index=True),
    state("running", "done"),
)
is_running = idempotency.c.state == sa.literal_column("'running'")
Index("ix_idempotency_running", idempotency.c.owner, sqlite_where=is_running, postgresql_where=is_running)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    tenant_id(),
    Column("matter_id", ID),
    Column("kind", sa.String(40), nullable=False),
    Column("state", sa.String(20), nullable=False),
    Column("total", Integer, nullable=False, default=0),
    Column("done", Integer, nullable=False, default=0),
    Column("message_zh", TEXT, nullable=False, default=""),
    Column("message_en", TEXT, nullable=False, default=""),
    Column("request", JSON),
    Column("result", JSON),
    Column("error", JSON),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("queue_ms", Integer),
    Column("work_ms", Integer),
    state("queued", "running", "paused", "succeeded", "partial", "failed", "cancelled"),
    Index(None, "tenant_id", "created_at"),
)

bundles = Table(
    "bundles",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, nullable=False),
    Column("job_id", ID),
    Column("state", sa.String(20), nullable=False),
    Column("sha256", DIGEST),
    Column("size", sa.BigInteger),
    Column("object_key", sa.String(300)),
    Column("seal_seq", Integer),
    Column("verified_at", Instant),
    Column("created_at", Instant, nullable=False),
    state("building", "ready", "failed"),
    within("matters", "tenant_id", "matter_id"),
    Index(None, "tenant_id", "matter_id"),
)

log_head = Table(
    "log_head",
    metadata,
    Column("origin", NAME, primary_key=True),
    Column("tree_size", sa.BigInteger, nullable=False),
    Column("root_hash", DIGEST, nullable=False),
    Column("checkpoint", BYTES, nullable=False),
    Column("published", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("origin", NAME, ForeignKey("log_head.origin"), primary_key=True),
    Column("tree_size", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("checkpoint", BYTES, nullable=False),
    Column("created_at", Instant, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("origin", NAME, primary_key=True),
    Column("tree_size", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("authority", sa.String(80), primary_key=True),
    Column("state", sa.String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("last_error", TEXT),
    Column("next_try_at", Instant, nullable=False),
    Column("gen_time", Instant),
    Column("tsq_key", sa.String(300)),
    Column("tsq_digest", DIGEST),
    Column("tsr_key", sa.String(300)),
    Column("tsr_digest", DIGEST),
    ForeignKeyConstraint(["origin", "tree_size"], ["checkpoints.origin", "checkpoints.tree_size"]),
    state("pending", "granted", "failed", "superseded"),
    Index(None, "origin", "state", "next_try_at"),
)
