"""Endpoints as their owner manages them: made, changed, rotated, tested, replayed, deleted.

Secrets are shown when they are made and never again. Each use case does `also` in its own transaction, say to store
the answer of an idempotent request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from service.errors import ConflictError
from service.ports import Clock, RandomBytes
from service.records import ids, outbox, webhooks
from service.records.engine import reading, writing
from service.records.outbox import Event
from service.records.webhooks import ACTIVE, DELETED, DeliveryRow, KeyRow, Position, WebhookRow
from service.webhooks.addresses import Reach
from service.webhooks.signing import HMAC, SECRET_SIZE, public_text, secret_text

LIMIT = 20
"""Endpoints of one tenant."""
GRACE_MOST = timedelta(days=7)
BY_HAND = "by_hand"
Done = TypeVar("Done")
Also = Callable[[Connection, Done], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A key as its owner may see it: `secret` where it was just made, `public_key` always."""

    id: str
    scheme: str
    created_at: datetime
    ends_at: datetime | None
    public_key: str | None
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """What an owner asks for."""

    url: str
    description: str
    types: Sequence[str] | None
    schemes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An endpoint and the keys that sign to it."""

    row: WebhookRow
    keys: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The endpoints of all tenants."""

    engine: Engine
    clock: Clock
    random_bytes: RandomBytes
    reach: Reach

    def create(self, asked: NewWebhook, *, tenant_id: str, also: Also[Changed]) -> Changed:
        """Make an endpoint with one key for each scheme.

        Raises:
            RefusedError: The URL may not be sent to.
            ConflictError: `webhooks_limit`, the tenant has as many as it may.
        """
        self.reach.check_url(asked.url)
        now = self._now()
        row = WebhookRow(
            id=ids.new_id(ids.WEBHOOK, self.random_bytes),
            tenant_id=tenant_id,
            url=asked.url,
            description=asked.description,
            types=asked.types,
            state=ACTIVE,
            created_at=now,
            changed_at=now,
        )
        with writing(self.engine) as conn:
            if webhooks.count(conn, tenant_id=tenant_id) >= LIMIT:
                raise ConflictError(
                    "webhooks_limit", f"a tenant has at most {LIMIT} webhooks", message_zh=f"每个租户至多 {LIMIT} 个"
                )
            webhooks.insert_webhook(conn, row)
            made = Changed(row=row, keys=self._new_keys(conn, row, asked.schemes))
            also(conn, made)
        return made

    def of_tenant(self, tenant_id: str) -> tuple[Changed, ...]:
        """Give a tenant's endpoints, oldest first."""
        with reading(self.engine) as conn:
            rows = webhooks.of_tenant(conn, tenant_id=tenant_id)
            keys = webhooks.keys(conn, webhook_ids=[row.id for row in rows], now=self._now())
        return tuple(Changed(row=row, keys=_shown(keys, row.id)) for row in rows)

    def get(self, webhook_id: str, *, tenant_id: str) -> Changed:
        """Give one endpoint."""
        with reading(self.engine) as conn:
            return self._changed(conn, tenant_id, webhook_id)

    def change(self, webhook_id: str, values: Mapping[str, Any], *, tenant_id: str) -> Changed:
        """Set url, description, types or state; active again or elsewhere, an endpoint is thought well."""
        if "url" in values:
            self.reach.check_url(values["url"])
        with writing(self.engine) as conn:
            row = webhooks.webhook(conn, tenant_id=tenant_id, webhook_id=webhook_id, lock=True)
            wanted = {**values, **_follows(row, values), "changed_at": self._now()}
            webhooks.update_webhook(conn, webhook_id=webhook_id, **wanted)
            return self._changed(conn, tenant_id, webhook_id)

    def delete(self, webhook_id: str, *, tenant_id: str) -> None:
        """End an endpoint at once: its keys are erased, and what waits for it is sent no more."""
        with writing(self.engine) as conn:
            webhooks.webhook(conn, tenant_id=tenant_id, webhook_id=webhook_id, lock=True)
            webhooks.erase_keys(conn, webhook_id=webhook_id)
            webhooks.update_webhook(conn, webhook_id=webhook_id, state=DELETED, changed_at=self._now())

    def rotate(self, webhook_id: str, *, tenant_id: str, grace: timedelta, also: Also[Changed]) -> Changed:
        """Give an endpoint new keys; the present ones sign beside them for the time of grace, older ones no more."""
        now = self._now()
        with writing(self.engine) as conn:
            row = webhooks.webhook(conn, tenant_id=tenant_id, webhook_id=webhook_id, lock=True)
            schemes = {key.scheme for key in webhooks.keys(conn, webhook_ids=[webhook_id], now=now)}
            webhooks.end_keys(conn, webhook_id=webhook_id, ends_at=now + min(grace, GRACE_MOST), now=now)
            fresh = self._new_keys(conn, row, sorted(schemes))
            known = {key.id for key in fresh}
            older = [key for key in webhooks.keys(conn, webhook_ids=[webhook_id], now=now) if key.id not in known]
            made = Changed(row=row, keys=(*fresh, *_shown(older, webhook_id)))
            also(conn, made)
        return made

    def test(self, webhook_id: str, *, tenant_id: str, also: Also[DeliveryRow]) -> DeliveryRow:
        """Send `webhook.test` to one endpoint, whatever types it wants.

        Raises:
            ConflictError: `webhook_disabled`.
        """
        with writing(self.engine) as conn:
            self._active(conn, tenant_id, webhook_id)
            event = Event(
                tenant_id=tenant_id,
                type=outbox.TEST,
                at=self._now(),
                source=self.random_bytes(16).hex(),
                data={"webhook": webhook_id},
                links={"webhook": f"/v1/webhooks/{webhook_id}"},
            )
            outbox.put(conn, event, webhook_ids=[webhook_id])
            made = webhooks.delivery(conn, webhook_id=webhook_id, event_id=event.id)
            also(conn, made)
        return made

    def deliveries(
        self, webhook_id: str, *, tenant_id: str, state: str, after: Position | None, limit: int
    ) -> tuple[DeliveryRow, ...]:
        """Give a page of an endpoint's log, newest event first."""
        with reading(self.engine) as conn:
            webhooks.webhook(conn, tenant_id=tenant_id, webhook_id=webhook_id)
            return webhooks.page(conn, webhook_id=webhook_id, state=state, after=after, limit=limit)

    def replay(self, webhook_id: str, event_id: str, *, tenant_id: str, also: Also[DeliveryRow]) -> DeliveryRow:
        """Send one event again, under the same `webhook-id`, whether it was delivered or not.

        Raises:
            ConflictError: `webhook_disabled`, or `delivery_running` while it is being sent.
        """
        with writing(self.engine) as conn:
            self._active(conn, tenant_id, webhook_id)
            webhooks.delivery(conn, webhook_id=webhook_id, event_id=event_id)
            if not webhooks.replay(conn, webhook_id=webhook_id, event_id=event_id, at=self._now()):
                raise ConflictError("delivery_running", "it is being sent now", message_zh="该事件正在投递")
            made = webhooks.delivery(conn, webhook_id=webhook_id, event_id=event_id)
            also(conn, made)
        return made

    def replay_failed(self, webhook_id: str, *, tenant_id: str, since: datetime, also: Also[int]) -> int:
        """Send every failed event from an instant on again; gives how many there are.

        Raises:
            ConflictError: `webhook_disabled`.
        """
        with writing(self.engine) as conn:
            self._active(conn, tenant_id, webhook_id)
            count = webhooks.replay_failed(conn, webhook_id=webhook_id, since=since, at=self._now())
            also(conn, count)
        return count

    def _active(self, conn: Connection, tenant_id: str, webhook_id: str) -> None:
        """See that an endpoint is sent to, and let it rest no longer: somebody says that it is there."""
        row = webhooks.webhook(conn, tenant_id=tenant_id, webhook_id=webhook_id, lock=True)
        if row.state != ACTIVE:
            raise ConflictError(
                "webhook_disabled", "the webhook is disabled: enable it first", message_zh="该 Webhook 已停用，请先启用"
            )
        webhooks.update_webhook(conn, webhook_id=webhook_id, resting_until=None)

    def _new_keys(self, conn: Connection, row: WebhookRow, schemes: Sequence[str]) -> tuple[Shown, ...]:
        made = []
        for scheme in schemes:
            key = KeyRow(
                id=ids.new_id(ids.WEBHOOK_KEY, self.random_bytes),
                tenant_id=row.tenant_id,
                webhook_id=row.id,
                scheme=scheme,
                secret=self.random_bytes(SECRET_SIZE),
                created_at=self._now(),
            )
            webhooks.insert_key(conn, key)
            made.append(_new(key))
        return tuple(made)

    def _changed(self, conn: Connection, tenant_id: str, webhook_id: str) -> Changed:
        row = webhooks.webhook(conn, tenant_id=tenant_id, webhook_id=webhook_id)
        keys = webhooks.keys(conn, webhook_ids=[webhook_id], now=self._now())
        return Changed(row=row, keys=_shown(keys, webhook_id))

    def _now(self) -> datetime:
        return self.clock().replace(microsecond=0)


def _follows(row: WebhookRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns that follow from those that are set."""
    well, state = {"failures": 0, "failing_since": None, "resting_until": None}, values.get("state", row.state)
    moved = well if values.get("url", row.url) != row.url else {}
    if state == row.state:
        return moved
    return {**well, "disabled_because": None} if state == ACTIVE else {**moved, "disabled_because": BY_HAND}


def _shown(keys: Sequence[KeyRow], webhook_id: str) -> tuple[Shown, ...]:
    return tuple(_old(key) for key in keys if key.webhook_id == webhook_id)


def _old(key: KeyRow) -> Shown:
    public = None if key.scheme == HMAC else public_text(key.secret)
    return Shown(id=key.id, scheme=key.scheme, created_at=key.created_at, ends_at=key.ends_at, public_key=public)


def _new(key: KeyRow) -> Shown:
    return replace(_old(key), secret=secret_text(key.secret) if key.scheme == HMAC else None)
