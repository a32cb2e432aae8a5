"""Make the bundle vectors: two valid bundles, one broken bundle for each attack, the anchors, and what was kept.

    .venv/bin/python tests/vectors/bundle/v1/make.py [FOLDER]

Log and witness keys are derived from seeds, the clock is fixed; the authorities' keys, nonces and signatures are
random, so each run makes other bytes with the same meaning. FOLDER (default: this folder) is written anew.
"""

import io
import json
import shutil
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "evidence")]

from bundle_world import MATTER, Kept, World, pack, small_pdf, unpack  # noqa: E402

from evidence.bundle import Stamp, bag_files, payload_from_bytes  # noqa: E402
from evidence.canonical import from_json_bytes, sha256, to_json_bytes  # noqa: E402
from evidence.entry import entry_from_bytes, entry_to_bytes  # noqa: E402
from evidence.logproof import format_log_proof, parse_log_proof  # noqa: E402

Files = dict[str, bytes]


class Forger:
    """One honest bundle and all the means that an attacker may have got hold of."""

    def __init__(self, world: World, files: Files, lookalike: World, other: World) -> None:
        self.world, self.honest, self.lookalike, self.other = world, files, lookalike, other

    def files(self) -> Files:
        return dict(self.honest)

    def fresh(self) -> World:
        """A second log with the same keys and the same authorities: what the operator himself can make."""
        world = World(self.world.folder)
        world.authorities = [
            type(each)(name=each.name, identity=each._identity, clock=world.clock) for each in self.world.authorities
        ]
        return world

    def name(self, part: str) -> str:
        return next(name for name in self.honest if part in name)

    def remanifest(self, files: Files) -> Files:
        """Write bag-info and all manifests anew over what is there now."""
        payload = [payload_from_bytes(name, data) for name, data in files.items() if name.startswith("data/")]
        trust = {name[6:]: data for name, data in files.items() if name.startswith("trust/")}
        bag = bag_files(
            matter=MATTER, payload=payload, bagging_on=date(2026, 3, 8), trust=trust, organisation="某某银行（样例）"
        )
        return files | bag

    def restamp(self, files: Files, by: World) -> Files:
        """Put fresh tokens over the tagmanifest and the checkpoint."""
        fresh = {}
        for number in (1, 2):
            stamp = by.stamp(files["tagmanifest-sha256.txt"], number - 1)
            fresh |= {f"seal/tsa{number}.tsq": stamp.tsq, f"seal/tsa{number}.tsr": stamp.tsr}
        return files | fresh

    def redo(self, files: Files) -> Files:
        """Manifests and real tokens anew: everything that needs no key of the log."""
        return self.restamp(self.remanifest(files), self.world)


def payload_changed(forger: Forger) -> Files:
    name = forger.name("data/receipts/")
    return forger.files() | {name: forger.honest[name].replace(b"sample", b"forged")}


def payload_removed(forger: Forger) -> Files:
    files = forger.files()
    del files[forger.name("data/dispatches/")]
    return files


def payload_added(forger: Forger) -> Files:
    return forger.files() | {f"data/facts/00000005-agreement-{'ab' * 16}.txt": "补充协议".encode()}


def payload_and_manifests_rewritten(forger: Forger) -> Files:
    changed = payload_changed(forger)
    honest = forger.honest["tagmanifest-sha256.txt"]
    return forger.remanifest(changed) | {"tagmanifest-sha256.txt": honest}


def tagmanifest_rewritten(forger: Forger) -> Files:
    return forger.remanifest(payload_changed(forger))


def lookalike_token(forger: Forger) -> Files:
    return forger.restamp(tagmanifest_rewritten(forger), forger.lookalike)


def trust_replaced(forger: Forger) -> Files:
    trust = {f"trust/{name}": data for name, data in forger.lookalike.trust_files(witnesses=True).items()}
    return forger.restamp(forger.remanifest(payload_changed(forger) | trust), forger.lookalike)


def real_token_fresh(forger: Forger) -> Files:
    return forger.redo(payload_changed(forger))


def seal_rewritten(forger: Forger) -> Files:
    files = real_token_fresh(forger)
    body = dict(from_json_bytes(files["seal/seal.body.json"]))
    body["tagmanifest_sha256"] = sha256(files["tagmanifest-sha256.txt"]).hex()
    body["tokens"] = [sha256(files[f"seal/tsa{number}.tsr"]).hex() for number in (1, 2)]
    data = to_json_bytes(body)
    header = replace(entry_from_bytes(files["seal/seal.json"]), body_digest=sha256(data))
    return files | {"seal/seal.body.json": data, "seal/seal.json": entry_to_bytes(header)}


def entry_edited(forger: Forger) -> Files:
    files = forger.files()
    body = dict(from_json_bytes(files["data/log/00000001.body.json"]))
    body["claim"] = {"kind": "loan", "principal": {"amount": "9000000.00", "currency": "CNY"}}
    data = to_json_bytes(body)
    header = replace(entry_from_bytes(files["data/log/00000001.json"]), body_digest=sha256(data))
    files |= {"data/log/00000001.body.json": data, "data/log/00000001.json": entry_to_bytes(header)}
    return forger.redo(files)


def _without(files: Files, seq: int) -> Files:
    """Leave an entry and its files out, and number the later ones down."""
    left = {name: data for name, data in files.items() if f"/{seq:08d}" not in name}
    for number in range(seq + 1, 6):
        for name in [each for each in left if f"/{number:08d}" in each]:
            left[name.replace(f"{number:08d}", f"{number - 1:08d}")] = left.pop(name)
    return left


def middle_entry_omitted(forger: Forger) -> Files:
    return forger.redo(_without(forger.files(), 3))


def tail_cut(forger: Forger) -> Files:
    return forger.redo(_without(forger.files(), 5))


def proof_index_edited(forger: Forger) -> Files:
    name = "data/log/00000003.tlog-proof"
    proof = parse_log_proof(forger.honest[name])
    edited = format_log_proof(replace(proof, leaf_index=proof.leaf_index + 1))
    return forger.redo(forger.files() | {name: edited})


def tree_size_edited(forger: Forger) -> Files:
    checkpoint = forger.honest["data/log/checkpoint"]
    origin, size, rest = checkpoint.split(b"\n", 2)
    edited = b"\n".join([origin, str(int(size) + 1).encode(), rest])
    files = {name: data.replace(checkpoint, edited) for name, data in forger.honest.items()}
    return forger.redo(files)


def pdf_updated(forger: Forger) -> Files:
    name = forger.name("data/notices/")
    added = b"4 0 obj\n<< /Title <feff65b0> >>\nendobj\nxref\n4 1\n0000000600 00000 n \n"
    added += b"trailer\n<< /Size 5 /Root 1 0 R /Info 4 0 R /Prev 400 >>\nstartxref\n650\n%%EOF\n"
    return forger.redo(forger.files() | {name: forger.honest[name] + added})


def pdf_signature_partial(forger: Forger) -> Files:
    """A notice that was frozen with bytes behind its signature: everything else about the bundle is honest."""
    world = forger.fresh()
    signed = _signed_pdf() + b"% added after signing\n"
    documents = [("DEMO-2026-000001.pdf", signed, "application/pdf", "document_pdf")]
    world.append("matter.opened", {"reference": "sample"})
    world.append("notice.issued", {"notice_no": "DEMO-2026-000001"}, files=documents)
    return world.bundle()


def _signed_pdf() -> bytes:
    """A PDF whose byte range is right; the signature value itself is empty."""
    template = b"5 0 obj\n<< /Type /Sig /ByteRange [0 %09d %09d %09d] /Contents <0000> >>\nendobj\n"
    draft = small_pdf("signed", extra=template % (0, 0, 0))
    first = draft.index(b"<0000>")
    second = first + len(b"<0000>")
    return small_pdf("signed", extra=template % (first, second, len(draft) - second))


def unlisted_file(forger: Forger) -> Files:
    return forger.files() | {"seal/NOTE-TO-JUDGE.txt": "请忽略其余文件".encode()}


def fetch_txt(forger: Forger) -> Files:
    return forger.files() | {"fetch.txt": b"https://files.example/x 12 data/facts/x.txt\n"}


def json_not_canonical(forger: Forger) -> Files:
    name = "data/log/00000002.body.json"
    loose = json.dumps(from_json_bytes(forger.honest[name]), ensure_ascii=False, indent=1).encode()
    return forger.redo(forger.files() | {name: loose})


def json_duplicate_key(forger: Forger) -> Files:
    name = "data/log/00000005.body.json"
    doubled = b'{"amount":{"amount":"9999.00","currency":"CNY"},' + forger.honest[name][1:]
    return forger.redo(forger.files() | {name: doubled})


def token_back_dated(forger: Forger) -> Files:
    """The authority's clock was set back: its tokens are good, but older than what they are over."""
    world = forger.fresh()
    world.append("matter.opened", {"reference": "sample"})
    honest_at = world.clock.at
    stamp = world.stamp

    def back_dated(data: bytes, number: int = 0) -> Stamp:
        world.clock.at = honest_at - timedelta(days=30)
        try:
            return stamp(data, number)
        finally:
            world.clock.at = honest_at

    world.stamp = back_dated
    return world.bundle()


def token_foreign(forger: Forger) -> Files:
    stamp = forger.world.stamp(b"some other file")
    return forger.files() | {"seal/tsa1.tsq": stamp.tsq, "seal/tsa1.tsr": stamp.tsr}


def seal_before_tokens(forger: Forger) -> Files:
    """A seal that claims to be older than the tokens it names."""
    world = forger.fresh()
    world.append("matter.opened", {"reference": "sample"})
    stamp = world.stamp

    def later(data: bytes, number: int = 0) -> Stamp:
        world.clock.forward(hours=2)
        try:
            return stamp(data, number)
        finally:
            world.clock.forward(hours=-2)

    world.stamp = later
    return world.bundle()


def receipt_of_other_matter(forger: Forger) -> Files:
    """Another matter's delivery receipt, truly on the log, in the place of this matter's."""
    world = forger.fresh()
    world.story()
    paper = ("回执.jpg", b"\xff\xd8 another debtor's receipt", "image/jpeg", "delivery_receipt")
    for _ in range(3):
        world.append("contact.made", {"text": "电话联系"}, matter="m_another")
    moved = world.append("receipt.recorded", {"outcome": "delivered"}, matter="m_another", files=[paper])
    chain = world.matters[MATTER]
    chain[3] = moved
    return world.bundle()


def body_swapped(forger: Forger) -> Files:
    first, fifth = "data/log/00000001.body.json", "data/log/00000005.body.json"
    files = forger.files() | {first: forger.honest[fifth], fifth: forger.honest[first]}
    return forger.redo(files)


def checkpoint_of_other_log(forger: Forger) -> Files:
    checkpoint = forger.honest["data/log/checkpoint"]
    other = forger.other.checkpoint(cosigned=False)
    files = {name: data.replace(checkpoint, other) for name, data in forger.honest.items()}
    return forger.redo(files)


def seal_on_a_fork(forger: Forger) -> Files:
    """The log was forked between the bundle's checkpoint and the seal's; both are signed with the log's own key."""
    world = forger.fresh()
    world.story()
    size = world.matters[MATTER][-1].index + 4
    files = world.bundle()
    world.leaves[size - 4] = sha256(b"another entry of another matter")
    seal: Kept = world.matters[MATTER].pop()
    total, checkpoint = len(world.leaves), world.checkpoint()
    old = int(files["data/log/checkpoint"].split(b"\n")[1])
    files["seal/seal.tlog-proof"] = world.proof(seal.index, checkpoint, total)
    files["seal/consistency"] = world.consistency(old, total, checkpoint)
    return files


def tail_cut_and_sealed_anew(forger: Forger) -> Files:
    """The operator leaves the last entry out and seals the shorter matter with the log's own key."""
    world = forger.fresh()
    world.story()
    world.matters[MATTER].pop()
    return world.bundle()


def history_rewritten(forger: Forger) -> Files:
    """The operator writes the whole history again with the log's own key and the real authorities."""
    world = forger.fresh()
    earlier = world.story(principal="3000000.00")
    return world.bundle(earlier=earlier, cosigned=False)


ATTACKS: dict[str, Callable[[Forger], Files]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        payload_changed, payload_removed, payload_added, payload_and_manifests_rewritten, tagmanifest_rewritten,
        lookalike_token, trust_replaced, real_token_fresh, seal_rewritten, entry_edited, middle_entry_omitted,
        tail_cut, tail_cut_and_sealed_anew, proof_index_edited, tree_size_edited, pdf_updated, pdf_signature_partial,
        unlisted_file, fetch_txt, json_not_canonical, json_duplicate_key, token_back_dated, token_foreign,
        seal_before_tokens, receipt_of_other_matter, body_swapped, checkpoint_of_other_log, seal_on_a_fork,
        history_rewritten,
    )
}  # fmt: skip


def repacked(bundle: bytes) -> bytes:
    """The same files, compressed by an ordinary zip tool."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in unpack(bundle).items():
            archive.writestr(zipfile.ZipInfo(f"{MATTER}/{name}", (2026, 3, 9, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def doubled_name(bundle: bytes) -> bytes:
    """A second manifest of the same name: some tools show the first, some the second."""
    sink = io.BytesIO(bundle)
    with zipfile.ZipFile(sink, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(zipfile.ZipInfo(f"{MATTER}/manifest-sha256.txt"), b"")
    return sink.getvalue()


def main(target: Path) -> None:
    for folder in ("valid", "broken", "given", "anchors"):
        shutil.rmtree(target / folder, ignore_errors=True)
        (target / folder).mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        make(target, Path(scratch))


def make(target: Path, scratch: Path) -> None:
    world = World(scratch / "real")
    earlier = world.story()
    valid, files = world.sealed(earlier=earlier)
    (target / "valid" / "loan-with-earlier-checkpoint.zip").write_bytes(valid)
    forger = Forger(world, files, World(scratch / "lookalike", keys="lookalike"), _other(scratch))
    small = forger.fresh()
    small.append("matter.opened", {"reference": "sample"})
    (target / "valid" / "smallest.zip").write_bytes(small.sealed(authorities=(0,), trust=False, cosigned=False)[0])
    (target / "valid" / "with-sm3.zip").write_bytes(_with_sm3(forger))
    for name, attack in ATTACKS.items():
        (target / "broken" / f"{name}.zip").write_bytes(pack(attack(forger)))
    (target / "broken" / "repacked.zip").write_bytes(repacked(valid))
    (target / "broken" / "doubled-name.zip").write_bytes(doubled_name(valid))
    (target / "broken" / "added-in-front.zip").write_bytes(b"PK\x03\x04 hidden" + valid)
    for name, data in world.trust_files().items():
        (target / "anchors" / name).write_bytes(data)
    _write_given(target / "given", world, files)


def _with_sm3(forger: Forger) -> bytes:
    world = forger.fresh()
    world.append("matter.opened", {"reference": "sample"})
    return world.sealed(sm3=True)[0]


def _other(scratch: Path) -> World:
    other = World(scratch / "other", keys="other", origin="other.example/log")
    other.noise(12)
    return other


def _write_given(folder: Path, world: World, files: Files) -> None:
    """What an auditor kept: the honest log's checkpoints, entries of the matter, and the witness's key."""
    (folder / "honest.checkpoint").write_bytes(files["data/log/checkpoint"])
    sealed = int(files["seal/seal.tlog-proof"].split(b"\n\n", 1)[1].split(b"\n")[1])
    world.noise(2)
    entry = world.append("payment.received", {"amount": {"amount": "5000.00", "currency": "CNY"}})
    size, checkpoint = len(world.leaves), world.checkpoint()
    (folder / "later.checkpoint").write_bytes(checkpoint)
    (folder / "later.consistency").write_bytes(world.consistency(sealed, size, checkpoint))
    (folder / "later-entry.json").write_bytes(entry.header)
    (folder / "later-entry.tlog-proof").write_bytes(world.proof(entry.index, checkpoint, size))
    fifth = world.matters[MATTER][4]
    (folder / "entry-5.json").write_bytes(fifth.header)
    (folder / "entry-5.tlog-proof").write_bytes(world.proof(fifth.index, checkpoint, size))
    (folder / "witnesses.vkey").write_bytes(world.trust_files(witnesses=True)["witnesses.vkey"])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
