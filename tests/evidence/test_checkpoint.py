from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import vector_files
from hypothesis import given, settings
from hypothesis import strategies as st
from note_signers import BrokenSigner, EcdsaSigner, Ed25519Signer

from evidence.checkpoint import (
    MAX_EXTENSION_LINES,
    MAX_LINE_LENGTH,
    Checkpoint,
    checkpoint_text,
    cosign_checkpoint,
    cosignature_message,
    open_checkpoint,
    parse_checkpoint,
    parse_decimal,
    verify_cosignatures,
)
from evidence.errors import EvidenceError, MalformedError, SignatureError, VerificationError
from evidence.merkle import EMPTY_ROOT, MAX_TREE_SIZE
from evidence.note import NoteSignature, SignedNote, format_note, parse_note, parse_vkey, sign_note

ORIGIN = "duly.example/log"
LOG, LOG_ECDSA = Ed25519Signer(ORIGIN), EcdsaSigner(ORIGIN)
WITNESSES = [Ed25519Signer(f"witness.example/w{n}", seed=100 + n, witness=True) for n in (1, 2)]
CHECKPOINT = Checkpoint(origin=ORIGIN, tree_size=5, root_hash=bytes(range(32)))
AT = datetime(2026, 11, 23, 22, 6, 40, tzinfo=UTC)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
CHECKPOINTS = st.builds(
    Checkpoint,
    origin=LINES,
    tree_size=st.integers(1, MAX_TREE_SIZE),
    root_hash=st.binary(min_size=32, max_size=32),
    extensions=st.lists(LINES, max_size=4).map(tuple),
)


def signed(checkpoint=CHECKPOINT, signers=(LOG,)):
    return sign_note(checkpoint_text(checkpoint), list(signers))


def key_of(name):
    return parse_vkey(vector_files.read(f"checkpoint/{name}.vkey").decode().rstrip("\n"))


@pytest.mark.parametrize(
    ("name", "log", "origin", "tree_size", "root_hash_hex"),
    [
        (
            "sumdb-6476701",
            "sumdb",
            "go.sum database tree",
            6476701,
            "99bf102d022cd19d323f90acb6aea0ba3f3ba1759e0bd80433ca158a49a6f569",
        ),
        (
            "sumdb-20852163",
            "sumdb",
            "go.sum database tree",
            20852163,
            "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62",
        ),
        (
            "rekor-798034",
            "rekor",
            "Rekor",
            798034,
            "7feec2a0a817284fed372b3d4d35dcaff69de94fcadf1bf39e6cdec3dcba48fd",
        ),
        (
            "pixel6-10",
            "pixel6",
            "DEFAULT",
            10,
            "6ec591b9c254e7124f1dbe5e05d3a6ebe0ccf957a509906ebed237b0711127d6",
        ),
    ],
)
def test_checkpoints_that_other_logs_signed_open(name, log, origin, tree_size, root_hash_hex):
    data = vector_files.read(f"checkpoint/{name}.checkpoint")
    opened = open_checkpoint(data, log_keys=[key_of(log)], origin=origin)
    assert opened == Checkpoint(origin=origin, tree_size=tree_size, root_hash=bytes.fromhex(root_hash_hex))
    assert checkpoint_text(opened) == parse_note(data).text
    with pytest.raises(VerificationError):
        open_checkpoint(data, log_keys=[key_of("pixel6" if log == "rekor" else "rekor")], origin=origin)


def test_the_example_of_the_specification_reads():
    data = vector_files.read("checkpoint/c2sp-behind-the-sofa.checkpoint")
    checkpoint, note = parse_checkpoint(data)
    assert (checkpoint.origin, checkpoint.tree_size) == ("example.com/behind-the-sofa", 20852163)
    assert [line.name for line in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert format_note(note) == data
    # The message of C2SP tlog-cosignature, "Ed25519 signed message"; the time is the one inside the signature.
    seconds = int.from_bytes(note.signatures[1].signature[:8], "big")
    assert cosignature_message(note.text, datetime.fromtimestamp(seconds, UTC)) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


@settings(deadline=None)
@given(CHECKPOINTS)
def test_checkpoints_read_back(checkpoint):
    assert parse_checkpoint(signed(checkpoint))[0] == checkpoint


def test_a_checkpoint_opens_with_any_of_the_logs_keys():
    data = signed(signers=(LOG, LOG_ECDSA))
    for keys in ([LOG.verifier_key], [LOG_ECDSA.verifier_key], [LOG.verifier_key, LOG_ECDSA.verifier_key]):
        assert open_checkpoint(data, log_keys=keys, origin=ORIGIN) == CHECKPOINT


def test_the_empty_log_has_a_checkpoint():
    empty = Checkpoint(origin=ORIGIN, tree_size=0, root_hash=EMPTY_ROOT)
    assert open_checkpoint(signed(empty), log_keys=[LOG.verifier_key], origin=ORIGIN) == empty


def test_another_logs_checkpoint_is_told_even_when_the_key_is_shared():
    other = replace(CHECKPOINT, origin="other.example/log")
    with pytest.raises(VerificationError, match=r"'other\.example/log', not of 'duly\.example/log'"):
        open_checkpoint(signed(other), log_keys=[LOG.verifier_key], origin=ORIGIN)


def test_a_checkpoint_of_a_key_that_was_not_given_is_refused():
    stranger = Ed25519Signer(ORIGIN, seed=99)
    with pytest.raises(SignatureError, match="no key"):
        open_checkpoint(signed(signers=(stranger,)), log_keys=[LOG.verifier_key], origin=ORIGIN)


def test_no_bit_of_a_checkpoint_can_change():
    data = signed()
    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(EvidenceError):
            open_checkpoint(bytes(changed), log_keys=[LOG.verifier_key], origin=ORIGIN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("o\n5\n", "three lines"),
        ("\n5\nAAAA\n", "empty, broken or too long"),
        ("o\n05\nR\n", "tree size: not a decimal"),
        ("o\n+5\nR\n", "tree size: not a decimal"),
        ("o\n-5\nR\n", "tree size: not a decimal"),
        ("o\n5 \nR\n", "tree size: not a decimal"),
        ("o\n\nR\n", "tree size: not a decimal"),
        ("o\n５\nR\n", "tree size: not a decimal"),
        ("o\n0x5\nR\n", "tree size: not a decimal"),
        (f"o\n{2**63}\nR\n", "tree size: not a decimal"),
        ("o\n" + "9" * 5000 + "\nR\n", "tree size: not a decimal"),
        ("o\n5\nAAAA\n", "has 3 bytes, not 32"),
        ("o\n5\n" + "A" * 44 + "\n", "has 33 bytes, not 32"),
        ("o\n5\n R\n", "root hash: not base64"),
        ("o\n0\nR\n", "empty tree goes with size 0"),
        ("o\n5\nE\n", "empty tree goes with size 0"),
        ("\n5\nR\n", "empty, broken or too long"),
        ("o\n5\nR\n\n", "empty, broken or too long"),
        ("o\n5\nR\n\nx\n", "empty, broken or too long"),
        ("o" * 1025 + "\n5\nR\n", "empty, broken or too long"),
        ("o\n5\nR\n" + "x" * 1025 + "\n", "empty, broken or too long"),
        ("o\n5\nR\n" + "x\n" * 17, "17 extension lines"),
    ],
)
def test_other_texts_are_no_checkpoints(text, message):
    hashes = {
        "R\n": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "E\n": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    }
    for short, whole in hashes.items():
        text = text.replace(short, whole)
    with pytest.raises(MalformedError, match=message):
        parse_checkpoint(sign_note(text, [LOG]))


def test_the_longest_lines_still_fit():
    longest = replace(
        CHECKPOINT, origin="o" * MAX_LINE_LENGTH, tree_size=MAX_TREE_SIZE, extensions=("x",) * MAX_EXTENSION_LINES
    )
    assert parse_checkpoint(signed(longest))[0] == longest


@pytest.mark.parametrize(
    "change",
    [
        {"origin": ""},
        {"origin": "a\nb"},
        {"tree_size": -1},
        {"tree_size": 2**63},
        {"root_hash": bytes(31)},
        {"tree_size": 0},
        {"root_hash": EMPTY_ROOT},
        {"extensions": ("",)},
        {"extensions": ("a\n9\n",)},
    ],
)
def test_a_checkpoint_outside_its_ranges_cannot_be_made(change):
    with pytest.raises(MalformedError):
        replace(CHECKPOINT, **change)


def test_a_decimal_is_bounded_and_plain():
    assert [parse_decimal(text) for text in ("0", "7", str(MAX_TREE_SIZE))] == [0, 7, MAX_TREE_SIZE]
    with pytest.raises(MalformedError) as caught:
        parse_decimal("007", where="index")
    assert caught.value.where == "index"


def test_witnesses_cosign_and_state_when():
    data = signed(signers=(LOG, LOG_ECDSA))
    later = AT + timedelta(seconds=90)
    for witness, at in zip(WITNESSES, (AT, later), strict=True):
        data = cosign_checkpoint(data, signer=witness, at=at)
    note = parse_note(data)
    keys = [witness.verifier_key for witness in WITNESSES]
    assert verify_cosignatures(note, keys) == ((keys[0], AT), (keys[1], later))
    assert verify_cosignatures(note, [keys[1], keys[1]]) == ((keys[1], later),)
    assert open_checkpoint(data, log_keys=[LOG.verifier_key], origin=ORIGIN) == CHECKPOINT


def test_a_witness_that_did_not_cosign_is_left_out():
    note = parse_note(cosign_checkpoint(signed(), signer=WITNESSES[0], at=AT))
    assert verify_cosignatures(note, [WITNESSES[1].verifier_key]) == ()
    assert verify_cosignatures(note, []) == ()


def test_the_time_of_a_cosignature_is_signed():
    note = parse_note(cosign_checkpoint(signed(), signer=WITNESSES[0], at=AT))
    line = note.signatures[1]
    for position in range(len(line.signature) * 8):
        changed = bytearray(line.signature)
        changed[position // 8] ^= 1 << position % 8
        moved = replace(note, signatures=(note.signatures[0], replace(line, signature=bytes(changed))))
        with pytest.raises(SignatureError) as caught:
            verify_cosignatures(moved, [WITNESSES[0].verifier_key])
        assert caught.value.where == "witness.example/w1"


def test_a_cosignature_does_not_fit_another_checkpoint():
    line = parse_note(cosign_checkpoint(signed(), signer=WITNESSES[0], at=AT)).signatures[1]
    other = parse_note(signed(replace(CHECKPOINT, tree_size=6)))
    moved = replace(other, signatures=(*other.signatures, line))
    with pytest.raises(SignatureError, match="the signature is wrong"):
        verify_cosignatures(moved, [WITNESSES[0].verifier_key])


@pytest.mark.parametrize("length", [1, 64, 71, 73])
def test_a_cosignature_of_another_length_is_refused(length):
    key = WITNESSES[0].verifier_key
    line = NoteSignature(name=key.name, key_id=key.key_id, signature=bytes(length))
    with pytest.raises(SignatureError, match="72 bytes"):
        verify_cosignatures(SignedNote(text=checkpoint_text(CHECKPOINT), signatures=(line,)), [key])


def test_a_plain_signature_is_no_cosignature_and_the_other_way_round():
    with pytest.raises(ValueError, match="verify_note"):
        verify_cosignatures(parse_note(signed()), [LOG.verifier_key])
    with pytest.raises(SignatureError):
        cosign_checkpoint(signed(), signer=BrokenSigner("w.example", seed=4, witness=True), at=AT)
    with pytest.raises(ValueError, match="verify_note"):
        cosign_checkpoint(signed(), signer=Ed25519Signer("w.example", seed=4), at=AT)


def test_a_witness_does_not_cosign_twice():
    data = cosign_checkpoint(signed(), signer=WITNESSES[0], at=AT)
    with pytest.raises(SignatureError, match="signed twice"):
        cosign_checkpoint(data, signer=WITNESSES[0], at=AT + timedelta(seconds=1))


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 1, 1), datetime(2026, 1, 1, microsecond=1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)],
)
def test_a_time_that_cannot_be_stated_is_our_own_mistake(at):
    with pytest.raises(ValueError, match="since 1970"):
        cosignature_message("text\n", at)


def test_the_time_is_the_same_instant_in_any_zone():
    beijing = AT.astimezone(timezone(timedelta(hours=8)))
    assert (
        cosignature_message("x\n", beijing) == cosignature_message("x\n", AT) == b"cosignature/v1\ntime 1795471600\nx\n"
    )
