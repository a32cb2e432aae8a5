"""PostgreSQL's advisory locks, each held by a session of its own outside the pool.

A lock that is waited for or held must not take the place of a connection that does the work, or enough waiters would
stop the holder. So sessions of locks are opened beside the pool, and of one process at most one waits for a name: the
others wait for it in the process.
"""

import hashlib
import threading
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from service.records.engine import CONNECT_SECONDS, store_errors

WAIT_SECONDS = 60
"""Longest wait for a lock; whoever holds it so long is stopped or stuck, and its waiter is told so."""

_SETTINGS = (
    f"SET lock_timeout = '{WAIT_SECONDS}s'",
    "SET idle_session_timeout = 0",
    # The server finds a dead machine's session within half a minute, and its locks go.
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
_sessions: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_turn = threading.Condition()
_taken: set[tuple[str, int]] = set()


class AdvisoryLock:
    """A lock that is held as long as its session lasts."""

    def __init__(self, conn: Connection, key: tuple[str, int]) -> None:
        self._conn, self._key = conn, key

    def release(self) -> None:
        """Close the session: the lock goes even if unlocking would fail."""
        try:
            self._conn.invalidate()
            self._conn.close()
        finally:
            _leave(self._key)

    def is_held(self) -> bool:
        """Ask over the session itself, since the lock is held exactly as long as it lasts."""
        try:
            self._conn.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True


def take_advisory(engine: Engine, name: str, *, wait: bool) -> AdvisoryLock | None:
    """Take the named lock; without `wait`, None when somebody has it.

    Raises:
        StoreError: The database is away, or the lock did not become free in WAIT_SECONDS.
    """
    number = int.from_bytes(hashlib.sha256(f"duly:{name}".encode()).digest()[:8], signed=True)
    key = (str(engine.url), number)
    if not _enter(key, wait=wait):
        return None
    lock = None
    try:
        with store_errors():
            lock = _locked(_session(engine), key, wait=wait)
    finally:
        if lock is None:
            _leave(key)
    return lock


def _locked(conn: Connection, key: tuple[str, int], *, wait: bool) -> AdvisoryLock | None:
    try:
        if wait:
            conn.execute(text("SELECT pg_advisory_lock(:n)"), {"n": key[1]})
            return AdvisoryLock(conn, key)
        if conn.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": key[1]}).scalar_one():
            return AdvisoryLock(conn, key)
    except BaseException:
        conn.invalidate()
        conn.close()
        raise
    conn.close()
    return None


def _session(engine: Engine) -> Connection:
    if engine not in _sessions:
        made = sa.create_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "duly lock"},
        )
        sa.event.listen(made, "connect", _prepare)
        _sessions[engine] = made
    return _sessions[engine].connect()


def _prepare(connection: object, _record: object) -> None:
    connection.autocommit = True  # type: ignore[attr-defined]  # a SET outlives its transaction only when committed
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        for setting in _SETTINGS:
            cursor.execute(setting)


def _enter(key: tuple[str, int], *, wait: bool) -> bool:
    with _turn:
        if wait:
            _turn.wait_for(lambda: key not in _taken)
        elif key in _taken:
            return False
        _taken.add(key)
        return True


def _leave(key: tuple[str, int]) -> None:
    with _turn:
        _taken.discard(key)
        _turn.notify_all()
