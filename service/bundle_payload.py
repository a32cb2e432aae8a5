"""What goes into a bundle: frozen files, reports, entries with proofs, checkpoints with tokens."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from evidence.bundle import EarlierCheckpoint, LogRecord, PayloadFile, log_payload, payload_file, payload_path
from evidence.bundle import Stamp as BundleStamp
from evidence.canonical import sha256
from evidence.consistency import format_consistency
from evidence.entry import body_from_bytes, named_files
from evidence.layout import REPORT_JSON, REPORT_PDF
from evidence.logproof import format_log_proof
from service.access import Access
from service.errors import RefusedError, StoreError
from service.ledger import object_key
from service.logproofs import LogProofs
from service.objectstream import open_object
from service.ports import ObjectStore
from service.records import logs
from service.records.engine import reading
from service.records.entries import EntryRow
from service.records.jobs import BundleRow
from service.tokens import Tokens

SMALL = 64 * 1024 * 1024
"""The largest of the small files (manifests, reports, log proofs) that are kept whole in memory."""

DrawReport = Callable[["ReportRequest"], tuple[bytes, bytes]]
"""Gives report.json and report.pdf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What the reading copy is written from."""

    matter_id: str
    bundle_id: str
    tenant_name: str
    entries: tuple[EntryRow, ...]
    paths: Mapping[tuple[int, str], str]
    """Where each file lies in the bundle, by the entry's seq and the file's SHA-256 in hex."""
    checkpoint: bytes


class BundleObjects:
    """The small files of bundles in the making, kept as objects so that every step works on the same bytes."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def keep(self, tenant_id: str, data: bytes) -> str:
        """Keep some bytes and give their SHA-256 in hex."""
        digest = sha256(data)
        self._objects.put(
            object_key(tenant_id, digest),
            io.BytesIO(data),
            size=len(data),
            sha256=digest,
            media_type="application/octet-stream",
        )
        return digest.hex()

    def small(self, tenant_id: str, digest_hex: str) -> bytes:
        """Give kept bytes back."""
        return self._objects.read(object_key(tenant_id, bytes.fromhex(digest_hex)), limit=SMALL)

    def frozen(self, tenant_id: str, path: str, digest_hex: str) -> PayloadFile:
        """Give an object as payload, its bytes read through and proved."""
        key = object_key(tenant_id, bytes.fromhex(digest_hex))
        file = payload_file(path, lambda: open_object(self._objects, key))
        if file.sha256.hex() != digest_hex:
            raise RefusedError("frozen_file_changed", f"the stored bytes of {path} are not what was recorded")
        return file

    def kept_file(self, tenant_id: str, path: str, data: bytes) -> PayloadFile:
        """Keep some bytes and give them as payload."""
        return self.frozen(tenant_id, path, self.keep(tenant_id, data))

    def listed_file(self, tenant_id: str, item: Mapping[str, Any]) -> PayloadFile:
        """Give payload as `listed` wrote it down; the verifier reads its bytes anyway."""
        key = object_key(tenant_id, bytes.fromhex(item["sha256"]))
        return PayloadFile(
            path=item["path"],
            size=item["size"],
            sha256=bytes.fromhex(item["sha256"]),
            sha512=bytes.fromhex(item["sha512"]),
            crc32=item["crc32"],
            open=lambda: open_object(self._objects, key),
        )


class BundlePayload:
    """Gathers what lies under a bundle's data/."""

    def __init__(
        self,
        *,
        engine: Engine,
        store: ObjectStore,
        objects: BundleObjects,
        proofs: LogProofs,
        tokens: Tokens,
        access: Access,
        origin: str,
        draw: DrawReport,
    ) -> None:
        self._engine, self._store, self._objects, self._proofs = engine, store, objects, proofs
        self._tokens, self._access, self._origin, self._draw = tokens, access, origin, draw

    def gather(
        self, bundle: BundleRow, entries: Sequence[EntryRow], checkpoint: bytes, tree_size: int
    ) -> tuple[PayloadFile, ...]:
        """Give every file under data/: frozen files, reports, entries with their proofs, checkpoints with tokens."""
        paths = _paths(entries)
        files = {path: self._objects.frozen(bundle.tenant_id, path, digest) for (_, digest), path in paths.items()}
        request = ReportRequest(
            matter_id=bundle.matter_id,
            bundle_id=bundle.id,
            tenant_name=self._access.tenant(bundle.tenant_id).name,
            entries=tuple(entries),
            paths=paths,
            checkpoint=checkpoint,
        )
        report_json, report_pdf = self._draw(request)
        for path, data in ((REPORT_JSON, report_json), (REPORT_PDF, report_pdf)):
            files[path] = self._objects.kept_file(bundle.tenant_id, path, data)
        for file in self._log_files(entries, checkpoint, tree_size):
            with file.open() as source:
                files[file.path] = self._objects.kept_file(bundle.tenant_id, file.path, source.read())
        return tuple(files[path] for path in sorted(files))

    def _log_files(self, entries: Sequence[EntryRow], checkpoint: bytes, tree_size: int) -> tuple[PayloadFile, ...]:
        proofs = self._proofs
        records = [
            LogRecord(
                header=entry.header,
                body=entry.body,
                proof=format_log_proof(proofs.proof(leaf_hash=entry.leaf_hash, tree_size=tree_size)),
            )
            for entry in entries
        ]
        return log_payload(
            records,
            checkpoint=checkpoint,
            stamp=self._stamp_of(tree_size),
            earlier=[self._earlier(size, tree_size) for size in self._first_stamped(entries, tree_size)],
        )

    def _first_stamped(self, entries: Sequence[EntryRow], tree_size: int) -> tuple[int, ...]:
        """Give the sizes of the first stamped checkpoints that covered each entry, where smaller than the bundle's."""
        primary = [self._tokens.authorities[0].name]
        sizes: set[int] = set()
        with reading(self._engine) as conn:
            for entry in entries:
                if entry.log_index is not None:
                    at_least = entry.log_index + 1
                    size = logs.stamped_size(conn, origin=self._origin, authorities=primary, at_least=at_least)
                    sizes |= {size} if size is not None and size < tree_size else set()
        return tuple(sorted(sizes))

    def _earlier(self, size: int, tree_size: int) -> EarlierCheckpoint:
        proofs = self._proofs
        return EarlierCheckpoint(
            tree_size=size,
            checkpoint=proofs.checkpoint(size),
            consistency=format_consistency(proofs.consistency(old_size=size, tree_size=tree_size)),
            stamp=self._stamp_of(size),
        )

    def _stamp_of(self, tree_size: int) -> BundleStamp:
        authority = self._tokens.authorities[0].name
        with reading(self._engine) as conn:
            row = logs.token(conn, origin=self._origin, tree_size=tree_size, authority=authority)
        if row is None or row.tsq_key is None or row.tsr_key is None:
            raise StoreError("the checkpoint has no token yet", code="token_missing")
        return BundleStamp(
            tsq=self._store.read(row.tsq_key, limit=SMALL), tsr=self._store.read(row.tsr_key, limit=SMALL)
        )


def _paths(entries: Sequence[EntryRow]) -> dict[tuple[int, str], str]:
    return {
        (entry.seq, ref.sha256): payload_path(ref, kind=entry.kind, seq=entry.seq)
        for entry in entries
        for ref in named_files(body_from_bytes(entry.body))
    }


def listed(file: PayloadFile) -> dict[str, Any]:
    """Write payload down, without its bytes."""
    return {
        "path": file.path,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "sha512": file.sha512.hex(),
        "crc32": file.crc32,
    }
