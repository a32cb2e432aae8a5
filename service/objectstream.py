"""An object of the store as a readable stream, for code that wants a file."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from service.ports import ObjectStore

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(view), len(self._left))
        view[:count], self._left = self._left[:count], self._left[count:]
        return count


def open_object(objects: ObjectStore, key: str) -> BinaryIO:
    """Open an object for reading from its start, in pieces; NotFoundError when it is not there."""
    return cast("BinaryIO", io.BufferedReader(_Pieces(objects.open(key)), buffer_size=1 << 20))
