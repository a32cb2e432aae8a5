"""Queries over webhooks as their owner sees them: endpoints, keys, and the log of deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, tuple_, update

from service.errors import NotFoundError
from service.records.tables import tenants, webhook_deliveries, webhook_events, webhook_keys, webhooks

ACTIVE, DISABLED, DELETED = "active", "disabled", "deleted"
_w, _k, _e, _d = webhooks.c, webhook_keys.c, webhook_events.c, webhook_deliveries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """An endpoint; `types` None wants every event, `failures` counts attempts since the last that succeeded."""

    id: str
    tenant_id: str
    url: str
    description: str
    types: Sequence[str] | None
    state: str
    created_at: datetime
    changed_at: datetime
    disabled_because: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    resting_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key that signs to an endpoint until `ends_at`; `secret` is shown to nobody again."""

    id: str
    tenant_id: str
    webhook_id: str
    scheme: str
    secret: bytes
    created_at: datetime
    ends_at: datetime | None = None

    def __repr__(self) -> str:
        """Leave the secret out of every log."""
        return f"KeyRow(id={self.id!r}, scheme={self.scheme!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """The delivery of one event to one endpoint: waiting, sending, delivered or failed."""

    event_id: str
    webhook_id: str
    type: str
    at: datetime
    state: str
    created_at: datetime
    tries: int
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    status_code: int | None
    error: str | None
    answer: str | None
    history: Sequence[Mapping[str, Any]]


class Position(NamedTuple):
    """Where a page of the log ends; rows come newest first."""

    created_at: datetime
    event_id: str


def insert_webhook(conn: Connection, row: WebhookRow) -> None:
    """Add an endpoint."""
    conn.execute(insert(webhooks).values(asdict(row)))


def insert_key(conn: Connection, row: KeyRow) -> None:
    """Add a key."""
    conn.execute(insert(webhook_keys).values(asdict(row)))


def count(conn: Connection, *, tenant_id: str) -> int:
    """Count a tenant's endpoints; nobody else counts them until the transaction ends."""
    conn.execute(select(tenants.c.id).where(tenants.c.id == tenant_id).with_for_update(key_share=True))
    query = select(func.count()).select_from(webhooks).where(_w.tenant_id == tenant_id, _w.state != DELETED)
    return conn.execute(query).scalar_one()


def of_tenant(conn: Connection, *, tenant_id: str) -> tuple[WebhookRow, ...]:
    """Give a tenant's endpoints, oldest first."""
    query = select(webhooks).where(_w.tenant_id == tenant_id, _w.state != DELETED).order_by(_w.created_at, _w.id)
    return tuple(WebhookRow(**found) for found in conn.execute(query).mappings())


def webhook(conn: Connection, *, tenant_id: str, webhook_id: str, lock: bool = False) -> WebhookRow:
    """Give one endpoint of the tenant, held until the transaction ends if `lock`."""
    query = select(webhooks).where(_w.tenant_id == tenant_id, _w.id == webhook_id, _w.state != DELETED)
    # An append points to the endpoint meanwhile (KEY SHARE), and must not wait for whoever changes it.
    found = conn.execute(query.with_for_update(key_share=True) if lock else query).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the webhook", message_zh="未找到该 Webhook")
    return WebhookRow(**found)


def update_webhook(conn: Connection, *, webhook_id: str, **values: Any) -> None:
    """Set columns of an endpoint."""
    conn.execute(update(webhooks).where(_w.id == webhook_id).values(values))


def keys(conn: Connection, *, webhook_ids: Sequence[str], now: datetime) -> tuple[KeyRow, ...]:
    """Give the keys that sign now, those that a rotation is ending last: a receiver meets the one to stay first."""
    lives = or_(_k.ends_at.is_(None), _k.ends_at > now)
    query = select(webhook_keys).where(_k.webhook_id.in_(webhook_ids), lives)
    ordered = query.order_by(_k.ends_at.is_not(None), _k.scheme, _k.id)
    return tuple(KeyRow(**found) for found in conn.execute(ordered).mappings())


def end_keys(conn: Connection, *, webhook_id: str, ends_at: datetime, now: datetime) -> None:
    """Let the keys that sign go on until then; those that were ending already, or end now, are erased at once."""
    mine = _k.webhook_id == webhook_id
    over = mine if ends_at <= now else mine & _k.ends_at.is_not(None)
    conn.execute(delete(webhook_keys).where(over))
    conn.execute(update(webhook_keys).where(mine).values(ends_at=ends_at))


def erase_ended_keys(conn: Connection, *, now: datetime) -> None:
    """Erase the keys of every endpoint that sign no more."""
    conn.execute(delete(webhook_keys).where(_k.ends_at <= now))


def erase_keys(conn: Connection, *, webhook_id: str) -> None:
    """Erase every key of an endpoint."""
    conn.execute(delete(webhook_keys).where(_k.webhook_id == webhook_id))


def page(
    conn: Connection, *, webhook_id: str, state: str = "", after: Position | None = None, limit: int = 50
) -> tuple[DeliveryRow, ...]:
    """Give the log of an endpoint, newest event first."""
    query = _deliveries(webhook_id)
    if state:
        query = query.where(_d.state == state)
    order = (_d.created_at, _d.event_id)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*after, types=[column.type for column in order]))
    ordered = query.order_by(*(column.desc() for column in order)).limit(limit)
    return tuple(DeliveryRow(**found) for found in conn.execute(ordered).mappings())


def delivery(conn: Connection, *, webhook_id: str, event_id: str) -> DeliveryRow:
    """Give the delivery of one event."""
    found = conn.execute(_deliveries(webhook_id).where(_d.event_id == event_id)).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the delivery", message_zh="未找到该投递")
    return DeliveryRow(**found)


def replay(conn: Connection, *, webhook_id: str, event_id: str, at: datetime) -> bool:
    """Let a delivery wait anew, whatever became of it; False while it is being sent."""
    change = _again(webhook_id, at).where(_d.event_id == event_id, _d.state != "sending")
    return conn.execute(change).rowcount == 1


def replay_failed(conn: Connection, *, webhook_id: str, since: datetime, at: datetime) -> int:
    """Let every failed delivery of events from an instant on wait anew; gives how many."""
    change = _again(webhook_id, at).where(_d.state == "failed", _d.created_at >= since)
    return conn.execute(change).rowcount


def _again(webhook_id: str, at: datetime) -> Any:
    return update(webhook_deliveries).where(_d.webhook_id == webhook_id).values(state="waiting", tries=0, next_at=at)


def _deliveries(webhook_id: str) -> Select[Any]:
    columns = [_e.type, _e.at, *(_d[name] for name in DeliveryRow.__slots__ if name not in ("type", "at"))]
    joined = webhook_deliveries.join(webhook_events, _e.id == _d.event_id)
    return select(*columns).select_from(joined).where(_d.webhook_id == webhook_id)
