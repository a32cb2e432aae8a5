import base64
import json
import tracemalloc
from hashlib import sha256

import pytest
import vector_files
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.entry import leaf_hash
from evidence.errors import ConsistencyError, InclusionError
from evidence.merkle import (
    EMPTY_ROOT,
    MAX_PROOF_LENGTH,
    MAX_TREE_SIZE,
    Frontier,
    consistency_proof,
    frontier_at,
    inclusion_proof,
    node_hash,
    root_from_entries,
    root_from_leaves,
    verify_consistency,
    verify_inclusion,
)

SIZES = 130
REFERENCE = vector_files.generator("merkle").Reference([f"entry {n}".encode() for n in range(SIZES)])
LEAF_HASHES = [leaf_hash(entry) for entry in REFERENCE.leaves]


def node(level, index):
    return REFERENCE.root(index << level, (index + 1) << level)


def case_from(name):
    def decode(value):
        if isinstance(value, str):
            return base64.b64decode(value)
        return list(map(decode, value)) if isinstance(value, list) else value

    fields = json.loads(vector_files.read(name))
    del fields["desc"]
    return fields.pop("want_error"), {key: decode(value) for key, value in fields.items()}


@pytest.mark.parametrize("name", vector_files.named("merkle/inclusion/*/*.json"))
def test_inclusion_vectors(name):
    want_error, arguments = case_from(name)
    if want_error:
        with pytest.raises(InclusionError):
            verify_inclusion(**arguments)
    else:
        verify_inclusion(**arguments)


@pytest.mark.parametrize("name", vector_files.named("merkle/consistency/*/*.json"))
def test_consistency_vectors(name):
    want_error, arguments = case_from(name)
    if want_error:
        with pytest.raises(ConsistencyError):
            verify_consistency(**arguments)
    else:
        verify_consistency(**arguments)


def test_the_vectors_are_what_their_generator_writes():
    files = vector_files.generator("merkle").files()
    assert sorted(f"merkle/{name}" for name in files) == vector_files.named("merkle/*/*/*.json")
    for name, text in files.items():
        assert vector_files.read(f"merkle/{name}") == text.encode(), name


@pytest.mark.parametrize(
    ("size", "root_hex"),
    [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_roots_that_certificate_transparency_publishes(size, root_hex):
    leaves = vector_files.generator("merkle").LEAVES[:size]
    assert root_from_entries(leaves).hex() == root_hex
    assert root_from_leaves(map(leaf_hash, leaves)).hex() == root_hex


def test_every_way_to_a_root_agrees_with_the_rfc_for_every_size():
    frontier = Frontier()
    for size in range(SIZES + 1):
        expected = REFERENCE.root(0, size)
        assert frontier.root() == expected
        assert frontier_at(tree_size=size, node=node) == frontier
        assert root_from_leaves(iter(LEAF_HASHES[:size])) == expected
        assert root_from_entries(REFERENCE.leaves[:size]) == expected
        if size < SIZES:
            frontier = frontier.append(LEAF_HASHES[size])


def test_every_leaf_of_every_size_has_the_proof_of_the_rfc_and_it_verifies():
    for size in range(1, SIZES + 1):
        for index in range(size):
            proof = inclusion_proof(leaf_index=index, tree_size=size, node=node)
            assert list(proof) == REFERENCE.path(index, 0, size)
            verify_inclusion(
                leaf_hash=LEAF_HASHES[index],
                leaf_index=index,
                tree_size=size,
                proof=proof,
                root_hash=REFERENCE.root(0, size),
            )


def test_every_pair_of_sizes_has_the_proof_of_the_rfc_and_it_verifies():
    for second in range(SIZES + 1):
        for first in range(second + 1):
            proof = consistency_proof(first_size=first, second_size=second, node=node)
            assert list(proof) == REFERENCE.proof(first, second)
            verify_consistency(
                first_size=first,
                second_size=second,
                first_root=REFERENCE.root(0, first),
                second_root=REFERENCE.root(0, second),
                proof=proof,
            )


def test_a_proof_shows_one_leaf_at_one_place_only():
    for size in range(1, 20):
        root = REFERENCE.root(0, size)
        for index in range(size):
            proof = inclusion_proof(leaf_index=index, tree_size=size, node=node)
            for other in range(size):
                if other == index:
                    continue
                for place, leaf in ((other, index), (index, other)):
                    with pytest.raises(InclusionError):
                        verify_inclusion(
                            leaf_hash=LEAF_HASHES[leaf],
                            leaf_index=place,
                            tree_size=size,
                            proof=proof,
                            root_hash=root,
                        )


def test_a_proof_with_another_number_of_hashes_never_verifies():
    for size in range(1, 40):
        for index in range(size):
            proof = list(inclusion_proof(leaf_index=index, tree_size=size, node=node))
            for changed in ([*proof, EMPTY_ROOT], [EMPTY_ROOT, *proof], proof[1:], proof[:-1]):
                if len(changed) == len(proof):
                    continue
                with pytest.raises(InclusionError, match="hashes, not"):
                    verify_inclusion(
                        leaf_hash=LEAF_HASHES[index],
                        leaf_index=index,
                        tree_size=size,
                        proof=changed,
                        root_hash=REFERENCE.root(0, size),
                    )


def test_no_index_below_zero_stands_for_a_leaf():
    for size in range(1, 20):
        proof = inclusion_proof(leaf_index=size - 1, tree_size=size, node=node)
        for claimed in range(1, 20):
            with pytest.raises(InclusionError, match="there is no leaf -1"):
                verify_inclusion(
                    leaf_hash=LEAF_HASHES[size - 1],
                    leaf_index=-1,
                    tree_size=claimed,
                    proof=proof,
                    root_hash=REFERENCE.root(0, size),
                )


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_no_bit_of_a_consistency_proof_or_its_roots_can_change(data):
    second = data.draw(st.integers(2, SIZES))
    first = data.draw(st.integers(1, second - 1))
    proof = consistency_proof(first_size=first, second_size=second, node=node)
    hashes = [REFERENCE.root(0, first), REFERENCE.root(0, second), *proof]
    which = data.draw(st.integers(0, len(hashes) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = bytearray(hashes[which])
    changed[bit // 8] ^= 1 << bit % 8
    hashes[which] = bytes(changed)
    with pytest.raises(ConsistencyError):
        verify_consistency(
            first_size=first, second_size=second, first_root=hashes[0], second_root=hashes[1], proof=hashes[2:]
        )


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_rewritten_leaf_breaks_consistency_from_then_on(data):
    second = data.draw(st.integers(2, 40))
    first = data.draw(st.integers(1, second - 1))
    edited = data.draw(st.integers(0, first - 1))
    leaves = [*LEAF_HASHES[:edited], leaf_hash(b"another entry"), *LEAF_HASHES[edited + 1 : second]]

    def rewritten(level, index):
        return root_from_leaves(leaves[index << level : (index + 1) << level])

    with pytest.raises(ConsistencyError):
        verify_consistency(
            first_size=first,
            second_size=second,
            first_root=REFERENCE.root(0, first),
            second_root=root_from_leaves(leaves),
            proof=consistency_proof(first_size=first, second_size=second, node=rewritten),
        )


def test_the_largest_tree_is_walked_without_reading_more_than_its_height():
    read = []

    def any_node(level, index):
        assert (index + 1) << level <= MAX_TREE_SIZE
        read.append(level)
        return sha256(f"{level}/{index}".encode()).digest()

    longest = inclusion_proof(leaf_index=0, tree_size=MAX_TREE_SIZE, node=any_node)
    assert len(longest) == MAX_PROOF_LENGTH
    assert len(read) < 200
    with pytest.raises(InclusionError, match="not to the root"):
        verify_inclusion(
            leaf_hash=EMPTY_ROOT, leaf_index=0, tree_size=MAX_TREE_SIZE, proof=longest, root_hash=EMPTY_ROOT
        )


@pytest.mark.parametrize(("leaf_index", "tree_size"), [(0, 0), (5, 5), (-1, 5), (0, MAX_TREE_SIZE + 1)])
def test_no_proof_for_a_leaf_that_is_not_there(leaf_index, tree_size):
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(leaf_index=leaf_index, tree_size=tree_size, node=node)


@pytest.mark.parametrize(("first_size", "second_size"), [(5, 4), (-1, 4), (1, MAX_TREE_SIZE + 1)])
def test_no_proof_for_sizes_out_of_order(first_size, second_size):
    with pytest.raises(ValueError, match="does not extend"):
        consistency_proof(first_size=first_size, second_size=second_size, node=node)


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, ()), (2, (EMPTY_ROOT, EMPTY_ROOT)), (-1, ()), (1, (b"short",)), (MAX_TREE_SIZE + 1, ())]
)
def test_a_frontier_that_cannot_be_is_our_own_mistake(size, hashes):
    with pytest.raises(ValueError, match="frontier"):
        Frontier(size=size, hashes=hashes)


def test_prefixes_keep_leaves_and_nodes_apart():
    assert leaf_hash(LEAF_HASHES[0] + LEAF_HASHES[1]) != node_hash(LEAF_HASHES[0], LEAF_HASHES[1])
    assert leaf_hash(b"") != EMPTY_ROOT


def test_an_audit_needs_memory_for_the_height_of_the_tree_only():
    entries = (n.to_bytes(4, "big") for n in range(20_000))
    tracemalloc.start()
    root_from_entries(entries)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_384
