"""The tables of webhooks: endpoints, the keys that sign to them, events, and the delivery of each event to each."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, Table, UniqueConstraint

from service.records.columns import BYTES, ID, JSON, NAME, TEXT, Instant, metadata, state, tenant_id

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", ID, primary_key=True),
    tenant_id(),
    Column("url", TEXT, nullable=False),
    Column("description", NAME, nullable=False),
    # Which types of events are wanted; null wants all, those of later releases too.
    Column("types", sa.JSON(none_as_null=True)),
    # A deleted row stays, so that an append that met it alive a moment ago does not fail; its keys are erased.
    Column("state", sa.String(20), nullable=False),
    Column("disabled_because", TEXT),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    # Failed attempts since the last success, when the first of them was, and until when nothing is sent.
    Column("failures", Integer, nullable=False),
    Column("failing_since", Instant),
    Column("resting_until", Instant),
    state("active", "disabled", "deleted"),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "created_at"),
)

webhook_keys = Table(
    "webhook_keys",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tenant_id", ID, nullable=False),
    Column("webhook_id", ID, nullable=False),
    Column("scheme", sa.String(20), nullable=False),
    # As it is, since every delivery is signed with it: the threat model says what its reader could do.
    Column("secret", BYTES, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Set by a rotation: until then it signs beside its successor.
    Column("ends_at", Instant),
    state("hmac-sha256", "ed25519", column="scheme"),
    ForeignKeyConstraint(["tenant_id", "webhook_id"], ["webhooks.tenant_id", "webhooks.id"]),
    Index(None, "webhook_id"),
)

webhook_events = Table(
    "webhook_events",
    metadata,
    # Derived from the fact that it tells of, so that no fact is told as two events.
    Column("id", ID, primary_key=True),
    tenant_id(),
    Column("type", sa.String(40), nullable=False),
    Column("at", Instant, nullable=False),
    # The very bytes that are signed and sent.
    Column("body", BYTES, nullable=False),
    UniqueConstraint("tenant_id", "id"),
    Index(None, "at"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("event_id", ID, primary_key=True),
    Column("webhook_id", ID, primary_key=True),
    Column("state", sa.String(20), nullable=False),
    Column("created_at", Instant, nullable=False),
    # Attempts of this round, which a replay begins anew, and of all rounds.
    Column("tries", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    # The process instance that sends it now; when that one is dead, the delivery waits again.
    Column("owner", ID),
    Column("last_at", Instant),
    Column("status_code", Integer),
    Column("error", sa.String(40)),
    # What the receiver answered last, cut at a kilobyte.
    Column("answer", TEXT),
    Column("history", JSON, nullable=False),
    state("waiting", "sending", "delivered", "failed"),
    ForeignKeyConstraint(["tenant_id", "event_id"], ["webhook_events.tenant_id", "webhook_events.id"]),
    ForeignKeyConstraint(["tenant_id", "webhook_id"], ["webhooks.tenant_id", "webhooks.id"]),
    Index(None, "webhook_id", "created_at", "event_id"),
)
Index(
    "ix_webhook_deliveries_due",
    webhook_deliveries.c.webhook_id,
    webhook_deliveries.c.next_at,
    sqlite_where=webhook_deliveries.c.state == sa.text("'waiting'"),
    postgresql_where=webhook_deliveries.c.state == sa.text("'waiting'"),
)
Index(
    "ix_webhook_deliveries_sending",
    webhook_deliveries.c.owner,
    sqlite_where=webhook_deliveries.c.state == sa.text("'sending'"),
    postgresql_where=webhook_deliveries.c.state == sa.text("'sending'"),
)
