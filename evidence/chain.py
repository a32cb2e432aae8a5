"""A matter's chain: every entry holds the leaf hash of the one before it.

The chain shows that between the first and the last entry given nothing is missing, added or out of order. It
cannot show that no entry came after the last one: that takes a later checkpoint or a later entry.
"""

from collections.abc import Sequence

from evidence.canonical import format_instant
from evidence.entry import GENESIS, Entry, entry_to_bytes, leaf_hash
from evidence.errors import ChainError


def verify_chain(entries: Sequence[Entry], *, headers: Sequence[bytes]) -> None:
    """Prove that entries are the unbroken beginning of one matter's history.

    Args:
        entries: All entries of the matter, first to last.
        headers: The same entries' bytes, in the same order.

    Raises:
        ChainError: There is no entry, or the named entry is out of its place.
        ValueError: The two sequences differ in length.
    """
    if not entries:
        raise ChainError("the matter has no entry")
    previous: Entry | None = None
    previous_hash = GENESIS
    for entry, header in zip(entries, headers, strict=True):
        verify_link(entry, previous=previous, previous_hash=previous_hash)
        if entry_to_bytes(entry) != header:
            raise ChainError("the header's bytes are another entry's", seq=entry.seq)
        previous, previous_hash = entry, leaf_hash(header)


def verify_link(entry: Entry, *, previous: Entry | None, previous_hash: bytes) -> None:
    """Prove that an entry follows directly on another one of the same matter.

    Args:
        entry: The later entry.
        previous: The entry before; None if `entry` is to be the matter's first.
        previous_hash: Leaf hash of the entry before; `GENESIS` for the first.

    Raises:
        ChainError: Wrong number, wrong `prev`, another matter or log, or a time that runs back.
    """
    expected_seq = previous.seq + 1 if previous else 1
    if entry.seq != expected_seq:
        raise ChainError(f"entry {entry.seq} stands where {expected_seq} is due", seq=expected_seq)
    if entry.prev != previous_hash:
        raise ChainError(f"entry {entry.seq} does not hold the leaf hash of the entry before", seq=entry.seq)
    if previous:
        _verify_same_matter(entry, previous)


def _verify_same_matter(entry: Entry, previous: Entry) -> None:
    if (entry.matter, entry.log) != (previous.matter, previous.log):
        raise ChainError(
            f"entry {entry.seq} is of matter {entry.matter} on log {entry.log}, "
            f"not {previous.matter} on {previous.log}",
            seq=entry.seq,
        )
    if entry.at < previous.at:
        raise ChainError(
            f"entry {entry.seq} at {format_instant(entry.at)} is before {format_instant(previous.at)}",
            seq=entry.seq,
        )
