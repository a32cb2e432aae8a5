"""The bytes of the one zip form that bundles use: stored members, fixed dates, zip64 only where it must be.

Every record is a pure function of names, sizes, CRCs and offsets, so the reader need not trust a single field of
an archive: it rebuilds the records from what it understood and compares bytes. A bundle's names are ASCII
(`unsafe_name`); a name beyond ASCII, in zips that are no bundles, is UTF-8 and says so.

Source: PKWARE APPNOTE.TXT 6.3.x, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.errors import MalformedError

LOCAL_SIGNATURE = b"PK\x03\x04"
END_SIGNATURE = b"PK\x05\x06"
MAX_32 = 0xFFFFFFFF
MAX_16 = 0xFFFF
MAX_NAME = 255

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_END_64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR_64 = struct.Struct("<4sIQI")
CENTRAL_SIZE = _CENTRAL.size
END_SIZE = _END.size
END_64_SIZE = _END_64.size
LOCATOR_64_SIZE = _LOCATOR_64.size

_VERSION = 20
_VERSION_64 = 45
_UNIX = 3 << 8
_NO_FLAGS = 0
_UTF_8_NAME = 1 << 11
_STORED = 0
_TIME = 0
_DATE = (1 << 5) | 1  # 1980-01-01, the first day that a zip can name
_FILE_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One member as the zip's directory names it: name, size and CRC-32 of its bytes."""

    name: str
    size: int
    crc32: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where the central directory lies: its offset and size in bytes, and its number of members."""

    count: int
    size: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralFields:
    """The fields of one central header that a reader must look at before it may trust the rest."""

    record: Record
    method: int
    flags: int
    attributes: int
    length: int


def local_header(record: Record) -> bytes:
    """Give the bytes that stand before a member's data."""
    name, flags = _encoded(record.name)
    large = record.size >= MAX_32
    extra = struct.pack("<HHQQ", 1, 16, record.size, record.size) if large else b""
    size = MAX_32 if large else record.size
    fixed = _LOCAL.pack(
        LOCAL_SIGNATURE, _VERSION_64 if large else _VERSION, flags, _STORED, _TIME, _DATE,
        record.crc32, size, size, len(name), len(extra),
    )  # fmt: skip
    return fixed + name + extra


def central_header(record: Record, *, offset: int) -> bytes:
    """Give a member's line in the central directory; `offset` is where its local header starts."""
    name, flags = _encoded(record.name)
    large, far = record.size >= MAX_32, offset >= MAX_32
    values = ([record.size, record.size] if large else []) + ([offset] if far else [])
    extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    version = _VERSION_64 if values else _VERSION
    size = MAX_32 if large else record.size
    fixed = _CENTRAL.pack(
        b"PK\x01\x02", _UNIX | version, version, flags, _STORED, _TIME, _DATE, record.crc32, size, size,
        len(name), len(extra), 0, 0, 0, _FILE_MODE, MAX_32 if far else offset,
    )  # fmt: skip
    return fixed + name + extra


def end_records(*, count: int, size: int, offset: int) -> bytes:
    """Give the end of an archive whose central directory has `size` bytes at `offset`."""
    short = _END.pack(
        END_SIGNATURE, 0, 0, min(count, MAX_16), min(count, MAX_16), min(size, MAX_32), min(offset, MAX_32), 0
    )
    if count < MAX_16 and size < MAX_32 and offset < MAX_32:
        return short
    long = _END_64.pack(
        b"PK\x06\x06", END_64_SIZE - 12, _UNIX | _VERSION_64, _VERSION_64, 0, 0, count, count, size, offset
    )
    return long + _LOCATOR_64.pack(b"PK\x06\x07", 0, offset + size, 1) + short


def directory(records: Sequence[Record]) -> bytes:
    """Give everything after the last member's data: central headers and end records."""
    offset, headers = 0, []
    for record in records:
        headers.append(central_header(record, offset=offset))
        offset += len(local_header(record)) + record.size
    central = b"".join(headers)
    return central + end_records(count=len(records), size=len(central), offset=offset)


def parse_end(tail: bytes, *, total: int) -> End:
    """Read the end records of an archive of `total` bytes; `tail` is its last bytes, 98 or more if it has them.

    Raises:
        MalformedError: The archive does not end with an end record, or has a comment behind it.
    """
    if len(tail) < END_SIZE or tail[-END_SIZE:][:4] != END_SIGNATURE:
        raise MalformedError("no end record at the end; cut short, or something was added behind it", where="zip")
    _, _, _, _, count, size, offset, _ = _END.unpack(tail[-END_SIZE:])
    end = End(count=count, size=size, offset=offset, length=END_SIZE)
    if count == MAX_16 or MAX_32 in (size, offset):
        end = _parse_end_64(tail[:-END_SIZE])
    if end.offset + end.size + end.length != total:
        raise MalformedError("bytes before, behind or between its records that belong to no member", where="zip")
    return end


def _parse_end_64(tail: bytes) -> End:
    found = tail[-END_64_SIZE - LOCATOR_64_SIZE :]
    if len(found) != END_64_SIZE + LOCATOR_64_SIZE or found[:4] != b"PK\x06\x06":
        raise MalformedError("its zip64 end record is missing", where="zip")
    fields = _END_64.unpack(found[:END_64_SIZE])
    return End(count=fields[7], size=fields[8], offset=fields[9], length=END_SIZE + END_64_SIZE + LOCATOR_64_SIZE)


def parse_central(data: bytes, position: int) -> CentralFields:
    """Read the central header at `position`.

    Raises:
        MalformedError: No header is there, it is cut short, or its name is not ASCII.
    """
    try:
        fields = _CENTRAL.unpack_from(data, position)
    except struct.error:
        raise MalformedError("its directory is cut short", where="zip") from None
    if fields[0] != b"PK\x01\x02":
        raise MalformedError("something in its directory is no member", where="zip")
    start = position + CENTRAL_SIZE
    name_end = start + fields[10]
    extra = data[name_end : name_end + fields[11]]
    record = Record(name=_name(data[start:name_end]), size=_size(fields[9], extra), crc32=fields[7])
    length = CENTRAL_SIZE + fields[10] + fields[11] + fields[12]
    return CentralFields(record=record, method=fields[4], flags=fields[3], attributes=fields[15], length=length)


def _encoded(name: str) -> tuple[bytes, int]:
    return name.encode("utf-8"), _NO_FLAGS if name.isascii() else _UTF_8_NAME


def _name(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedError(f"a name that is not ASCII: {raw[:80]!r}", where="zip") from None


def _size(short: int, extra: bytes) -> int:
    if short != MAX_32:
        return int(short)
    try:
        return int(struct.unpack_from("<Q", extra, 4)[0])
    except struct.error:
        raise MalformedError("a large member without its zip64 size", where="zip") from None


def unsafe_name(name: str) -> str:
    """Say why a member must not bear this name; an empty answer means that it may."""
    if not name or len(name) > MAX_NAME:
        return f"a name has 1 to {MAX_NAME} characters"
    if any(not "\x20" < letter < "\x7f" or letter in '\\:*?"<>|' for letter in name):
        return 'a name is printable ASCII without spaces and without any of \\ : * ? " < > |'
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "a name is a relative path of a file: no leading or trailing slash, no . and no .. in it"
    return ""
