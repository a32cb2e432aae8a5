"""The tables of what follows in law: each party's clock, when it is looked at again, alarms, and calendar feeds."""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Index, Integer, Table

from service.records.columns import DIGEST, ID, NAME, TEXT, Instant, metadata, state, tenant_id, within

limitation = Table(
    "limitation",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, primary_key=True),
    Column("party", sa.String(40), primary_key=True),
    # The due date that the clock is about, where a fee falls due again and again; else empty.
    Column("item", sa.String(10), primary_key=True),
    Column("role", sa.String(20), nullable=False),
    Column("party_name", TEXT, nullable=False),
    Column("best_state", sa.String(20), nullable=False),
    # A day that there is none of stands as 9999-12-31, so that one indexed column sorts and pages every row.
    Column("best_on", sa.Date, nullable=False),
    Column("best_period", sa.String(20), nullable=False),
    Column("conservative_state", sa.String(20), nullable=False),
    Column("conservative_on", sa.Date, nullable=False),
    Column("conservative_period", sa.String(20), nullable=False),
    Column("alarm_on", sa.Date, nullable=False),
    Column("reason", sa.String(60), nullable=False),
    Column("standing", sa.String(20), nullable=False),
    Column("listed", Boolean, nullable=False),
    # How often the row changed, and when it did last: what a calendar's reader is told of an event.
    Column("revision", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
    state("open", "ended", "closed", column="standing"),
    within("matters", "tenant_id", "matter_id"),
    Index("ix_limitation_by_conservative", "tenant_id", "listed", "conservative_on", "matter_id", "party", "item"),
    Index("ix_limitation_by_name", "tenant_id", "party_name"),
    Index("ix_limitation_by_best", "tenant_id", "listed", "best_on", "matter_id", "party", "item"),
)

tracings = Table(
    "tracings",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, nullable=False),
    # A posted letter whose outcome nobody recorded, as long as the carrier can still be asked.
    Column("dispatch_id", ID, primary_key=True),
    Column("party", sa.String(40), nullable=False),
    Column("carrier", sa.String(40), nullable=False),
    Column("waybill_no", TEXT),
    Column("posted_on", sa.Date, nullable=False),
    Column("ends_on", sa.Date, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
    within("dispatches", "tenant_id", "matter_id", "dispatch_id"),
    Index(None, "tenant_id", "ends_on"),
    Index(None, "matter_id"),
)

reckonings = Table(
    "reckonings",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("matter_id", ID, primary_key=True),
    Column("computed_on", sa.Date, nullable=False),
    Column("recompute_on", sa.Date),
    # The day on which this matter has something to do by itself: the law over it again, or an alarm.
    Column("look_on", sa.Date, nullable=False),
    Column("rule_version", sa.String(80), nullable=False),
    Column("calendar_version", sa.String(80), nullable=False),
    Column("alarm_days", sa.String(200), nullable=False),
    within("matters", "tenant_id", "matter_id"),
    Index(None, "look_on", "matter_id"),
    Index("ix_reckonings_versions", "rule_version", "calendar_version", "alarm_days", "matter_id"),
)

alarms = Table(
    "alarms",
    metadata,
    # Derived from what the alarm is about, so that no two processes raise one twice.
    Column("id", ID, primary_key=True),
    Column("tenant_id", ID, nullable=False),
    # Of the last change, rising within a tenant and given under its row's lock: a reader by number misses none.
    Column("no", sa.BigInteger, nullable=False),
    Column("matter_id", ID, nullable=False),
    Column("kind", sa.String(40), nullable=False),
    Column("party", sa.String(40), nullable=False),
    Column("item", sa.String(10), nullable=False),
    Column("dispatch_id", ID),
    Column("days", Integer, nullable=False),
    Column("about_on", sa.Date, nullable=False),
    Column("due_on", sa.Date, nullable=False),
    Column("state", sa.String(20), nullable=False),
    Column("cleared_because", sa.String(20)),
    Column("raised_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    state("raised", "cleared"),
    within("matters", "tenant_id", "matter_id"),
    sa.UniqueConstraint("tenant_id", "no"),
    Index(None, "tenant_id", "changed_at"),
    Index(None, "matter_id"),
)

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", ID, primary_key=True),
    tenant_id(),
    Column("token_digest", DIGEST, nullable=False, unique=True),
    Column("label", NAME, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Index(None, "tenant_id", "created_at"),
)
