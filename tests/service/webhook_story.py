"""Endpoints of a world, and the delivery of its events step by step, without threads and without waiting."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from world import World

from service.records import tables
from service.records.engine import reading
from service.records.locks import Owner
from service.records.webhooks import DeliveryRow
from service.webhooks import Changed, Deliveries, NewWebhook, Reach, Webhooks
from service.webhooks.schedule import Outcome

URL = "https://case.example/hooks"


def nothing(_conn: Any, _done: Any) -> None:
    """What is done beside a use case: nothing here."""


def webhooks(world: World) -> Webhooks:
    return Webhooks(engine=world.engine, clock=world.clock, random_bytes=world.random, reach=Reach())


def endpoint(
    world: World, *, types: Sequence[str] | None = None, url: str = URL, schemes: Sequence[str] = ()
) -> Changed:
    asked = NewWebhook(url=url, description="", types=types, schemes=schemes or ("hmac-sha256",))
    return webhooks(world).create(asked, tenant_id=world.tenant.id, also=nothing)


def deliveries(world: World, owner: Owner | None = None) -> Deliveries:
    return Deliveries(world.engine, owner=owner or world.owner, clock=world.clock, jitter=lambda: 0.0)


def log(world: World, webhook_id: str, *, state: str = "") -> list[DeliveryRow]:
    rows = webhooks(world).deliveries(webhook_id, tenant_id=world.tenant.id, state=state, after=None, limit=1000)
    return list(rows)


def events(world: World) -> list[Mapping[str, Any]]:
    with reading(world.engine) as conn:
        query = select(tables.webhook_events).order_by(tables.webhook_events.c.at, tables.webhook_events.c.id)
        return [dict(row) for row in conn.execute(query).mappings()]


@dataclass
class Wire:
    """Takes what is sent; `answer` says with what."""

    world: World
    answer: Callable[[str], Outcome] = lambda _event: Outcome(status=200)
    sent: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def turn(self, *, room: int = 100) -> int:
        """Claim, send and settle once; gives how many."""
        part = deliveries(self.world)
        tasks = part.take(room=room, under_way={})
        done = []
        for task in tasks:
            self.sent.append((part.headers(task), task.claimed.body))
            done.append((task, self.answer(task.claimed.event_id)))
        part.settle(done)
        return len(tasks)

    def all(self) -> int:
        """Turn until nothing is due."""
        count = 0
        while found := self.turn():
            count += found
        return count


def hmac_key(text: str) -> bytes:
    return base64.b64decode(text.removeprefix("whsec_"))
