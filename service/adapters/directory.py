"""Objects as files in one directory tree: written aside, synced, then linked to their name, never over another.

A reader sees a whole object or none. A crash leaves at most a file in `.incoming/`, which no key names and `check`
clears away.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from service.adapters.byte_pieces import bounded_bytes, drain, measured, require_range
from service.adapters.disk_files import (
    disk_errors,
    file_pieces,
    open_file,
    sync_names,
    unlink_unlocked,
    walk_files,
    write_all,
)
from service.adapters.object_names import digest_in_key, is_key, require_key, require_prefix, require_replaceable
from service.errors import ConflictError, NotFoundError, StoreError
from service.ports import ObjectInfo

INCOMING = ".incoming"
ABANDONED_AFTER_SECONDS = 60


class DirectoryStore:
    """Keeps the promises of `service.ports.ObjectStore` on a local file system with hard links."""

    def __init__(self, root: Path, *, minimum_free_bytes: int = 64 << 20) -> None:
        self._root = root.absolute()
        self._incoming = self._root / INCOMING
        self._minimum_free_bytes = minimum_free_bytes
        self._synced = {self._root}
        with disk_errors():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._incoming.mkdir(mode=0o700, exist_ok=True)
            sync_names(self._root)
            with suppress(PermissionError):  # a parent that is not ours to open is not ours to sync
                sync_names(self._root.parent)

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: bytes, media_type: str) -> None:
        """Keep the bytes under the key; the media type is not kept, entries name it."""
        path = self._path(key)
        pieces = measured(source, size=size, sha256=sha256)
        with disk_errors():
            if path.exists():
                drain(pieces)
                _require_same(path, key=key, sha256=sha256)
            else:
                self._keep(path, pieces, key=key, sha256=sha256)
            # A racer may have linked the name without having synced it yet.
            sync_names(path.parent)

    def publish(self, key: str, data: bytes, *, media_type: str) -> None:
        """Replace the bytes under the key in one step; the bytes before are gone."""
        path = self._path(key)
        require_replaceable(key)
        with disk_errors():
            self._make_parents(path)
            with self._written(iter((data,))) as temporary:
                temporary.replace(path)
            sync_names(path.parent)

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give the bytes of the range in pieces; NotFoundError at once."""
        require_range(start, length)
        with disk_errors():
            descriptor = open_file(self._path(key))
        if descriptor is None:
            raise NotFoundError(key)
        pieces = file_pieces(descriptor, start=start, length=length)
        next(pieces)  # started, so that dropping the iterator closes the file
        return pieces

    def read(self, key: str, *, limit: int) -> bytes:
        """Give the whole object of at most `limit` bytes."""
        return bounded_bytes(self.open(key), key=key, limit=limit)

    def head(self, key: str) -> ObjectInfo | None:
        """Tell the size, and the digest where the name carries it."""
        with disk_errors():
            descriptor = open_file(self._path(key))
            if descriptor is None:
                return None
            try:
                size = os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
        return ObjectInfo(key=key, size=size, sha256=digest_in_key(key), media_type="application/octet-stream")

    def keys(self, prefix: str) -> Iterator[str]:
        """Give the keys with this prefix in byte order, one directory in memory at a time."""
        require_prefix(prefix)
        folder = prefix.rpartition("/")[0]
        with disk_errors():
            for key in walk_files(self._root / folder, folder + "/" if folder else ""):
                if key.startswith(prefix) and is_key(key):
                    yield key

    def presigned_url(self, key: str, *, seconds: int, file_name: str, media_type: str) -> str | None:
        """Give None: files are served by the service itself."""
        return None

    def check(self) -> None:
        """Raise StoreError unless a probe can be written, synced, linked and read, and enough room is left."""
        with disk_errors():
            self._clear_abandoned()
            self._probe()
            free = shutil.disk_usage(self._root).free
        if free < self._minimum_free_bytes:
            raise StoreError(
                f"the object directory has {free} bytes left, the minimum is {self._minimum_free_bytes}",
                message_zh="存储剩余空间低于下限",
            )

    def _path(self, key: str) -> Path:
        require_key(key)
        return self._root / key

    def _keep(self, path: Path, pieces: Iterator[bytes], *, key: str, sha256: bytes) -> None:
        self._make_parents(path)
        with self._written(pieces) as temporary:
            try:
                os.link(temporary, path)
            except FileExistsError:
                _require_same(path, key=key, sha256=sha256)

    @contextmanager
    def _written(self, pieces: Iterator[bytes]) -> Iterator[Path]:
        """Write pieces to a new file, synced and read-only; the temporary name goes away whatever happens.

        Crash: an unnamed leftover in `.incoming/`, without its lock from the moment that the process is gone.
        """
        temporary = self._incoming / secrets.token_hex(16)
        file = os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb", 0)
        try:
            with file:
                fcntl.flock(file, fcntl.LOCK_EX)
                for piece in pieces:
                    write_all(file, piece)
                os.fchmod(file.fileno(), 0o444)
                os.fsync(file.fileno())
                yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _make_parents(self, path: Path) -> None:
        """Make the directories above a path, each one's name synced before anything is put below it."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ConflictError("object_key", f"an object stands where {path.parent.name}/ would be") from error
        for folder in reversed(path.parents):
            if folder.is_relative_to(self._root) and folder not in self._synced:
                sync_names(folder.parent)
                self._synced.add(folder)

    def _probe(self) -> None:
        token = secrets.token_bytes(32)
        linked = self._incoming / f"probe-{token.hex()}"
        with self._written(iter((token,))) as temporary:
            os.link(temporary, linked)
        try:
            sync_names(self._incoming)
            if linked.read_bytes() != token:
                raise StoreError("the object directory gives back other bytes than were written", fatal=True)
        finally:
            linked.unlink(missing_ok=True)

    def _clear_abandoned(self) -> None:
        """Remove what dead writers left: old enough, and nobody holds its lock."""
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError, BlockingIOError):
                if time.time() - path.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                    unlink_unlocked(path)


def _require_same(path: Path, *, key: str, sha256: bytes) -> None:
    try:
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").digest() == sha256
    except IsADirectoryError as error:
        raise ConflictError("object_key", f"{key} is the beginning of other objects' names") from error
    if not same:
        raise ConflictError("object_exists", f"{key} holds other bytes", message_zh="该名称下已有不同内容")
