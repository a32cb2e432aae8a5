"""Simulators with faults: an object store in memory, and a process that dies at a chosen step.

`FaultyObjects` keeps the promises of `service.ports.ObjectStore`. Each write is one *step*; a plan says what happens at
which step: it fails and nothing is stored, it fails but all is stored, or the process dies before or after it.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import BinaryIO

from service.errors import ConflictError, NotFoundError, RefusedError, StoreError
from service.ports import ObjectInfo


class KilledError(BaseException):
    """The process ended here: nothing below may catch it, nothing after it ran."""


class Fault(Enum):
    FAILS = "fails and not stored"
    STORED = "fails but stored"
    KILLED_BEFORE = "killed before the write"
    KILLED_AFTER = "killed after the write"


@dataclass
class Plan:
    """Which fault happens at which write, counted from 0; `seen` names the writes as they came."""

    at: int = -1
    fault: Fault = Fault.FAILS

    def __post_init__(self) -> None:
        self.seen: list[str] = []

    def around(self, name: str, write: Callable[[], None]) -> None:
        here = len(self.seen) == self.at
        self.seen.append(name)
        if not here:
            write()
            return
        if self.fault is Fault.KILLED_BEFORE:
            raise KilledError(name)
        if self.fault is Fault.FAILS:
            raise StoreError(f"{name} failed")
        write()
        if self.fault is Fault.KILLED_AFTER:
            raise KilledError(name)
        raise StoreError(f"{name} failed, though it was done")


class FaultyObjects:
    """Objects in memory, write-once, with a plan of faults."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.plan = Plan()

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: bytes, media_type: str) -> None:
        data = source.read()
        if len(data) != size or hashlib.sha256(data).digest() != sha256:
            raise RefusedError("digest_differs", "the bytes are not those announced")
        if self.kept.get(key, data) != data:
            raise ConflictError("object_exists", f"{key} holds other bytes")
        self.plan.around(f"put {key}", lambda: self.kept.__setitem__(key, data))

    def publish(self, key: str, data: bytes, *, media_type: str) -> None:
        self.plan.around(f"publish {key}", lambda: self.kept.__setitem__(key, data))

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if key not in self.kept:
            raise NotFoundError(key)
        end = None if length is None else start + length
        return iter((self.kept[key][start:end],))

    def read(self, key: str, *, limit: int) -> bytes:
        data = b"".join(self.open(key))
        if len(data) > limit:
            raise RefusedError("object_too_large", f"{key} is larger than {limit}")
        return data

    def head(self, key: str) -> ObjectInfo | None:
        if key not in self.kept:
            return None
        return ObjectInfo(key=key, size=len(self.kept[key]), sha256=None, media_type="")

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.kept if key.startswith(prefix)))

    def presigned_url(self, key: str, *, seconds: int, file_name: str, media_type: str) -> str | None:
        return None

    def check(self) -> None:
        return None


class StepClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 22, 6, 40, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class SeededBytes:
    """Bytes that look random and are the same in every run."""

    def __init__(self, seed: str = "seed") -> None:
        self.seed, self.count = seed, 0

    def __call__(self, size: int) -> bytes:
        self.count += 1
        return hashlib.shake_256(f"{self.seed}/{self.count}".encode()).digest(size)
