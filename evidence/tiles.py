"""The log as files: tiles of up to 256 hashes, and bundles of up to 256 entries.

A tile holds consecutive hashes of one tile level; tile level L has the hashes of tree level 8 * L, so that every
hash above level 0 is the root of one full tile below. A tile or bundle that is not full yet has its width in its
name, so that the bytes under one name never change.

This module knows names and bytes. Where they are kept is the caller's business: `ReadTile` answers a name.

Source: C2SP tlog-tiles.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evidence.entry import MAX_HEADER_BYTES
from evidence.errors import MalformedError
from evidence.merkle import HASH_SIZE, MAX_TREE_SIZE, NodeReader, root_from_leaves

TILE_WIDTH = 256
TILE_HEIGHT = 8
MAX_TILE_LEVEL = 63
"""The largest tile level a path can name (C2SP tlog-tiles, "Merkle Tree")."""

MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_HEADER_BYTES)
MAX_TILE_BYTES = TILE_WIDTH * HASH_SIZE
"""What a reader of the store has to accept at most."""

ReadTile = Callable[[str], bytes]
"""Path of a tile that exists -> its bytes."""

_LENGTH_SIZE = 2
_TILES_KEPT = 64
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(x[0-9]{3}/){0,6}[0-9]{3})"
    r"(\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TileId:
    """Which tile or entry bundle.

    Attributes:
        level: Tile level, 0 for leaf hashes; None for an entry bundle.
        index: Zero-based position within the level.
        width: Number of hashes or entries, 1 to 256; below 256 it is a partial one.

    Raises:
        MalformedError: There is no such tile.
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MAX_TILE_LEVEL:
            raise MalformedError(f"there is no tile level {self.level}")
        if not 0 <= self.index <= MAX_TREE_SIZE // TILE_WIDTH or not 1 <= self.width <= TILE_WIDTH:
            raise MalformedError(f"there is no tile {self.index} of width {self.width}")

    @property
    def path(self) -> str:
        """Where the tile is kept, relative to the log (C2SP tlog-tiles, "Merkle Tree")."""
        level = "entries" if self.level is None else str(self.level)
        groups = _groups_of_three(self.index)
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join((*(f'x{group}' for group in groups[:-1]), groups[-1]))}{suffix}"


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Name a tile of hashes, as in `tile/0/x001/067.p/8`."""
    return TileId(level=level, index=index, width=width).path


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Name an entry bundle, as in `tile/entries/x001/067.p/8`."""
    return TileId(level=None, index=index, width=width).path


def parse_tile_path(path: str) -> TileId:
    """Read the name of a tile or entry bundle.

    Raises:
        MalformedError: Not the one spelling that `tile_path` or `entries_path` writes.

    Source: C2SP tlog-tiles, "Merkle Tree" and "Log entries".
    """
    match = _PATH.fullmatch(path)
    if not match:
        raise MalformedError("not the path of a tile", where=path[:120])
    level = None if match["level"] == "entries" else int(match["level"])
    index = int(match["index"].replace("x", "").replace("/", ""))
    tile = TileId(level=level, index=index, width=int(match["width"] or TILE_WIDTH))
    if tile.path != path:
        raise MalformedError("the path of a tile in a second spelling", where=path)
    return tile


def tiles_for_growth(*, old_size: int, new_size: int) -> tuple[TileId, ...]:
    """List what has to be written when a log grows: entry bundles first, then tiles from the leaves up.

    Raises:
        ValueError: The log does not grow.
    """
    if not 0 <= old_size < new_size <= MAX_TREE_SIZE:
        raise ValueError(f"a log does not grow from {old_size} to {new_size}")
    tiles = list(_changed(None, old_size, new_size))
    for level in range(MAX_TILE_LEVEL):
        if not new_size:
            break
        tiles += _changed(level, old_size, new_size)
        old_size, new_size = old_size // TILE_WIDTH, new_size // TILE_WIDTH
    return tuple(tiles)


def grow_tiles(*, old_size: int, leaf_hashes: Sequence[bytes], read_tile: ReadTile) -> tuple[tuple[TileId, bytes], ...]:
    """Build the bytes of every tile of hashes that changes when leaves are appended.

    Args:
        old_size: Number of leaves before.
        leaf_hashes: The new leaves, 32 bytes each.
        read_tile: Knows the partial tiles of the old size.

    Returns:
        Tiles and their bytes, from the leaves up: those of `tiles_for_growth` that are no entry bundles.

    Raises:
        MalformedError: A stored tile has not the width of its name.
        ValueError: A leaf hash has not 32 bytes.
    """
    if any(len(leaf) != HASH_SIZE for leaf in leaf_hashes):
        raise ValueError("a leaf hash has 32 bytes")
    grown: list[tuple[TileId, bytes]] = []
    fresh, level = list(leaf_hashes), 0
    while fresh:
        index, kept = divmod(old_size, TILE_WIDTH)
        if kept:
            fresh = [*_read_hashes(TileId(level=level, index=index, width=kept), read_tile), *fresh]
        rows = [fresh[start : start + TILE_WIDTH] for start in range(0, len(fresh), TILE_WIDTH)]
        for position, row in enumerate(rows, index):
            grown.append((TileId(level=level, index=position, width=len(row)), b"".join(row)))
        fresh = [root_from_leaves(row) for row in rows if len(row) == TILE_WIDTH]
        old_size, level = index, level + 1
    return tuple(grown)


def pack_entries(headers: Sequence[bytes]) -> bytes:
    """Write entries as an entry bundle.

    Raises:
        ValueError: No entry, more than 256, or one that is too long.

    Source: C2SP tlog-tiles, "Log entries".
    """
    if not 1 <= len(headers) <= TILE_WIDTH:
        raise ValueError(f"an entry bundle has 1 to {TILE_WIDTH} entries")
    if any(len(header) > MAX_HEADER_BYTES for header in headers):
        raise ValueError(f"an entry has at most {MAX_HEADER_BYTES} bytes")
    return b"".join(len(header).to_bytes(_LENGTH_SIZE, "big") + header for header in headers)


def unpack_entries(data: bytes, *, where: str = "") -> tuple[bytes, ...]:
    """Read the entries of an entry bundle.

    Raises:
        MalformedError: Empty, cut off, or more than 256 entries.

    Source: C2SP tlog-tiles, "Log entries".
    """
    entries = tuple(_entries(data, where=where))
    if not entries:
        raise MalformedError("an entry bundle is empty", where=where)
    return entries


def tile_hashes(data: bytes, *, where: str = "") -> tuple[bytes, ...]:
    """Read the hashes of a tile.

    Raises:
        MalformedError: Empty, not a whole number of hashes, or more than 256.

    Source: C2SP tlog-tiles, "Merkle Tree".
    """
    if not data or len(data) % HASH_SIZE or len(data) > MAX_TILE_BYTES:
        raise MalformedError(f"a tile has 1 to {TILE_WIDTH} hashes, not {len(data)} bytes", where=where)
    return tuple(data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE))


def node_reader(read_tile: ReadTile, *, tree_size: int) -> NodeReader:
    """Read any complete subtree's hash out of the tiles of a tree.

    Only tiles that a tree of this size has are asked for, in their width at this size; the last few stay in
    memory.

    Args:
        read_tile: Answers the path of a tile with its bytes.
        tree_size: Number of leaves.

    Returns:
        A reader that raises ValueError for a subtree the tree does not have, and MalformedError for a tile that
        has not the width of its name.
    """

    @lru_cache(maxsize=_TILES_KEPT)
    def hashes(level: int, index: int) -> tuple[bytes, ...]:
        width = min(TILE_WIDTH, (tree_size >> TILE_HEIGHT * level) - index * TILE_WIDTH)
        return _read_hashes(TileId(level=level, index=index, width=width), read_tile)

    def node(level: int, index: int) -> bytes:
        if level < 0 or index < 0 or (index + 1) << level > tree_size:
            raise ValueError(f"a tree of {tree_size} has no complete subtree {index} at level {level}")
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, start = divmod(index << height, TILE_WIDTH)
        return root_from_leaves(hashes(tile_level, tile_index)[start : start + (1 << height)])

    return node


def _changed(level: int | None, old_size: int, new_size: int) -> Iterator[TileId]:
    if new_size == old_size:
        return
    for index in range(old_size // TILE_WIDTH, -(-new_size // TILE_WIDTH)):
        yield TileId(level=level, index=index, width=min(TILE_WIDTH, new_size - index * TILE_WIDTH))


def _read_hashes(tile: TileId, read_tile: ReadTile) -> tuple[bytes, ...]:
    hashes = tile_hashes(read_tile(tile.path), where=tile.path)
    if len(hashes) != tile.width:
        raise MalformedError(f"the tile has {len(hashes)} hashes", where=tile.path)
    return hashes


def _entries(data: bytes, *, where: str) -> Iterator[bytes]:
    start, count = 0, 0
    while start < len(data):
        count += 1
        end = start + _LENGTH_SIZE + int.from_bytes(data[start : start + _LENGTH_SIZE], "big")
        if count > TILE_WIDTH or end > len(data):
            raise MalformedError(f"entry {count} of an entry bundle is one too many or cut off", where=where)
        yield data[start + _LENGTH_SIZE : end]
        start = end


def _groups_of_three(index: int) -> list[str]:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    return [digits[start : start + 3] for start in range(0, len(digits), 3)]
