"""Checkpoints: the signed statement that a log has so many entries under this root hash.

The text is origin, tree size and root hash, one a line. The log signs it as a note; witnesses add cosignatures,
each over a time and the same text: as of then, the witness saw no larger tree of this log, and all that it saw
before was part of this one.

Source: C2SP tlog-checkpoint, C2SP tlog-cosignature.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from evidence.canonical import from_base64, to_base64
from evidence.errors import MalformedError, SignatureError, VerificationError
from evidence.merkle import EMPTY_ROOT, HASH_SIZE, MAX_TREE_SIZE
from evidence.note import (
    COSIGNATURE,
    NoteSigner,
    SignedNote,
    VerifierKey,
    format_note,
    note_signature,
    parse_note,
    signature_of,
    verify_note,
    verify_signature,
)

MAX_EXTENSION_LINES = 16
MAX_LINE_LENGTH = 1024
"""Ours: the specification advises against extension lines and sets no bound on any line."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_COSIGNATURE_SIZE = 8 + 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a log at one size.

    Attributes:
        origin: The log's name.
        tree_size: Number of leaves.
        root_hash: 32 bytes; `EMPTY_ROOT` exactly when there is no leaf.
        extensions: Further signed lines, opaque; Duly's own log writes none.

    Raises:
        MalformedError: A value cannot stand in a checkpoint.
    """

    origin: str
    tree_size: int
    root_hash: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.extensions) > MAX_EXTENSION_LINES:
            raise MalformedError(f"{len(self.extensions)} extension lines are more than {MAX_EXTENSION_LINES}")
        if not all(map(_is_line, (self.origin, *self.extensions))):
            raise MalformedError("a checkpoint line is empty, broken or too long")
        if not 0 <= self.tree_size <= MAX_TREE_SIZE:
            raise MalformedError(f"{self.tree_size} is not a tree size")
        if len(self.root_hash) != HASH_SIZE:
            raise MalformedError(f"the root hash has {len(self.root_hash)} bytes, not 32")
        if (self.tree_size == 0) != (self.root_hash == EMPTY_ROOT):
            raise MalformedError("the root of the empty tree goes with size 0, and only with it")


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Write the lines that the log signs (C2SP tlog-checkpoint, "Note text")."""
    lines = (checkpoint.origin, str(checkpoint.tree_size), to_base64(checkpoint.root_hash))
    return "".join(f"{line}\n" for line in (*lines, *checkpoint.extensions))


def parse_checkpoint(data: bytes) -> tuple[Checkpoint, SignedNote]:
    """Read a checkpoint without verifying it; use `open_checkpoint` to rely on it.

    Raises:
        MalformedError: Not a signed note, or its text is no checkpoint's.

    Source: C2SP tlog-checkpoint, "Note text".
    """
    note = parse_note(data)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3:
        raise MalformedError("a checkpoint has three lines: origin, tree size, root hash")
    checkpoint = Checkpoint(
        origin=lines[0],
        tree_size=parse_decimal(lines[1], where="tree size"),
        root_hash=from_base64(lines[2], where="root hash"),
        extensions=tuple(lines[3:]),
    )
    return checkpoint, note


def open_checkpoint(data: bytes, *, log_keys: Sequence[VerifierKey], origin: str) -> Checkpoint:
    """Prove that the given log signed a checkpoint, and return what it says.

    Args:
        data: The signed note.
        log_keys: Keys of the log, from the verifier's trust anchors.
        origin: The log's name, from the same place.

    Raises:
        MalformedError: The bytes are no checkpoint.
        SignatureError: No given key signed it, or one signed wrongly.
        VerificationError: It is another log's checkpoint.
    """
    checkpoint, note = parse_checkpoint(data)
    # Two logs may share a key; only the origin tells their checkpoints apart.
    if checkpoint.origin != origin:
        raise VerificationError(f"this is a checkpoint of log {checkpoint.origin!r}, not of {origin!r}")
    verify_note(note, log_keys)
    return checkpoint


def cosignature_message(text: str, at: datetime) -> bytes:
    """Return the bytes a witness signs for a checkpoint's text.

    Raises:
        ValueError: The time has no zone, or a fraction of a second, or is before 1970.

    Source: C2SP tlog-cosignature, "Ed25519 signed message".
    """
    return f"cosignature/v1\ntime {_posix_seconds(at)}\n{text}".encode()


def cosign_checkpoint(data: bytes, *, signer: NoteSigner, at: datetime) -> bytes:
    """Add a witness's cosignature to a checkpoint.

    Args:
        data: The signed checkpoint; the witness has checked its signature and its consistency before.
        signer: Holder of a key of type `COSIGNATURE`.
        at: When the witness signs; aware, whole seconds.

    Raises:
        MalformedError: The bytes are no checkpoint.
        SignatureError: The signature does not hold under the signer's own key, or it had signed before.
    """
    _, note = parse_checkpoint(data)
    signature = signer.sign(cosignature_message(note.text, at))
    line = note_signature(signer.verifier_key, _posix_seconds(at).to_bytes(8, "big") + signature)
    cosigned = replace(note, signatures=(*note.signatures, line))
    verify_cosignatures(cosigned, [signer.verifier_key])
    return format_note(cosigned)


def verify_cosignatures(
    note: SignedNote, witness_keys: Sequence[VerifierKey]
) -> tuple[tuple[VerifierKey, datetime], ...]:
    """Find which of the given witnesses cosigned a checkpoint, and when.

    Witnesses without a line are left out: how many are enough is the policy of whoever asks.

    Returns:
        The keys that cosigned, each once, in the order given, with the time each stated.

    Raises:
        SignatureError: A given witness's cosignature is wrong, or it is there twice.
        ValueError: A key that is not a witness's.

    Source: C2SP tlog-cosignature, "Format".
    """
    if any(key.algorithm != COSIGNATURE for key in witness_keys):
        raise ValueError("a log's signature is verified by verify_note")
    found = ((key, signature_of(note, key)) for key in dict.fromkeys(witness_keys))
    return tuple((key, _verify_cosignature(note.text, key, line.signature)) for key, line in found if line)


def parse_decimal(text: str, *, where: str = "") -> int:
    """Read a number of leaves or an index of one, without leading zeros.

    Raises:
        MalformedError: Not a decimal number, or above `MAX_TREE_SIZE`.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_TREE_SIZE:
        raise MalformedError(f"not a decimal number below 2**63: {text[:40]!r}", where=where)
    return int(text)


def _verify_cosignature(text: str, key: VerifierKey, signature: bytes) -> datetime:
    if len(signature) != _COSIGNATURE_SIZE:
        raise SignatureError("a cosignature has 72 bytes", where=key.name)
    seconds = int.from_bytes(signature[:8], "big")
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureError(f"a cosignature at second {seconds} is outside the calendar", where=key.name) from error
    verify_signature(key, signature=signature[8:], message=cosignature_message(text, at))
    return at


def _posix_seconds(at: datetime) -> int:
    if at.utcoffset() is None or at.microsecond or at.timestamp() < 0:
        raise ValueError("a cosignature's time is a whole second since 1970 with a time zone")
    return int(at.timestamp())


def _is_line(line: str) -> bool:
    return 0 < len(line) <= MAX_LINE_LENGTH and "\n" not in line
