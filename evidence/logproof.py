"""Log proofs: one text file that shows a leaf on the log, readable and verifiable offline.

It holds the leaf's index, the inclusion proof, and the signed checkpoint that the proof leads to.

Source: C2SP tlog-proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.canonical import from_base64, to_base64
from evidence.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, parse_decimal
from evidence.errors import MalformedError
from evidence.merkle import HASH_SIZE, MAX_PROOF_LENGTH, MAX_TREE_SIZE, verify_inclusion
from evidence.note import MAX_NOTE_BYTES, VerifierKey

MAGIC = "c2sp.org/tlog-proof@v1"

MAX_EXTRA_BYTES = 65_535
"""Ours: extra data is opaque and unsigned; Duly writes none and keeps what others wrote."""

MAX_LOG_PROOF_BYTES = MAX_NOTE_BYTES + 128 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """Where a leaf stands in a log, and the proof of it.

    Attributes:
        leaf_index: Zero-based.
        proof: 32-byte node hashes, from the leaf's sibling up to the root's child.
        checkpoint: The signed checkpoint's bytes, as the log gave them.
        extra: Opaque data that nobody signed; None if there is none.

    Raises:
        MalformedError: A value cannot stand in a log proof.
    """

    leaf_index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.leaf_index < MAX_TREE_SIZE:
            raise MalformedError(f"{self.leaf_index} is not a leaf index", where="index")
        if len(self.proof) > MAX_PROOF_LENGTH:
            raise MalformedError(f"{len(self.proof)} hashes are more than {MAX_PROOF_LENGTH}", where="proof")
        if any(len(node) != HASH_SIZE for node in self.proof):
            raise MalformedError("a hash has 32 bytes", where="proof")
        if self.extra is not None and len(self.extra) > MAX_EXTRA_BYTES:
            raise MalformedError(f"{len(self.extra)} bytes are more than {MAX_EXTRA_BYTES}", where="extra")
        parse_checkpoint(self.checkpoint)


def format_log_proof(proof: LogProof) -> bytes:
    """Write a log proof (C2SP tlog-proof, "Format")."""
    extra = () if proof.extra is None else (f"extra {to_base64(proof.extra)}",)
    lines = (MAGIC, *extra, f"index {proof.leaf_index}", *map(to_base64, proof.proof))
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def parse_log_proof(data: bytes) -> LogProof:
    """Read a log proof; it shows nothing before `verify_log_proof`.

    Raises:
        MalformedError: Not in the format, too long, or without a checkpoint.

    Source: C2SP tlog-proof, "Format".
    """
    if len(data) > MAX_LOG_PROOF_BYTES:
        raise MalformedError(f"{len(data)} bytes are more than {MAX_LOG_PROOF_BYTES}")
    head, _, checkpoint = data.partition(b"\n\n")
    magic, *lines = _ascii(head).split("\n")
    if magic != MAGIC:
        raise MalformedError(f"the first line is not {MAGIC}")
    extra = from_base64(lines.pop(0)[6:], where="extra") if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise MalformedError("there is no line with the index")
    return LogProof(
        leaf_index=parse_decimal(lines[0][6:], where="index"),
        proof=tuple(from_base64(line, where="proof") for line in lines[1 : MAX_PROOF_LENGTH + 2]),
        checkpoint=checkpoint,
        extra=extra,
    )


def verify_log_proof(proof: LogProof, *, leaf_hash: bytes, log_keys: Sequence[VerifierKey], origin: str) -> Checkpoint:
    """Prove that a leaf is on the given log, and return the checkpoint that commits to it.

    Args:
        proof: As read; nothing in it is trusted.
        leaf_hash: 32 bytes, computed from the entry's own bytes.
        log_keys: Keys of the log, from the verifier's trust anchors.
        origin: The log's name, from the same place.

    Raises:
        MalformedError: The checkpoint is none.
        VerificationError: The checkpoint is not the given log's, or does not commit to the leaf.
    """
    checkpoint = open_checkpoint(proof.checkpoint, log_keys=log_keys, origin=origin)
    verify_inclusion(
        leaf_hash=leaf_hash,
        leaf_index=proof.leaf_index,
        tree_size=checkpoint.tree_size,
        proof=proof.proof,
        root_hash=checkpoint.root_hash,
    )
    return checkpoint


def _ascii(head: bytes) -> str:
    try:
        return head.decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedError(f"not ASCII at byte {error.start}") from error
