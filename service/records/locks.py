"""Locks that die with their holder: no lease, no heartbeat, nothing to clean up after a crash.

On PostgreSQL a lock is a session's advisory lock (`advisory`); beside a SQLite file it is a locked file, which the
kernel lets go of when the process ends.

A session can be lost while its process lives (the server restarts, the network breaks): the process is then taken for
dead. That harms nothing, since whatever it does afterwards is conditional on what the living have done meanwhile: a
voided number cannot be issued, a request that was swept cannot be finished, a head that moved cannot be swapped.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy.engine import Engine

from service.errors import ServiceError, StoreError
from service.ports import RandomBytes
from service.records.advisory import take_advisory

log = structlog.get_logger("locks")

OWNER = "o_"
CLOSE_SECONDS = 5.0
"""How long a process that ends waits for its own look at the lock; its session ends with it in any case."""


class _Lock(Protocol):
    def release(self) -> None: ...

    def is_held(self) -> bool: ...


class Owner:
    """This process instance, as others can see whether it still lives.

    What it leaves half done (a reserved number, a running request, a started job) is settled by whoever finds it dead.
    """

    def __init__(self, engine: Engine, random_bytes: RandomBytes) -> None:
        self._engine = engine
        self.id = f"{OWNER}{random_bytes(16).hex()}"
        self._closed = threading.Event()
        self._guard = threading.Lock()
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

    def keep(self) -> bool:
        """Take the lock again if it was lost with its session; gives whether it is held now."""
        with self._guard:
            if not self._closed.is_set():
                self._take_again()
            if self._closed.is_set():  # perhaps only now: `close` does not wait for a database that is silent
                self._let_go()
            return self._lock is not None

    def watch(self, *, seconds: float) -> None:
        """Keep the lock from now on, looking at it that often, until `close`."""
        threading.Thread(target=self._watch, args=(seconds,), name="owner", daemon=True).start()

    def close(self) -> None:
        """Let others know that this instance is done; a database that does not answer holds nobody up."""
        self._closed.set()
        if not self._guard.acquire(timeout=CLOSE_SECONDS):
            log.warning("owner.not_answered", owner=self.id)
            return
        try:
            self._let_go()
        finally:
            self._guard.release()

    def _take_again(self) -> None:
        if self._lock is not None:
            if self._lock.is_held():
                return
            self._let_go()
            log.warning("owner.lock_lost", owner=self.id)
        with suppress(ServiceError):  # the database is away: the next look tries again
            self._lock = _take(self._engine, self.id, wait=False)

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _watch(self, seconds: float) -> None:
        while not self._closed.wait(seconds):
            self.keep()


@contextmanager
def exclusive(engine: Engine, name: str) -> Iterator[None]:
    """Hold the named lock, waiting for whoever has it.

    Raises:
        StoreError: The database is away, or (PostgreSQL) somebody has had the lock for a minute.
    """
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

    def is_held(self) -> bool:
        return True  # the kernel takes it from nobody who lives


def _take(engine: Engine, name: str, *, wait: bool) -> _Lock | None:
    if engine.dialect.name == "postgresql":
        return take_advisory(engine, name, wait=wait)
    return _take_file(_lock_path(engine, name), wait=wait, passing=name.startswith(OWNER))


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
