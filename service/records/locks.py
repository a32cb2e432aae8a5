"""Locks that die with their holder: no lease, no heartbeat, nothing to clean up after a crash.

On PostgreSQL a lock is a session's advisory lock; beside a SQLite file it is a locked file, which the kernel lets go of
when the process ends. (The other file that knows which database it talks to is `engine`.)
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from service.errors import StoreError
from service.ports import RandomBytes
from service.records.engine import store_errors


class Owner:
    """This process instance, as others can see whether it still lives.

    What it leaves half done (a reserved number, a running request) is settled by whoever finds it dead.
    """

    def __init__(self, engine: Engine, random_bytes: RandomBytes) -> None:
        self._engine = engine
        self.id = f"o_{random_bytes(16).hex()}"
        self._lock = _take(engine, self.id, wait=False)
        if self._lock is None:
            raise StoreError("this process could not take its own lock", fatal=True)

    def is_alive(self, owner_id: str) -> bool:
        """Tell whether the process instance with this id still runs; this one always does."""
        if owner_id == self.id:
            return True
        probe = _take(self._engine, owner_id, wait=False)
        if probe is None:
            return True
        probe.release()
        return False

    def close(self) -> None:
        """Let others know that this instance is done."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


@contextmanager
def exclusive(engine: Engine, name: str) -> Iterator[None]:
    """Hold the named lock, waiting for whoever has it."""
    lock = _take(engine, name, wait=True)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


@contextmanager
def exclusive_if_free(engine: Engine, name: str) -> Iterator[bool]:
    """Hold the named lock if nobody else does; gives whether it is held."""
    lock = _take(engine, name, wait=False)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            lock.release()


class _FileLock:
    def __init__(self, path: Path, handle: int, *, passing: bool) -> None:
        self._path, self._handle, self._passing = path, handle, passing

    def release(self) -> None:
        if self._passing:  # unlinked while still locked, so nobody can hold a lock on a name that is gone
            with suppress(FileNotFoundError):
                self._path.unlink()
        os.close(self._handle)


class _AdvisoryLock:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def release(self) -> None:
        # Closing the session itself, not handing it back to the pool: the lock goes even if unlocking would fail.
        self._conn.invalidate()
        self._conn.close()


def _take(engine: Engine, name: str, *, wait: bool) -> _FileLock | _AdvisoryLock | None:
    if engine.dialect.name == "postgresql":
        with store_errors():
            return _take_advisory(engine, name, wait=wait)
    return _take_file(_lock_path(engine, name), wait=wait, passing=name.startswith("o_"))


def _take_advisory(engine: Engine, name: str, *, wait: bool) -> _AdvisoryLock | None:
    number = int.from_bytes(hashlib.sha256(f"duly:{name}".encode()).digest()[:8], signed=True)
    conn = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    if wait:
        conn.execute(text("SELECT pg_advisory_lock(:n)"), {"n": number})
        return _AdvisoryLock(conn)
    if conn.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar_one():
        return _AdvisoryLock(conn)
    conn.close()
    return None


def _lock_path(engine: Engine, name: str) -> Path:
    database = engine.url.database
    if not database or database == ":memory:":
        raise ValueError("locks need a database in a file")
    folder = Path(f"{database}.locks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / hashlib.sha256(name.encode()).hexdigest()[:32]


def _take_file(path: Path, *, wait: bool, passing: bool) -> _FileLock | None:
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"a lock file could not be opened: {error}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        if _is_the_file(handle, path):
            return _FileLock(path, handle, passing=passing)
        os.close(handle)  # its last holder unlinked it between our open and our lock


def _is_the_file(handle: int, path: Path) -> bool:
    try:
        return os.fstat(handle).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
