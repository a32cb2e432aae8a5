"""Idempotency keys: the same request again gets the first answer again, and is done once.

* `begin` notes that the request runs. `finish` stores its answer inside the transaction that does the work, so the work
  is done if and only if the answer is stored.
* A refusal stores nothing: `release` gives the key back, and a corrected request may use it.
* A request whose process died is taken over by the next `begin` or swept by `settle`; nothing of it was done.
* Answers are kept for 7 days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.errors import ConflictError, RefusedError, StoreError
from service.ports import Clock
from service.records import tables
from service.records.engine import reading, writing
from service.records.locks import Owner

KEPT = timedelta(days=7)
MAX_KEY_LENGTH = 255
_i = tables.idempotency.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The first answer, to be given again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The right to do the request, once: its token for `finish` or `release`."""

    tenant_id: str
    scope: str
    key: str
    owner: str
    fingerprint: bytes


class Idempotency:
    """Remembers requests by tenant, scope (method and path) and key."""

    def __init__(self, engine: Engine, *, clock: Clock, owner: Owner) -> None:
        self._engine, self._clock, self._owner = engine, clock, owner

    def begin(self, *, tenant_id: str, scope: str, key: str, fingerprint: bytes) -> Replay | Started:
        """Start a request, or give the answer that it had.

        Args:
            tenant_id: The caller's tenant.
            scope: Method and path, e.g. `POST /v1/notices`.
            key: What the caller sent as Idempotency-Key, at most 255 characters.
            fingerprint: SHA-256 (32 bytes) over everything of the request that matters.

        Raises:
            ConflictError: `idempotency_in_progress`, it still runs.
            RefusedError: `idempotency_key_reused`, the key was used for another request; `idempotency_key_malformed`.
        """
        if not 1 <= len(key) <= MAX_KEY_LENGTH:
            raise RefusedError(
                "idempotency_key_malformed",
                f"an Idempotency-Key has 1 to {MAX_KEY_LENGTH} characters",
                message_zh=f"幂等键应为 1 至 {MAX_KEY_LENGTH} 个字符",
            )
        started = Started(tenant_id=tenant_id, scope=scope, key=key, owner=self._owner.id, fingerprint=fingerprint)
        try:
            with writing(self._engine) as conn:
                return self._replay(conn, started) or self._start(conn, started)
        except IntegrityError:  # another process inserted the row between our look and our insert
            raise _in_progress() from None

    def finish(
        self, conn: Connection, started: Started, *, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Store the answer, in the transaction that does the work.

        Raises:
            ConflictError: The request was taken over by another process: this transaction must not commit.
        """
        values = {"state": "done", "status": status, "headers": dict(headers), "body": body}
        if conn.execute(update(tables.idempotency).where(*_running(started)).values(values)).rowcount != 1:
            raise _in_progress()

    def release(self, started: Started) -> None:
        """Forget a request that was refused or failed; does nothing to one that is finished."""
        with writing(self._engine) as conn:
            conn.execute(delete(tables.idempotency).where(*_running(started)))

    def settle(self) -> int:
        """Forget the requests of dead processes and the answers past their time; gives how many."""
        with reading(self._engine) as conn:
            owners = conn.execute(select(_i.owner).where(tables.is_running).distinct()).scalars().all()
        dead = [owner for owner in owners if not self._owner.is_alive(owner)]
        gone = or_(_i.owner.in_(dead) & tables.is_running, (_i.expires_at <= self._clock()) & (_i.state == "done"))
        with writing(self._engine) as conn:
            return conn.execute(delete(tables.idempotency).where(gone)).rowcount

    def _replay(self, conn: Connection, started: Started) -> Replay | None:
        found = (
            conn.execute(select(tables.idempotency).where(*_same_key(started)).with_for_update())
            .mappings()
            .one_or_none()
        )
        if found is None:
            return None
        if self._is_over(found):
            conn.execute(delete(tables.idempotency).where(*_same_key(started)))
            return None
        if found["fingerprint"] != started.fingerprint:
            raise RefusedError(
                "idempotency_key_reused",
                "this Idempotency-Key was used for another request",
                message_zh="该幂等键已用于另一请求",
            )
        if found["state"] == "running":
            raise _in_progress()
        return _answer(found)

    def _is_over(self, found: RowMapping) -> bool:
        if found["state"] == "running":
            return not self._owner.is_alive(found["owner"])
        return bool(found["expires_at"] <= self._clock())

    def _start(self, conn: Connection, started: Started) -> Started:
        now = self._clock()
        values = {
            "tenant_id": started.tenant_id,
            "scope": started.scope,
            "key": started.key,
            "fingerprint": started.fingerprint,
            "state": "running",
            "owner": started.owner,
            "started_at": now,
            "expires_at": now + KEPT,
        }
        conn.execute(insert(tables.idempotency).values(values))
        return started


def _same_key(started: Started) -> tuple[ColumnElement[bool], ...]:
    return (_i.tenant_id == started.tenant_id, _i.scope == started.scope, _i.key == started.key)


def _running(started: Started) -> tuple[ColumnElement[bool], ...]:
    return (*_same_key(started), _i.state == "running", _i.owner == started.owner)


def _answer(found: RowMapping) -> Replay:
    if found["status"] is None or found["body"] is None:
        raise StoreError("a stored answer is incomplete")
    return Replay(status=found["status"], headers=found["headers"], body=found["body"])


def _in_progress() -> ConflictError:
    return ConflictError(
        "idempotency_in_progress",
        "a request with this Idempotency-Key is running",
        message_zh="同一幂等键的请求正在处理",
    )
