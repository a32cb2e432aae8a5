"""The verifier on the committed bundles: valid ones pass for ever, each attack is caught by the check named here."""

import io
import string
import subprocess
import sys
from pathlib import Path

import pytest
from bundle_world import MATTER, World, pack, small_pdf, unpack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.archive import member_from_bytes, write_archive
from evidence.errors import MalformedError
from evidence.messages import MESSAGES
from evidence.trust import TrustAnchors, trust_from_files
from evidence.verify import Policy, Report, Status, report_to_json, report_to_text, verify_bundle

VECTORS = Path(__file__).parents[1] / "vectors" / "bundle" / "v1"
VALID = sorted((VECTORS / "valid").glob("*.zip"))

# Attack: the numbers of all checks that fail, and a word that the first of them says in English.
CAUGHT = {
    "payload-changed": ({2, 11}, "data/receipts/00000004-delivery_receipt-"),
    "payload-removed": ({1, 2, 11}, "listed in manifest-sha256.txt, but not in the bundle"),
    "payload-added": ({1, 2, 11}, "manifest-sha256.txt does not list this file"),
    "payload-and-manifests-rewritten": ({2, 11}, "its digest is not that in tagmanifest-sha256.txt"),
    "tagmanifest-rewritten": ({9, 11}, "imprint is"),
    "lookalike-token": ({9, 11}, "to a given root"),
    "trust-replaced": ({9, 11}, "to a given root"),
    "real-token-fresh": ({10, 11}, "the seal commits to another tagmanifest"),
    "seal-rewritten": ({7, 10, 11}, "seal/seal.json: the log does not hold this entry"),
    "entry-edited": ({4, 7, 10, 11}, "entry 2 does not hold the leaf hash of the entry before"),
    "middle-entry-omitted": ({4, 10, 11}, "entry 4 stands where 3 is due"),
    "tail-cut": ({4, 10, 11}, "entry 6 stands where 5 is due"),
    "proof-index-edited": ({7, 10, 11}, "data/log/00000003.json: the log does not hold this entry"),
    "tree-size-edited": ({5, 9, 10, 11}, "data/log/checkpoint: the checkpoint is not"),
    "pdf-updated": ({10, 11}, "data/notices/00000002-DEMO-2026-000001.pdf: the file is not the one that entry 2"),
    "pdf-signature-partial": ({12}, "data/notices/00000002-DEMO-2026-000001.pdf: a PDF signature does not cover"),
    "unlisted-file": ({1}, "seal/NOTE-TO-JUDGE.txt: a file that no bundle has"),
    "fetch-txt": ({1}, "fetch.txt: a file that no bundle has"),
    "json-not-canonical": ({3, 10, 11}, "data/log/00000002.body.json: not in the one canonical spelling"),
    "json-duplicate-key": ({3, 10, 11}, "'amount' is there twice"),
    "token-back-dated": ({10}, "later than the time stamp over it"),
    "token-foreign": ({9, 11}, "seal/tsa1.tsr: the time stamp does not hold: imprint is"),
    "seal-before-tokens": ({10}, "before the time stamp it names"),
    "receipt-of-other-matter": ({4, 7}, "the entry belongs to another matter, m_another"),
    "body-swapped": ({10, 11}, "data/log/00000001.body.json: the body is not the one"),
    "checkpoint-of-other-log": ({5, 9, 10, 11}, "this is a checkpoint of log 'other.example/log'"),
    "seal-on-a-fork": ({8}, "history may be rewritten"),
    "repacked": ({1}, "so this zip was packed anew"),
    "doubled-name": ({1}, "the same name twice"),
    "added-in-front": ({1}, "bytes before, behind or between"),
}
# What only knowledge from elsewhere shows.
UNSEEN = {"history-rewritten", "tail-cut-and-sealed-anew"}


@pytest.fixture(scope="module")
def trust() -> TrustAnchors:
    return anchors()


def anchors(**changed: bytes) -> TrustAnchors:
    files = {path.name: path.read_bytes() for path in (VECTORS / "anchors").iterdir()}
    return trust_from_files(files | {name.replace("_", "."): data for name, data in changed.items()})


def kept(name: str) -> bytes:
    return (VECTORS / "given" / name).read_bytes()


def run(data: bytes, trust: TrustAnchors, **given: object) -> Report:
    return verify_bundle(io.BytesIO(data), trust=trust, **given)


def broken(name: str) -> bytes:
    return (VECTORS / "broken" / f"{name}.zip").read_bytes()


def failed(report: Report) -> set[int]:
    return {finding.number for finding in report.findings if finding.status is Status.FAILED}


def codes(report: Report) -> set[str]:
    return {each.code for finding in report.findings for each in finding.remarks}


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_bundles_pass(path: Path, trust: TrustAnchors) -> None:
    report = run(path.read_bytes(), trust)
    assert report.status is Status.PASSED, report_to_text(report)
    assert [finding.number for finding in report.findings] == list(range(1, 13))


@pytest.mark.parametrize("attack", CAUGHT)
def test_each_attack_is_caught_by_its_checks(attack: str, trust: TrustAnchors) -> None:
    numbers, words = CAUGHT[attack]
    report = run(broken(attack), trust)
    assert report.status is Status.FAILED
    assert failed(report) == numbers
    details = "\n".join(each.detail for each in report.findings if each.status is Status.FAILED)
    assert words in details


def test_every_committed_attack_has_its_line() -> None:
    assert {path.stem for path in (VECTORS / "broken").iterdir()} == CAUGHT.keys() | UNSEEN


@pytest.mark.slow
def test_the_committed_maker_still_makes_them(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(VECTORS / "make.py"), str(tmp_path)], check=True)
    made = trust_from_files({path.name: path.read_bytes() for path in (tmp_path / "anchors").iterdir()})
    for folder in ("valid", "broken", "given", "anchors"):
        assert {path.name for path in (tmp_path / folder).iterdir()} == {
            path.name for path in (VECTORS / folder).iterdir()
        }
    for path in (tmp_path / "valid").iterdir():
        assert run(path.read_bytes(), made).status is Status.PASSED
    for attack, (numbers, _) in CAUGHT.items():
        assert failed(run((tmp_path / "broken" / f"{attack}.zip").read_bytes(), made)) == numbers


def test_rewritten_history_passes_without_a_witness_and_the_report_says_so(trust: TrustAnchors) -> None:
    report = run(broken("history-rewritten"), trust)
    assert report.status is Status.PASSED
    assert "no_witness" in {each.code for each in report.caveats}
    assert "把全部历史改写一遍，本次验证看不出来" in report_to_text(report)


def test_rewritten_history_fails_against_an_older_checkpoint(trust: TrustAnchors) -> None:
    report = run(broken("history-rewritten"), trust, earlier=[kept("honest.checkpoint")])
    assert failed(report) == {8}
    assert "equivocation" in codes(report)


def test_rewritten_history_fails_where_a_witness_is_required() -> None:
    report = run(broken("history-rewritten"), anchors(witnesses_vkey=kept("witnesses.vkey")))
    assert failed(report) == {6}
    assert "too_few_witnesses" in codes(report)


def test_rewritten_history_fails_against_an_entry_kept_elsewhere(trust: TrustAnchors) -> None:
    known = [(kept("entry-5.json"), kept("entry-5.tlog-proof"))]
    report = run(broken("history-rewritten"), trust, known=known)
    assert failed(report) == {8}
    assert "known_differs" in codes(report)


def test_a_tail_cut_and_sealed_anew_fails_once_the_missing_entry_is_known(trust: TrustAnchors) -> None:
    assert run(broken("tail-cut-and-sealed-anew"), trust).status is Status.PASSED
    known = [(kept("entry-5.json"), kept("entry-5.tlog-proof"))]
    report = run(broken("tail-cut-and-sealed-anew"), trust, known=known)
    assert failed(report) == {8}
    assert "known_differs" in codes(report)


def test_a_witness_in_the_anchors_is_required_and_named() -> None:
    report = run(VALID[0].read_bytes(), anchors(witnesses_vkey=kept("witnesses.vkey")))
    assert report.status is Status.PASSED
    assert "cosigned by witness.example/w1" in report.findings[5].detail
    assert "no_witness" not in codes(report)


def test_more_witnesses_than_there_are_fail() -> None:
    trust = anchors(witnesses_vkey=kept("witnesses.vkey"))
    assert failed(run(VALID[0].read_bytes(), trust, policy=Policy(witnesses=2))) == {6}


def test_an_entry_that_agrees_is_named_and_a_later_one_shows_an_older_bundle(trust: TrustAnchors) -> None:
    same = [(kept("entry-5.json"), kept("entry-5.tlog-proof"))]
    assert "known_agrees" in codes(run(VALID[0].read_bytes(), trust, known=same))
    later = [(kept("later-entry.json"), kept("later-entry.tlog-proof"))]
    report = run(VALID[0].read_bytes(), trust, known=later)
    assert failed(report) == {8}
    assert "known_later" in codes(report)


def test_an_entry_without_its_own_proof_decides_nothing(trust: TrustAnchors) -> None:
    known = [(kept("later-entry.json"), kept("entry-5.tlog-proof"))]
    report = run(VALID[0].read_bytes(), trust, known=known)
    assert report.findings[7].status is Status.INDETERMINATE


def test_an_entry_of_another_matter_decides_nothing(trust: TrustAnchors) -> None:
    known = [(kept("later-entry.json"), kept("later-entry.tlog-proof"))]
    data = pack(unpack(VALID[0].read_bytes()), top="m_another")
    report = run(data, trust, known=known)
    assert "given_unusable" in codes(report)


def test_a_later_checkpoint_needs_a_consistency_proof(trust: TrustAnchors) -> None:
    data, later = VALID[0].read_bytes(), [kept("later.checkpoint")]
    assert run(data, trust, earlier=later).findings[7].status is Status.INDETERMINATE
    report = run(data, trust, earlier=later, consistency=[kept("later.consistency")])
    assert report.status is Status.PASSED
    assert "given_consistent" in codes(report)


def test_a_consistency_proof_that_does_not_hold_fails(trust: TrustAnchors) -> None:
    lines = kept("later.consistency").split(b"\n")
    lines[1], lines[2] = lines[2], lines[1]
    later = [kept("later.checkpoint")]
    report = run(VALID[0].read_bytes(), trust, earlier=later, consistency=[b"\n".join(lines)])
    assert failed(report) == {8}


def test_a_checkpoint_that_is_not_the_logs_decides_nothing(trust: TrustAnchors) -> None:
    for given_data in (b"not a checkpoint", unpack(broken("checkpoint-of-other-log"))["data/log/checkpoint"]):
        report = run(VALID[0].read_bytes(), trust, earlier=[given_data])
        assert report.findings[7].status is Status.INDETERMINATE
        assert report.status is Status.INDETERMINATE


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("tsa"))
    world.noise(3)
    return world


def built(world: World, **options: object) -> tuple[dict[str, bytes], TrustAnchors]:
    world.matters.pop(MATTER, None)
    earlier = world.story()
    return world.bundle(earlier=earlier, **options), trust_from_files(world.trust_files())


def test_every_missing_file_is_named(world: World) -> None:
    files, trust = built(world)
    for name in files:
        if name.startswith("trust/"):
            continue
        report = run(pack({each: data for each, data in files.items() if each != name}), trust)
        assert report.status is not Status.PASSED, name
        assert name in "\n".join(finding.detail for finding in report.findings)


@pytest.mark.slow
def test_every_file_cut_to_nothing_or_filled_with_noise_is_noticed(world: World) -> None:
    files, trust = built(world)
    for name in files:
        for data in (b"", b"\xff\x00{}\n\n" * 20, files[name] + b"\n"):
            report = run(pack(files | {name: data}), trust)
            assert report.status is Status.FAILED, (name, data[:10])


def test_an_earlier_checkpoint_must_be_what_its_name_says(world: World) -> None:
    files, trust = built(world)
    size = next(int(name[17:29]) for name in files if name.startswith("data/log/earlier/"))
    moved = {name.replace(f"{size:012d}", f"{size - 1:012d}"): data for name, data in files.items()}
    assert "earlier_size" in codes(run(pack(moved), trust))


def test_a_proof_to_another_checkpoint_is_refused(world: World) -> None:
    files, trust = built(world)
    seal = files["seal/seal.tlog-proof"].split(b"\n\n", 1)[1]
    name = "data/log/00000002.tlog-proof"
    forged = files[name].split(b"\n\n", 1)[0] + b"\n\n" + seal
    assert {"proof_checkpoint"} <= codes(run(pack(files | {name: forged}), trust))


def test_a_consistency_file_about_other_checkpoints_is_refused(world: World) -> None:
    files, trust = built(world)
    earlier = next(name for name in files if name.endswith(".consistency"))
    seal = files["seal/consistency"]
    for changed in (
        {"seal/consistency": files[earlier]},
        {earlier: seal},
        {"seal/consistency": seal.replace(b"old ", b"old 1")},
        {"seal/consistency": seal + "— unknown.example AAAAAAAA\n".encode()},
    ):
        assert 8 in failed(run(pack(files | changed), trust))


def test_extra_data_in_a_log_proof_is_refused(world: World) -> None:
    files, trust = built(world)
    name = "data/log/00000002.tlog-proof"
    padded = files[name].replace(b"@v1\n", b"@v1\nextra aGVsbG8=\n")
    report = run(pack(files | {name: padded}), trust)
    assert 3 in failed(report)


def test_manifests_of_another_spelling_are_refused(world: World) -> None:
    files, trust = built(world)
    manifest = files["manifest-sha256.txt"]
    first = manifest.split(b"\n")[0]
    for spelling in (
        manifest.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + manifest,
        manifest + first + b"\n",
        first + b"\n" + manifest,
        manifest.replace(b"  data", b" *data", 1),
        manifest.replace(b"  data", b"  ../data", 1),
        manifest[:-1],
        manifest.upper(),
    ):
        report = run(pack(files | {"manifest-sha256.txt": spelling}), trust)
        assert "manifest_form" in codes(report)


def test_bag_info_is_checked(world: World) -> None:
    files, trust = built(world)
    info = files["bag-info.txt"]
    for changed, code in (
        (info.replace(b"Version: 1", b"Version: 2"), "version"),
        (info.replace(MATTER.encode(), b"m_another"), "matter_name"),
        (info.replace(b"Oxum: ", b"Oxum: 1"), "oxum"),
        (info.replace(b"2026-03-08", b"2026-13-08"), "bag_info"),
        (info.replace(b"\n", b"\r\n"), "bag_info"),
    ):
        assert code in codes(run(pack(files | {"bag-info.txt": changed}), trust))
    assert "declaration" in codes(run(pack(files | {"bagit.txt": b"BagIt-Version: 0.97\n"}), trust))


def test_two_top_folders_are_refused(world: World) -> None:
    files, trust = built(world)
    sink = io.BytesIO()
    members = [member_from_bytes(f"{MATTER}/{name}", data) for name, data in files.items()]
    write_archive([*members, member_from_bytes("elsewhere/x.txt", b"x")], sink)
    assert {"top_folder", "unlisted"} <= codes(run(sink.getvalue(), trust))


def test_a_signed_scan_with_more_behind_it_is_remarked_on_and_passes(world: World) -> None:
    ranged = b"9 0 obj\n<< /ByteRange [0 10 14 30] /Contents <00> >>\nendobj\n"
    world.matters.pop(MATTER, None)
    world.append("matter.opened", {"reference": "x"})
    scan = ("slip.pdf", small_pdf("x", extra=ranged), "application/pdf", "signed_notice")
    world.append("scan.recorded", {"scan": "s_1"}, files=[scan])
    report = run(pack(world.bundle()), trust_from_files(world.trust_files()))
    assert report.status is Status.PASSED
    assert "pdf_partial_received" in {each.code for each in report.caveats}


def test_one_authority_and_late_tokens_are_caveats(world: World) -> None:
    world.matters.pop(MATTER, None)
    world.append("matter.opened", {"reference": "x"})
    world.clock.forward(days=40)
    report = run(pack(world.bundle(authorities=(0,))), trust_from_files(world.trust_files()))
    assert report.status is Status.PASSED
    assert {"one_authority", "late_token"} <= {each.code for each in report.caveats}
    assert "960 小时" in report_to_text(report)


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_flipped_byte_ever_passes(data: st.DataObject, trust: TrustAnchors) -> None:
    bundle = bytearray(data.draw(st.sampled_from(VALID)).read_bytes())
    position = data.draw(st.integers(0, len(bundle) - 1))
    bundle[position] ^= data.draw(st.integers(1, 255))
    try:
        report = run(bytes(bundle), trust)
    except MalformedError:
        return
    assert report.status is not Status.PASSED


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bundle_cut_or_grown_ever_passes(data: st.DataObject, trust: TrustAnchors) -> None:
    bundle = data.draw(st.sampled_from(VALID)).read_bytes()
    position = data.draw(st.integers(0, len(bundle)))
    inserted = data.draw(st.binary(min_size=1, max_size=40))
    for changed in (bundle[:position] + inserted + bundle[position:], bundle[: max(0, position - 1)]):
        try:
            report = run(changed, trust)
        except MalformedError:
            continue
        assert report.status is not Status.PASSED


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_members_never_crash_the_verifier(data: st.DataObject, trust: TrustAnchors) -> None:
    """Any bytes under any name: the zip itself is sound, so every check meets them."""
    files = unpack(VALID[0].read_bytes())
    name = data.draw(st.sampled_from(sorted(files)))
    start = data.draw(st.integers(0, len(files[name])))
    noise = data.draw(st.binary(max_size=60))
    files[name] = files[name][:start] + noise + files[name][start + data.draw(st.integers(0, 60)) :]
    report = run(pack(files), trust)
    report_to_text(report)
    if files[name] != unpack(VALID[0].read_bytes())[name]:
        assert report.status is not Status.PASSED


def test_something_else_than_a_zip_is_unreadable(trust: TrustAnchors) -> None:
    with pytest.raises(MalformedError, match="not a zip"):
        run(b"%PDF-1.7", trust)


def test_reports_can_be_read_by_people_and_programs(trust: TrustAnchors) -> None:
    report = run(VALID[0].read_bytes(), trust)
    text = report_to_text(report)
    assert "结论：通过" in text
    assert "首条记录时间：2026-03-02 09:37:00（北京时间）" in text
    assert "Result: PASSED" in report_to_text(report, language="en")
    data = report_to_json(report)
    assert data["status"] == "passed"
    assert data["facts"]["notices"] == ["DEMO-2026-000001"]
    assert len(data["findings"]) == 12


def test_long_lists_of_faults_are_counted(world: World) -> None:
    files, trust = built(world)
    files |= {f"data/x{number}.txt": b"" for number in range(30)}
    text = report_to_text(run(pack(files), trust))
    assert "另有" in text


def test_hostile_text_cannot_steer_a_terminal(world: World) -> None:
    world.matters.pop(MATTER, None)
    world.append("matter.opened", {"reference": "x"})
    world.append("notice.issued", {"notice_no": "\x1b[2J\u202eX"})
    text = report_to_text(run(pack(world.bundle()), trust_from_files(world.trust_files())))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_every_message_has_both_languages_and_the_same_placeholders() -> None:
    for message in MESSAGES.values():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in message.wording]
        assert fields[0] == fields[1], message
