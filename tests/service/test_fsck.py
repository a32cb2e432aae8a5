"""Whatever is changed, fsck says which."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, update
from world import ORIGIN, World

from service.adapters.directory import DirectoryStore
from service.fsck import fsck
from service.records import tables
from service.records.engine import writing

pytestmark = pytest.mark.slow

NOT_DERIVED = {
    # What no entry, signature or digest determines; a change there harms no evidence.
    "tenants": {"name", "created_at", "closed_at"},
    "log_head": {"updated_at", "published"},
    "checkpoints": {"created_at"},
    "tokens": {"attempts", "last_error", "next_try_at"},
    "bundles": {"job_id", "created_at", "verified_at"},
    "limitation": {"revision", "changed_at"},
    "tracings": {"revision", "changed_at"},
    "reckonings": {"computed_on", "look_on", "rule_version", "calendar_version", "alarm_days"},
}
UNDERIVED_TABLES = (
    "alarms", "api_keys", "batch_files", "batch_mappings", "batch_rows", "batches", "calendar_feeds", "idempotency",
    "jobs", "scrub_rounds", "webhook_deliveries", "webhook_events", "webhook_keys", "webhooks",
)  # fmt: skip
"""Tables of the work itself: what was asked, how far it is, whom to tell. Nothing of them is evidence."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("fsck"))
    world.story()
    world.stamp()
    world.hand_out_bundle()
    for n in range(300):
        world.append("contact.made", {"text": f"{n}"})
    world.integrate_all()
    world.stamp()
    yield world
    world.close()


def test_a_whole_installation_has_no_error_and_no_note(story: World) -> None:
    found = fsck(story.engine, story.objects, origin=ORIGIN, log_keys=story.keys.verifier_keys, anchors=story.anchors)
    assert list(found) == []


def said(world: World) -> str:
    return "\n".join(str(problem) for problem in world.problems())


def sampled(world: World) -> list[tuple[str, bytes]]:
    """Every object of the log and every bundle, and one in twelve of the many bodies."""
    contents = sorted(key for key in world.objects.kept if "/sha256/" in key)
    others = sorted(set(world.objects.kept) - set(contents))
    return [(key, world.objects.kept[key]) for key in (*others, *contents[::12])]


def positions(key: str, data: bytes) -> set[int]:
    middle = len(data) // 2
    return {middle} if "/sha256/" in key else {0, len(data) // 3, middle, len(data) - 1}


def test_a_flipped_byte_of_any_object_is_named(story: World) -> None:
    missed = []
    for key, data in sampled(story):
        for position in positions(key, data):
            broken = bytearray(data)
            broken[position] ^= 0x10
            story.objects.kept[key] = bytes(broken)
            if key.removesuffix(".tsq").removesuffix(".tsr") not in said(story):
                missed.append((key, position))
        story.objects.kept[key] = data
    assert missed == []


def test_a_missing_or_cut_object_is_named(story: World) -> None:
    missed = []
    for key, data in sampled(story):
        for change in ("removed", "cut", "longer"):
            story.objects.kept[key] = {"removed": b"", "cut": data[:-1], "longer": data + b"\0"}[change]
            if change == "removed":
                del story.objects.kept[key]
            if key.removesuffix(".tsq").removesuffix(".tsr") not in said(story):
                missed.append((key, change))
        story.objects.kept[key] = data
    assert missed == []


def columns() -> Iterator[tuple[Table, Column[Any]]]:
    for table in (table for table in tables.metadata.sorted_tables if table.name not in UNDERIVED_TABLES):
        for column in table.c:
            if column.name not in NOT_DERIVED.get(table.name, set()):
                yield table, column


def changed(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, Boolean):
        return 1 - value
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        last = "1" if value[-1:] != "1" else "2"
        return value[:19] + last if isinstance(column.type, tables.Instant) else value[:-1] + last
    if isinstance(column.type, tables.Instant):
        return "2026-01-01 00:00:00.000000"
    return b"x" * 32 if isinstance(column.type, LargeBinary) else 7 if isinstance(column.type, Integer) else "x"


@pytest.mark.parametrize(("table", "column"), list(columns()), ids=lambda part: part.name)
def test_a_changed_column_of_any_row_is_named(story: World, table: Table, column: Column[Any]) -> None:
    raw = sqlite3.connect(story.folder / "records.sqlite", isolation_level=None)
    raw.execute("PRAGMA ignore_check_constraints=ON")
    rows = raw.execute(f"SELECT rowid, {column.name} FROM {table.name} ORDER BY rowid").fetchall()
    assert rows, f"the story makes no row in {table.name}"
    sample = {rows[0], rows[len(rows) // 2], rows[-1]}
    missed = []
    for rowid, value in sample:
        for other in {changed(column, value), None} - {value}:
            try:
                raw.execute(f"UPDATE {table.name} SET {column.name} = ? WHERE rowid = ?", (other, rowid))
            except sqlite3.IntegrityError:
                continue  # the schema itself refuses this change
            if table.name not in said(story) and not is_named_otherwise(table, column, said(story)):
                missed.append((rowid, value, other))
            raw.execute(f"UPDATE {table.name} SET {column.name} = ? WHERE rowid = ?", (value, rowid))
    raw.close()
    assert missed == []
    assert story.problems() == []


def is_named_otherwise(table: Table, column: Column[Any], text: str) -> bool:
    """A tenant's id or code that changed is seen by everything that has the old one."""
    return table.name == "tenants" and column.name in ("id", "code") and "notice_no is DEMO" in text


@pytest.mark.parametrize("table", list(tables.metadata.sorted_tables), ids=lambda table: table.name)
def test_a_removed_row_is_named(story: World, table: Table) -> None:
    if table.name in UNDERIVED_TABLES:
        return
    raw = sqlite3.connect(story.folder / "records.sqlite", isolation_level=None)
    names = ", ".join(column.name for column in table.c)
    rows = raw.execute(f"SELECT rowid, {names} FROM {table.name} ORDER BY rowid").fetchall()
    for row in {rows[0], rows[-1]}:
        raw.execute(f"DELETE FROM {table.name} WHERE rowid = ?", row[:1])
        text = said(story)
        marks = ", ".join("?" * len(row))
        raw.execute(f"INSERT INTO {table.name} (rowid, {names}) VALUES ({marks})", row)
        assert table.name in text or table.name in ("tokens", "bundles"), row
    raw.close()
    assert story.problems() == []


def test_bytes_that_are_no_text_are_named(story: World) -> None:
    raw = sqlite3.connect(story.folder / "records.sqlite", isolation_level=None)
    raw.execute("UPDATE notices SET template = CAST(x'ff80' AS TEXT)")
    try:
        assert "notices n_1: the row cannot be read" in said(story)
    finally:
        raw.execute("UPDATE notices SET template = 'loan-demand'")
        raw.close()


def test_an_object_that_nothing_names_is_a_note(world: World) -> None:
    world.open_matter()
    world.keep(b"left by a crash", name="x", media_type="text/plain", role="x")
    found = list(fsck(world.engine, world.objects, origin=ORIGIN, log_keys=world.keys.verifier_keys, anchors=None))
    assert [problem.is_error for problem in found] == [False]
    assert "no entry names it" in found[0].what


@pytest.mark.sqlite
def test_a_broken_database_file_is_named(world: World, tmp_path: Path) -> None:
    world.story()
    world.engine.dispose()
    raw = sqlite3.connect(tmp_path / "records.sqlite", isolation_level=None)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    path = tmp_path / "records.sqlite"
    data = path.read_bytes()
    seen = []
    for page in range(4096, len(data), 4096 * 9):
        broken = bytearray(data)
        broken[page : page + 4096] = bytes(b ^ 0x55 for b in broken[page : page + 4096])
        path.write_bytes(bytes(broken))
        world.restart()
        try:
            seen.append(bool(world.problems()))
        except Exception as error:  # noqa: BLE001
            seen.append(type(error).__name__ == "StoreError")
        world.engine.dispose()
    path.write_bytes(data)
    world.restart()
    assert all(seen)


@pytest.mark.parametrize("key", [None, "", "../../etc/passwd", "tenants/t 1/bundles/b.zip"])
def test_a_bundle_whose_object_has_no_name_is_named(tmp_path: Path, key: str | None) -> None:
    """Over a real store, which refuses such names."""
    world = World(tmp_path, objects=DirectoryStore(tmp_path / "objects"))
    world.open_matter()
    world.hand_out_bundle()
    assert said(world) == ""
    with writing(world.engine) as conn:
        conn.execute(update(tables.bundles).values(object_key=key))
    assert f"bundles b_1: object_key is {key!r}" in said(world)
    world.close()
