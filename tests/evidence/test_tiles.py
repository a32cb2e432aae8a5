import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.entry import MAX_HEADER_BYTES, leaf_hash
from evidence.errors import MalformedError
from evidence.merkle import MAX_TREE_SIZE, frontier_at, inclusion_proof, root_from_leaves, verify_inclusion
from evidence.tiles import (
    TileId,
    entries_path,
    grow_tiles,
    node_reader,
    pack_entries,
    parse_tile_path,
    tile_hashes,
    tile_path,
    tiles_for_growth,
    unpack_entries,
)

LEAF_HASHES = [leaf_hash(n.to_bytes(4, "big")) for n in range(70_000)]
TILES = st.builds(
    TileId,
    level=st.none() | st.integers(0, 63),
    index=st.integers(0, MAX_TREE_SIZE // 256) | st.integers(0, 2000),
    width=st.integers(1, 256),
)


class Store:
    """Keeps every tile under its name, and lets none change."""

    def __init__(self):
        self.tiles, self.size, self.reads = {}, 0, 0

    def read(self, path):
        self.reads += 1
        return self.tiles[path]

    def append(self, leaf_hashes):
        for tile, data in grow_tiles(old_size=self.size, leaf_hashes=leaf_hashes, read_tile=self.read):
            assert self.tiles.setdefault(tile.path, data) == data
        self.size += len(leaf_hashes)


@pytest.fixture(scope="module")
def store():
    """The tree of 70,000 leaves that C2SP tlog-tiles counts out, grown in uneven steps."""
    store, steps = Store(), [1, 254, 1, 1, 255, 257, 5_000, 59_767, 4_464]
    for step in steps:
        store.append(LEAF_HASHES[store.size : store.size + step])
    assert store.size == 70_000
    return store


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("tile/0/000", TileId(level=0, index=0)),
        ("tile/0/x001/x234/067", TileId(level=0, index=1_234_067)),
        ("tile/1/x001/000.p/255", TileId(level=1, index=1000, width=255)),
        ("tile/63/999.p/1", TileId(level=63, index=999, width=1)),
        ("tile/entries/x001/x234/067.p/8", TileId(level=None, index=1_234_067, width=8)),
    ],
)
def test_paths_are_spelled_as_the_specification_spells_them(path, tile):
    assert tile.path == path
    assert parse_tile_path(path) == tile


def test_paths_can_be_had_without_a_tile():
    assert tile_path(0, 1_067, 8) == "tile/0/x001/067.p/8"
    assert tile_path(2, 5) == "tile/2/005"
    assert entries_path(1_067) == "tile/entries/x001/067"


@settings(deadline=None)
@given(TILES)
def test_paths_read_back(tile):
    assert parse_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/0/x1/001",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/999",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/0/０００",
        "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile/entries/",
        "tile/data/000",
    ],
)
def test_other_paths_are_refused(path):
    with pytest.raises(MalformedError):
        parse_tile_path(path)


def test_the_specification_counts_the_tiles_of_70000_leaves(store):
    newest = {}
    for path in store.tiles:
        tile = parse_tile_path(path)
        newest[tile.level, tile.index] = max(tile.width, newest.get((tile.level, tile.index), 0))
    assert [sum(level == 0 and width == 256 for (level, _), width in newest.items())] == [273]
    assert newest[0, 273] == 112
    assert newest[1, 0] == 256
    assert newest[1, 1] == 17
    assert newest[2, 0] == 1
    assert len(newest) == 277


def test_a_tree_of_256_has_one_full_tile_and_one_hash_above(store):
    assert store.tiles["tile/1/000.p/1"] == root_from_leaves(LEAF_HASHES[:256])
    assert tile_hashes(store.tiles["tile/0/000"]) == tuple(LEAF_HASHES[:256])


@pytest.mark.parametrize("tree_size", [1, 255, 256, 257, 512, 769, 5_769, 70_000])
def test_the_tiles_of_any_published_size_give_its_root_and_its_proofs(store, tree_size):
    node = node_reader(store.read, tree_size=tree_size)
    root = frontier_at(tree_size=tree_size, node=node).root()
    assert root == root_from_leaves(LEAF_HASHES[:tree_size])
    for index in {0, 1, tree_size // 3, tree_size // 2, tree_size - 1} & set(range(tree_size)):
        verify_inclusion(
            leaf_hash=LEAF_HASHES[index],
            leaf_index=index,
            tree_size=tree_size,
            proof=inclusion_proof(leaf_index=index, tree_size=tree_size, node=node),
            root_hash=root,
        )


def test_every_complete_subtree_can_be_read(store):
    node = node_reader(store.read, tree_size=769)
    for level in range(10):
        for index in range(769 >> level):
            assert node(level, index) == root_from_leaves(LEAF_HASHES[index << level : (index + 1) << level])
    assert node_reader(store.read, tree_size=70_000)(16, 0) == root_from_leaves(LEAF_HASHES[:65_536])


def test_a_proof_reads_each_tile_once(store):
    store.reads = 0
    node = node_reader(store.read, tree_size=70_000)
    inclusion_proof(leaf_index=40_000, tree_size=70_000, node=node)
    assert store.reads <= 5


@pytest.mark.parametrize(("level", "index"), [(0, 769), (1, 384), (9, 1), (10, 0), (-1, 0), (0, -1)])
def test_a_subtree_that_is_not_complete_cannot_be_asked_for(store, level, index):
    with pytest.raises(ValueError, match="no complete subtree"):
        node_reader(store.read, tree_size=769)(level, index)


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(32), bytes(3 * 32), bytes(257 * 32)])
def test_a_stored_tile_of_another_width_is_refused(data):
    with pytest.raises(MalformedError) as caught:
        node_reader(lambda path: data, tree_size=2)(0, 0)
    assert caught.value.where == "tile/0/000.p/2"


@settings(deadline=None)
@given(st.integers(0, 70_000), st.integers(1, 3_000))
def test_growth_writes_what_it_lists(old_size, count):
    old_size = min(old_size, 70_000 - count)
    listed = tiles_for_growth(old_size=old_size, new_size=old_size + count)
    grown = grow_tiles(old_size=old_size, leaf_hashes=LEAF_HASHES[old_size : old_size + count], read_tile=old_tile)
    assert [tile for tile in listed if tile.level is not None] == [tile for tile, _ in grown]
    assert all(len(data) == 32 * tile.width for tile, data in grown)
    bundles = [tile for tile in listed if tile.level is None]
    assert bundles == list(listed[: len(bundles)])
    assert [(tile.index, tile.width) for tile in bundles] == [
        (tile.index, tile.width) for tile in listed if tile.level == 0
    ]


def old_tile(path):
    tile = parse_tile_path(path)
    assert tile.width < 256
    start, span = tile.index * 256, 256**tile.level
    return b"".join(root_from_leaves(LEAF_HASHES[n * span : (n + 1) * span]) for n in range(start, start + tile.width))


def test_what_has_to_be_written_is_listed_from_entries_to_the_top():
    assert [tile.path for tile in tiles_for_growth(old_size=254, new_size=258)] == [
        "tile/entries/000",
        "tile/entries/001.p/2",
        "tile/0/000",
        "tile/0/001.p/2",
        "tile/1/000.p/1",
    ]


def test_the_largest_log_still_has_names_for_its_tiles():
    tiles = tiles_for_growth(old_size=MAX_TREE_SIZE - 1, new_size=MAX_TREE_SIZE)
    assert [tile.width for tile in tiles] == [255, 255]
    assert tiles[0].path == "tile/entries/x036/x028/x797/x018/x963/967.p/255"


@pytest.mark.parametrize(("old_size", "new_size"), [(5, 5), (5, 4), (-1, 5), (0, MAX_TREE_SIZE + 1)])
def test_a_log_that_does_not_grow_writes_nothing(old_size, new_size):
    with pytest.raises(ValueError, match="does not grow"):
        tiles_for_growth(old_size=old_size, new_size=new_size)


def test_a_leaf_hash_of_another_length_is_our_own_mistake():
    with pytest.raises(ValueError, match="32 bytes"):
        grow_tiles(old_size=0, leaf_hashes=[b"entry"], read_tile={}.__getitem__)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_entry_bundles_read_back(entries):
    assert unpack_entries(pack_entries(entries)) == tuple(entries)


def test_the_longest_entry_fits_and_no_longer_one():
    assert unpack_entries(pack_entries([bytes(MAX_HEADER_BYTES)])) == (bytes(MAX_HEADER_BYTES),)
    with pytest.raises(ValueError, match="at most"):
        pack_entries([bytes(MAX_HEADER_BYTES + 1)])


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_has_1_to_256_entries(count):
    with pytest.raises(ValueError, match="1 to 256"):
        pack_entries([b"x"] * count)


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x01ab", b"\x00\x01a\x00", b"\x00\x00" * 257]
)
def test_a_bundle_cut_off_or_too_long_is_refused(data):
    with pytest.raises(MalformedError) as caught:
        unpack_entries(data, where="tile/entries/000")
    assert caught.value.where == "tile/entries/000"
