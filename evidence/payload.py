"""Payload: the files under a bundle's data/, each with every digest that the manifests and the zip need."""

import hashlib
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from evidence.archive import CHUNK


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadFile:
    """One file under data/.

    Attributes:
        path: Its name inside the bundle, `data/…`.
        size: Bytes.
        sha256: 32 bytes.
        sha512: 64 bytes.
        open: Opens the file's bytes, as often as asked.
        crc32: Spares another pass over the bytes while packing; None if not known.
        sm3: 32 bytes, or None; manifest-sm3.txt is written if every payload file has one.
    """

    path: str
    size: int
    sha256: bytes
    sha512: bytes
    open: Callable[[], BinaryIO] = field(repr=False)
    crc32: int | None = None
    sm3: bytes | None = None


def payload_file(path: str, opener: Callable[[], BinaryIO], *, sm3: bool = False) -> PayloadFile:
    """Read a file once and give it as payload, with all its digests."""
    first, second, third = hashlib.sha256(), hashlib.sha512(), hashlib.new("sm3") if sm3 else None
    size = crc = 0
    with opener() as source:
        while chunk := source.read(CHUNK):
            first.update(chunk)
            second.update(chunk)
            if third:
                third.update(chunk)
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return PayloadFile(
        path=path, size=size, sha256=first.digest(), sha512=second.digest(), open=opener, crc32=crc,
        sm3=third.digest() if third else None,
    )  # fmt: skip


def payload_from_bytes(path: str, data: bytes, *, sm3: bool = False) -> PayloadFile:
    """Give bytes in memory as payload."""
    return payload_file(path, lambda: io.BytesIO(data), sm3=sm3)
