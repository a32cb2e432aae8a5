"""Queries over deliveries as their sender sees them: what is due, who sends it, what became of it.

A delivery is claimed by the process instance that sends it (`service.records.locks.Owner`), and by nobody else while
that one lives; what a dead one had claimed waits again. So it may be sent twice, and never by two at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, exists, func, or_, select, tuple_, update

from service.records.tables import tenants, webhook_deliveries, webhook_events, webhooks

PORTION = 5000
"""Rows of a kind that are forgotten at once."""
_w, _e, _d = webhooks.c, webhook_events.c, webhook_deliveries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An endpoint that something waits for and that may be sent to now."""

    webhook_id: str
    url: str
    failures: int


class Key(NamedTuple):
    """Which delivery."""

    webhook_id: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is this process's to attempt; `body` is signed and sent as it is."""

    webhook_id: str
    event_id: str
    body: bytes
    tries: int
    attempts: int
    created_at: datetime
    history: list[Mapping[str, Any]]

    @property
    def key(self) -> Key:
        """Which delivery it is."""
        return Key(self.webhook_id, self.event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an endpoint fares: failed attempts since the last that succeeded, and since when."""

    failures: int
    failing_since: datetime | None
    state: str


def ready(conn: Connection, *, now: datetime) -> tuple[Ready, ...]:
    """Give the endpoints of open tenants that are active, do not rest, and have something due."""
    due = exists().where(_d.webhook_id == _w.id, _d.state == "waiting", _d.next_at <= now)
    rested = or_(_w.resting_until.is_(None), _w.resting_until <= now)
    columns = (_w.id.label("webhook_id"), _w.url, _w.failures)
    query = select(*columns).join(tenants).where(_w.state == "active", rested, tenants.c.closed_at.is_(None), due)
    return tuple(Ready(**found) for found in conn.execute(query.order_by(_w.id)).mappings())


def claim(conn: Connection, *, webhook_id: str, owner: str, limit: int, now: datetime) -> tuple[Claimed, ...]:
    """Take what is due longest; what another process takes at this moment is passed over."""
    columns = [_e.body, *(_d[name] for name in Claimed.__slots__ if name != "body")]
    joined = webhook_deliveries.join(webhook_events, _e.id == _d.event_id)
    query = select(*columns).select_from(joined).where(_d.webhook_id == webhook_id, _d.state == "waiting")
    taken = query.where(_d.next_at <= now).order_by(_d.next_at, _d.event_id).limit(limit)
    held = taken.with_for_update(of=webhook_deliveries, skip_locked=True)
    found = tuple(Claimed(**row) for row in conn.execute(held).mappings())
    mine = (_d.webhook_id == webhook_id, _d.event_id.in_([one.event_id for one in found]))
    conn.execute(update(webhook_deliveries).where(*mine).values(state="sending", owner=owner, last_at=now))
    return found


def finish(conn: Connection, claimed: Claimed, *, owner: str, values: Mapping[str, Any]) -> bool:
    """Say what became of an attempt; False, and nothing is changed, when it is not this process's any more."""
    mine = (_d.webhook_id == claimed.webhook_id, _d.event_id == claimed.event_id)
    change = update(webhook_deliveries).where(*mine, _d.state == "sending", _d.owner == owner)
    return conn.execute(change.values({"owner": None, **values})).rowcount == 1


def health(conn: Connection, *, webhook_id: str) -> Health:
    """Tell how an endpoint fares; its row is held until the transaction ends, though appends may point to it."""
    query = select(_w.failures, _w.failing_since, _w.state).where(_w.id == webhook_id)
    return Health(**conn.execute(query.with_for_update(key_share=True)).mappings().one())


def mark_well(conn: Connection, *, webhook_id: str) -> None:
    """Note that an attempt succeeded; writes nothing to an endpoint that was well before."""
    well = {"failures": 0, "failing_since": None, "resting_until": None}
    conn.execute(update(webhooks).where(_w.id == webhook_id, _w.failures > 0).values(well))


def count_waiting(conn: Connection) -> int:
    """Count the deliveries that an active endpoint has not taken yet."""
    joined = webhook_deliveries.join(webhooks, _w.id == _d.webhook_id)
    query = select(func.count()).select_from(joined).where(_d.state == "waiting", _w.state == "active")
    return conn.execute(query).scalar_one()


def owners(conn: Connection) -> frozenset[str]:
    """Give the process instances that send something now."""
    query = select(_d.owner).where(_d.state == "sending").distinct()
    return frozenset(owner for owner in conn.execute(query).scalars() if owner is not None)


def sent_by(conn: Connection, *, owner: str) -> frozenset[Key]:
    """Give the deliveries that a process instance has claimed."""
    query = select(_d.webhook_id, _d.event_id).where(_d.state == "sending", _d.owner == owner)
    return frozenset(Key(*found) for found in conn.execute(query))


def release(conn: Connection, *, owners: Collection[str], now: datetime) -> int:
    """Let what these dead process instances were sending wait again; gives how many."""
    left = (_d.state == "sending", _d.owner.in_(owners))
    return conn.execute(update(webhook_deliveries).where(*left).values(_waiting(now))).rowcount


def release_these(conn: Connection, keys: Sequence[Key], *, owner: str, now: datetime) -> int:
    """Let deliveries wait again that a process instance has claimed and does not send; gives how many."""
    left = (_d.state == "sending", _d.owner == owner, tuple_(_d.webhook_id, _d.event_id).in_(keys))
    return conn.execute(update(webhook_deliveries).where(*left).values(_waiting(now))).rowcount


def _waiting(now: datetime) -> dict[str, Any]:
    return {"state": "waiting", "owner": None, "next_at": now}


def forget(conn: Connection, *, before: datetime, limit: int = PORTION) -> int:
    """Remove what was delivered before an instant, what was for deleted endpoints, and events that nobody waits for.

    Of deliveries and of events at most `limit` each; gives how many of both together.
    """
    over = or_(
        (_d.state == "delivered") & (_d.created_at < before),
        _d.webhook_id.in_(select(_w.id).where(_w.state == "deleted")),
    )
    key = (_d.event_id, _d.webhook_id)
    old = select(*key).where(over, _d.state != "sending").limit(limit)
    gone = conn.execute(delete(webhook_deliveries).where(tuple_(*key).in_(old))).rowcount
    is_wanted = exists().where(_d.event_id == _e.id)
    idle = select(_e.id).where(_e.at < before, ~is_wanted).limit(limit)
    return gone + conn.execute(delete(webhook_events).where(_e.id.in_(idle))).rowcount
