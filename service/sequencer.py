"""The sequencer: gives recorded entries their place in the log, writes tiles, signs and swaps the head.

Rules of its state:
* The head is one row, moved only by compare-and-swap from the size that was read. What is signed extends what was
  signed before: our own consistency proof is verified first.
* One sequencer at a time holds the lock; nothing here depends on it. A second one, whose lock was lost or who was
  started by mistake, gives the same indexes, writes the same tiles, and loses the swap.
* An entry's index, once given, stays; so every tile is the same bytes however often a crash makes us write it, and
  every tile's name (with the width of a partial one) is written once.
* The object store is not trusted: what is read from it is proved against the signed root before it is built upon.
* The database is not trusted to be the newest: nothing is signed or shown unless it knows all that was shown before.
* What is fatal stops this process's sequencer for good: it goes on only after a restart, which proves the stores anew.
* A log is created by an explicit act. A missing head is an error, never an empty log.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.engine import Connection, Engine

from evidence.canonical import sha256
from evidence.checkpoint import Checkpoint, checkpoint_text, open_checkpoint
from evidence.entry import leaf_hash
from evidence.errors import EvidenceError, VerificationError
from evidence.merkle import EMPTY_ROOT
from evidence.note import sign_note
from evidence.tiles import (
    MAX_BUNDLE_BYTES,
    MAX_TILE_BYTES,
    TILE_WIDTH,
    entries_path,
    node_reader,
    pack_entries,
    unpack_entries,
)
from service.errors import ConflictError, NotFoundError, RefusedError, StoreError
from service.logedge import Edge, Growth
from service.logkeys import LogKeys
from service.logshown import CHECKPOINT, Shown
from service.ports import Clock, ObjectStore
from service.records import entries as entry_rows
from service.records import logs
from service.records.engine import reading, writing
from service.records.entries import Leaf
from service.records.locks import exclusive, exclusive_if_free
from service.records.logs import LogHead

logger = structlog.get_logger("log")

BATCH = 16_384
"""Entries in one step of growth: bounds memory and the time that the write lock is held."""

_TEXT, _BINARY = "text/plain; charset=utf-8", "application/octet-stream"
_PREFIX = "log/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrated:
    """One step of growth and the checkpoint that is now the head."""

    old_size: int
    new_size: int
    checkpoint: bytes


class Sequencer:
    """The one writer of one log; `service.logproofs` reads it."""

    def __init__(
        self,
        engine: Engine,
        objects: ObjectStore,
        *,
        clock: Clock,
        log_keys: LogKeys,
        origin: str,
        authorities: Sequence[str] = (),
        batch: int = BATCH,
    ) -> None:
        self._engine, self._objects, self._clock = engine, objects, clock
        self._log_keys, self._origin, self._authorities, self._batch = log_keys, origin, tuple(authorities), batch
        self._edge = Edge(lambda path: self._fetch(path, limit=MAX_TILE_BYTES))
        self._shown = Shown(engine, objects, origin=origin)
        self._refusal: StoreError | None = None

    def inception(self) -> bytes:
        """Create the log, empty, and give its first checkpoint.

        Raises:
            ConflictError: It was created before.
            StoreError: There is no head, but there are tiles or entries: a head was lost, not a log to be made.
        """
        with writing(self._engine) as conn:
            if logs.log_head(conn, origin=self._origin) is not None:
                raise ConflictError("log_exists", f"the log {self._origin} exists", message_zh="日志已存在")
            if entry_rows.any_recorded(conn) or next(iter(self._objects.keys(_PREFIX)), None) is not None:
                raise StoreError(
                    "entries or tiles are there without a log head: restore the database, do not create a log",
                    code="log_head_missing",
                    fatal=True,
                )
            head = self._signed(tree_size=0, root_hash=EMPTY_ROOT)
            logs.insert_log_head(conn, head, authorities=())
            # Crash before this commit: no log. After: the next `integrate` publishes what is signed.
        self._shown.note(head)
        self._publish(head)
        return head.checkpoint

    def has_waiting(self) -> bool:
        """Tell, cheaply, whether `integrate` has anything to do; nothing more once it was refused for good."""
        if self._refusal is not None:
            return False
        with self._stopped_by_what_is_fatal():
            head = self._shown.head()
        with reading(self._engine) as conn:
            waiting = entry_rows.any_waiting(conn, tree_size=head.tree_size)
        return waiting or not head.published or self._shown.is_ahead(head)

    def integrate(self) -> Integrated | None:
        """Put the next waiting entries into the log; None when there are none or another process is at it.

        Call it until it gives None. Whatever step it dies at, the next call goes on from there.

        Raises:
            StoreError: A store failed (call again), or (`fatal`) the stores contradict what was signed.
        """
        with exclusive_if_free(self._engine, f"sequencer:{self._origin}") as held:
            return self._integrate() if held else None

    def require_whole(self) -> None:
        """Refuse what builds on the log once this process found that the stores contradict what was signed.

        Raises:
            StoreError: fatal, with the code and the words of what was found.
        """
        if self._refusal is not None:
            raise StoreError(self._refusal.message, code=self._refusal.code, fatal=True)

    def check_shown(self) -> None:
        """Hold the head against what was shown of the log; of any process, at any time.

        Raises:
            StoreError: A store is away, or (`fatal`) the database was put back; nothing is signed then, nor appended.
        """
        with self._stopped_by_what_is_fatal(), _log_holds():
            self._shown.known_head()

    def integrate_all(self) -> None:
        """Put all that waits now into the log, as far as no other process is at it."""
        while self.integrate() is not None:
            pass

    def catch_up(self) -> None:
        """Put all that waits now into the log, after whichever process is at it has finished its step."""
        with exclusive(self._engine, f"sequencer:{self._origin}"):
            while self._integrate() is not None:
                pass

    def check_head(self) -> LogHead:
        """Prove at start-up that the head is ours, and that the stored edge of the tree has its root.

        Raises:
            StoreError: The log was never created, or the stores contradict each other; nothing may be appended.
        """
        with (
            exclusive(self._engine, f"sequencer:{self._origin}"),
            self._stopped_by_what_is_fatal(),
            _log_holds(),
        ):
            head, shown = self._shown.known_head()
            signed = open_checkpoint(head.checkpoint, log_keys=self._log_keys.verifier_keys, origin=self._origin)
            if (signed.tree_size, signed.root_hash) != (head.tree_size, head.root_hash):
                raise VerificationError("the head's columns are not those of its checkpoint")
            if head.published and shown != head.checkpoint:
                self._publish_later()
            self._edge.prove(tree_size=head.tree_size, root_hash=head.root_hash)
            self._check_last_bundle(head)
            return head

    def _integrate(self) -> Integrated | None:
        with self._stopped_by_what_is_fatal():
            return self._step() if self.has_waiting() else None

    def _step(self) -> Integrated | None:
        with _log_holds():
            head, _ = self._shown.known_head()
        if not head.published:
            self._publish(head)  # a crash came between the swap and the publication
        leaves = self._give_indexes(head.tree_size)
        # Crash here: the entries have their indexes, and the next run finds them by these.
        if not leaves:
            return None
        growth = self._grow(head, leaves)
        for tile, data in growth.tiles:
            self._write_once(tile.path, data, media_type=_BINARY)
            # Crash here: tiles that no checkpoint names; the next run writes the same bytes under these names, or
            # wider ones beside them.
        new = self._signed(tree_size=growth.tree_size, root_hash=growth.root_hash)
        with writing(self._engine) as conn:
            self._swap(conn, new, old_size=head.tree_size, leaves=leaves)
            # Crash before this commit: the signature never left this process, and the next run signs anew.
        # The commit is the moment that counts: from here this is the log.
        self._shown.note(new)
        self._publish(new)
        return Integrated(old_size=head.tree_size, new_size=new.tree_size, checkpoint=new.checkpoint)

    def _swap(self, conn: Connection, new: LogHead, *, old_size: int, leaves: Sequence[Leaf]) -> None:
        if not logs.swap_log_head(conn, new, old_size=old_size, authorities=self._authorities):
            raise _head_moved()
        # Looked at again in the transaction that counts: a standby that took over since may lack what was indexed.
        if entry_rows.leaves_between(conn, start=old_size, end=new.tree_size) != tuple(leaves):
            raise StoreError(
                "entries that were just given their places are gone: was the database put back?",
                code="log_broken",
                fatal=True,
            )

    @contextmanager
    def _stopped_by_what_is_fatal(self) -> Iterator[None]:
        self.require_whole()
        try:
            yield
        except StoreError as error:
            if error.fatal and self._refusal is None:
                self._refusal = error
                logger.critical("log.stopped", code=error.code, error=error.message)
            raise

    def _give_indexes(self, tree_size: int) -> tuple[Leaf, ...]:
        with reading(self._engine) as conn:
            if not entry_rows.any_waiting(conn, tree_size=tree_size):
                return ()
        with writing(self._engine) as conn:
            # With the head held, two sequencers give indexes one after the other: the second finds those of the first.
            if logs.head_size_held(conn, origin=self._origin) != tree_size:
                raise _head_moved()
            return entry_rows.give_indexes(conn, tree_size=tree_size, limit=self._batch)

    def _grow(self, head: LogHead, leaves: Sequence[Leaf]) -> Growth:
        with _log_holds():
            self._edge.prove(tree_size=head.tree_size, root_hash=head.root_hash)
            self._write_bundles(head.tree_size, leaves)
            return self._edge.grow(_proved(leaves), tree_size=head.tree_size, root_hash=head.root_hash)

    def _write_bundles(self, old_size: int, leaves: Sequence[Leaf]) -> None:
        start = old_size - old_size % TILE_WIDTH
        with reading(self._engine) as conn:
            before = entry_rows.leaves_between(conn, start=start, end=old_size)
        if b"".join(_proved(before)) != self._edge.last_leaves(old_size):
            raise VerificationError("the last entries of the database are not those of the log")
        leaves = (*before, *leaves)
        for first in range(0, len(leaves), TILE_WIDTH):
            bundle = [leaf.header for leaf in leaves[first : first + TILE_WIDTH]]
            path = entries_path((start + first) // TILE_WIDTH, len(bundle))
            self._write_once(path, pack_entries(bundle), media_type=_BINARY)

    def _signed(self, *, tree_size: int, root_hash: bytes) -> LogHead:
        checkpoint = Checkpoint(origin=self._origin, tree_size=tree_size, root_hash=root_hash)
        return LogHead(
            origin=self._origin,
            tree_size=tree_size,
            root_hash=root_hash,
            checkpoint=sign_note(checkpoint_text(checkpoint), self._log_keys.signers),
            published=False,
            updated_at=self._clock(),
        )

    def _publish(self, head: LogHead) -> None:
        # Any crash between these three: the head still says that it is not published, and all three are done again.
        self._write_once(f"checkpoints/{head.tree_size}", head.checkpoint, media_type=_TEXT)
        self._objects.publish(CHECKPOINT, head.checkpoint, media_type=_TEXT)
        with writing(self._engine) as conn:
            if not logs.set_published(conn, origin=self._origin, tree_size=head.tree_size):
                # We were so slow that another sequencer published a newer head before us, and we wrote over it.
                logs.publish_again(conn, origin=self._origin)

    def _write_once(self, path: str, data: bytes, *, media_type: str) -> None:
        try:
            self._objects.put(
                _PREFIX + path, io.BytesIO(data), size=len(data), sha256=sha256(data), media_type=media_type
            )
        except ConflictError as error:
            raise StoreError(
                f"{_PREFIX}{path} holds other bytes: the database or the objects were put back or changed",
                code="log_broken",
                fatal=True,
            ) from error

    def _publish_later(self) -> None:
        """Have the head published again where a sequencer that came late and died showed an older one of ours."""
        with writing(self._engine) as conn:
            logs.publish_again(conn, origin=self._origin)

    def _check_last_bundle(self, head: LogHead) -> None:
        if head.tree_size == 0:
            return
        index, width = divmod(head.tree_size - 1, TILE_WIDTH)
        path = entries_path(index, width + 1)
        headers = unpack_entries(self._fetch(path, limit=MAX_BUNDLE_BYTES), where=path)
        leaves = node_reader(lambda path: self._fetch(path, limit=MAX_TILE_BYTES), tree_size=head.tree_size)
        if any(leaf_hash(header) != leaves(0, index * TILE_WIDTH + i) for i, header in enumerate(headers)):
            raise VerificationError(f"{path} and its tile of leaf hashes differ")

    def _fetch(self, path: str, *, limit: int) -> bytes:
        return self._objects.read(_PREFIX + path, limit=limit)


def _head_moved() -> StoreError:
    return StoreError(
        "the log's head was moved by another sequencer; this one goes on from the new head", code="log_head_moved"
    )


@contextmanager
def _log_holds() -> Iterator[None]:
    """Turn a proof that fails, or a stored part that is gone, into an error that stops the log."""
    try:
        yield
    except (EvidenceError, NotFoundError, RefusedError) as error:
        raise StoreError(f"the log does not hold: {error}", code="log_broken", fatal=True) from error


def _proved(leaves: Sequence[Leaf]) -> list[bytes]:
    hashes = [leaf_hash(leaf.header) for leaf in leaves]
    wrong = next((leaf for leaf, proved in zip(leaves, hashes, strict=True) if leaf.leaf_hash != proved), None)
    if wrong is not None:
        raise VerificationError(f"the entry with leaf hash {wrong.leaf_hash.hex()} has another header")
    return hashes
