"""One deterministic zip: the same members give the same bytes, everywhere and for ever.

Members are stored, never compressed (compressors differ between builds), sorted by name, dated 1980-01-01, mode 0644.
The reader accepts exactly what the writer writes. It opens nothing else: whoever repacks, prepends, appends, hides or
doubles a member makes an archive of another form, and that is reported rather than guessed at.
"""

import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from evidence.errors import MalformedError
from evidence.zip_records import (
    END_64_SIZE,
    END_SIZE,
    LOCAL_SIGNATURE,
    LOCATOR_64_SIZE,
    MAX_NAME,
    CentralFields,
    End,
    Record,
    directory,
    local_header,
    parse_central,
    parse_end,
    unsafe_name,
)

CHUNK = 1 << 18
MAX_MEMBERS = 200_000
_MAX_DIRECTORY = MAX_MEMBERS * (MAX_NAME + 80)
_SYMLINK = 0o120000
_TYPE_MASK = 0o170000


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file to be written: its name, its size in bytes, and how to open it (as often as asked).

    `crc32` spares a first pass over the bytes where the caller already knows it.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]
    crc32: int | None = None


def member_from_bytes(name: str, data: bytes) -> Member:
    """Make a member of bytes that are already in memory."""
    return Member(name=name, size=len(data), open=lambda: io.BytesIO(data), crc32=zlib.crc32(data))


def write_archive(members: Iterable[Member], sink: BinaryIO) -> None:
    """Write members as the one zip that they make; the sink need not be seekable.

    Raises:
        ValueError: Two members share a name, or a name is unsafe. Nothing has been written then.
        MalformedError: A member's bytes are not of the size or CRC that was told; the sink holds half an archive.
    """
    ordered = sorted(members, key=lambda member: member.name)
    _refuse_names([member.name for member in ordered])
    records = []
    for member in ordered:
        record = Record(name=member.name, size=member.size, crc32=_crc_of(member))
        sink.write(local_header(record))
        _copy(member, record, sink)
        records.append(record)
    sink.write(directory(records))


def _refuse_names(names: Sequence[str]) -> None:
    for name in names:
        if reason := unsafe_name(name):
            raise ValueError(f"{name!r}: {reason}")
    if len({name.casefold() for name in names}) != len(names):
        raise ValueError("two members have the same name, or names that differ by case alone")


def _crc_of(member: Member) -> int:
    if member.crc32 is not None:
        return member.crc32
    crc = 0
    with member.open() as source:
        while chunk := source.read(CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


def _copy(member: Member, record: Record, sink: BinaryIO) -> None:
    crc, size = 0, 0
    with member.open() as source:
        while chunk := source.read(CHUNK):
            sink.write(chunk)
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    if (size, crc) != (record.size, record.crc32):
        raise MalformedError("its bytes are not those that were announced", where=member.name)


class Archive:
    """An open archive whose form has been checked; the members' bytes are checked as they are read."""

    def __init__(self, source: BinaryIO, places: dict[str, tuple[Record, int]]) -> None:
        self._source = source
        self._places = places

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, sorted."""
        return tuple(self._places)

    def size(self, name: str) -> int:
        """Give a member's size in bytes."""
        return self._places[name][0].size

    def open(self, name: str) -> BinaryIO:
        """Open a member as a stream that raises MalformedError at its end if the CRC is wrong.

        Any number of members may be open at once, from one thread.
        """
        record, start = self._places[name]
        return io.BufferedReader(_MemberStream(self._source, record, start), CHUNK)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give a member's bytes piece by piece; MalformedError after the last piece if the CRC is wrong."""
        record, start = self._places[name]
        stream = _MemberStream(self._source, record, start)
        while chunk := stream.read(CHUNK):
            yield chunk

    def read_range(self, name: str, start: int, stop: int) -> bytes:
        """Give a member's bytes from `start` up to `stop`, without looking at its CRC; fewer if it is shorter."""
        record, place = self._places[name]
        return _read_at(self._source, place + start, place + max(start, min(stop, record.size)))

    def read(self, name: str, *, limit: int) -> bytes:
        """Give a whole member.

        Raises:
            MalformedError: It is larger than `limit` bytes, or its CRC is wrong.
        """
        if self.size(name) > limit:
            raise MalformedError(f"{self.size(name)} bytes, more than the {limit} allowed", where=name)
        return b"".join(self.chunks(name))


class _MemberStream(io.RawIOBase):
    def __init__(self, source: BinaryIO, record: Record, start: int) -> None:
        super().__init__()
        self._source, self._record, self._start = source, record, start
        self._done, self._crc = 0, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        left = self._record.size - self._done
        wanted = left if size < 0 else min(size, left)
        self._source.seek(self._start + self._done)
        chunk = self._source.read(wanted)
        self._done += len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        if len(chunk) != wanted or (self._done == self._record.size and self._crc != self._record.crc32):
            raise MalformedError("its bytes do not have the CRC that the zip states", where=self._record.name)
        return chunk

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def read_archive(source: BinaryIO) -> Archive:
    """Open an archive and check its whole form; `source` must be seekable, and stays the caller's to close.

    Raises:
        MalformedError: It is not exactly what `write_archive` writes for some members. The message says what is amiss.
    """
    total = source.seek(0, io.SEEK_END)
    end = parse_end(_read_at(source, max(0, total - END_SIZE - END_64_SIZE - LOCATOR_64_SIZE), total), total=total)
    if end.count > MAX_MEMBERS or end.size > _MAX_DIRECTORY:
        raise MalformedError(f"{end.count} members, more than the {MAX_MEMBERS} allowed", where="zip")
    tail = _read_at(source, end.offset, total)
    records = _parse_directory(tail, end)
    _check_names([record.name for record in records])
    if directory(records) != tail:
        raise MalformedError("its directory is not in the one form that bundles have; it was packed anew", where="zip")
    return Archive(source, _places(source, records))


def is_archive(start: bytes) -> bool:
    """Tell whether bytes begin like a zip with at least one member."""
    return start.startswith(LOCAL_SIGNATURE)


def _read_at(source: BinaryIO, start: int, stop: int) -> bytes:
    source.seek(start)
    return source.read(stop - start)


def _parse_directory(tail: bytes, end: End) -> list[Record]:
    records, position = [], 0
    while position < end.size:
        fields = parse_central(tail, position)
        _check_fields(fields)
        records.append(fields.record)
        position += fields.length
    if len(records) != end.count:
        raise MalformedError(f"{len(records)} members listed, {end.count} announced", where="zip")
    return records


def _check_fields(fields: CentralFields) -> None:
    name = fields.record.name
    if fields.method != 0:
        raise MalformedError("compressed; a bundle's members are stored, so this zip was packed anew", where=name)
    if fields.flags & 1:
        raise MalformedError("encrypted", where=name)
    if (fields.attributes >> 16) & _TYPE_MASK == _SYMLINK:
        raise MalformedError("a symbolic link", where=name)


def _check_names(names: list[str]) -> None:
    for name in names:
        if reason := unsafe_name(name):
            raise MalformedError(reason, where=name)
    if len({name.casefold() for name in names}) != len(names):
        raise MalformedError("the same name twice, or names that differ by case alone", where="zip")
    if names != sorted(names):
        raise MalformedError("its members are not in the order of their names", where="zip")


def _places(source: BinaryIO, records: list[Record]) -> dict[str, tuple[Record, int]]:
    places, offset = {}, 0
    for record in records:
        header = local_header(record)
        start = offset + len(header)
        if _read_at(source, offset, start) != header:
            raise MalformedError("its local header says something else than the directory", where=record.name)
        places[record.name] = (record, start)
        offset = start + record.size
    return places
