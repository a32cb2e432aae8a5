"""Bundles: asked for, gathered, stamped, sealed, verified by our own verifier, handed out (DESIGN §4, step 10).

The steps are called by the durable workflow (`service.workflows`); each may run twice. What a step decides is frozen as
an object before its value is given, so a later step, in another process, works on the same bytes.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from sqlalchemy import Connection, Engine

from evidence.archive import write_archive
from evidence.bundle import (
    LogRecord,
    bag_files,
    bundle_members,
    seal_facts,
    seal_files,
)
from evidence.bundle import Stamp as BundleStamp
from evidence.checkpoint import parse_checkpoint
from evidence.consistency import format_consistency
from evidence.entry import leaf_hash
from evidence.layout import TAG_MANIFEST
from evidence.logproof import format_log_proof
from evidence.recomputed import verify_and_recompute
from evidence.report import Status
from service.bundle_payload import BundleObjects, BundlePayload, listed
from service.errors import RefusedError, StoreError
from service.ledger import Draft, Ledger, PrevMovedError
from service.logproofs import LogProofs
from service.ports import Clock, ObjectStore, RandomBytes
from service.records import ids, jobs
from service.records import matters as matter_rows
from service.records.engine import reading, writing
from service.records.entries import EntryRow
from service.records.jobs import BundleRow, JobRow
from service.sequencer import Sequencer
from service.tokens import Tokens, stamp_verified
from service.trust import Trust

log = structlog.get_logger("bundles")

SHANGHAI = timezone(timedelta(hours=8))
STEPS = 4
ZIP = "application/zip"
Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedBundle:
    """A bundle that was asked for."""

    bundle_id: str
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleParts:
    """The parts of the installation that bundles are made of."""

    engine: Engine
    objects: ObjectStore
    ledger: Ledger
    sequencer: Sequencer
    proofs: LogProofs
    tokens: Tokens
    trust: Trust
    payload: BundlePayload
    kept: BundleObjects
    clock: Clock
    random_bytes: RandomBytes
    scratch: Path


class Bundles:
    """Makes bundles; `enqueue` starts the durable work of one, any number of times."""

    def __init__(self, parts: BundleParts, *, enqueue: Callable[[str, str], None]) -> None:
        self._parts, self._enqueue = parts, enqueue

    def request(
        self, *, tenant_id: str, matter_id: str, also: Callable[[Connection, RequestedBundle], None]
    ) -> RequestedBundle:
        """Ask for a matter's bundle; `also` stores the answer in the transaction that records the job."""
        parts = self._parts
        asked = RequestedBundle(
            bundle_id=ids.new_id(ids.BUNDLE, parts.random_bytes), job_id=ids.new_id(ids.JOB, parts.random_bytes)
        )
        now = parts.clock()
        with writing(parts.engine) as conn:
            matter_rows.head(conn, tenant_id=tenant_id, matter_id=matter_id)
            jobs.insert_job(conn, _job(asked, tenant_id=tenant_id, matter_id=matter_id, at=now))
            jobs.insert_bundle(conn, _bundle(asked, tenant_id=tenant_id, matter_id=matter_id, at=now))
            also(conn, asked)
            # Crash from this commit to the call below: the job is queued, and a worker's `resume` enqueues it.
        with suppress(StoreError):  # so it is when the jobs' database is away
            self._enqueue(tenant_id, asked.bundle_id)
        return asked

    def resume(self) -> None:
        """Enqueue every unfinished bundle; one that the engine already has is not done twice."""
        with reading(self._parts.engine) as conn:
            unfinished = jobs.unfinished_jobs(conn)
        for job in unfinished:
            if job.kind == "bundle" and job.request is not None:
                self._enqueue(job.tenant_id, job.request["bundle"])

    def gather(self, tenant_id: str, bundle_id: str) -> Outcome:
        """Put the matter's entries into the log and freeze what the bundle will hold; `{"over": true}` if it ended.

        Raises:
            RefusedError: An earlier run sealed the bundle and ended before it was handed out.
            StoreError: A store or an authority is away, or entries are not in the log yet.
        """
        parts = self._parts
        bundle = self._row(tenant_id, bundle_id)
        if bundle.state != "building":
            return {"over": True}
        if bundle.seal_seq is not None:  # what it sealed is not what would be gathered now
            raise RefusedError(
                "bundle_interrupted", "the run that sealed this bundle broke off: ask for the bundle again"
            )
        self._progress(bundle, done=0, zh="正在汇集记录并取得日志证明", en="gathering entries and log proofs")
        entries = self._logged_entries(bundle)
        checkpoint = parts.proofs.checkpoint()
        tree_size = parse_checkpoint(checkpoint)[0].tree_size
        parts.tokens.ensure(tree_size)
        payload = parts.payload.gather(bundle, entries, checkpoint, tree_size)
        bag = bag_files(
            matter=bundle.matter_id,
            payload=payload,
            bagging_on=parts.clock().astimezone(SHANGHAI).date(),
            trust=parts.trust.files(),
        )
        return {
            "payload": parts.kept.keep(tenant_id, json.dumps([listed(file) for file in payload]).encode()),
            "bag": {name: parts.kept.keep(tenant_id, data) for name, data in bag.items()},
            "last_seq": entries[-1].seq,
            "last_leaf": entries[-1].leaf_hash.hex(),
            "tree_size": tree_size,
        }

    def stamp_tagmanifest(self, tenant_id: str, bundle_id: str, gathered: Outcome) -> Outcome:
        """Get one token from every authority over the tagmanifest."""
        parts = self._parts
        bundle = self._row(tenant_id, bundle_id)
        self._progress(bundle, done=1, zh="正在取得可信时间戳", en="getting trusted timestamps")
        digest = bytes.fromhex(gathered["bag"][TAG_MANIFEST])
        anchors = parts.trust.anchors().tsa
        kept = []
        for authority in parts.tokens.authorities:
            stamp, _ = stamp_verified(authority, digest, anchors)
            kept.append([parts.kept.keep(tenant_id, stamp.tsq), parts.kept.keep(tenant_id, stamp.tsr)])
        return {"tokens": kept}

    def seal(self, tenant_id: str, bundle_id: str, gathered: Outcome, stamps: Outcome) -> Outcome:
        """Append `bundle.sealed`, or say that the matter has grown since it was gathered."""
        parts = self._parts
        bundle = self._row(tenant_id, bundle_id)
        self._progress(bundle, done=2, zh="正在封存", en="sealing")
        if (sealed := self._sealed(bundle)) is not None:
            return {"seq": sealed.seq}
        facts = seal_facts(
            bundle=bundle_id,
            tagmanifest=parts.kept.small(tenant_id, gathered["bag"][TAG_MANIFEST]),
            tokens=self._tokens(tenant_id, stamps),
            entries=gathered["last_seq"],
        )
        draft = Draft(
            tenant_id=tenant_id,
            matter_id=bundle.matter_id,
            kind="bundle.sealed",
            facts=facts,
            expected_prev=bytes.fromhex(gathered["last_leaf"]),
            also=lambda conn, entry: jobs.update_bundle(conn, bundle_id=bundle_id, seal_seq=entry.seq),
        )
        try:
            return {"seq": parts.ledger.append(draft).seq}
        except PrevMovedError:
            return {"moved": True}

    def hand_out(self, tenant_id: str, bundle_id: str, gathered: Outcome, stamps: Outcome, seal: Outcome) -> Outcome:
        """Write the zip, verify it with our own verifier, keep it and say that it is ready."""
        parts = self._parts
        bundle = self._row(tenant_id, bundle_id)
        self._progress(bundle, done=3, zh="正在装包并自行验证", en="packing and verifying")
        parts.sequencer.catch_up()
        record, consistency = self._seal_record(bundle, seal["seq"], gathered["tree_size"])
        members = bundle_members(
            matter=bundle.matter_id,
            payload=[parts.kept.listed_file(tenant_id, item) for item in self._plan(tenant_id, gathered)],
            bag={name: parts.kept.small(tenant_id, digest) for name, digest in gathered["bag"].items()},
            seal=seal_files(tokens=self._tokens(tenant_id, stamps), record=record, consistency=consistency),
        )
        parts.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=parts.scratch) as packed:
            write_archive(members, packed)
            self._verify(packed)
            digest, size = _measure(packed)
            key = f"tenants/{tenant_id}/bundles/{bundle_id}.{digest.hex()[:16]}.zip"
            packed.seek(0)
            parts.objects.put(key, packed, size=size, sha256=digest, media_type=ZIP)
        self._ready(bundle, key=key, digest=digest, size=size)
        return {"sha256": digest.hex()}

    def fail(self, tenant_id: str, bundle_id: str, message: str) -> None:
        """Show on the job why it ended."""
        bundle = self._row(tenant_id, bundle_id)
        with writing(self._parts.engine) as conn:
            jobs.update_bundle(conn, bundle_id=bundle_id, state="failed")
            if bundle.job_id is not None:
                error = {"code": "bundle_failed", "message": message}
                jobs.finish_job(conn, job_id=bundle.job_id, at=self._parts.clock(), error=error)

    def waiting(self, tenant_id: str, bundle_id: str, message: str) -> None:
        """Show on the job what it waits for."""
        bundle = self._row(tenant_id, bundle_id)
        with writing(self._parts.engine) as conn:
            done = jobs.job(conn, tenant_id=tenant_id, job_id=bundle.job_id or "").done
            jobs.job_progress(
                conn,
                job_id=bundle.job_id or "",
                done=done,
                message_zh="依赖的存储或时间戳机构暂不可用，恢复后自动继续",
                message_en=f"waiting: {message}",
            )

    def _row(self, tenant_id: str, bundle_id: str) -> BundleRow:
        with reading(self._parts.engine) as conn:
            return jobs.bundle(conn, tenant_id=tenant_id, bundle_id=bundle_id)

    def _progress(self, bundle: BundleRow, *, done: int, zh: str, en: str) -> None:
        job_id = bundle.job_id or ""
        with writing(self._parts.engine) as conn:
            jobs.start_job(conn, job_id=job_id, at=self._parts.clock(), total=STEPS)
            jobs.job_progress(conn, job_id=job_id, done=done, message_zh=zh, message_en=en)

    def _logged_entries(self, bundle: BundleRow) -> tuple[EntryRow, ...]:
        self._parts.sequencer.catch_up()
        entries = self._entries(bundle)
        if any(entry.log_index is None for entry in entries):
            raise StoreError("some entries are not in the log yet", code="not_integrated")
        return entries

    def _entries(self, bundle: BundleRow) -> tuple[EntryRow, ...]:
        found: list[EntryRow] = []
        while True:
            page = self._parts.ledger.entries(
                tenant_id=bundle.tenant_id,
                matter_id=bundle.matter_id,
                after_seq=found[-1].seq if found else 0,
                limit=1000,
            )
            found += page
            if len(page) < 1000:
                return tuple(found)

    def _seal_record(self, bundle: BundleRow, seq: int, tree_size: int) -> tuple[LogRecord, bytes]:
        proofs = self._parts.proofs
        seal = self._parts.ledger.entries(
            tenant_id=bundle.tenant_id, matter_id=bundle.matter_id, after_seq=seq - 1, limit=1
        )[0]
        proof = proofs.proof(leaf_hash=leaf_hash(seal.header))
        later = parse_checkpoint(proof.checkpoint)[0].tree_size
        consistency = format_consistency(proofs.consistency(old_size=tree_size, tree_size=later))
        return LogRecord(header=seal.header, body=seal.body, proof=format_log_proof(proof)), consistency

    def _sealed(self, bundle: BundleRow) -> EntryRow | None:
        """Find the seal that an attempt before a crash appended."""
        if bundle.seal_seq is None:
            return None
        return self._parts.ledger.entries(
            tenant_id=bundle.tenant_id, matter_id=bundle.matter_id, after_seq=bundle.seal_seq - 1, limit=1
        )[0]

    def _tokens(self, tenant_id: str, stamps: Outcome) -> list[BundleStamp]:
        return [
            BundleStamp(tsq=self._parts.kept.small(tenant_id, tsq), tsr=self._parts.kept.small(tenant_id, tsr))
            for tsq, tsr in stamps["tokens"]
        ]

    def _verify(self, packed: BinaryIO) -> None:
        packed.seek(0)
        report = verify_and_recompute(packed, trust=self._parts.trust.anchors())
        if report.status is not Status.PASSED:
            wrong = [f"{f.number} {f.name}: {f.detail}" for f in report.findings if f.status is not Status.PASSED]
            log.error("bundle.refused_by_own_verifier", findings=wrong)
            raise RefusedError("bundle_does_not_verify", f"our own verifier rejects the bundle: {'; '.join(wrong)}")

    def _ready(self, bundle: BundleRow, *, key: str, digest: bytes, size: int) -> None:
        now = self._parts.clock()
        with writing(self._parts.engine) as conn:
            jobs.update_bundle(
                conn, bundle_id=bundle.id, state="ready", sha256=digest, size=size, object_key=key, verified_at=now
            )
            jobs.job_progress(
                conn,
                job_id=bundle.job_id or "",
                done=STEPS,
                message_zh="证据包已就绪",
                message_en="the bundle is ready",
            )
            jobs.finish_job(conn, job_id=bundle.job_id or "", at=now, result={"bundle": bundle.id})

    def _plan(self, tenant_id: str, gathered: Outcome) -> list[dict[str, Any]]:
        plan: list[dict[str, Any]] = json.loads(self._parts.kept.small(tenant_id, gathered["payload"]))
        return plan


def _measure(packed: BinaryIO) -> tuple[bytes, int]:
    packed.seek(0)
    digest = hashlib.sha256()
    while chunk := packed.read(1 << 20):
        digest.update(chunk)
    return digest.digest(), packed.tell()


def _job(asked: RequestedBundle, *, tenant_id: str, matter_id: str, at: datetime) -> JobRow:
    return JobRow(
        id=asked.job_id,
        tenant_id=tenant_id,
        matter_id=matter_id,
        kind="bundle",
        state="queued",
        total=STEPS,
        created_at=at,
        message_zh="已受理，等待处理",
        message_en="accepted, waiting",
        request={"bundle": asked.bundle_id},
    )


def _bundle(asked: RequestedBundle, *, tenant_id: str, matter_id: str, at: datetime) -> BundleRow:
    return BundleRow(
        id=asked.bundle_id,
        tenant_id=tenant_id,
        matter_id=matter_id,
        state="building",
        job_id=asked.job_id,
        created_at=at,
    )
