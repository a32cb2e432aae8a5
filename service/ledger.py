"""The append: one plain procedure by which every fact becomes an entry of its matter's chain.

Rules of its state:
* The body is in the object store, under its digest, before the transaction that commits to it begins.
* One transaction holds the matter's row, writes the entry and everything derived from it, and whatever the caller adds
  (`Draft.also`, say the stored answer of an idempotent request). It is all there or none of it is.
* `at` never runs back within a matter, and `seq` has no gap.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from evidence.canonical import JsonValue, sha256
from evidence.entry import GENESIS, Entry, body_from_bytes, body_to_bytes, entry_to_bytes, leaf_hash
from service.errors import ConflictError
from service.limitation import Limitation
from service.ports import Clock, ObjectStore, RandomBytes
from service.records import entries as entry_rows
from service.records import matters as matter_rows
from service.records import outbox
from service.records.engine import reading, writing
from service.records.entries import EntryRow
from service.records.matters import Head
from service.records.projections import Recorded

OPENED = "matter.opened"


class PrevMovedError(ConflictError):
    """Another entry came first: what was made over the expected previous leaf hash must be made again."""

    def __init__(self, *, expected: bytes, actual: bytes) -> None:
        super().__init__(
            "prev_moved", "another entry of this matter was recorded first", message_zh="该案件刚刚有新的记录"
        )
        self.expected, self.actual = expected, actual


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """An entry as it was recorded."""

    tenant_id: str
    matter_id: str
    seq: int
    at: datetime
    kind: str
    prev: bytes
    header: bytes
    leaf_hash: bytes
    body: bytes
    body_digest: bytes


Also = Callable[[Connection, Appended], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be recorded.

    Tables that follow from entries (matters, notices, dispatches, receipts, scans, files, the state of the notice
    number, what follows in law) are written by the append itself; `also` is for what does not follow from them, in the
    same transaction: the stored answer of the request, a job, a bundle's row.

    `expected_prev` pins the previous leaf hash (it is printed on the notice); None takes whichever is the last.
    `at` is the instant to record, the clock's if None; it is moved up to the previous entry's if it would run back.
    """

    tenant_id: str
    matter_id: str
    kind: str
    facts: Mapping[str, JsonValue]
    expected_prev: bytes | None = None
    at: datetime | None = None
    also: Also | None = None


class Ledger:
    """Appends entries to the chains of matters and reads them back."""

    def __init__(
        self,
        engine: Engine,
        objects: ObjectStore,
        *,
        clock: Clock,
        origin: str,
        random_bytes: RandomBytes,
        limitation: Limitation | None = None,
        require_log: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the stores; `require_log` raises StoreError once the log was found to contradict the database."""
        self._engine, self._objects = engine, objects
        self._clock, self._origin, self._random_bytes = clock, origin, random_bytes
        self._limitation, self._require_log = limitation or Limitation(), require_log

    def append(self, draft: Draft) -> Appended:
        """Record one fact; the matter is opened by its first, `matter.opened`.

        Raises:
            PrevMovedError: `expected_prev` is given and another entry came first; nothing was recorded.
            NotFoundError: The tenant has no such matter.
            ConflictError: The matter is already there, or the fact names a notice, dispatch or number of another one.
            MalformedError: The facts are outside the profile of canonical JSON.
            StoreError: A store failed. The entry may have been recorded all the same, if only COMMIT's answer was lost.
                Or (`fatal`) the database was put back: what it took now would be lost with it, and its notice numbers
                would stand on two letters.
        """
        self._require_log()
        body = body_to_bytes(draft.facts, salt=self._random_bytes(32))
        body_digest = sha256(body)
        # Crash before here: nothing. After: an object that nothing names, which fsck notes and nobody minds.
        self._objects.put(
            object_key(draft.tenant_id, body_digest),
            io.BytesIO(body),
            size=len(body),
            sha256=body_digest,
            media_type="application/json",
        )
        try:
            with writing(self._engine) as conn:
                appended = self._record(conn, draft, body=body, body_digest=body_digest)
                # Crash before the commit that ends this block: as above, nothing is recorded.
        except IntegrityError as error:
            raise ConflictError(
                "record_conflict",
                "the fact contradicts what is recorded (an id in use, or a parent in another matter)",
                message_zh="与已有记录冲突(编号已被使用,或所指记录不属于本案件)",
            ) from error
        # From here the entry is part of the chain for ever. Its place in the log follows (service.sequencer).
        return appended

    def head(self, *, tenant_id: str, matter_id: str) -> Head:
        """Give the last entry's seq, leaf hash and instant; NotFoundError if the tenant has no such matter."""
        with reading(self._engine) as conn:
            return matter_rows.head(conn, tenant_id=tenant_id, matter_id=matter_id)

    def entries(self, *, tenant_id: str, matter_id: str, after_seq: int = 0, limit: int = 1000) -> tuple[EntryRow, ...]:
        """Give a matter's entries in order, those after a seq, at most `limit` of them."""
        with reading(self._engine) as conn:
            matter_rows.head(conn, tenant_id=tenant_id, matter_id=matter_id)
            return entry_rows.of_matter(conn, matter_id=matter_id, after_seq=after_seq, limit=limit)

    def _record(self, conn: Connection, draft: Draft, *, body: bytes, body_digest: bytes) -> Appended:
        head = self._lock(conn, draft)
        if draft.expected_prev is not None and draft.expected_prev != head.leaf_hash:
            raise PrevMovedError(expected=draft.expected_prev, actual=head.leaf_hash)
        entry = Entry(
            at=max((draft.at or self._clock()).astimezone(UTC).replace(microsecond=0), head.at),
            body_digest=body_digest,
            kind=draft.kind,
            log=self._origin,
            matter=draft.matter_id,
            prev=head.leaf_hash,
            seq=head.seq + 1,
        )
        appended = _appended(entry, tenant_id=draft.tenant_id, body=body)
        recorded = _recorded(appended)
        matter_rows.move_head(conn, recorded, leaf_hash=appended.leaf_hash)
        entry_rows.insert_row(conn, _row(appended))
        matter_rows.project(conn, recorded)
        self._limitation.follow(conn, recorded)
        outbox.note_entry(conn, recorded)
        if draft.also is not None:
            draft.also(conn, appended)
        return appended

    def _lock(self, conn: Connection, draft: Draft) -> Head:
        if draft.kind != OPENED:
            return matter_rows.head(conn, tenant_id=draft.tenant_id, matter_id=draft.matter_id, lock=True)
        if matter_rows.exists(conn, matter_id=draft.matter_id):
            raise ConflictError("matter_exists", "this matter is already open", message_zh="该案件已存在")
        return Head(seq=0, leaf_hash=GENESIS, at=datetime.min.replace(tzinfo=UTC), kind="")


def object_key(tenant_id: str, digest: bytes) -> str:
    """Give the name under which a tenant's bytes with this SHA-256 are kept."""
    hexed = digest.hex()
    return f"tenants/{tenant_id}/sha256/{hexed[:2]}/{hexed}"


def _appended(entry: Entry, *, tenant_id: str, body: bytes) -> Appended:
    header = entry_to_bytes(entry)
    return Appended(
        tenant_id=tenant_id,
        matter_id=entry.matter,
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        prev=entry.prev,
        header=header,
        leaf_hash=leaf_hash(header),
        body=body,
        body_digest=entry.body_digest,
    )


def _recorded(appended: Appended) -> Recorded:
    return Recorded(
        tenant_id=appended.tenant_id,
        matter_id=appended.matter_id,
        seq=appended.seq,
        at=appended.at,
        kind=appended.kind,
        facts=body_from_bytes(appended.body),
    )


def _row(appended: Appended) -> EntryRow:
    return EntryRow(
        tenant_id=appended.tenant_id,
        matter_id=appended.matter_id,
        seq=appended.seq,
        kind=appended.kind,
        at=appended.at,
        header=appended.header,
        body_digest=appended.body_digest,
        body=appended.body,
        leaf_hash=appended.leaf_hash,
        log_index=None,
    )
