"""Proofs out of the log: checkpoints, inclusion, consistency; each verified before it is given.

Reads tiles, of which the object store may have changed any byte: a proof that would not verify is never given.
"""

from collections.abc import Callable
from functools import lru_cache

from sqlalchemy.engine import Engine

from evidence.checkpoint import open_checkpoint, parse_checkpoint
from evidence.consistency import ConsistencyProof
from evidence.errors import EvidenceError
from evidence.logproof import LogProof, verify_log_proof
from evidence.merkle import NodeReader, consistency_proof, frontier_at, inclusion_proof, verify_consistency
from evidence.tiles import MAX_TILE_BYTES, node_reader
from service.errors import ConflictError, NotFoundError, StoreError
from service.logkeys import LogKeys
from service.ports import ObjectStore
from service.records import entries as entry_rows
from service.records import logs
from service.records.engine import reading

_TILES_KEPT = 1024  # 8 KB each


class LogProofs:
    """What anyone may ask of the log."""

    def __init__(self, engine: Engine, objects: ObjectStore, *, log_keys: LogKeys, origin: str) -> None:
        self._engine, self._objects, self._log_keys, self._origin = engine, objects, log_keys, origin
        # Names are written once, so what was read under one stays true.
        self._read_tile: Callable[[str], bytes] = lru_cache(maxsize=_TILES_KEPT)(self._fetch_tile)

    def checkpoint(self, tree_size: int | None = None) -> bytes:
        """Give the newest checkpoint, or the one of a size; NotFoundError if none was signed at that size."""
        if tree_size is None:
            return self._head_checkpoint()
        with reading(self._engine) as conn:
            found = logs.checkpoint(conn, origin=self._origin, tree_size=tree_size)
        if found is None:
            raise NotFoundError(f"a checkpoint of size {tree_size}", message_zh="没有该大小的检查点")
        return found

    def proof(self, *, leaf_hash: bytes, tree_size: int | None = None) -> LogProof:
        """Prove that a leaf is in the log, against the newest checkpoint or the one of a size; verified before given.

        Raises:
            NotFoundError: No such leaf, or no such checkpoint.
            ConflictError: `not_integrated`, the entry is not in the log of that size yet.
        """
        with reading(self._engine) as conn:
            entry = entry_rows.by_leaf(conn, leaf_hash=leaf_hash)
        if entry is None:
            raise NotFoundError("the leaf", message_zh="日志中没有该记录")
        data = self.checkpoint(tree_size)
        size = parse_checkpoint(data)[0].tree_size
        if entry.log_index is None or entry.log_index >= size:
            raise ConflictError("not_integrated", "the entry is not in the log yet", message_zh="该记录尚未并入日志")
        try:
            path = inclusion_proof(leaf_index=entry.log_index, tree_size=size, node=self._nodes(size))
            proof = LogProof(leaf_index=entry.log_index, proof=path, checkpoint=data)
            verify_log_proof(proof, leaf_hash=leaf_hash, log_keys=self._log_keys.verifier_keys, origin=self._origin)
        except EvidenceError as error:
            raise StoreError(f"the stored tiles do not hold: {error}", code="log_broken") from error
        return proof

    def consistency(self, *, old_size: int, tree_size: int | None = None) -> ConsistencyProof:
        """Prove that the newest checkpoint, or the one of a size, extends the log of `old_size`."""
        data = self.checkpoint(tree_size)
        size = parse_checkpoint(data)[0].tree_size
        if not 0 <= old_size <= size:
            raise NotFoundError(f"a log of size {old_size}", message_zh="没有该大小的日志")
        signed = open_checkpoint(data, log_keys=self._log_keys.verifier_keys, origin=self._origin)
        try:
            node = self._nodes(size)
            path = consistency_proof(first_size=old_size, second_size=size, node=node)
            verify_consistency(
                first_size=old_size,
                second_size=size,
                first_root=frontier_at(tree_size=old_size, node=node).root(),
                second_root=signed.root_hash,
                proof=path,
            )
        except EvidenceError as error:
            raise StoreError(f"the stored tiles do not hold: {error}", code="log_broken") from error
        return ConsistencyProof(old_size=old_size, proof=path, checkpoint=data)

    def _head_checkpoint(self) -> bytes:
        with reading(self._engine) as conn:
            head = logs.log_head(conn, origin=self._origin)
        if head is None:
            raise StoreError(f"the log {self._origin} has no head", code="log_head_missing", fatal=True)
        return head.checkpoint

    def _nodes(self, tree_size: int) -> NodeReader:
        return node_reader(self._read_tile, tree_size=tree_size)

    def _fetch_tile(self, path: str) -> bytes:
        return self._objects.read(f"log/{path}", limit=MAX_TILE_BYTES)
