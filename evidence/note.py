"""Signed notes: a text, a blank line, and lines of signatures over it.

Rules of the format:

- A note is UTF-8, without control characters other than the newline; its text ends with a newline.
- A signature line is an em dash, a space, the key's name, a space, base64 of key id and signature.
- Name and key id together say which key signed. Lines of keys that nobody gave are ignored; the line of a key
  that was given must be right, else the whole note is refused.
- A line given twice is refused, and so is a given key that signed twice.

Private keys never enter this module: a `NoteSigner` signs elsewhere.

Source: C2SP signed-note.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from evidence.canonical import from_base64, sha256, to_base64
from evidence.errors import MalformedError, SignatureError

ED25519 = 0x01
ECDSA_P256 = 0x02
COSIGNATURE = 0x04
"""Signature types (C2SP signed-note, "Signature types")."""

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
"""The limits of Go's golang.org/x/mod/sumdb/note; the specification asks for 16 signatures at least."""

MAX_NAME_LENGTH = 255
"""A witness can cosign no longer name (C2SP tlog-cosignature, cosigner_name<1..2^8-1>)."""

KEY_ID_SIZE = 4
_ED25519_KEY_SIZE = 32
_NAME = re.compile(r"[^\s+\ud800-\udfff]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile("\u2014 ([^ ]+) ([^ ]+)")
_KEY_ID_HEX = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line.

    Attributes:
        name: Name of the key.
        key_id: 4 bytes.
        signature: As its type has it: 64 bytes (Ed25519), DER (ECDSA), time and 64 bytes (cosignature).
    """

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A text and the signatures over it, not yet verified.

    Attributes:
        text: Everything that is signed, with its last newline.
    """

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key that somebody chose to trust under a name.

    Attributes:
        algorithm: `ED25519`, `ECDSA_P256` or `COSIGNATURE`.
        key_id: 4 bytes that follow from name, algorithm and key.
        public: 32 bytes (Ed25519), or SubjectPublicKeyInfo in DER (ECDSA).

    Raises:
        MalformedError: Not a usable name, not a key of the algorithm, or not its key id.
    """

    name: str
    algorithm: int
    key_id: bytes
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_public(self.algorithm, self.public)
        if self.key_id != _key_id(self.name, self.algorithm, self.public):
            raise MalformedError("the key id does not belong to name and key", where=self.name)


class NoteSigner(Protocol):
    """Whoever holds a private key: a file, a module, a remote service."""

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign a message as the key's algorithm has it."""
        ...


def ed25519_key(name: str, raw: bytes) -> VerifierKey:
    """Name a 32-byte Ed25519 public key that signs notes."""
    return _key(name, ED25519, raw)


def ecdsa_key(name: str, spki_der: bytes) -> VerifierKey:
    """Name a P-256 public key that signs notes with ECDSA and SHA-256."""
    return _key(name, ECDSA_P256, spki_der)


def witness_key(name: str, raw: bytes) -> VerifierKey:
    """Name a 32-byte Ed25519 public key that cosigns checkpoints."""
    return _key(name, COSIGNATURE, raw)


def parse_vkey(text: str) -> VerifierKey:
    """Read a key as `name+key id in hex+base64 of algorithm and key`.

    Raises:
        MalformedError: Another form, an unknown algorithm, or a key id that does not belong to the key.

    Source: C2SP signed-note, "Verifier keys".
    """
    name, _, rest = text.partition("+")
    key_id_hex, _, encoded = rest.partition("+")
    if not _KEY_ID_HEX.fullmatch(key_id_hex):
        raise MalformedError("not a key like name+8 hex digits+base64", where=name[:MAX_NAME_LENGTH])
    material = from_base64(encoded, where=name[:MAX_NAME_LENGTH])
    if not material:
        raise MalformedError("the key is empty", where=name[:MAX_NAME_LENGTH])
    return VerifierKey(name=name, algorithm=material[0], key_id=bytes.fromhex(key_id_hex), public=material[1:])


def format_vkey(key: VerifierKey) -> str:
    """Write a key as one line without its newline (C2SP signed-note, "Verifier keys")."""
    return f"{key.name}+{key.key_id.hex()}+{to_base64(bytes([key.algorithm]) + key.public)}"


def parse_note(data: bytes) -> SignedNote:
    """Read a signed note; its text is worth nothing before `verify_note`.

    Raises:
        MalformedError: Not in the format, too long, too many signatures, or one line twice.

    Source: C2SP signed-note, "Format".
    """
    content = _decode(data)
    text, separator, signatures = content.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise MalformedError("a note is a text, a blank line and signature lines")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedError(f"{len(lines)} signatures are more than {MAX_SIGNATURES}")
    if len(set(lines)) != len(lines):
        raise MalformedError("a signature line is there twice")
    return SignedNote(text=text + "\n", signatures=tuple(map(_parse_line, lines)))


def format_note(note: SignedNote) -> bytes:
    """Write a signed note.

    Raises:
        MalformedError: The values do not make a note that could be read back.

    Source: C2SP signed-note, "Format".
    """
    data = _encode(f"{note.text}\n{''.join(map(_format_line, note.signatures))}")
    if parse_note(data) != note:
        raise MalformedError("the text does not end with a newline, or a line does not read back")
    return data


def sign_note(text: str, signers: Sequence[NoteSigner]) -> bytes:
    """Sign a text with every signer and write the note.

    Raises:
        MalformedError: The text cannot be a note's.
        SignatureError: A signer's signature does not hold under its own key; a note like this never leaves.
        ValueError: No signer.
    """
    if not signers:
        raise ValueError("a note needs a signer")
    message = _encode(text)
    signatures = tuple(note_signature(signer.verifier_key, signer.sign(message)) for signer in signers)
    note = SignedNote(text=text, signatures=signatures)
    verify_note(note, [signer.verifier_key for signer in signers])
    return format_note(note)


def verify_note(note: SignedNote, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Prove that a note is signed by at least one of the given keys, and by none of them wrongly.

    A given key without a line is no fault, so that keys can be added and retired.

    Returns:
        The given keys that signed, each once, in the order given.

    Raises:
        SignatureError: A given key's signature is wrong, it signed twice, or no given key signed.
        ValueError: A key that cosigns; its message is another one.

    Source: C2SP signed-note, "Signatures".
    """
    if any(key.algorithm == COSIGNATURE for key in keys):
        raise ValueError("a cosignature is verified by verify_cosignatures")
    message = _encode(note.text)
    signed = []
    for key in dict.fromkeys(keys):
        line = signature_of(note, key)
        if line:
            verify_signature(key, signature=line.signature, message=message)
            signed.append(key)
    if not signed:
        raise SignatureError("no key that was given has signed")
    return tuple(signed)


def note_signature(key: VerifierKey, signature: bytes) -> NoteSignature:
    """Put a key's signature into a line."""
    return NoteSignature(name=key.name, key_id=key.key_id, signature=signature)


def signature_of(note: SignedNote, key: VerifierKey) -> NoteSignature | None:
    """Find the one line of a key; None if the key did not sign.

    Raises:
        SignatureError: The key has two lines.
    """
    lines = [line for line in note.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
    if len(lines) > 1:
        raise SignatureError("the key signed twice", where=key.name)
    return lines[0] if lines else None


def verify_signature(key: VerifierKey, *, signature: bytes, message: bytes) -> None:
    """Prove that a key signed a message.

    Raises:
        SignatureError: It did not.

    Source: RFC 8032 (Ed25519); FIPS 186-5 with SHA-256 and DER (ECDSA).
    """
    try:
        if key.algorithm == ECDSA_P256:
            _load_p256(key.public).verify(signature, message, ECDSA(SHA256()))
        else:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature as error:
        raise SignatureError("the signature is wrong", where=key.name) from error


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise MalformedError("text has a lone surrogate") from error


def _decode(data: bytes) -> str:
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedError(f"{len(data)} bytes are more than {MAX_NOTE_BYTES}")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"not UTF-8 at byte {error.start}") from error
    if _CONTROL.search(text):
        raise MalformedError("a note has no control character but the newline")
    return text


def _parse_line(line: str) -> NoteSignature:
    match = _LINE.fullmatch(line)
    if not match:
        raise MalformedError(f"not a signature line: {line[:40]!r}")
    name, encoded = match.groups()
    _check_name(name)
    material = from_base64(encoded, where=name)
    if len(material) <= KEY_ID_SIZE:
        raise MalformedError("a signature line without a signature", where=name)
    return NoteSignature(name=name, key_id=material[:KEY_ID_SIZE], signature=material[KEY_ID_SIZE:])


def _format_line(line: NoteSignature) -> str:
    return f"\u2014 {line.name} {to_base64(line.key_id + line.signature)}\n"


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME_LENGTH or not _NAME.fullmatch(name):
        raise MalformedError(f"not a key name: {name[:40]!r}")


def _key(name: str, algorithm: int, public: bytes) -> VerifierKey:
    return VerifierKey(name=name, algorithm=algorithm, key_id=_key_id(name, algorithm, public), public=public)


def _key_id(name: str, algorithm: int, public: bytes) -> bytes:
    if algorithm == ECDSA_P256:
        return sha256(public)[:KEY_ID_SIZE]
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public)[:KEY_ID_SIZE]


def _check_public(algorithm: int, public: bytes) -> None:
    if algorithm == ECDSA_P256:
        _load_p256(public)
    elif algorithm not in (ED25519, COSIGNATURE):
        raise MalformedError(f"signature type {algorithm} is not known")
    elif len(public) != _ED25519_KEY_SIZE:
        raise MalformedError("an Ed25519 public key has 32 bytes")


def _load_p256(spki_der: bytes) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(spki_der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError("not a SubjectPublicKeyInfo in DER") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise MalformedError("not a P-256 public key")
    # A second encoding of one key would have a second key id.
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki_der:
        raise MalformedError("a P-256 public key in a second encoding")
    return key
