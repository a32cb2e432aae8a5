"""One installation in a temporary folder: real database, simulated objects, a clock that stands, seeded randomness."""

import atexit
import hashlib
import io
import shutil
import tempfile
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

from databases import sqlite_url
from faults import FaultyObjects, Plan, SeededBytes, StepClock

from evidence.checkpoint import parse_checkpoint
from evidence.timestamp import parse_response, tsa_anchors_from_pem
from service.access import Access
from service.adapters import tsa_identity
from service.adapters.tsa_development import development_authorities
from service.fsck import Problem, fsck
from service.idempotency import Idempotency
from service.ledger import Appended, Draft, Ledger, object_key
from service.logkeys import create_log_keys, load_log_keys
from service.logproofs import LogProofs
from service.numbers import reserve
from service.records import logs
from service.records.engine import open_engine, writing
from service.records.jobs import BundleRow, insert_bundle
from service.records.locks import Owner
from service.records.migrate import migrate
from service.sequencer import Sequencer

ORIGIN = "log.example/2026"


def opened(matter_id: str, **more: Any) -> dict[str, Any]:
    return {
        "matter": matter_id,
        "reference": f"REF-{matter_id}",
        "claim": {"kind": "loan", "contract_no": "借2026-001", "due_on": "2026-10-20"},
        "parties": [
            {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"},
            {"party": "p2", "role": "debtor", "kind": "person", "name": "张三"},
        ],
    } | more


# Reading an authority's file checks its RSA keys, which takes longer than most tests; the same bytes are the same keys.
tsa_identity._identity_from_pem = cache(tsa_identity._identity_from_pem)  # type: ignore[assignment]


@cache
def made_once() -> Path:
    """A folder with the keys of log and time authorities: they take a while to make."""
    folder = Path(tempfile.mkdtemp(prefix="duly-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    create_log_keys(folder / "keys", origin=ORIGIN)
    development_authorities(folder / "tsa", clock=StepClock())
    return folder


class World:
    def __init__(self, folder: Path, *, batch: int = 16_384, url: str = "", objects: Any = None) -> None:
        self.folder, self.batch = folder, batch
        self.url = url or sqlite_url(folder)
        self.objects, self.clock, self.random = objects or FaultyObjects(), StepClock(), SeededBytes()
        shutil.copytree(made_once(), folder, dirs_exist_ok=True)
        self.engine = open_engine(self.url)
        migrate(self.engine)
        self._start()
        self.sequencer.inception()
        self.tenant = self.access.create_tenant(code="DEMO", name="某某银行")

    def copy(self, folder: Path) -> "World":
        """The same installation again, in another folder; this one is closed."""
        self.engine.dispose()
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        twin = copy(self)
        twin.folder, twin.objects = folder, FaultyObjects()
        twin.objects.kept = dict(self.objects.kept)
        twin.url = f"sqlite:///{folder / 'records.sqlite'}"
        twin.engine = open_engine(twin.url)
        twin.random = SeededBytes(str(folder))
        twin._start()
        return twin

    def _start(self) -> None:
        self.owner = Owner(self.engine, self.random)
        self.access = Access(self.engine, clock=self.clock, random_bytes=self.random)
        self.ledger = Ledger(self.engine, self.objects, clock=self.clock, origin=ORIGIN, random_bytes=self.random)
        self.idempotency = Idempotency(self.engine, clock=self.clock, owner=self.owner)
        self.authorities = development_authorities(self.folder / "tsa", clock=self.clock)
        self.anchors = {
            each.name: tsa_anchors_from_pem(roots_pem=each.roots_pem(), chain_pem=each.chain_pem())
            for each in self.authorities
        }
        self.keys = load_log_keys(self.folder / "keys", origin=ORIGIN)
        self.sequencer = Sequencer(
            self.engine,
            self.objects,
            clock=self.clock,
            log_keys=self.keys,
            origin=ORIGIN,
            authorities=[authority.name for authority in self.authorities],
            batch=self.batch,
        )
        self.proofs = LogProofs(self.engine, self.objects, log_keys=self.keys, origin=ORIGIN)

    def restart(self) -> None:
        """What a new process sees after the old one died: its locks gone, its memory gone, no more faults."""
        self.owner.close()
        self.engine.dispose()
        self.engine = open_engine(self.url)
        if isinstance(self.objects, FaultyObjects):
            self.objects.plan = Plan()
        self._start()

    def close(self) -> None:
        self.owner.close()
        self.engine.dispose()

    def open_matter(self, matter_id: str = "m_1", **more: Any) -> Appended:
        return self.append("matter.opened", opened(matter_id, **more), matter_id=matter_id)

    def append(self, kind: str, facts: dict[str, Any], *, matter_id: str = "m_1", **more: Any) -> Appended:
        return self.ledger.append(Draft(tenant_id=self.tenant.id, matter_id=matter_id, kind=kind, facts=facts, **more))

    def keep(self, data: bytes, *, name: str, media_type: str, role: str) -> dict[str, Any]:
        digest = hashlib.sha256(data).digest()
        key = object_key(self.tenant.id, digest)
        self.objects.put(key, io.BytesIO(data), size=len(data), sha256=digest, media_type=media_type)
        ref = {"file": name, "sha256": digest.hex(), "size": len(data)}
        return ref | {"media_type": media_type, "role": role}

    def reserve(self, notice_id: str, *, matter_id: str = "m_1", owner: str | None = None) -> str:
        with writing(self.engine) as conn:
            return reserve(
                conn,
                tenant_id=self.tenant.id,
                year=2026,
                notice_id=notice_id,
                matter_id=matter_id,
                owner=owner or self.owner.id,
            )

    def notice_facts(self, notice_id: str, notice_no: str) -> dict[str, Any]:
        pdf = self.keep(b"%PDF " + notice_id.encode(), name="n.pdf", media_type="application/pdf", role="document_pdf")
        return {
            "notice": notice_id,
            "notice_no": notice_no,
            "template": "loan-demand",
            "version": "v1",
            "engine": "html",
            "party": "p2",
            "to_name": "张三",
            "documents": [pdf],
            "pages": 2,
            "issued_at": "2026-11-23T22:06:40Z",
        }

    def issue(self, notice_id: str = "n_1", **more: Any) -> Appended:
        return self.append("notice.issued", self.notice_facts(notice_id, self.reserve(notice_id)), **more)

    def integrate_all(self) -> None:
        while self.sequencer.integrate():
            pass

    def story(self) -> None:
        """A matter with every kind of row that is derived from entries, in the log."""
        self.open_matter()
        self.issue("n_1")
        slip = self.keep(b"slip", name="slip.jpg", media_type="image/jpeg", role="posting_slip")
        posted = {"dispatch": "d_1", "notice": "n_1", "carrier": "ems", "waybill_no": "EX1"}
        self.append("dispatch.recorded", posted | {"posted_at": "2026-11-24T01:00:00Z", "files": [slip]})
        received = {"receipt": "r_1", "dispatch": "d_1", "outcome": "delivered", "files": [slip]}
        self.append("receipt.recorded", received | {"delivered_at": "2026-11-26T02:00:00Z", "signed_by": "张三"})
        again = {"dispatch": "d_2", "notice": "n_1", "carrier": "registered_mail", "waybill_no": "XA1"}
        self.append("dispatch.recorded", again | {"posted_at": "2026-11-23T01:00:00Z"})
        page = self.keep(b"page", name="page.png", media_type="image/png", role="page")
        self.append("scan.recorded", {"scan": "s_1", "notice": "n_1", "kind": "reply_slip", "files": [page]})
        void = self.reserve("n_2", owner="o_" + "0" * 32)
        self.append("notice.voided", {"notice": "n_2", "notice_no": void, "reason": "字段有误"})
        self.integrate_all()

    def stamp(self) -> None:
        """Have the newest checkpoint stamped by both authorities."""
        size = parse_checkpoint(self.proofs.checkpoint())[0].tree_size
        for authority in self.authorities:
            stamp = authority.stamp(hashlib.sha256(self.proofs.checkpoint()).digest())
            base = f"log/tokens/{size}.{authority.name}"
            for suffix, data in ((".tsq", stamp.tsq), (".tsr", stamp.tsr)):
                digest = hashlib.sha256(data).digest()
                self.objects.put(base + suffix, io.BytesIO(data), size=len(data), sha256=digest, media_type="")
            with writing(self.engine) as conn:
                logs.record_token(
                    conn,
                    origin=ORIGIN,
                    tree_size=size,
                    authority=authority.name,
                    gen_time=parse_response(stamp.tsr).gen_time,
                    tsq_key=f"{base}.tsq",
                    tsq_digest=hashlib.sha256(stamp.tsq).digest(),
                    tsr_key=f"{base}.tsr",
                    tsr_digest=hashlib.sha256(stamp.tsr).digest(),
                )

    def hand_out_bundle(self) -> None:
        """A bundle's row, seal and bytes, as far as the records know them."""
        seal = self.append("bundle.sealed", {"bundle": "b_1", "tagmanifest_sha256": "00" * 32, "tokens": []})
        data, key = b"PK bundle", f"tenants/{self.tenant.id}/bundles/b_1.zip"
        digest = hashlib.sha256(data).digest()
        self.objects.put(key, io.BytesIO(data), size=len(data), sha256=digest, media_type="application/zip")
        row = BundleRow(
            id="b_1",
            tenant_id=self.tenant.id,
            matter_id="m_1",
            state="ready",
            created_at=self.clock(),
            sha256=digest,
            size=len(data),
            object_key=key,
            seal_seq=seal.seq,
            verified_at=self.clock(),
        )
        with writing(self.engine) as conn:
            insert_bundle(conn, row)
        self.integrate_all()

    def problems(self) -> list[Problem]:
        """Derive everything again; what does not agree."""
        found = fsck(
            self.engine,
            self.objects,
            origin=ORIGIN,
            log_keys=self.keys.verifier_keys,
            anchors=self.anchors,
        )
        return [problem for problem in found if problem.is_error]

    def check_log(self) -> None:
        assert self.problems() == []
        self.sequencer.check_head()
