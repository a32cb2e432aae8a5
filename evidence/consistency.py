"""A file that shows that a later checkpoint's tree begins with an earlier one's.

The bytes are those of a C2SP tlog-witness `add-checkpoint` request, so that any witness can be asked to check them:
`old <size>`, the proof's hashes in base64, an empty line, and the later checkpoint.

Source: C2SP tlog-witness; RFC 6962, section 2.1.2.
"""

from dataclasses import dataclass

from evidence.canonical import from_base64, to_base64
from evidence.checkpoint import parse_decimal
from evidence.errors import MalformedError
from evidence.merkle import HASH_SIZE

MAX_HASHES = 63
_MAX_HEAD = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """A proof from the tree of `old_size` leaves to the tree of a later checkpoint.

    `proof` holds 32-byte hashes as RFC 6962 orders them, `checkpoint` the later checkpoint's signed bytes.
    """

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


def format_consistency(proof: ConsistencyProof) -> bytes:
    """Give the bytes of a consistency file."""
    lines = (f"old {proof.old_size}", *map(to_base64, proof.proof))
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def parse_consistency(data: bytes, *, where: str = "") -> ConsistencyProof:
    """Read a consistency file; it shows nothing before its proof has been verified.

    Raises:
        MalformedError: It is not of the form, has a hash that is not 32 bytes, or more than 63 hashes.
    """
    head, separator, checkpoint = data.partition(b"\n\n")
    if not separator or not head.isascii() or not head.startswith(b"old ") or len(head) > _MAX_HEAD:
        raise MalformedError("not `old`, a size, hashes, an empty line and a checkpoint", where=where)
    first, *hashes = head.decode("ascii").split("\n")
    nodes = tuple(from_base64(line, where=where) for line in hashes)
    if len(nodes) > MAX_HASHES or any(len(node) != HASH_SIZE for node in nodes):
        raise MalformedError(f"not at most {MAX_HASHES} hashes of {HASH_SIZE} bytes", where=where)
    return ConsistencyProof(
        old_size=parse_decimal(first[len("old ") :], where=where), proof=nodes, checkpoint=checkpoint
    )
