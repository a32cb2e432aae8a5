"""PostgreSQL's advisory locks, each held by a session of its own outside the pool.

A lock that is waited for or held must not take the place of a connection that does the work, or enough waiters would
stop the holder. So sessions of locks are opened beside the pool, and of one process at most one waits for a name: the
others wait for it in the process.

A server may fall silent with the connection open. TCP gives up one whose packets vanish (`engine.patience`), but not
one behind a relay that still acknowledges them. So every question over a lock's session has a time, after which the
session is cut off.
"""

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from service.errors import StoreError
from service.records.engine import patience, store_errors

WAIT_SECONDS = 60
"""Longest wait for a lock; whoever holds it so long is stopped or stuck, and its waiter is told so."""
ANSWER_SECONDS = 10
"""Longest wait for an answer that needs no lock; a session that is silent for longer is taken for lost."""

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
_waiting: set[tuple[str, int]] = set()


class AdvisoryLock:
    """A lock that is held as long as its session lasts."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def release(self) -> None:
        """Close the session: the lock goes even if unlocking would fail."""
        self._conn.invalidate()
        self._conn.close()

    def is_held(self) -> bool:
        """Ask over the session itself, since the lock is held exactly as long as it lasts."""
        try:
            with _cut_off_after(self._conn, ANSWER_SECONDS):
                self._conn.execute(text("SELECT 1"))
        except (DBAPIError, self._conn.dialect.loaded_dbapi.Error):  # the second: it was known to be closed
            return False
        return True


def take_advisory(engine: Engine, name: str, *, wait: bool) -> AdvisoryLock | None:
    """Take the named lock; without `wait`, None when somebody has it.

    Raises:
        StoreError: The database is away, or the lock did not become free in WAIT_SECONDS.
    """
    number = int.from_bytes(hashlib.sha256(f"duly:{name}".encode()).digest()[:8], signed=True)
    with store_errors(), _in_turn((str(engine.url), number)) if wait else nullcontext():
        return _locked(_session(engine), number, wait=wait)


def _locked(conn: Connection, number: int, *, wait: bool) -> AdvisoryLock | None:
    try:
        with _cut_off_after(conn, WAIT_SECONDS + ANSWER_SECONDS if wait else ANSWER_SECONDS):
            if wait:
                conn.execute(text("SELECT pg_advisory_lock(:n)"), {"n": number})
                return AdvisoryLock(conn)
            if conn.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar_one():
                return AdvisoryLock(conn)
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
            connect_args={**patience(engine.url), "application_name": "duly lock"},
        )
        sa.event.listen(made, "connect", _prepare)
        _sessions[engine] = made
    return _sessions[engine].connect()


def _prepare(connection: object, _record: object) -> None:
    connection.autocommit = True  # type: ignore[attr-defined]  # a SET outlives its transaction only when committed
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        for setting in _SETTINGS:
            cursor.execute(setting)


@contextmanager
def _cut_off_after(conn: Connection, seconds: float) -> Iterator[None]:
    """Have what is asked in the block fail after that time, by ending the socket that its answer is awaited on."""
    # A descriptor of its own, since the number of one that was closed meanwhile may be another file's.
    with closing(socket.socket(fileno=os.dup(conn.connection.driver_connection.fileno()))) as wire:  # type: ignore[union-attr]
        timer = threading.Timer(seconds, _cut_off, args=(wire,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _cut_off(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


@contextmanager
def _in_turn(key: tuple[str, int]) -> Iterator[None]:
    """Let one thread at a time wait at the server for this lock."""
    with _turn:
        if not _turn.wait_for(lambda: key not in _waiting, timeout=WAIT_SECONDS):
            raise StoreError("too many wait for a lock; try again", code="lock_busy")
        _waiting.add(key)
    try:
        yield
    finally:
        with _turn:
            _waiting.discard(key)
            _turn.notify_all()
