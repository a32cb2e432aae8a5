"""The promises that use cases rely on, in prose; `service.adapters` keeps them, `service.wiring` chooses who does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

Clock = Callable[[], datetime]
"""Gives the present instant, aware and in UTC."""

RandomBytes = Callable[[int], bytes]
"""Gives that many bytes fit for keys and salts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """What a store knows of one object without reading it; `sha256` is None where the store did not keep it."""

    key: str
    size: int
    sha256: bytes | None
    media_type: str


class ObjectStore(Protocol):
    """Frozen bytes under names. It is not trusted for truth: digests and the log are; it is trusted to keep.

    Every method may raise StoreError when the store is away; nothing is then half there under the name.
    """

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: bytes, media_type: str) -> None:
        """Keep these bytes under this key for ever: durable and whole once it returns.

        The same bytes again are welcome (a retry); other bytes under the key raise ConflictError; bytes that do
        not have the digest or size raise RefusedError and leave nothing. Many writers at once are safe.
        """

    def publish(self, key: str, data: bytes, *, media_type: str) -> None:
        """Set one of the few names whose bytes change (the current checkpoint): readers see the old or the new."""

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give the bytes from `start` in pieces, at most `length` of them; NotFoundError before the first piece."""

    def read(self, key: str, *, limit: int) -> bytes:
        """Give the whole object; RefusedError when it is larger than `limit` bytes."""

    def head(self, key: str) -> ObjectInfo | None:
        """Tell what is under the key, or None."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Give every key that starts with the prefix, sorted; never one whose bytes are not whole."""

    def presigned_url(self, key: str, *, seconds: int, file_name: str, media_type: str) -> str | None:
        """Give a URL that downloads the object without our help for a while, or None where the store has none."""

    def check(self) -> None:
        """Raise StoreError when an object could not be kept or read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """An RFC 3161 request and the response to it, both DER."""

    tsq: bytes
    tsr: bytes


class TimestampAuthority(Protocol):
    """Somebody who signs that a digest existed no later than now."""

    name: str
    """`[a-z0-9-]+`, unique among the authorities in use."""
    trusted_label: str
    """What a person must know of it, in Chinese and English; says plainly when it is not trusted."""

    def stamp(self, digest: bytes) -> Stamp:
        """Get a token over a SHA-256 digest (32 bytes); StoreError when away or when its answer would not verify."""

    def roots_pem(self) -> bytes:
        """Give the root certificates that its tokens chain to."""

    def chain_pem(self) -> bytes:
        """Give the certificates between its signer and the root, signer included."""
