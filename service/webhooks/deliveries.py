"""Deliveries in the records: what is due is claimed and signed, what became of it is written down.

Rules of its state:
* A claim belongs to this process instance as long as it lives; `recover` frees what dead ones had claimed, and what
  this one claimed without hearing so: a claim whose COMMIT was not answered makes no task.
* What is claimed is what is due in the claiming transaction itself, with the address and the keys of then.
* An attempt is counted when its outcome is written. Killed between the two, it is made again: receivers tell by
  `webhook-id`, which never changes.
* Outcomes of many attempts are written in one transaction, in the order of endpoints, so that two processes never wait
  for each other.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Connection, Engine

from service.ports import Clock
from service.records import webhook_sending, webhooks
from service.records.engine import reading, writing
from service.records.locks import Owner
from service.records.webhook_sending import Claimed, Key, Ready
from service.records.webhooks import KeyRow
from service.webhooks.schedule import REST_AFTER, Outcome, endpoint_after, verdict
from service.webhooks.signing import signatures

ABREAST = 8
"""Deliveries to one endpoint at a time and process; one while it is failing, to see whether it is back."""
KEPT = timedelta(days=30)
"""How long delivered events stay in the log; what was not delivered stays until its endpoint is deleted."""
USER_AGENT = "Duly-Webhooks/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One attempt to make."""

    url: str
    claimed: Claimed
    keys: tuple[KeyRow, ...]


Done = tuple[Task, Outcome]


class Deliveries:
    """Claims, signs and settles; `jitter` gives numbers from 0 to 1, `count` is told the outcome of each attempt."""

    def __init__(
        self,
        engine: Engine,
        *,
        owner: Owner,
        clock: Clock,
        jitter: Callable[[], float],
        count: Callable[[str], None] = lambda _outcome: None,
    ) -> None:
        self._engine, self._owner, self._clock = engine, owner, clock
        self._jitter, self._count = jitter, count
        self._last = ""

    def take(self, *, room: int, under_way: Mapping[str, int]) -> list[Task]:
        """Claim at most `room` deliveries that are due; `under_way` counts those of each endpoint that are not done."""
        if room <= 0:
            return []
        with reading(self._engine) as conn:  # most looks find nothing, and take no turn at writing
            if not self._ready(conn, under_way):
                return []
        with writing(self._engine) as conn:
            return list(self._claim(conn, room, under_way))

    def headers(self, task: Task) -> dict[str, str]:
        """Sign an attempt that is made now; ValueError if it has no key."""
        timestamp, claimed = int(self._clock().timestamp()), task.claimed
        signature = signatures(task.keys, event_id=claimed.event_id, timestamp=timestamp, body=claimed.body)
        return {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            "webhook-id": claimed.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }

    def settle(self, done: Iterable[Done]) -> None:
        """Write what became of attempts, all or none of it."""
        ordered = sorted(done, key=_webhook)
        with writing(self._engine) as conn:
            for webhook_id, group in groupby(ordered, key=_webhook):
                self._settle(conn, webhook_id, list(group))
        for _, outcome in ordered:
            self._count(outcome.error or "delivered")

    def recover(self, *, held: Collection[Key] = ()) -> int:
        """Let what dead process instances were sending wait again, and what this one claimed and does not send.

        Call it from the thread that takes, so that nothing is between its claim and `held`.

        Args:
            held: What was taken here and is not settled.

        Returns:
            How many wait again.
        """
        with reading(self._engine) as conn:
            sending = webhook_sending.owners(conn)
            lost = [key for key in webhook_sending.sent_by(conn, owner=self._owner.id) if key not in held]
        dead = [owner for owner in sending if not self._owner.is_alive(owner)]
        if not dead and not lost:
            return 0
        now = self._clock()
        with writing(self._engine) as conn:
            mine = webhook_sending.release_these(conn, lost, owner=self._owner.id, now=now)
            return mine + webhook_sending.release(conn, owners=dead, now=now)

    def forget(self) -> int:
        """Erase keys that sign no more, and a portion of what was delivered long ago or for endpoints that are gone.

        Returns:
            How many deliveries and events are gone; from `webhook_sending.PORTION` on there may be more.
        """
        now = self._clock()
        with writing(self._engine) as conn:
            webhooks.erase_ended_keys(conn, now=now)
            return webhook_sending.forget(conn, before=now - KEPT)

    def _ready(self, conn: Connection, under_way: Mapping[str, int]) -> list[Ready]:
        found = webhook_sending.ready(conn, now=self._clock())
        return self._in_turn([one for one in found if _abreast(one) > under_way.get(one.webhook_id, 0)])

    def _claim(self, conn: Connection, room: int, under_way: Mapping[str, int]) -> Iterable[Task]:
        now, ready = self._clock(), self._ready(conn, under_way)
        keys = webhooks.keys(conn, webhook_ids=[one.webhook_id for one in ready], now=now)
        for one in ready:
            mine = tuple(key for key in keys if key.webhook_id == one.webhook_id)
            if not mine:
                continue  # deleted since: nothing is sent unsigned
            if room <= 0:
                return
            limit = min(room, _abreast(one) - under_way.get(one.webhook_id, 0))
            self._last = one.webhook_id
            for claimed in webhook_sending.claim(
                conn, webhook_id=one.webhook_id, owner=self._owner.id, limit=limit, now=now
            ):
                room -= 1
                yield Task(url=one.url, claimed=claimed, keys=mine)

    def _in_turn(self, ready: Sequence[Ready]) -> list[Ready]:
        """Begin after the endpoint that was served last, so that none starves the others."""
        return [one for one in ready if one.webhook_id > self._last] + [
            one for one in ready if one.webhook_id <= self._last
        ]

    def _settle(self, conn: Connection, webhook_id: str, done: Sequence[Done]) -> None:
        now, ran_out, mine = self._clock(), False, []
        for task, outcome in done:
            judged = verdict(task.claimed, outcome, now=now, jitter=self._jitter())
            if webhook_sending.finish(conn, task.claimed, owner=self._owner.id, values=judged.values):
                mine.append(outcome)
                ran_out = ran_out or judged.is_over
        if any(not outcome.error for outcome in mine):
            webhook_sending.mark_well(conn, webhook_id=webhook_id)
        elif mine:
            health = webhook_sending.health(conn, webhook_id=webhook_id)
            values = endpoint_after(health, mine, ran_out=ran_out, now=now, jitter=self._jitter())
            webhooks.update_webhook(conn, webhook_id=webhook_id, **values)


def _abreast(one: Ready) -> int:
    return 1 if one.failures >= REST_AFTER else ABREAST


def _webhook(done: Done) -> str:
    return done[0].claimed.webhook_id
