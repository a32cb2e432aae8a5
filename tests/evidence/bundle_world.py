"""A log, two time-stamping authorities and a clerk in memory: makes real bundles for the tests and their vectors.

Log and witness keys come from seeds, so a second world with the same seed is the operator who rewrites history.
"""

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from evidence.archive import member_from_bytes, read_archive, write_archive
from evidence.bundle import (
    EarlierCheckpoint,
    LogRecord,
    PayloadFile,
    Stamp,
    bag_files,
    bundle_members,
    log_payload,
    payload_from_bytes,
    payload_path,
    seal_facts,
    seal_files,
)
from evidence.canonical import sha256, to_json_bytes
from evidence.checkpoint import Checkpoint, checkpoint_text, cosign_checkpoint
from evidence.consistency import ConsistencyProof, format_consistency
from evidence.entry import GENESIS, Entry, FileRef, body_to_bytes, entry_to_bytes, leaf_hash
from evidence.logproof import LogProof, format_log_proof
from evidence.merkle import consistency_proof, inclusion_proof, root_from_leaves
from evidence.note import VerifierKey, ecdsa_key, ed25519_key, format_vkey, sign_note, witness_key
from service.adapters.tsa_development import DevelopmentAuthority
from service.adapters.tsa_identity import open_identity

ORIGIN = "evidence.example/log/2026"
MATTER = "m_7q2k5x3v6b4n2a5c7d4e6f2g3h"
START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
P256 = ec.SECP256R1()


class Clock:
    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **step: float) -> None:
        self.at += timedelta(**step)


@dataclass(frozen=True)
class Signer:
    verifier_key: VerifierKey
    sign: Callable[[bytes], bytes]


def seed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def ed25519_signer(name: str, text: str, *, witness: bool = False) -> Signer:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed(text))
    make = witness_key if witness else ed25519_key
    return Signer(make(name, key.public_key().public_bytes_raw()), key.sign)


def ecdsa_signer(name: str, text: str) -> Signer:
    key = ec.derive_private_key(int.from_bytes(seed(text), "big") >> 1, P256)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Signer(ecdsa_key(name, spki), lambda message: key.sign(message, ec.ECDSA(hashes.SHA256())))


def authority(folder: Path, name: str, clock: Clock, *, born: datetime = START) -> DevelopmentAuthority:
    identity = open_identity(
        folder / f"{name}.pem",
        title=f"Test TSA {name} - UNTRUSTED",
        new_key=lambda: ec.generate_private_key(P256),
        now=born - timedelta(days=400),
    )
    return DevelopmentAuthority(name=name, identity=identity, clock=clock)


def small_pdf(text: str, *, extra: bytes = b"") -> bytes:
    """A PDF of one empty page that tools open; the text stands in its title."""
    title = text.encode("utf-16-be").hex()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        f"<< /Title <feff{title}> >>".encode(),
    ]
    data, offsets = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    data += extra
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(data)
    data += b"xref\n0 5\n0000000000 65535 f \n" + table
    return data + b"trailer\n<< /Size 5 /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def file_ref(name: str, data: bytes, media_type: str, role: str) -> dict[str, object]:
    return {"file": name, "sha256": sha256(data).hex(), "size": len(data), "media_type": media_type, "role": role}


@dataclass
class Kept:
    """One appended entry: its bytes, its place on the log, the files that it names."""

    entry: Entry
    header: bytes
    body: bytes
    index: int
    files: dict[str, bytes] = field(default_factory=dict)


class World:
    def __init__(self, folder: Path, *, keys: str = "log", origin: str = ORIGIN, tsa: str = "") -> None:
        self.folder = folder
        self.clock = Clock()
        self.origin = origin
        self.signers = (ed25519_signer(origin, f"{keys} ed25519"), ecdsa_signer(origin, f"{keys} ecdsa"))
        self.witness = ed25519_signer("witness.example/w1", "witness", witness=True)
        self.authorities = [authority(folder, f"{tsa}{number}", self.clock) for number in (1, 2)]
        self.leaves: list[bytes] = []
        self.matters: dict[str, list[Kept]] = {}

    def append(self, kind: str, facts: Mapping[str, object], *, matter: str = MATTER, files=()) -> Kept:
        """Append an entry; `files` are (name, bytes, media type, role), which the body then names."""
        self.clock.forward(minutes=7)
        chain = self.matters.setdefault(matter, [])
        refs = [file_ref(*file) for file in files]
        body = body_to_bytes({**facts, **({"files": refs} if refs else {})}, salt=seed(f"{matter}{len(chain)}{kind}"))
        entry = Entry(
            at=self.clock(),
            body_digest=sha256(body),
            kind=kind,
            log=self.origin,
            matter=matter,
            prev=leaf_hash(chain[-1].header) if chain else GENESIS,
            seq=len(chain) + 1,
        )
        kept = self.integrate(entry, body)
        for ref, file in zip(refs, files, strict=True):
            kept.files[payload_path(FileRef(**ref), kind=kind, seq=entry.seq)] = file[1]
        chain.append(kept)
        return kept

    def integrate(self, entry: Entry, body: bytes) -> Kept:
        header = entry_to_bytes(entry)
        self.leaves.append(leaf_hash(header))
        return Kept(entry=entry, header=header, body=body, index=len(self.leaves) - 1)

    def noise(self, count: int) -> None:
        for number in range(count):
            self.append("contact.made", {"text": f"第 {number} 次联系"}, matter=f"m_other{len(self.leaves)}")

    def node(self, level: int, index: int) -> bytes:
        return root_from_leaves(self.leaves[index << level : (index + 1) << level])

    def checkpoint(self, size: int | None = None, *, cosigned: bool = True) -> bytes:
        size = len(self.leaves) if size is None else size
        root = root_from_leaves(self.leaves[:size])
        text = checkpoint_text(Checkpoint(origin=self.origin, tree_size=size, root_hash=root))
        note = sign_note(text, self.signers)
        return cosign_checkpoint(note, signer=self.witness, at=self.clock()) if cosigned else note

    def proof(self, index: int, checkpoint: bytes, size: int) -> bytes:
        path = inclusion_proof(leaf_index=index, tree_size=size, node=self.node)
        return format_log_proof(LogProof(leaf_index=index, proof=path, checkpoint=checkpoint))

    def consistency(self, old: int, new: int, checkpoint: bytes) -> bytes:
        path = consistency_proof(first_size=old, second_size=new, node=self.node)
        return format_consistency(ConsistencyProof(old_size=old, proof=path, checkpoint=checkpoint))

    def stamp(self, data: bytes, number: int = 0) -> Stamp:
        stamp = self.authorities[number].stamp(sha256(data))
        return Stamp(tsq=stamp.tsq, tsr=stamp.tsr)

    def trust_files(self, *, witnesses: bool = False) -> dict[str, bytes]:
        def pem(key) -> bytes:
            return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

        first, second = (signer.verifier_key for signer in self.signers)
        return {
            "log.vkey": f"{format_vkey(first)}\n{format_vkey(second)}\n".encode(),
            "log-ed25519.pem": pem(ed25519.Ed25519PublicKey.from_public_bytes(first.public)),
            "log-ecdsa.pem": pem(load_der_public_key(second.public)),
            "tsa-roots.pem": b"".join(each.roots_pem() for each in self.authorities),
            "tsa-chain.pem": b"".join(each.chain_pem() for each in self.authorities),
            "witnesses.vkey": f"{format_vkey(self.witness.verifier_key)}\n".encode() if witnesses else b"",
        }

    def story(self, *, principal: str = "1000000.00") -> list[EarlierCheckpoint]:
        """A loan, a demand, its way to the debtor, a promise; one checkpoint stamped in between."""
        self.append("matter.opened", {"claim": {"kind": "loan", "principal": {"amount": principal, "currency": "CNY"}}})
        letter = small_pdf("逾期贷款催收通知书")
        documents = [("DEMO-2026-000001.pdf", letter, "application/pdf", "document_pdf")]
        self.append("notice.issued", {"notice_no": "DEMO-2026-000001", "to_name": "张三"}, files=documents)
        self.noise(2)
        early = self.checkpoint()
        self.clock.forward(seconds=1)
        stamped = (len(self.leaves), early, self.stamp(early))
        self.clock.forward(days=3)
        slip = ("posting.png", b"\x89PNG sample posting slip", "image/png", "posting_slip")
        self.append("dispatch.recorded", {"carrier": "ems", "waybill_no": "EA123456789CN"}, files=[slip])
        self.clock.forward(days=2)
        back = ("回执.jpg", b"\xff\xd8 sample delivery receipt", "image/jpeg", "delivery_receipt")
        self.append("receipt.recorded", {"outcome": "delivered", "relation": "self"}, files=[back])
        self.append("promise.made", {"amount": {"amount": "5000.00", "currency": "CNY"}, "on": "2026-03-08"})
        self.noise(3)
        size, checkpoint, stamp = stamped
        return [EarlierCheckpoint(tree_size=size, checkpoint=checkpoint, consistency=b"", stamp=stamp)]

    def bundle(
        self, *, earlier: Sequence[EarlierCheckpoint] = (), authorities=(0, 1), **options: object
    ) -> dict[str, bytes]:
        """Build a bundle of the matter as it stands, and append its seal; the files by name below the top folder."""
        return dict(self.sealed(earlier=earlier, authorities=authorities, **options)[1])

    def sealed(
        self,
        *,
        earlier: Sequence[EarlierCheckpoint] = (),
        authorities: Sequence[int] = (0, 1),
        matter: str = MATTER,
        sm3: bool = False,
        trust: bool = True,
        cosigned: bool = True,
        report: Mapping[str, object] | None = None,
    ) -> tuple[bytes, dict[str, bytes]]:
        chain, size = list(self.matters[matter]), len(self.leaves)
        checkpoint = self.checkpoint(cosigned=cosigned)
        earlier = [
            EarlierCheckpoint(
                tree_size=old.tree_size,
                checkpoint=old.checkpoint,
                consistency=self.consistency(old.tree_size, size, checkpoint),
                stamp=old.stamp,
            )
            for old in earlier
        ]
        self.clock.forward(seconds=2)
        records = [
            LogRecord(header=each.header, body=each.body, proof=self.proof(each.index, checkpoint, size))
            for each in chain
        ]
        files = {path: data for each in chain for path, data in each.files.items()}
        files["data/report.pdf"] = small_pdf("证据包")
        files["data/report.json"] = to_json_bytes(report or {"matter": matter, "rules": "2026-01"})
        payload: list[PayloadFile] = [payload_from_bytes(path, data, sm3=sm3) for path, data in files.items()]
        log = log_payload(records, checkpoint=checkpoint, stamp=self.stamp(checkpoint), earlier=earlier)
        for each in log:
            with each.open() as source:
                payload.append(payload_from_bytes(each.path, source.read(), sm3=sm3))
        anchors = self.trust_files(witnesses=True) if trust else {}
        bag = bag_files(
            matter=matter, payload=payload, bagging_on=date(2026, 3, 8), trust=anchors, organisation="某某银行（样例）"
        )
        tagmanifest = bag["tagmanifest-sha256.txt"]
        tokens = [self.stamp(tagmanifest, number) for number in authorities]
        seal = self.seal(tagmanifest, tokens, old=size, matter=matter, cosigned=cosigned)
        sink = io.BytesIO()
        write_archive(bundle_members(matter=matter, payload=payload, bag=bag, seal=seal), sink)
        contents = {each.path: each.open().read() for each in payload}
        return sink.getvalue(), contents | bag | seal

    def seal(
        self,
        tagmanifest: bytes,
        tokens: Sequence[Stamp],
        *,
        old: int,
        matter: str = MATTER,
        cosigned: bool = True,
        keep: bool = True,
    ) -> dict[str, bytes]:
        chain = self.matters[matter]
        facts = seal_facts(bundle="b_sample", tagmanifest=tagmanifest, tokens=tokens, entries=len(chain))
        kept = self.append("bundle.sealed", facts, matter=matter)
        if not keep:
            chain.pop()
        self.noise(1)
        size, checkpoint = len(self.leaves), self.checkpoint(cosigned=cosigned)
        record = LogRecord(header=kept.header, body=kept.body, proof=self.proof(kept.index, checkpoint, size))
        return seal_files(tokens=tokens, record=record, consistency=self.consistency(old, size, checkpoint))


def pack(files: Mapping[str, bytes], *, top: str = MATTER) -> bytes:
    sink = io.BytesIO()
    write_archive([member_from_bytes(f"{top}/{name}", data) for name, data in files.items()], sink)
    return sink.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    archive = read_archive(io.BytesIO(data))
    return {name.partition("/")[2]: archive.read(name, limit=1 << 30) for name in archive.names}
