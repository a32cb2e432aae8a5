"""What of the log others may have seen, and whether the database still knows all of it.

A database can be put back under a process that runs: a copy restored beside it, or a standby that lacked the last
transactions and took over. Its head is then an older one, whose next growth has other widths and so other names, so no
write-once name would be in the way of a second history. What was shown says so: `log/checkpoint` in the object store,
and the last checkpoint that this process itself saw committed.
"""

from sqlalchemy.engine import Engine

from evidence.checkpoint import parse_checkpoint
from evidence.errors import VerificationError
from evidence.tiles import MAX_TILE_BYTES
from service.errors import NotFoundError, StoreError
from service.ports import ObjectStore
from service.records import logs
from service.records.engine import reading
from service.records.logs import LogHead

CHECKPOINT = "log/checkpoint"
"""The name whose bytes are the newest checkpoint."""


class Shown:
    """Holds the head of one log against what was shown of it; any number of threads may ask."""

    def __init__(self, engine: Engine, objects: ObjectStore, *, origin: str) -> None:
        self._engine, self._objects, self._origin = engine, objects, origin
        self._committed: LogHead | None = None

    def note(self, head: LogHead) -> None:
        """Remember a head whose commit this process saw: from then on it may have been handed out."""
        self._committed = head

    def is_ahead(self, head: LogHead) -> bool:
        """Tell, without the object store, whether this process saw a newer head than this one."""
        return self._committed is not None and self._committed.tree_size > head.tree_size

    def head(self) -> LogHead:
        """Give the head as the database has it.

        Raises:
            StoreError: `log_head_missing`, fatal: the log was never created, or the database was lost.
        """
        with reading(self._engine) as conn:
            head = logs.log_head(conn, origin=self._origin)
        if head is None:
            raise StoreError(
                f"the log {self._origin} has no head: create it once, or restore the database",
                code="log_head_missing",
                fatal=True,
            )
        return head

    def known_head(self) -> tuple[LogHead, bytes | None]:
        """Give the head, and `log/checkpoint` if there is one, once the database knows everything that was shown.

        Needs no lock: a checkpoint is shown after the commit of its head, and the head is read after what is shown, so
        whatever another process does meanwhile, only a database that was put back is behind.

        Raises:
            VerificationError: What was shown is newer than the head, or not what was signed at its size, or is gone.
            MalformedError: `log/checkpoint` is none.
            StoreError: As `head`, or a store is away.
        """
        was_published = self.head().published
        committed, shown = self._committed, self._read()
        head = self.head()
        if shown is None and was_published:
            raise VerificationError(f"{CHECKPOINT} is gone")
        for checkpoint in (shown, None if committed is None else committed.checkpoint):
            if checkpoint is not None:
                self._require_known(checkpoint, head)
        return head, shown

    def _read(self) -> bytes | None:
        try:
            return self._objects.read(CHECKPOINT, limit=MAX_TILE_BYTES)
        except NotFoundError:
            return None

    def _require_known(self, checkpoint: bytes, head: LogHead) -> None:
        size = parse_checkpoint(checkpoint)[0].tree_size
        if size > head.tree_size:
            raise VerificationError(
                f"a checkpoint of size {size} was shown, the database's head has only {head.tree_size}: was the "
                "database put back?"
            )
        with reading(self._engine) as conn:
            if logs.checkpoint(conn, origin=self._origin, tree_size=size) != checkpoint:
                raise VerificationError(f"the checkpoint of size {size} that was shown is not the database's")
