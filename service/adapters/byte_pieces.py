"""Streams in pieces: what comes in is counted and hashed on its way, and what goes out respects its range."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from service.errors import RefusedError, TooLargeError

PIECE = 1 << 20


def full_read(source: BinaryIO, size: int) -> bytes:
    """Read exactly `size` bytes, or all that is left: a raw stream may give less than it was asked for."""
    pieces = []
    while size > 0 and (piece := source.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def measured(source: BinaryIO, *, size: int, sha256: bytes, piece: int = PIECE) -> Iterator[bytes]:
    """Give the source in pieces of exactly `piece` bytes (the last may be shorter), then judge the whole.

    Whoever writes the pieces down may make them visible only after the iteration has ended without an error.

    Raises:
        RefusedError: `object_size` or `object_digest`; more than `size` bytes are never read to the end.
    """
    digest = hashlib.sha256()
    left = size
    while left > 0:
        data = full_read(source, min(piece, left))
        if not data:
            raise RefusedError("object_size", f"the bytes end {left} short of {size}", message_zh="内容长度与声明不符")
        digest.update(data)
        left -= len(data)
        yield data
    if source.read(1):
        raise RefusedError("object_size", f"there are more than {size} bytes", message_zh="内容长度与声明不符")
    if digest.digest() != sha256:
        raise RefusedError(
            "object_digest",
            f"the bytes have SHA-256 {digest.hexdigest()}, not {sha256.hex()}",
            message_zh="内容的 SHA-256 摘要与声明不符",
        )


def drain(pieces: Iterator[bytes]) -> None:
    """Run through pieces only to have them judged, for bytes that the store has already."""
    for _ in pieces:
        pass


def require_range(start: int, length: int | None) -> None:
    """Raise RefusedError (`object_range`) for a range that counts backwards."""
    if start < 0 or (length is not None and length < 0):
        raise RefusedError("object_range", f"no range starts at {start} with length {length}")


def bounded_bytes(pieces: Iterator[bytes], *, key: str, limit: int) -> bytes:
    """Join pieces up to `limit` bytes; TooLargeError as soon as there are more."""
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > limit:
            raise TooLargeError("object_too_large", f"{key} is larger than {limit} bytes")
    return bytes(data)
