"""What the store tests put: bytes with their digests, and streams that nobody holds in memory."""

import hashlib
import io

BLOCK = bytes(range(256)) * 4096


class Pattern(io.RawIOBase):
    """A stream of `size` bytes that is made while it is read, and gives at most 700,001 bytes a time."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        give = min(self._left if size < 0 else size, self._left, 700_001)
        start = (-self._left) % 256
        self._left -= give
        return BLOCK[start : start + give]


def pattern_digest(size: int) -> bytes:
    digest = hashlib.sha256()
    source = Pattern(size)
    while piece := source.read(1 << 20):
        digest.update(piece)
    return digest.digest()


def content_key(data: bytes, *, tenant: str = "t_sample") -> str:
    name = hashlib.sha256(data).hexdigest()
    return f"tenants/{tenant}/sha256/{name[:2]}/{name}"


def put(store, key: str, data: bytes, *, media_type: str = "application/pdf") -> None:
    store.put(key, io.BytesIO(data), size=len(data), sha256=hashlib.sha256(data).digest(), media_type=media_type)
