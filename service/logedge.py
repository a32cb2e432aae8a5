"""The right edge of the log's tree: the few tiles that it grows from, and how it grows.

The object store is not trusted: tiles read from it are proved against the signed root before anything is built on them,
and a grown tree is proved to extend the signed one before anybody signs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evidence.errors import VerificationError
from evidence.merkle import consistency_proof, frontier_at, verify_consistency
from evidence.tiles import TILE_WIDTH, TileId, grow_tiles, node_reader, tile_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What a tree becomes: its new size and root, and the tiles to be written, from the leaves up."""

    tree_size: int
    root_hash: bytes
    tiles: tuple[tuple[TileId, bytes], ...]


class Edge:
    """Keeps the edge in memory from one growth to the next; reads it again when the head is not the one it knows."""

    def __init__(self, read_tile: Callable[[str], bytes]) -> None:
        self._read_tile = read_tile
        self._tiles: dict[str, bytes] = {}
        self._of: tuple[int, bytes] | None = None

    def prove(self, *, tree_size: int, root_hash: bytes) -> None:
        """Have the edge of this tree at hand.

        Raises:
            VerificationError: The stored tiles do not have the root.
            MalformedError: A stored tile is none.
        """
        if self._of == (tree_size, root_hash):
            return
        root, used = _root(self._read_tile, tree_size=tree_size)
        if root != root_hash:
            raise VerificationError(f"the tiles {sorted(used)} do not have the signed root")
        self._tiles, self._of = used, (tree_size, root_hash)

    def last_leaves(self, tree_size: int) -> bytes:
        """Give the leaf hashes of the last tile while it is not full, one after another; the edge is proved."""
        index, width = divmod(tree_size, TILE_WIDTH)
        return self._tiles[tile_path(0, index, width)] if width else b""

    def grow(self, leaf_hashes: Sequence[bytes], *, tree_size: int, root_hash: bytes) -> Growth:
        """Append leaves to this tree; the edge kept is then the grown tree's.

        Raises:
            VerificationError: As `prove`, or the grown tree would not extend this one.
            MalformedError: As `prove`.
        """
        self.prove(tree_size=tree_size, root_hash=root_hash)
        tiles = grow_tiles(old_size=tree_size, leaf_hashes=leaf_hashes, read_tile=self._tiles.__getitem__)
        known = self._tiles | {tile.path: data for tile, data in tiles}
        new_size = tree_size + len(leaf_hashes)
        root, used = _root(known.__getitem__, tree_size=new_size)
        node = node_reader(known.__getitem__, tree_size=new_size)
        verify_consistency(
            first_size=tree_size,
            second_size=new_size,
            first_root=root_hash,
            second_root=root,
            proof=consistency_proof(first_size=tree_size, second_size=new_size, node=node),
        )
        self._tiles, self._of = used, (new_size, root)
        return Growth(tree_size=new_size, root_hash=root, tiles=tiles)


def _root(read_tile: Callable[[str], bytes], *, tree_size: int) -> tuple[bytes, dict[str, bytes]]:
    """Give a tree's root and the tiles that it takes: those on the right edge."""
    used: dict[str, bytes] = {}

    def read(path: str) -> bytes:
        used[path] = read_tile(path)
        return used[path]

    return frontier_at(tree_size=tree_size, node=node_reader(read, tree_size=tree_size)).root(), used
