"""The log: appending facts, growing the tree, and verifying a million entries from what is stored."""

import hashlib
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.machine import Row, in_turn, middle, seconds_of
from evidence.entry import GENESIS, Entry, entry_to_bytes, leaf_hash
from evidence.merkle import root_from_entries
from evidence.tiles import TILE_WIDTH, entries_path, grow_tiles, pack_entries, unpack_entries
from service.ledger import Draft, Ledger
from service.settings import Settings
from service.wiring.foundation import clock, open_offline

ORIGIN = "bench.example/log"
COUNT, BATCH, APPENDS = 1_000_000, 16_384, 300
START = datetime(2026, 1, 1, tzinfo=UTC)


def measure_log() -> list[Row]:
    """Measure one append through all its syncs, and the tree of a million entries."""
    with tempfile.TemporaryDirectory() as folder:
        return [_appends(Path(folder) / "data"), *_million(Path(folder) / "log")]


def _appends(data: Path) -> Row:
    with open_offline(Settings(data=data)) as offline:
        tenant = offline.access.create_tenant(code="BENCH", name="样例")
        ledger = Ledger(
            offline.engine,
            offline.objects,
            clock=clock,
            origin=offline.settings.origin,
            random_bytes=secrets.token_bytes,
        )
        ledger.append(Draft(tenant_id=tenant.id, matter_id="m_bench", kind="matter.opened", facts=_opened()))
        facts = {"on": "2026-01-01", "text": "第一次联系"}
        draft = Draft(tenant_id=tenant.id, matter_id="m_bench", kind="contact.made", facts=facts)
        (times,) = in_turn(APPENDS, lambda: ledger.append(draft))
    return Row(what="one append: body synced to disk, entry committed (SQLite, synchronous=FULL)", result=middle(times))


def _opened() -> dict[str, object]:
    parties = [
        {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"},
        {"party": "p2", "role": "debtor", "kind": "person", "name": "张三"},
    ]
    claim = {"kind": "loan", "contract_no": "示例", "principal": {"amount": "1.00", "currency": "CNY"}}
    return {"matter": "m_bench", "reference": "BENCH", "claim": claim, "parties": parties}


def _million(folder: Path) -> list[Row]:
    headers = list(_headers())
    growing = seconds_of(lambda: _grow(folder, headers))
    expected = root_from_entries(headers)
    plain = seconds_of(lambda: [hashlib.sha256(header).digest() for header in headers])
    size = sum(map(len, headers))
    found: list[bytes] = []
    verifying = seconds_of(lambda: found.append(root_from_entries(_stored(folder))))
    if found != [expected]:
        raise RuntimeError("the stored log has another root")
    beside = f"`hashlib.sha256` over the same headers, once each: {plain:.2f} s"
    return [
        Row(
            what=f"{COUNT:,} entries ({size / 1e6:.0f} MB) into tiles and entry bundles on disk, {BATCH} at a time",
            result=f"{growing:.1f} s",
        ),
        Row(
            what=f"{COUNT:,} entries read from disk and verified to the root",
            result=f"{verifying:.2f} s",
            beside=beside,
        ),
    ]


def _headers() -> Iterator[bytes]:
    prev = GENESIS
    for seq in range(1, COUNT + 1):
        digest = hashlib.sha256(seq.to_bytes(4, "big")).digest()
        entry = Entry(
            at=START + timedelta(seconds=seq), body_digest=digest, kind="contact.made", log=ORIGIN, matter="m_bench",
            prev=prev, seq=seq,
        )  # fmt: skip
        header = entry_to_bytes(entry)
        prev = leaf_hash(header)
        yield header


def _grow(folder: Path, headers: list[bytes]) -> None:
    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    for old in range(0, len(headers), BATCH):
        fresh = headers[old : old + BATCH]
        for tile, data in grow_tiles(old_size=old, leaf_hashes=[leaf_hash(header) for header in fresh], read_tile=read):
            _write(folder / tile.path, data)
        for start in range(0, len(fresh), TILE_WIDTH):
            row = fresh[start : start + TILE_WIDTH]
            _write(folder / entries_path((old + start) // TILE_WIDTH, len(row)), pack_entries(row))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _stored(folder: Path) -> Iterator[bytes]:
    for start in range(0, COUNT, TILE_WIDTH):
        width = min(TILE_WIDTH, COUNT - start)
        yield from unpack_entries((folder / entries_path(start // TILE_WIDTH, width)).read_bytes())
