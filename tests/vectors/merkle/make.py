"""Writes the Merkle vectors beside it: `python tests/vectors/merkle/make.py`.

The reference here is RFC 6962, section 2.1, word for word and as slow as that is; it shares no
code with the product.
"""

import base64
import json
import sys
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

# The leaves that Certificate Transparency's own reference code tests with since 2012.
LEAVES = tuple(
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)


class Reference:
    """MTH, PATH and SUBPROOF as the RFC defines them."""

    def __init__(self, leaves):
        self.leaves = leaves
        self.root = lru_cache(maxsize=None)(self._root)

    def _root(self, start, end):
        if start == end:
            return sha256(b"").digest()
        if end - start == 1:
            return sha256(b"\x00" + self.leaves[start]).digest()
        k = split(end - start)
        return sha256(b"\x01" + self.root(start, start + k) + self.root(start + k, end)).digest()

    def path(self, m, start, end):
        n = end - start
        if n == 1:
            return []
        k = split(n)
        if m < k:
            return [*self.path(m, start, start + k), self.root(start + k, end)]
        return [*self.path(m - k, start + k, end), self.root(start, start + k)]

    def proof(self, m, n):
        return self.subproof(m, 0, n, True) if 0 < m < n else []

    def subproof(self, m, start, end, whole):
        n = end - start
        if m == n:
            return [] if whole else [self.root(start, end)]
        k = split(n)
        if m <= k:
            return [*self.subproof(m, start, start + k, whole), self.root(start + k, end)]
        return [*self.subproof(m - k, start + k, end, False), self.root(start, start + k)]


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def b64(data):
    return base64.b64encode(data).decode()


def inclusion_cases():
    tree = Reference(LEAVES)
    for size, index in ((1, 0), (2, 0), (2, 1), (3, 2), (5, 4), (7, 3), (8, 0), (8, 5), (8, 7)):
        case = {
            "leaf_index": index,
            "tree_size": size,
            "root_hash": tree.root(0, size),
            "leaf_hash": tree.root(index, index + 1),
            "proof": tree.path(index, 0, size),
        }
        yield f"inclusion/{size}-{index}/happy-path", "the proof as RFC 6962 builds it", case, False
        for name, desc, change in inclusion_changes(case, tree):
            yield f"inclusion/{size}-{index}/{name}", desc, {**case, **change}, True


def inclusion_changes(case, tree):
    index, size, proof = case["leaf_index"], case["tree_size"], case["proof"]
    yield "index-beyond-size", "the index is the size", {"leaf_index": size}
    yield "index-negative", "the index is below zero", {"leaf_index": -1}
    yield "size-zero", "no tree at all", {"tree_size": 0}
    yield "size-negative", "the size is below zero", {"tree_size": -size}
    yield "size-over-64-bit", "the size does not fit 63 bits", {"tree_size": size + 2**63}
    yield "size-doubled", "the size is twice as large", {"tree_size": size * 2}
    yield "root-flipped", "one bit of the root", {"root_hash": flip(case["root_hash"])}
    yield "root-empty", "the root has no bytes", {"root_hash": b""}
    yield "root-of-nothing", "the empty tree's root", {"root_hash": sha256(b"").digest()}
    yield "leaf-flipped", "one bit of the leaf hash", {"leaf_hash": flip(case["leaf_hash"])}
    yield "leaf-short", "the leaf hash has 31 bytes", {"leaf_hash": case["leaf_hash"][:31]}
    yield "leaf-is-entry", "the entry stands for its leaf hash", {"leaf_hash": LEAVES[index]}
    yield "proof-longer", "one hash more at the end", {"proof": [*proof, case["root_hash"]]}
    yield "proof-longer-in-front", "one hash more in front", {"proof": [case["leaf_hash"], *proof]}
    yield "proof-with-empty-hash", "a hash without bytes at the end", {"proof": [*proof, b""]}
    if proof:
        yield "proof-shorter", "the last hash is missing", {"proof": proof[:-1]}
        yield "proof-empty", "no hash at all", {"proof": []}
        yield "proof-flipped", "one bit of the first hash", {"proof": [flip(proof[0]), *proof[1:]]}
        yield "proof-short-hash", "the first hash has 31 bytes", {"proof": [proof[0][:31], *proof[1:]]}
        # The same bytes are hashed, only cut elsewhere: the lengths alone give it away.
        low, high = cut_elsewhere(case["leaf_hash"], proof[0], left_first=index % 2 == 0)
        moved = {"leaf_hash": low, "proof": [high, *proof[1:]]}
        yield "boundary-moved", "one byte of a hash counted to its neighbour", moved
        neighbour = index ^ 1 if index ^ 1 < size else index - 1
        yield "index-of-neighbour", "the neighbour's index", {"leaf_index": neighbour}
        parent = {"leaf_hash": case["root_hash"], "proof": proof[1:], "leaf_index": index // 2}
        yield "node-as-leaf", "an inner node in the leaf's place, with a path shorter by one", parent
    if len(proof) > 1 and proof[0] != proof[1]:
        yield "proof-swapped", "the first two hashes exchanged", {"proof": [proof[1], proof[0], *proof[2:]]}
        yield "proof-reversed", "from the root down", {"proof": proof[::-1]}
    if size > 1:
        yield "root-of-smaller-tree", "the root of one leaf less", {"root_hash": tree.root(0, size - 1)}


def consistency_cases():
    tree = Reference(LEAVES)
    for first, second in ((0, 0), (0, 5), (1, 1), (1, 8), (2, 5), (4, 8), (6, 8), (7, 8), (3, 7), (8, 8)):
        case = {
            "first_size": first,
            "second_size": second,
            "first_root": tree.root(0, first),
            "second_root": tree.root(0, second),
            "proof": tree.proof(first, second),
        }
        yield f"consistency/{first}-{second}/happy-path", "the proof as RFC 6962 builds it", case, False
        for name, desc, change in consistency_changes(case, tree):
            yield f"consistency/{first}-{second}/{name}", desc, {**case, **change}, True


def consistency_changes(case, tree):
    first, second, proof = case["first_size"], case["second_size"], case["proof"]
    roots = case["first_root"], case["second_root"]
    yield "first-root-flipped", "one bit of the earlier root", {"first_root": flip(roots[0])}
    yield "first-root-short", "the earlier root has 31 bytes", {"first_root": roots[0][:31]}
    yield "first-size-negative", "the earlier size is below zero", {"first_size": -1}
    yield "second-size-over-64-bit", "the later size does not fit 63 bits", {"second_size": second + 2**63}
    yield "proof-longer", "one hash more at the end", {"proof": [*proof, roots[1]]}
    yield "proof-with-empty-hash", "a hash without bytes at the end", {"proof": [*proof, b""]}
    if second > first:
        yield "sizes-swapped", "the earlier size is the larger", {"first_size": second, "second_size": first}
    if second > first > 0:
        yield "second-root-flipped", "one bit of the later root", {"second_root": flip(roots[1])}
        yield "roots-swapped", "the roots exchanged", {"first_root": roots[1], "second_root": roots[0]}
        yield "roots-both-first", "the later root is the earlier", {"second_root": roots[0]}
        yield "proof-shorter", "the last hash is missing", {"proof": proof[:-1]}
        yield "proof-empty", "no hash at all", {"proof": []}
        yield "proof-flipped", "one bit of the first hash", {"proof": [flip(proof[0]), *proof[1:]]}
        yield "proof-with-start-in-front", "the earlier root in front", {"proof": [roots[0], *proof]}
        if first == 2 ** (first.bit_length() - 1) and second > first:
            low, high = cut_elsewhere(roots[0], proof[0], left_first=True)
            yield (
                "boundary-moved",
                "one byte of a hash counted to its neighbour",
                {"first_root": low, "proof": [high, *proof[1:]]},
            )
        yield "first-size-plus-one", "the earlier size is one more", {"first_size": first + 1}
        yield "first-size-zero", "the earlier tree said to be empty", {"first_size": 0}
    if second == first > 1:
        yield "second-root-of-smaller", "one size, two roots", {"second_root": tree.root(0, second - 1)}


def cut_elsewhere(node, sibling, *, left_first):
    if left_first:
        return node + sibling[:1], sibling[1:]
    return node[1:], sibling + node[:1]


def flip(data):
    return bytes([data[0] ^ 1]) + data[1:]


def as_json(desc, case, want_error):
    def encode(value):
        if isinstance(value, bytes):
            return b64(value)
        return list(map(encode, value)) if isinstance(value, list) else value

    fields = {"desc": desc, **{key: encode(value) for key, value in case.items()}, "want_error": want_error}
    return json.dumps(fields, indent=2) + "\n"


def files():
    cases = [*inclusion_cases(), *consistency_cases()]
    return {f"{name}.json": as_json(desc, case, want_error) for name, desc, case, want_error in cases}


def main(directory):
    for name, text in files().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
