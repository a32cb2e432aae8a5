"""The log: its head, its checkpoints, its root, and every tile and entry bundle that is stored."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Engine

from evidence.checkpoint import Checkpoint, open_checkpoint
from evidence.entry import leaf_hash
from evidence.errors import EvidenceError, MalformedError
from evidence.merkle import Frontier, root_from_leaves
from evidence.note import VerifierKey
from evidence.tiles import MAX_BUNDLE_BYTES, TILE_WIDTH, TileId, pack_entries, parse_tile_path, tiles_for_growth
from service.errors import NotFoundError, RefusedError
from service.fsck.problem import Problem, Row, differences, error, note, readable_rows, row_name
from service.ports import ObjectStore
from service.records import tables
from service.records.engine import reading
from service.records.entries import leaves_between

_PREFIX = "log/"


def check(engine: Engine, objects: ObjectStore, *, origin: str, log_keys: Sequence[VerifierKey]) -> Iterator[Problem]:
    """Check the log of this origin; that there is one at all, first."""
    with reading(engine) as conn:
        heads, problems = readable_rows(conn, tables.log_head, select(tables.log_head))
        yield from problems
        for head in heads:
            if head["origin"] != origin:
                yield error(row_name(tables.log_head, head), f"a log of another origin than {origin}")
        if not any(head["origin"] == origin for head in heads):
            yield error(f"log_head {origin}", "the log has no head")
        tree = _Tree(conn)
        yield from tree.check_indexes()
        table = tables.checkpoints
        rows, problems = readable_rows(conn, table, select(table).order_by(table.c.tree_size))
        yield from problems
        signed = _Signed(objects, log_keys=log_keys, origin=origin)
        yield from signed.check_rows(rows, tree)
        yield from signed.check_heads(heads, rows)
        unpublished = {head["tree_size"] for head in heads if not head["published"]}
        yield from signed.check_objects(rows, unpublished)
        sizes = [row["tree_size"] for row in rows]
        yield from _check_tiles(objects, tree, sizes=sizes)


class _Tree:
    """The tree as the entries make it: leaf hashes and headers from rows that `chains` has checked."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        e = tables.entries.c
        self._indexed = conn.execute(select(func.count()).where(e.log_index.is_not(None))).scalar_one()
        self._highest = conn.execute(select(func.max(e.log_index))).scalar()
        self._levels: list[list[bytes]] = []
        self.row = lru_cache(maxsize=64)(self._row)

    @property
    def size(self) -> int:
        """Number of entries that have a place."""
        return self._indexed

    def check_indexes(self) -> Iterator[Problem]:
        """Say which place is empty, the first of them."""
        if not self._indexed or self._highest == self._indexed - 1:
            return
        e = tables.entries.c
        query = select(e.log_index).where(e.log_index.is_not(None)).order_by(e.log_index)
        for place, index in enumerate(self._conn.execute(query).scalars()):
            if index != place:
                yield error("entries", f"no entry has the log_index {place}; the next one has {index}")
                return

    def headers(self, bundle: int) -> list[bytes]:
        """Give the entries of a bundle."""
        start = bundle * TILE_WIDTH
        return [leaf.header for leaf in leaves_between(self._conn, start=start, end=start + TILE_WIDTH)]

    def roots(self, sizes: Sequence[int]) -> dict[int, bytes]:
        """Give the root at each of these sizes that the entries reach, and make the upper levels."""
        wanted, roots, frontier = set(sizes), {}, Frontier()
        row: list[bytes] = []
        self._levels = [[]]
        for bundle in range(-(-self.size // TILE_WIDTH)):
            row = [leaf_hash(header) for header in self.headers(bundle)]
            for leaf in row:
                if frontier.size in wanted:
                    roots[frontier.size] = frontier.root()
                frontier = frontier.append(leaf)
            if len(row) == TILE_WIDTH:
                self._levels[0].append(root_from_leaves(row))
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root()
        self._build_levels()
        return roots

    def _build_levels(self) -> None:
        while len(self._levels[-1]) >= TILE_WIDTH:
            below = self._levels[-1]
            full = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
            self._levels.append([root_from_leaves(below[start : start + TILE_WIDTH]) for start in full])

    def _row(self, level: int | None, index: int) -> tuple[bytes, ...]:
        """Give what a tile or bundle holds as far as the tree goes: headers, or hashes."""
        if level is None:
            return tuple(self.headers(index))
        if level == 0:
            return tuple(leaf_hash(header) for header in self.row(None, index))
        hashes = self._levels[level - 1] if level <= len(self._levels) else []
        return tuple(hashes[index * TILE_WIDTH : (index + 1) * TILE_WIDTH])


class _Signed:
    """The checkpoints, as rows and as objects."""

    def __init__(self, objects: ObjectStore, *, log_keys: Sequence[VerifierKey], origin: str) -> None:
        self._objects, self._log_keys, self._origin = objects, log_keys, origin

    def check_rows(self, rows: Sequence[Row], tree: _Tree) -> Iterator[Problem]:
        """Check signatures, sizes and roots of the rows, and the object of each."""
        roots = tree.roots([row["tree_size"] for row in rows])
        for row in rows:
            where = row_name(tables.checkpoints, row)
            checkpoint = self._opened(row["checkpoint"], where)
            if isinstance(checkpoint, Problem):
                yield checkpoint
            elif checkpoint.tree_size != row["tree_size"]:
                yield error(where, f"tree_size is {row['tree_size']}, the checkpoint says {checkpoint.tree_size}")
            elif roots.get(checkpoint.tree_size) != checkpoint.root_hash:
                yield error(where, "the entries do not have the root hash that was signed")

    def check_heads(self, heads: Sequence[Row], rows: Sequence[Row]) -> Iterator[Problem]:
        """Check that the head is the newest checkpoint, and that the store shows it."""
        newest = max((row["tree_size"] for row in rows), default=None)
        for head in heads:
            where = row_name(tables.log_head, head)
            checkpoint = self._opened(head["checkpoint"], where)
            if isinstance(checkpoint, Problem):
                yield checkpoint
                continue
            wanted = {"tree_size": checkpoint.tree_size, "root_hash": checkpoint.root_hash}
            yield from differences(tables.log_head, head, wanted)
            if checkpoint.tree_size != newest:
                yield error(where, f"the newest checkpoint has size {newest}, not {checkpoint.tree_size}")
            if head["published"]:
                yield from self._check_object("checkpoint", head["checkpoint"])

    def check_objects(self, rows: Sequence[Row], unpublished: AbstractSet[int]) -> Iterator[Problem]:
        """Check every stored checkpoint against its row."""
        known = {f"checkpoints/{row['tree_size']}": row["checkpoint"] for row in rows}
        for path, data in known.items():
            size = int(path.removeprefix("checkpoints/"))
            if size in unpublished and self._objects.head(_PREFIX + path) is None:
                yield note(_PREFIX + path, "not published yet")
            else:
                yield from self._check_object(path, data)
        for key in self._objects.keys(f"{_PREFIX}checkpoints/"):
            if key.removeprefix(_PREFIX) not in known:
                yield error(key, "no row knows this checkpoint: the database was put back, or somebody else signs")

    def _check_object(self, path: str, data: bytes) -> Iterator[Problem]:
        try:
            if self._objects.read(_PREFIX + path, limit=2**20) != data:
                yield error(_PREFIX + path, "the object is not the checkpoint of the database")
        except NotFoundError:
            yield error(_PREFIX + path, "the object is missing")
        except RefusedError:
            yield error(_PREFIX + path, "the object is no checkpoint")

    def _opened(self, data: bytes, where: str) -> Checkpoint | Problem:
        try:
            checkpoint = open_checkpoint(data, log_keys=self._log_keys, origin=self._origin)
            for key in self._log_keys:
                open_checkpoint(data, log_keys=[key], origin=self._origin)
        except (EvidenceError, TypeError, AttributeError) as failure:
            return error(where, f"checkpoint: {failure}")
        return checkpoint


def _check_tiles(objects: ObjectStore, tree: _Tree, *, sizes: Sequence[int]) -> Iterator[Problem]:
    missing = {
        tile.path for old, new in pairwise(sizes) if new > old for tile in tiles_for_growth(old_size=old, new_size=new)
    }
    for key in objects.keys(f"{_PREFIX}tile/"):
        path = key.removeprefix(_PREFIX)
        needed = path in missing
        missing.discard(path)
        yield from _check_tile(objects, tree, path, needed=needed)
    for path in sorted(missing):
        yield error(_PREFIX + path, "the object is missing")


def _check_tile(objects: ObjectStore, tree: _Tree, path: str, *, needed: bool) -> Iterator[Problem]:
    key = _PREFIX + path
    try:
        tile = parse_tile_path(path)
        data = objects.read(key, limit=MAX_BUNDLE_BYTES)
    except (MalformedError, RefusedError, NotFoundError) as failure:
        yield error(key, f"not a tile: {failure}")
        return
    row = tree.row(tile.level, tile.index)[: tile.width]
    if len(row) < tile.width:
        yield note(key, "wider than the log: left by a crash") if not needed else error(key, "its entries are gone")
    elif data != _bytes_of(tile, row):
        yield error(key, "the object is not what the entries make it")
    elif not needed:
        yield note(key, "no checkpoint needs it: left by a crash")


def _bytes_of(tile: TileId, row: Sequence[bytes]) -> bytes:
    return pack_entries(row) if tile.level is None else b"".join(row)
