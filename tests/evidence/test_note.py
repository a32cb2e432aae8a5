import pytest
import vector_files
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from note_signers import BrokenSigner, EcdsaSigner, Ed25519Signer

from evidence.canonical import to_base64
from evidence.errors import MalformedError, SignatureError
from evidence.note import (
    COSIGNATURE,
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    NoteSignature,
    SignedNote,
    VerifierKey,
    ecdsa_key,
    ed25519_key,
    format_note,
    format_vkey,
    parse_note,
    parse_vkey,
    sign_note,
    verify_note,
    witness_key,
)

TEXT = "duly.example/log\n达证\n"
ED, EC = Ed25519Signer("duly.example/log"), EcdsaSigner("duly.example/log")
STRANGER = Ed25519Signer("stranger.example", seed=9)
STRANGER_LINE = NoteSignature(name="stranger.example", key_id=bytes(4), signature=bytes(64))
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1, max_size=40)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=80).map(
    lambda text: text + "\n"
)
LINES = st.builds(
    NoteSignature, name=NAMES, key_id=st.binary(min_size=4, max_size=4), signature=st.binary(min_size=1, max_size=90)
)
NOTES = st.builds(
    SignedNote,
    text=TEXTS,
    signatures=st.lists(LINES, min_size=1, max_size=5, unique=True).map(tuple),
)


def spki(private_key):
    return private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def peter_neumann():
    return parse_vkey(vector_files.read("note/go-peterneumann.vkey").decode().rstrip("\n"))


def test_the_example_of_the_go_project_verifies():
    note = parse_note(vector_files.read("note/go-peterneumann.note"))
    assert verify_note(note, [peter_neumann()]) == (peter_neumann(),)
    assert note.text.startswith("If you think cryptography")


def test_the_example_of_the_go_project_can_be_signed_again():
    class Peter(Ed25519Signer):
        # The private key is published: PRIVATE+KEY+PeterNumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz
        def __init__(self):
            super().__init__("PeterNeumann")
            seed = bytes.fromhex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173")
            self._private = Ed25519PrivateKey.from_private_bytes(seed)

    data = vector_files.read("note/go-peterneumann.note")
    assert Peter().verifier_key == peter_neumann()
    assert sign_note(parse_note(data).text, [Peter()]) == data


def test_the_example_of_the_specification_reads_and_writes():
    data = vector_files.read("note/c2sp-quasimodo.note")
    note = parse_note(data)
    assert note.text.endswith("\n\ned è subito sera.\n")
    assert [(line.name, line.key_id.hex()) for line in note.signatures] == [("quasimodo.example/salvatore", "367ba04b")]
    assert len(note.signatures[0].signature) == 64
    assert format_note(note) == data


@pytest.mark.parametrize("name", vector_files.named("note/broken/*.note"))
def test_a_broken_note_is_refused(name):
    with pytest.raises(MalformedError):
        parse_note(vector_files.read(name))


def test_the_broken_notes_are_what_their_generator_writes():
    files = vector_files.generator("note").files()
    assert sorted(f"note/broken/{name}" for name in files) == vector_files.named("note/broken/*")
    for name, data in files.items():
        assert vector_files.read(f"note/broken/{name}") == data, name


@settings(deadline=None)
@given(NOTES)
def test_notes_read_back(note):
    assert parse_note(format_note(note)) == note


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet="a \n\u2014+=AQ", max_size=60).map(str.encode))
def test_whatever_is_read_is_written_the_same_way_and_the_rest_is_malformed(data):
    try:
        note = parse_note(data)
    except MalformedError:
        return
    assert format_note(note) == data


def test_the_text_may_have_blank_lines_and_look_like_a_note():
    inner = sign_note(TEXT, [ED]).decode()
    outer = sign_note(inner, [STRANGER])
    assert parse_note(outer).text == inner
    with pytest.raises(SignatureError, match="no key"):
        verify_note(parse_note(outer), [ED.verifier_key])


def test_both_keys_of_a_log_sign_one_text():
    note = parse_note(sign_note(TEXT, [ED, EC]))
    keys = [EC.verifier_key, ED.verifier_key]
    assert verify_note(note, keys) == tuple(keys)
    assert [line.key_id for line in note.signatures] == [ED.verifier_key.key_id, EC.verifier_key.key_id]


def test_a_given_key_that_did_not_sign_is_no_fault():
    note = parse_note(sign_note(TEXT, [ED]))
    assert verify_note(note, [EC.verifier_key, ED.verifier_key]) == (ED.verifier_key,)


def test_a_key_given_twice_counts_once():
    note = parse_note(sign_note(TEXT, [ED]))
    assert verify_note(note, [ED.verifier_key] * 3) == (ED.verifier_key,)


def test_signatures_of_strangers_are_ignored():
    note = parse_note(sign_note(TEXT, [STRANGER, ED]))
    assert verify_note(note, [ED.verifier_key]) == (ED.verifier_key,)


@pytest.mark.parametrize("keys", [[], [STRANGER.verifier_key], [ed25519_key("duly.example/log2", bytes(32))]])
def test_without_a_signature_of_a_given_key_a_note_is_worth_nothing(keys):
    with pytest.raises(SignatureError, match="no key that was given has signed"):
        verify_note(parse_note(sign_note(TEXT, [ED, EC])), keys)


@pytest.mark.parametrize("signer", [ED, EC])
def test_one_wrong_signature_of_a_given_key_spoils_the_note(signer):
    note = parse_note(sign_note(TEXT, [ED, EC]))
    wrong = tuple(
        NoteSignature(name=line.name, key_id=line.key_id, signature=line.signature[:-1] + b"\x00")
        if line.key_id == signer.verifier_key.key_id
        else line
        for line in note.signatures
    )
    spoiled = SignedNote(text=note.text, signatures=wrong)
    with pytest.raises(SignatureError, match="the signature is wrong") as caught:
        verify_note(spoiled, [ED.verifier_key, EC.verifier_key])
    assert caught.value.where == "duly.example/log"


@pytest.mark.parametrize("signature", [b"x", bytes(63), bytes(64), bytes(65), b"\x30\x06\x02\x01\x00\x02\x01\x00"])
@pytest.mark.parametrize("signer", [ED, EC])
def test_signatures_of_any_length_are_wrong_and_never_a_crash(signer, signature):
    key = signer.verifier_key
    note = SignedNote(text=TEXT, signatures=(NoteSignature(name=key.name, key_id=key.key_id, signature=signature),))
    with pytest.raises(SignatureError):
        verify_note(note, [key])


def test_a_key_that_is_no_point_verifies_nothing():
    key = ed25519_key("k", b"\xff" * 32)
    note = SignedNote(text=TEXT, signatures=(NoteSignature(name="k", key_id=key.key_id, signature=bytes(64)),))
    with pytest.raises(SignatureError):
        verify_note(note, [key])


def test_a_given_key_that_signed_twice_is_refused():
    note = parse_note(sign_note(TEXT, [EC]))
    second = parse_note(sign_note(TEXT, [EC])).signatures[0]
    assert second != note.signatures[0], "ECDSA signatures are random"
    with pytest.raises(SignatureError, match="signed twice"):
        verify_note(SignedNote(text=TEXT, signatures=(*note.signatures, second)), [EC.verifier_key])


def test_no_bit_of_a_note_can_change():
    data = sign_note(TEXT, [ED])
    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises((MalformedError, SignatureError)):
            verify_note(parse_note(bytes(changed)), [ED.verifier_key])


def test_with_two_keys_a_changed_bit_never_changes_what_is_signed():
    data, keys = sign_note(TEXT, [ED, EC]), [ED.verifier_key, EC.verifier_key]
    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        try:
            note = parse_note(bytes(changed))
            signed = verify_note(note, keys)
        except (MalformedError, SignatureError):
            continue
        # Only name or id of one line changed: it became a stranger's, and the other key still holds.
        assert note.text == TEXT
        assert len(signed) == 1


def test_a_cosignature_key_is_not_for_notes():
    with pytest.raises(ValueError, match="verify_cosignatures"):
        verify_note(parse_note(sign_note(TEXT, [ED])), [witness_key("w", bytes(32))])


def test_a_damaged_signature_never_leaves():
    with pytest.raises(SignatureError, match="the signature is wrong"):
        sign_note(TEXT, [ED, BrokenSigner("duly.example/broken", seed=3)])


@pytest.mark.parametrize(
    "text", ["", "no newline at the end", "control\x01\n", "tab\t\n", "return\r\n", "lone \ud800\n"]
)
def test_a_text_that_is_no_note_is_not_signed(text):
    with pytest.raises(MalformedError):
        sign_note(text, [ED])


def test_a_note_needs_a_signer():
    with pytest.raises(ValueError, match="needs a signer"):
        sign_note(TEXT, [])


def test_a_note_without_signatures_is_not_written():
    with pytest.raises(MalformedError):
        format_note(SignedNote(text=TEXT, signatures=()))


def test_a_name_cannot_smuggle_a_line():
    line = NoteSignature(name="a\n\u2014 b", key_id=bytes(4), signature=bytes(64))
    with pytest.raises(MalformedError):
        format_note(SignedNote(text=TEXT, signatures=(line,)))


@pytest.mark.parametrize(
    "note",
    [
        # A text that ends like a signature line would become one.
        SignedNote(text=f"a\n\n\u2014 k {to_base64(bytes(68))}", signatures=(STRANGER_LINE,)),
        # A key id that is too long would give its last byte to the signature.
        SignedNote(text=TEXT, signatures=(NoteSignature(name="k", key_id=bytes(5), signature=bytes(64)),)),
    ],
    ids=["text-as-line", "long-key-id"],
)
def test_a_note_that_would_read_back_as_another_is_not_written(note):
    with pytest.raises(MalformedError, match="does not end with a newline"):
        format_note(note)


def test_the_number_of_signatures_and_the_size_are_bounded():
    lines = [f"\u2014 k{n} {to_base64(bytes(68))}\n" for n in range(MAX_SIGNATURES + 1)]
    most = (TEXT + "\n" + "".join(lines[:-1])).encode()
    assert len(parse_note(most).signatures) == MAX_SIGNATURES
    with pytest.raises(MalformedError, match="101 signatures"):
        parse_note((TEXT + "\n" + "".join(lines)).encode())
    with pytest.raises(MalformedError, match="more than 1000000"):
        parse_note(b"a" * MAX_NOTE_BYTES + b"\n\n" + lines[0].encode())


@pytest.mark.parametrize("key", [ED.verifier_key, EC.verifier_key, witness_key("w.example/1", bytes(range(32)))])
def test_keys_read_back(key):
    assert parse_vkey(format_vkey(key)) == key


@settings(deadline=None)
@given(NAMES, st.binary(min_size=32, max_size=32))
def test_keys_of_any_name_read_back(name, raw):
    for key in (ed25519_key(name, raw), witness_key(name, raw)):
        assert parse_vkey(format_vkey(key)) == key


def test_one_raw_key_has_another_id_as_a_witness_and_under_another_name():
    keys = [ed25519_key("a", bytes(32)), witness_key("a", bytes(32)), ed25519_key("b", bytes(32))]
    assert len({key.key_id for key in keys}) == 3
    assert keys[1].algorithm == COSIGNATURE


@pytest.mark.parametrize(
    ("vkey", "message"),
    [
        ("", "not a key like"),
        ("PeterNeumann", "not a key like"),
        ("PeterNeumann+c74f20a3", "the key is empty"),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not a key like"),
        ("PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not a key like"),
        ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "does not belong"),
        ("PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "does not belong"),
        ("PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "does not belong"),
        ("PeterNeumann+c74f20a3+BRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "signature type 5 is not known"),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy", "32 bytes"),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW", "not base64"),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", "not base64"),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not a key name"),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not a key name"),
        ("P" * 256 + "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not a key name"),
        ("\ud800+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not a key name"),
        ("p+c74f20a3+AjBZMBMG", "not a SubjectPublicKeyInfo"),
    ],
)
def test_other_spellings_of_a_key_are_refused(vkey, message):
    with pytest.raises(MalformedError, match=message):
        parse_vkey(vkey)


@pytest.mark.parametrize(
    "der",
    [
        spki(ec.derive_private_key(7, ec.SECP384R1())),
        spki(Ed25519PrivateKey.from_private_bytes(bytes(32))),
        spki(rsa.generate_private_key(65537, 2048)),
        spki(ec.derive_private_key(7, ec.SECP256R1()))[:-1],
        spki(ec.derive_private_key(7, ec.SECP256R1())) + b"\x00",
        b"",
    ],
    ids=["p-384", "ed25519", "rsa", "cut-off", "trailing-byte", "empty"],
)
def test_only_p256_keys_in_their_one_encoding_sign_with_ecdsa(der):
    with pytest.raises(MalformedError):
        ecdsa_key("duly.example/log", der)


def test_a_compressed_p256_key_is_a_second_encoding():
    point = (
        ec.derive_private_key(7, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    )
    algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    der = b"\x30\x39" + algorithm + b"\x03\x22\x00" + point
    with pytest.raises(MalformedError, match="second encoding"):
        ecdsa_key("duly.example/log", der)


def test_a_key_id_is_checked_however_the_key_is_made():
    with pytest.raises(MalformedError, match="does not belong"):
        VerifierKey(name="a", algorithm=1, key_id=bytes(4), public=bytes(32))
