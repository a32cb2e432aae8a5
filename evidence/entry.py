"""An entry: one fact of a matter, as the log keeps it.

Two byte strings make an entry. The *header* is the log's leaf and is public: it says when, in which matter,
after which other entry, and commits by a digest to the *body*. The body holds the facts and names the frozen
files; a random salt inside it keeps a short body from being guessed from its digest, so that a body can be
erased without breaking the tree.

- Both are canonical JSON (`evidence.canonical`).
- A header has exactly the keys at, body, kind, log, matter, prev, seq, v; another key, or one key less, is
  refused, since a change of format raises `v`.
- `seq` counts from 1 in each matter; `prev` is the leaf hash of the matter's entry before, `GENESIS` in the first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as _sha256
from operator import itemgetter
from typing import TypeGuard

from evidence.canonical import (
    JSON_INTEGER_LIMIT,
    JsonValue,
    format_instant,
    from_json_bytes,
    parse_instant,
    to_json_bytes,
)
from evidence.errors import MalformedError

GENESIS = bytes(32)
"""What `prev` holds in a matter's first entry."""

VERSION = 1
DIGEST_SIZE = 32
SALT_SIZE = 32

MAX_HEADER_BYTES = 65_535
"""An entry bundle prefixes each entry with a 16-bit length (C2SP tlog-tiles, "Log entries")."""

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Ours: facts are text; whatever is larger is a file and is frozen as one."""

_HEADER_KEYS = frozenset({"at", "body", "kind", "log", "matter", "prev", "seq", "v"})
_FILE_KEYS = frozenset({"file", "sha256", "size", "media_type", "role"})
_DIGEST_HEX = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"(?=.{3,64}\Z)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
# 255 is the longest origin that a witness can cosign (C2SP tlog-cosignature, log_origin<1..2^8-1>).
_LOG = re.compile(r"[!-*,-~]{1,255}")
# A matter's id names the top folder of its bundle, hence no dot, slash or letter outside ASCII.
_MATTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_ROLE = re.compile(r"[a-z0-9_]{1,64}")
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f/\\]")
_MAX_FILE_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The header of one recorded fact.

    Attributes:
        at: When the service recorded it; aware, whole seconds.
        body_digest: SHA-256 of the body's bytes.
        kind: What happened, as in `notice.issued`.
        log: Origin of the one log this entry belongs to.
        matter: Opaque id of the matter.
        prev: Leaf hash of the matter's entry before; `GENESIS` in the first.
        seq: Number within the matter, from 1 without gaps.

    Raises:
        MalformedError: A value is outside its range.
    """

    at: datetime
    body_digest: bytes
    kind: str
    log: str
    matter: str
    prev: bytes
    seq: int

    def __post_init__(self) -> None:
        _check(_is_instant(self.at), "is not a whole second with a time zone", where="/at")
        _check(len(self.body_digest) == DIGEST_SIZE, "is not 32 bytes", where="/body")
        _check(len(self.prev) == DIGEST_SIZE, "is not 32 bytes", where="/prev")
        _check(bool(_KIND.fullmatch(self.kind)), "is not a kind like notice.issued", where="/kind")
        _check(bool(_LOG.fullmatch(self.log)), "is not a log origin", where="/log")
        _check(bool(_MATTER.fullmatch(self.matter)), "is not a matter id", where="/matter")
        _check(0 < self.seq < JSON_INTEGER_LIMIT, "is not a number from 1 on", where="/seq")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A frozen file that a body names.

    Attributes:
        file: Name for the reader's eye; never a path.
        sha256: Digest of the file, 64 lower-case hex digits.
        size: Bytes.
        media_type: As in `application/pdf`.
        role: What the file is to the entry, as in `posting_slip`.
    """

    file: str
    sha256: str
    size: int
    media_type: str
    role: str


def entry_to_bytes(entry: Entry) -> bytes:
    """Write the header whose leaf hash goes on the log."""
    return to_json_bytes(
        {
            "at": format_instant(entry.at),
            "body": entry.body_digest.hex(),
            "kind": entry.kind,
            "log": entry.log,
            "matter": entry.matter,
            "prev": entry.prev.hex(),
            "seq": entry.seq,
            "v": VERSION,
        }
    )


def entry_from_bytes(data: bytes, *, where: str = "") -> Entry:
    """Read a header; only bytes that `entry_to_bytes` writes are accepted.

    Raises:
        MalformedError: Too long, not canonical, a key missing or unknown, another version, a value out of range.
    """
    fields = _object(data, limit=MAX_HEADER_BYTES, where=where)
    _check_keys(fields, _HEADER_KEYS, where=where)
    if _integer(fields, "v", where=where) != VERSION:
        raise MalformedError(f"version {fields['v']} is not known", where=f"{where}/v")
    try:
        return _entry(fields)
    except MalformedError as error:
        raise MalformedError(error.message, where=where + error.where) from error


def leaf_hash(header: bytes) -> bytes:
    """Return the 32-byte hash of a header as a leaf of the log's tree.

    Source: RFC 6962, section 2.1.
    """
    return _sha256(b"\x00" + header).digest()


def body_to_bytes(facts: Mapping[str, JsonValue], *, salt: bytes) -> bytes:
    """Write the facts of an entry together with a salt.

    Args:
        facts: Inside the JSON profile, without a key `salt`.
        salt: 32 random bytes, used once.

    Raises:
        MalformedError: The facts are outside the profile, or longer than `MAX_BODY_BYTES`.
        ValueError: The salt has another length, or the facts already hold one.
    """
    if len(salt) != SALT_SIZE or "salt" in facts:
        raise ValueError("a body gets one salt of 32 bytes")
    data = to_json_bytes({**facts, "salt": salt.hex()}, where="body")
    if len(data) > MAX_BODY_BYTES:
        raise MalformedError(f"{len(data)} bytes are more than {MAX_BODY_BYTES}", where="body")
    return data


def body_from_bytes(data: bytes, *, where: str = "") -> dict[str, JsonValue]:
    """Read a body: the facts and, under `salt`, the salt's hex digits.

    Raises:
        MalformedError: Too long, not a canonical JSON object, or without a salt of 32 bytes.
    """
    fields = _object(data, limit=MAX_BODY_BYTES, where=where)
    _digest(fields, "salt", where=where)
    return fields


def named_files(body: Mapping[str, JsonValue]) -> tuple[FileRef, ...]:
    """List every file that a body names, in the order of the body's sorted keys.

    An object with both `file` and `sha256` is a file reference, at any depth.

    Raises:
        MalformedError: A file reference with keys missing or unknown, or with a value that is none.
    """
    return tuple([_file_ref(body)] if _names_a_file(body) else _file_refs(body))


def _entry(fields: Mapping[str, JsonValue]) -> Entry:
    return Entry(
        at=parse_instant(_text(fields, "at"), where="/at"),
        body_digest=_digest(fields, "body"),
        kind=_text(fields, "kind"),
        log=_text(fields, "log"),
        matter=_text(fields, "matter"),
        prev=_digest(fields, "prev"),
        seq=_integer(fields, "seq"),
    )


def _file_refs(value: JsonValue) -> Iterator[FileRef]:
    for name, member in _members(value):
        try:
            yield from [_file_ref(member)] if _names_a_file(member) else _file_refs(member)
        except MalformedError as error:
            raise MalformedError(error.message, where=f"/{name}{error.where}") from None


def _members(value: JsonValue) -> Iterable[tuple[object, JsonValue]]:
    if isinstance(value, Mapping):
        return sorted(value.items(), key=itemgetter(0))
    return enumerate(value) if isinstance(value, list | tuple) else ()


def _names_a_file(value: JsonValue) -> TypeGuard[Mapping[str, JsonValue]]:
    return isinstance(value, Mapping) and {"file", "sha256"} <= value.keys()


def _file_ref(fields: Mapping[str, JsonValue]) -> FileRef:
    _check_keys(fields, _FILE_KEYS)
    ref = FileRef(
        file=_text(fields, "file"),
        sha256=_digest(fields, "sha256").hex(),
        size=_integer(fields, "size"),
        media_type=_text(fields, "media_type"),
        role=_text(fields, "role"),
    )
    safe = 0 < len(ref.file) <= _MAX_FILE_NAME and not _UNSAFE_IN_NAME.search(ref.file)
    _check(safe, "is not a plain file name", where="/file")
    _check(ref.size >= 0, "is negative", where="/size")
    _check(bool(_MEDIA_TYPE.fullmatch(ref.media_type)), "is no media type", where="/media_type")
    _check(bool(_ROLE.fullmatch(ref.role)), "is no role", where="/role")
    return ref


def _object(data: bytes, *, limit: int, where: str) -> dict[str, JsonValue]:
    if len(data) > limit:
        raise MalformedError(f"{len(data)} bytes are more than {limit}", where=where)
    value = from_json_bytes(data, where=where)
    if not isinstance(value, dict):
        raise MalformedError("is not a JSON object", where=where)
    return value


def _check_keys(fields: Mapping[str, JsonValue], keys: frozenset[str], *, where: str = "") -> None:
    missing, unknown = sorted(keys - fields.keys()), sorted(fields.keys() - keys)
    if missing or unknown:
        raise MalformedError(f"missing keys {missing}, unknown keys {unknown}", where=where)


def _text(fields: Mapping[str, JsonValue], key: str, *, where: str = "") -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise MalformedError("is not text", where=f"{where}/{key}")
    return value


def _integer(fields: Mapping[str, JsonValue], key: str, *, where: str = "") -> int:
    value = fields.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError("is not an integer", where=f"{where}/{key}")
    return value


def _digest(fields: Mapping[str, JsonValue], key: str, *, where: str = "") -> bytes:
    value = _text(fields, key, where=where)
    if not _DIGEST_HEX.fullmatch(value):
        raise MalformedError("is not 64 lower-case hex digits", where=f"{where}/{key}")
    return bytes.fromhex(value)


def _is_instant(at: datetime) -> bool:
    return at.utcoffset() is not None and not at.microsecond


def _check(holds: bool, fault: str, *, where: str) -> None:
    if not holds:
        raise MalformedError(fault, where=where)
