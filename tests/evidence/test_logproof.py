from dataclasses import replace

import pytest
import vector_files
from hypothesis import given, settings
from hypothesis import strategies as st
from note_signers import Ed25519Signer

from evidence.canonical import to_base64
from evidence.checkpoint import Checkpoint, checkpoint_text
from evidence.entry import leaf_hash
from evidence.errors import EvidenceError, InclusionError, MalformedError, SignatureError, VerificationError
from evidence.logproof import (
    MAX_EXTRA_BYTES,
    MAX_LOG_PROOF_BYTES,
    LogProof,
    format_log_proof,
    parse_log_proof,
    verify_log_proof,
)
from evidence.merkle import MAX_TREE_SIZE, inclusion_proof, root_from_leaves
from evidence.note import parse_vkey, sign_note

ORIGIN = "duly.example/log"
LOG = Ed25519Signer(ORIGIN)
KEYS = [LOG.verifier_key]
LEAF_HASHES = [leaf_hash(f"entry {n}".encode()) for n in range(11)]
HASHES = st.binary(min_size=32, max_size=32)
REKOR_ORIGIN = "rekor.sigstore.dev - 2605736670972794746"


def checkpoint(size=11, *, origin=ORIGIN):
    root = root_from_leaves(LEAF_HASHES[:size])
    return sign_note(checkpoint_text(Checkpoint(origin=origin, tree_size=size, root_hash=root)), [LOG])


def log_proof(index=4, size=11):
    def node(level, position):
        return root_from_leaves(LEAF_HASHES[position << level : (position + 1) << level])

    path = inclusion_proof(leaf_index=index, tree_size=size, node=node)
    return LogProof(leaf_index=index, proof=path, checkpoint=checkpoint(size))


CHECKPOINT_BYTES = checkpoint()


def test_an_entry_on_another_log_is_proved_by_that_logs_own_proof():
    data = vector_files.read("checkpoint/rekor-55510966.tlog-proof")
    proof = parse_log_proof(data)
    assert format_log_proof(proof) == data
    checkpoint = verify_log_proof(
        proof,
        leaf_hash=leaf_hash(vector_files.read("checkpoint/rekor-55510966.entry")),
        log_keys=[parse_vkey(vector_files.read("checkpoint/rekor.vkey").decode().rstrip("\n"))],
        origin=REKOR_ORIGIN,
    )
    assert (checkpoint.tree_size, checkpoint.extensions) == (55510966, ("Timestamp: 1703705040158839214",))


def test_every_leaf_of_every_size_is_proved():
    for size in range(1, 12):
        for index in range(size):
            proof = parse_log_proof(format_log_proof(log_proof(index, size)))
            opened = verify_log_proof(proof, leaf_hash=LEAF_HASHES[index], log_keys=KEYS, origin=ORIGIN)
            assert opened.tree_size == size


def test_the_file_is_spelled_as_the_specification_spells_it():
    proof = log_proof(1, 2)
    assert format_log_proof(proof) == (
        b"c2sp.org/tlog-proof@v1\nindex 1\n" + to_base64(LEAF_HASHES[0]).encode() + b"\n\n" + proof.checkpoint
    )
    assert format_log_proof(replace(proof, extra=b"")).startswith(b"c2sp.org/tlog-proof@v1\nextra \nindex 1\n")


@settings(deadline=None)
@given(
    st.builds(
        LogProof,
        leaf_index=st.integers(0, MAX_TREE_SIZE - 1),
        proof=st.lists(HASHES, max_size=63).map(tuple),
        checkpoint=st.just(CHECKPOINT_BYTES),
        extra=st.none() | st.binary(max_size=100),
    )
)
def test_log_proofs_read_back(proof):
    assert parse_log_proof(format_log_proof(proof)) == proof


@settings(deadline=None)
@given(st.binary(max_size=80), st.integers(0, 400), st.integers(0, 30))
def test_damaged_files_are_refused_or_read_exactly(patch, start, cut):
    data = format_log_proof(log_proof())
    damaged = data[:start] + patch + data[start + cut :]
    try:
        proof = parse_log_proof(damaged)
    except MalformedError:
        return
    assert format_log_proof(proof) == damaged


def test_no_bit_of_a_log_proof_can_change():
    data = format_log_proof(log_proof())
    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(EvidenceError):
            verify_log_proof(parse_log_proof(bytes(changed)), leaf_hash=LEAF_HASHES[4], log_keys=KEYS, origin=ORIGIN)


def test_extra_data_is_kept_and_proves_nothing():
    proof = parse_log_proof(format_log_proof(replace(log_proof(), extra=b"opaque")))
    assert proof.extra == b"opaque"
    verify_log_proof(proof, leaf_hash=LEAF_HASHES[4], log_keys=KEYS, origin=ORIGIN)


def test_another_entry_is_not_proved():
    with pytest.raises(InclusionError, match="not to the root"):
        verify_log_proof(log_proof(), leaf_hash=LEAF_HASHES[5], log_keys=KEYS, origin=ORIGIN)


@pytest.mark.parametrize("index", [3, 5, 10, 11, 2**40])
def test_another_index_is_not_proved(index):
    with pytest.raises(InclusionError):
        verify_log_proof(replace(log_proof(), leaf_index=index), leaf_hash=LEAF_HASHES[4], log_keys=KEYS, origin=ORIGIN)


def test_a_checkpoint_of_another_size_does_not_commit_to_the_leaf():
    with pytest.raises(InclusionError):
        verify_log_proof(
            replace(log_proof(), checkpoint=checkpoint(10)), leaf_hash=LEAF_HASHES[4], log_keys=KEYS, origin=ORIGIN
        )


def test_the_checkpoint_must_be_the_given_logs():
    other = replace(log_proof(), checkpoint=checkpoint(origin="other.example/log"))
    with pytest.raises(VerificationError, match=r"other\.example/log"):
        verify_log_proof(other, leaf_hash=LEAF_HASHES[4], log_keys=KEYS, origin=ORIGIN)
    stranger = Ed25519Signer(ORIGIN, seed=9).verifier_key
    with pytest.raises(SignatureError):
        verify_log_proof(log_proof(), leaf_hash=LEAF_HASHES[4], log_keys=[stranger], origin=ORIGIN)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"@v1", b"@v2", "the first line is not"),
        (b"c2sp", b" c2sp", "the first line is not"),
        (b"c2sp", b"\xef\xbb\xbfc2sp", "not ASCII at byte 0"),
        (b"index 4\n", b"", "no line with the index"),
        (b"index 4\n", b"index 4\nindex 4\n", "proof: not base64"),
        (b"index 4", b"index 04", "index: not a decimal"),
        (b"index 4", b"index -4", "index: not a decimal"),
        (b"index 4", b"index  4", "index: not a decimal"),
        (b"index 4", b"index 4 ", "index: not a decimal"),
        (b"index 4", b"Index 4", "no line with the index"),
        (b"index 4", b"index " + str(2**63 - 1).encode(), "is not a leaf index"),
        (b"index 4\n", b"index 4\n" + b"A" * 44 + b"\n", "32 bytes"),
        (b"index 4\n", b"index 4\nAAAA\n", "32 bytes"),
        (b"index 4\n", b"index 4\n\n", "signature line|three lines|decimal"),
        (b"index 4\n", b"extra AB==\nindex 4\n", "extra: base64 in a second spelling"),
        (b"index 4\n", b"extra\nindex 4\n", "no line with the index"),
        (b"index 4\n", b"extra AAAA\nextra AAAA\nindex 4\n", "no line with the index"),
        (b"\n", b"\r\n", "not ASCII"),
        (b"\n\nduly", b"\nduly", "."),
    ],
)
def test_other_spellings_are_refused(old, new, message):
    data = format_log_proof(log_proof())
    assert old in data
    with pytest.raises(MalformedError, match=message):
        parse_log_proof(data.replace(old, new) if old == b"\n" else data.replace(old, new, 1))


def test_a_log_proof_is_bounded():
    proof = log_proof()
    line = to_base64(bytes(32)).encode() + b"\n"
    data = format_log_proof(proof)
    with pytest.raises(MalformedError, match="64 hashes are more than 63"):
        parse_log_proof(data.replace(b"index 4\n", b"index 4\n" + line * 60, 1))
    with pytest.raises(MalformedError, match=f"bytes are more than {MAX_LOG_PROOF_BYTES}"):
        parse_log_proof(data + bytes(MAX_LOG_PROOF_BYTES))
    with pytest.raises(MalformedError, match="65536 bytes are more than"):
        replace(proof, extra=bytes(MAX_EXTRA_BYTES + 1))
    with pytest.raises(MalformedError):
        replace(proof, proof=(bytes(32),) * 64)
    with pytest.raises(MalformedError):
        replace(proof, leaf_index=-1)
    with pytest.raises(MalformedError):
        replace(proof, checkpoint=b"")


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\n\n", b"c2sp.org/tlog-proof@v1", b"c2sp.org/tlog-proof@v1\nindex 0\n\n"]
)
def test_a_cut_off_file_is_refused(data):
    with pytest.raises(MalformedError):
        parse_log_proof(data)
