"""The log's Merkle tree: roots, inclusion proofs and consistency proofs.

Knows hashes only, never what a leaf says or where nodes are kept. Every subtree over 2**level leaves that is
complete never changes again; `NodeReader` reads those, and all else is combined from them.

Source: RFC 6962, section 2.1; verification in the closed form that follows from RFC 9162, section 2.1.3.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256 as _sha256

from evidence.errors import ConsistencyError, InclusionError

HASH_SIZE = 32

EMPTY_ROOT = _sha256(b"").digest()
"""Root hash of the tree without leaves."""

MAX_TREE_SIZE = 2**63 - 1
"""Sizes and indexes fit a signed 64-bit integer, as everywhere in transparency logs."""

MAX_PROOF_LENGTH = 63
"""Siblings on the way from a leaf to the root of a tree of `MAX_TREE_SIZE` leaves."""

NodeReader = Callable[[int, int], bytes]
"""(level, index) -> hash of the complete subtree over leaves [index * 2**level, (index + 1) * 2**level)."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two nodes (RFC 6962, section 2.1)."""
    return _sha256(b"\x01" + left + right).digest()


def root_from_leaves(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root hash of the tree over leaf hashes, in memory logarithmic in their number.

    Source: RFC 6962, section 2.1.
    """
    sha256 = _sha256
    stack: list[bytes] = []
    # Each subtree is closed as soon as it is complete: a size with k trailing zero bits closes k of them.
    # One loop without calls, because an audit runs it once for every entry of a log.
    for size, leaf in enumerate(leaf_hashes, 1):
        node, pending = leaf, size
        while not pending & 1:
            node = sha256(b"\x01" + stack.pop() + node).digest()
            pending >>= 1
        stack.append(node)
    return _fold(stack)


def root_from_entries(headers: Iterable[bytes]) -> bytes:
    """Return the root hash of the tree over entries' bytes, in memory logarithmic in their number.

    Source: RFC 6962, section 2.1.
    """
    sha256 = _sha256
    return root_from_leaves(sha256(b"\x00" + header).digest() for header in headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a tree: all that is needed to append to it.

    Attributes:
        size: Number of leaves.
        hashes: Roots of the complete subtrees that the tree is made of, largest (leftmost) first.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_TREE_SIZE or len(self.hashes) != self.size.bit_count():
            raise ValueError("a frontier has one hash for each bit set in its size")
        if any(len(node) != HASH_SIZE for node in self.hashes):
            raise ValueError("a frontier's hashes have 32 bytes")

    def append(self, leaf_hash: bytes) -> "Frontier":
        """Return the frontier after one more leaf."""
        hashes, node, size = list(self.hashes), leaf_hash, self.size
        while size & 1:
            node = node_hash(hashes.pop(), node)
            size >>= 1
        return Frontier(size=self.size + 1, hashes=(*hashes, node))

    def root(self) -> bytes:
        """Return the root hash of the tree."""
        return _fold(self.hashes)


def frontier_at(*, tree_size: int, node: NodeReader) -> Frontier:
    """Return the right edge of a tree whose nodes can be read."""
    hashes, start = [], 0
    for level in reversed(range(tree_size.bit_length())):
        if tree_size >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return Frontier(size=tree_size, hashes=tuple(hashes))


def inclusion_proof(*, leaf_index: int, tree_size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Build the proof that a leaf is in a tree.

    Args:
        leaf_index: Zero-based; 0 <= leaf_index < tree_size.
        tree_size: Number of leaves.
        node: Knows every complete subtree of the tree.

    Returns:
        Node hashes from the leaf's sibling up to the root's child.

    Raises:
        ValueError: There is no such leaf.

    Source: RFC 6962, section 2.1.1.
    """
    if not 0 <= leaf_index < tree_size <= MAX_TREE_SIZE:
        raise ValueError(f"no leaf {leaf_index} in a tree of {tree_size}")
    path, start, end = [], 0, tree_size
    while end - start > 1:
        middle = _middle(start, end)
        if leaf_index < middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start = middle
    return tuple(reversed(path))


def consistency_proof(*, first_size: int, second_size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Build the proof that a tree extends an earlier one.

    Args:
        first_size: Leaves of the earlier tree; 0 <= first_size <= second_size.
        second_size: Leaves of the later tree.
        node: Knows every complete subtree of the later tree.

    Returns:
        Node hashes; none if the first tree is empty or both are of one size.

    Raises:
        ValueError: The sizes are not in order.

    Source: RFC 6962, section 2.1.2.
    """
    if not 0 <= first_size <= second_size <= MAX_TREE_SIZE:
        raise ValueError(f"a tree of {second_size} does not extend one of {first_size}")
    if first_size == 0:
        return ()
    path, start, end = [], 0, second_size
    while end != first_size:
        middle = _middle(start, end)
        if first_size <= middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start = middle
    if start:
        # The earlier tree is not itself a node of the later one, so the verifier lacks this hash.
        path.append(_range_hash(start, end, node))
    return tuple(reversed(path))


def verify_inclusion(
    *, leaf_hash: bytes, leaf_index: int, tree_size: int, proof: Sequence[bytes], root_hash: bytes
) -> None:
    """Prove that a leaf is in the tree with the given root.

    Args:
        leaf_hash: 32 bytes, already leaf-hashed (prefix 0x00).
        leaf_index: Zero-based.
        tree_size: Number of leaves of the tree.
        proof: 32-byte node hashes, from the leaf's sibling up to the root's child.
        root_hash: The tree's root hash, 32 bytes.

    Raises:
        InclusionError: No such leaf, a proof of another length, or the path does not lead to `root_hash`.

    Source: RFC 6962, section 2.1.1; RFC 9162, section 2.1.3.2.
    """
    if not 0 <= leaf_index < tree_size <= MAX_TREE_SIZE:
        raise InclusionError(f"there is no leaf {leaf_index} in a tree of {tree_size}")
    inner, border = _path_shape(leaf_index, tree_size)
    if len(proof) != inner + border:
        raise InclusionError(f"the proof has {len(proof)} hashes, not {inner + border}")
    if not _are_hashes((leaf_hash, *proof)):
        raise InclusionError("the proof has a hash that is not of 32 bytes")
    node = leaf_hash
    for level, sibling in enumerate(proof):
        is_left = level < inner and not leaf_index >> level & 1
        node = node_hash(node, sibling) if is_left else node_hash(sibling, node)
    if node != root_hash:
        raise InclusionError(f"the proof leads to {node.hex()}, not to the root {root_hash.hex()}")


def verify_consistency(
    *, first_size: int, second_size: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Prove that the second tree holds every leaf of the first, unchanged and in its place.

    Args:
        first_size: Leaves of the earlier tree.
        second_size: Leaves of the later tree.
        first_root: Root hash of the earlier tree.
        second_root: Root hash of the later tree.
        proof: 32-byte node hashes as in RFC 6962; none if the first tree is empty or both are of one size.

    Raises:
        ConsistencyError: The sizes are out of order, the proof has another length, or a root does not follow.

    Source: RFC 6962, section 2.1.2; RFC 9162, section 2.1.4.2.
    """
    if not 0 <= first_size <= second_size <= MAX_TREE_SIZE:
        raise ConsistencyError(f"a tree of {second_size} does not extend one of {first_size}")
    if not _are_hashes((first_root, second_root, *proof)):
        raise ConsistencyError("the proof has a hash that is not of 32 bytes")
    if first_size in (0, second_size):
        _verify_without_path(first_size, second_size, first_root, second_root, proof)
        return
    shift = (first_size & -first_size).bit_length() - 1
    inner, border = _path_shape(first_size - 1, second_size)
    # An earlier tree that is a complete subtree is where the path starts; else the proof brings the start.
    path = [first_root, *proof] if first_size == 1 << shift else list(proof)
    if len(path) != 1 + inner - shift + border:
        raise ConsistencyError(f"the proof has {len(proof)} hashes, not as many as its sizes need")
    _verify_path(path, inner=inner - shift, turns=first_size - 1 >> shift, roots=(first_root, second_root))


def _verify_path(path: Sequence[bytes], *, inner: int, turns: int, roots: tuple[bytes, bytes]) -> None:
    first = second = path[0]
    for level, sibling in enumerate(path[1:]):
        if level < inner and not turns >> level & 1:
            second = node_hash(second, sibling)
        else:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
    if first != roots[0]:
        raise ConsistencyError(f"the proof does not lead to the earlier root {roots[0].hex()}")
    if second != roots[1]:
        raise ConsistencyError(f"the proof does not lead to the later root {roots[1].hex()}")


def _verify_without_path(
    first_size: int, second_size: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise ConsistencyError(f"the proof has {len(proof)} hashes, not 0")
    if first_size == 0 and first_root != EMPTY_ROOT:
        raise ConsistencyError("the earlier tree is empty, but its root is not the empty root")
    if first_size == second_size and first_root != second_root:
        raise ConsistencyError(f"two trees of size {first_size} have different roots")


def _path_shape(leaf_index: int, tree_size: int) -> tuple[int, int]:
    """Return how many siblings lie below the right edge of the tree, and how many on it.

    Below it a sibling's side is a bit of the index; on it every sibling is on the left.
    """
    inner = (leaf_index ^ tree_size - 1).bit_length()
    return inner, (leaf_index >> inner).bit_count()


def _middle(start: int, end: int) -> int:
    """Return where RFC 6962 splits a range: after the largest power of two below its length."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _range_hash(start: int, end: int, node: NodeReader) -> bytes:
    level = (end - start).bit_length() - 1
    if end - start == 1 << level:
        return node(level, start >> level)
    middle = _middle(start, end)
    return node_hash(_range_hash(start, middle, node), _range_hash(middle, end, node))


def _fold(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
