"""Building a bundle: names, manifests, bag, seal; and the same inputs give the same bytes."""

import io
import subprocess
import sys
from datetime import date
from pathlib import Path

import bagit
import pytest
from bundle_world import MATTER, World, ed25519_signer, pack
from hypothesis import given
from hypothesis import strategies as st

from evidence.archive import write_archive
from evidence.baginfo import BagInfo, format_bag_info, parse_bag_info
from evidence.bundle import (
    LogRecord,
    Stamp,
    bag_files,
    bundle_members,
    log_payload,
    payload_from_bytes,
    payload_path,
    seal_facts,
    seal_files,
)
from evidence.consistency import ConsistencyProof, format_consistency, parse_consistency
from evidence.entry import FileRef
from evidence.errors import MalformedError
from evidence.layout import is_allowed, is_frozen_file, missing_names
from evidence.manifest import format_manifest, parse_manifest
from evidence.pdf import ByteRange, SignatureScanner, covers_whole
from evidence.trust import trust_from_files

STAMP = Stamp(tsq=b"q", tsr=b"r")
VECTORS = Path(__file__).parents[1] / "vectors" / "bundle" / "v1"


def ref(**fields: object) -> FileRef:
    known = {"file": "x", "sha256": "ab" * 32, "size": 1, "media_type": "application/pdf", "role": "label"}
    return FileRef(**(known | fields))


@pytest.mark.parametrize(
    ("kind", "fields", "path"),
    [
        (
            "notice.issued",
            {"file": "DEMO-2026-000001.pdf", "role": "document_pdf"},
            "data/notices/00000007-DEMO-2026-000001.pdf",
        ),
        ("scan.recorded", {"media_type": "image/jpeg"}, f"data/scans/00000007-label-{'ab' * 16}.jpg"),
        ("dispatch.recorded", {"role": "posting_slip"}, f"data/dispatches/00000007-posting_slip-{'ab' * 16}.pdf"),
        ("tracking.recorded", {"media_type": "text/html"}, f"data/dispatches/00000007-label-{'ab' * 16}.bin"),
        ("receipt.recorded", {"media_type": "image/tiff"}, f"data/receipts/00000007-label-{'ab' * 16}.tif"),
        ("payment.received", {}, f"data/payments/00000007-label-{'ab' * 16}.pdf"),
        ("suit.filed", {}, f"data/facts/00000007-label-{'ab' * 16}.pdf"),
        ("scan.recorded", {"file": "DEMO-2026-000001.pdf", "role": "document_pdf"}, None),
    ],
)
def test_names_follow_from_kind_number_and_digest(kind: str, fields: dict[str, object], path: str | None) -> None:
    found = payload_path(ref(**fields), kind=kind, seq=7)
    assert found == (path or f"data/scans/00000007-document_pdf-{'ab' * 16}.pdf")


@given(
    st.text(max_size=60),
    st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True),
    st.from_regex(r"[a-z]{1,9}/[a-z0-9.+-]{1,20}", fullmatch=True),
    st.sampled_from(["notice.issued", "scan.recorded", "claim.assigned"]),
    st.integers(1, 99_999_999),
)
def test_no_uploaded_name_ever_reaches_a_path(name: str, role: str, media_type: str, kind: str, seq: int) -> None:
    path = payload_path(ref(file=name, role=role, media_type=media_type), kind=kind, seq=seq)
    assert is_frozen_file(path)
    assert is_allowed(path)


def test_missing_names_are_those_of_started_groups() -> None:
    missing = missing_names(frozenset({"data/log/00000004.json", "seal/tsa2.tsr", "data/log/earlier/000000000009.tsr"}))
    assert {"data/log/00000004.body.json", "data/log/00000003.json", "data/log/00000001.tlog-proof"} <= set(missing)
    assert {"seal/tsa2.tsq", "seal/tsa1.tsr", "data/log/earlier/000000000009.checkpoint"} <= set(missing)


@pytest.mark.parametrize(
    "name", ["fetch.txt", "data/x", "seal/tsa0.tsr", "data/log/1.json", "data/notices/../x.pdf", "trust/x", "data"]
)
def test_names_that_no_bundle_has(name: str) -> None:
    assert not is_allowed(name)


@given(st.dictionaries(st.from_regex(r"data/[a-z]{1,9}", fullmatch=True), st.binary(min_size=32, max_size=32)))
def test_manifests_are_read_back(digests: dict[str, bytes]) -> None:
    assert parse_manifest(format_manifest(digests), digest_size=32) == digests


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.dates(date(1000, 1, 1)), st.sampled_from(["", "某某银行"]))
def test_bag_info_is_read_back(size: int, count: int, on: date, organisation: str) -> None:
    info = BagInfo(
        bagging_on=on, version=1, matter=MATTER, payload_size=size, payload_count=count, organisation=organisation
    )
    assert parse_bag_info(format_bag_info(info)) == info


def test_an_organisation_cannot_add_lines() -> None:
    with pytest.raises(ValueError, match="fit"):
        bag_files(matter=MATTER, payload=[], bagging_on=date(2026, 1, 1), trust={}, organisation="x\nFetch: y")


@given(st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_consistency_files_are_read_back(old_size: int, proof: list[bytes]) -> None:
    value = ConsistencyProof(old_size=old_size, proof=tuple(proof), checkpoint=b"origin\n1\nroot\n\nsignature\n")
    assert parse_consistency(format_consistency(value)) == value


@pytest.mark.parametrize(
    "data",
    [b"", b"old 1", b"old 01\n\nx", b"old -1\n\nx", b"new 1\n\nx", b"old 1\nAAAA\n\nx", b"old 1\n*\n\nx", b"\xff\n\n"],
)
def test_other_consistency_files_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_consistency(data)


def test_only_names_of_the_format_are_bagged() -> None:
    stray = payload_from_bytes("data/notes.txt", b"x")
    with pytest.raises(ValueError, match=r"data/notes\.txt"):
        bag_files(matter=MATTER, payload=[stray], bagging_on=date(2026, 1, 1), trust={})
    report = payload_from_bytes("data/report.pdf", b"x")
    with pytest.raises(ValueError, match="same path"):
        bag_files(matter=MATTER, payload=[report, report], bagging_on=date(2026, 1, 1), trust={})


def minimal(report: bytes = b"{}") -> tuple[list, dict[str, bytes], dict[str, bytes]]:
    record = LogRecord(header=b"h", body=b"b", proof=b"p")
    payload = [*log_payload([record], checkpoint=b"c", stamp=STAMP)]
    payload += [payload_from_bytes("data/report.pdf", b"pdf"), payload_from_bytes("data/report.json", report)]
    bag = bag_files(matter=MATTER, payload=payload, bagging_on=date(2026, 1, 1), trust={"log.vkey": b"v", "x": b"y"})
    return payload, bag, seal_files(tokens=[STAMP], record=record, consistency=b"k")


def test_an_incomplete_bundle_is_not_built() -> None:
    payload, bag, seal = minimal()
    assert "trust/log.vkey" in bag
    assert "trust/x" not in bag
    bundle_members(matter=MATTER, payload=payload, bag=bag, seal=seal)
    del seal["seal/consistency"]
    with pytest.raises(ValueError, match="lacks seal/consistency"):
        bundle_members(matter=MATTER, payload=payload, bag=bag, seal=seal)
    with pytest.raises(ValueError, match="name"):
        bundle_members(matter="../x", payload=payload, bag=bag, seal=seal)
    with pytest.raises(ValueError, match="tokens"):
        seal_files(tokens=[], record=LogRecord(header=b"", body=b"", proof=b""), consistency=b"")


def test_a_report_that_is_not_canonical_is_not_bundled() -> None:
    payload, bag, seal = minimal(report=b'{"a": 1}')
    with pytest.raises(MalformedError, match=r"data/report\.json"):
        bundle_members(matter=MATTER, payload=payload, bag=bag, seal=seal)


def test_the_same_inputs_give_the_same_bytes() -> None:
    archives = []
    for _ in range(2):
        payload, bag, seal = minimal()
        sink = io.BytesIO()
        write_archive(bundle_members(matter=MATTER, payload=payload, bag=bag, seal=seal), sink)
        archives.append(sink.getvalue())
    assert archives[0] == archives[1]


def test_the_seal_names_tagmanifest_and_tokens_by_digest() -> None:
    facts = seal_facts(bundle="b_1", tagmanifest=b"", tokens=[STAMP], entries=3)
    assert facts["entries"] == 3
    assert facts["tagmanifest_sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert len(facts["tokens"]) == 1


@pytest.mark.parametrize("name", ["loan-with-earlier-checkpoint", "smallest", "with-sm3"])
def test_the_library_of_congress_accepts_the_bag(name: str, tmp_path: Path) -> None:
    subprocess.run(["unzip", "-q", str(VECTORS / "valid" / f"{name}.zip"), "-d", str(tmp_path)], check=True)
    bag = tmp_path / MATTER
    assert bagit.Bag(str(bag)).validate()
    subprocess.run([sys.executable, "-m", "bagit", "--validate", "--quiet", str(bag)], check=True)


def test_anchors_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    files = world.trust_files(witnesses=True)
    assert trust_from_files(files).origin == world.origin
    other = World(tmp_path, keys="other", origin="other.example").trust_files()
    witness = files["witnesses.vkey"]
    for change, where in (
        ({"log-ed25519.pem": other["log-ed25519.pem"]}, "log-ed25519.pem"),
        ({"log-ecdsa.pem": b"-----BEGIN NONSENSE-----"}, "log-ecdsa.pem"),
        ({"log.vkey": files["log.vkey"] + other["log.vkey"]}, "log.vkey"),
        ({"log.vkey": b""}, "log.vkey"),
        ({"log.vkey": b"\xff"}, "log.vkey"),
        ({"log.vkey": witness}, "log.vkey"),
        ({"log.vkey": b"not a key\n"}, "not a key"),
        ({"witnesses.vkey": files["log.vkey"]}, "witnesses.vkey"),
        ({"tsa-roots.pem": b""}, "tsa-roots.pem"),
    ):
        with pytest.raises(MalformedError) as refused:
            trust_from_files(files | change)
        assert where in str(refused.value) or where == "tsa-roots.pem"
    for name in ("log.vkey", "tsa-roots.pem"):
        with pytest.raises(MalformedError, match="missing"):
            trust_from_files({key: data for key, data in files.items() if key != name})


def test_optional_anchors_may_be_absent(tmp_path: Path) -> None:
    files = World(tmp_path).trust_files()
    few = trust_from_files({name: files[name] for name in ("log.vkey", "tsa-roots.pem")})
    assert few.witness_keys == ()
    assert ed25519_signer("x", "x").verifier_key not in few.log_keys


SIGNED = b"%%PDF-1.7\n<< /ByteRange [0 %03d %03d %03d] /Contents <00ff> >>\n%%%%EOF\n"


def signed(tail: bytes = b"") -> bytes:
    draft = SIGNED % (0, 0, 0)
    first = draft.index(b"<00ff>")
    return SIGNED % (first, first + 6, len(draft) - first - 6) + tail


def whole(data: bytes, chunk: int = 7) -> bool:
    scanner = SignatureScanner()
    for start in range(0, len(data), chunk):
        scanner.feed(data[start : start + chunk])
    scanner.finish()
    return covers_whole(scanner.found, size=len(data), read=lambda start, stop: data[start:stop])


@pytest.mark.parametrize("chunk", [1, 7, 100, 5000])
def test_a_signature_over_the_whole_file(chunk: int) -> None:
    assert whole(signed(), chunk)
    assert not whole(signed(b"added"), chunk)


def test_a_hole_with_more_than_the_signature_is_no_cover() -> None:
    assert not whole(signed().replace(b"<00ff>", b"(00ff)"))
    assert not whole(signed().replace(b"[0 ", b"[1 "))
    assert not whole(signed().replace(b"/ByteRange [", b"/ByteRange [x "))


def test_only_the_outermost_signature_must_cover_all() -> None:
    data = signed(b" " * 400)
    known = SignatureScanner()
    known.feed(data)
    known.finish()
    later = ByteRange(start=0, first=data.index(b"<00ff>"), second=data.index(b"<00ff>") + 6, end=len(data))
    assert covers_whole([*known.found, later], size=len(data), read=lambda start, stop: data[start:stop])


def test_many_ranges_are_found_once_each() -> None:
    scanner = SignatureScanner()
    data = b"x".join([b"/ByteRange [0 1 2 3]"] * 20) + b"y" * 600
    for start in range(0, len(data), 33):
        scanner.feed(data[start : start + 33])
    scanner.finish()
    assert len(scanner.found) == 20


def test_packing_plain_files_needs_no_bag() -> None:
    assert pack({"a.txt": b"1"}, top="m").startswith(b"PK\x03\x04")
