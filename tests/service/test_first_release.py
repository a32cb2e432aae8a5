"""From the first release's data to today's schema and back: no fact is touched, and the log goes on."""

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Database, has_newest_schema
from faults import FaultyObjects, SeededBytes, StepClock
from sqlalchemy import Table, insert, inspect, select
from sqlalchemy.engine import Engine
from world import World

from service.limitation import Limitation
from service.records import tables
from service.records.engine import open_engine, reading, writing
from service.records.migrate import migrate, migrate_down

VECTOR = Path(__file__).parents[1] / "vectors" / "first-release"
Rows = dict[str, list[dict[str, Any]]]


class FirstRelease(World):
    """What version 0.1.0 left, found by today's program."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.batch, self.url = folder, 16_384, str(engine.url)
        self.objects, self.clock, self.random = FaultyObjects(), StepClock(), SeededBytes("later")
        self.engine = engine
        with zipfile.ZipFile(io.BytesIO((VECTOR / "files.zip").read_bytes())) as archive:
            for name in archive.namelist():
                self._unpack(name, archive.read(name))

    def start(self) -> None:
        """Open what the tables of today are needed for."""
        self._start()
        self.tenant = self.access.tenant_by_code("DEMO")

    def close(self) -> None:
        if hasattr(self, "owner"):
            self.owner.close()
        self.engine.dispose()

    def _unpack(self, name: str, data: bytes) -> None:
        if name.startswith("objects/"):
            self.objects.kept[name.removeprefix("objects/")] = data
            return
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(data)


def first_columns(engine: Engine) -> dict[str, list[str]]:
    """Give the columns of every table as they are now."""
    with reading(engine) as conn:
        found = inspect(conn)
        return {
            table.name: [column["name"] for column in found.get_columns(table.name)]
            for table in tables.metadata.sorted_tables
            if found.has_table(table.name)
        }


def rows_of(engine: Engine, columns: dict[str, list[str]]) -> Rows:
    """Give these columns of every row, in the order of the primary keys."""
    found: Rows = {}
    with reading(engine) as conn:
        for name, wanted in columns.items():
            table = tables.metadata.tables[name]
            query = select(*(table.c[column] for column in wanted)).order_by(*table.primary_key.columns)
            found[name] = [dict(row) for row in conn.execute(query).mappings()]
    return found


def loaded(target: Engine, source: Engine) -> Engine:
    """Load the rows of a SQLite database of the first release into another database of that schema."""
    migrate(target, revision="0001")
    rows = rows_of(source, first_columns(source))
    with writing(target) as conn:
        for table in tables.metadata.sorted_tables:
            _load(conn, table, rows.get(table.name, []))
    source.dispose()
    return target


def _load(conn: Any, table: Table, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        conn.execute(insert(table).values(row))


@pytest.fixture
def first(tmp_path: Path, database: Database, request: pytest.FixtureRequest) -> Iterator[FirstRelease]:
    path = tmp_path / "records.sqlite"
    with sqlite3.connect(path) as conn:
        conn.executescript((VECTOR / "records.sql").read_text())
    conn.close()
    engine = open_engine(f"sqlite:///{path}")
    if database.kind == "postgresql":
        engine = loaded(open_engine(request.getfixturevalue("postgres").database()), engine)
    made = FirstRelease(tmp_path, engine)
    yield made
    made.close()


def test_every_fact_of_the_first_release_is_kept(first: FirstRelease) -> None:
    columns = first_columns(first.engine)
    before = rows_of(first.engine, columns)
    assert len(before["entries"]) == 315
    assert all(before[name] for name in columns if name not in ("idempotency", "jobs"))
    migrate(first.engine)
    assert has_newest_schema(first.engine)
    assert rows_of(first.engine, columns) == before
    first.start()
    first.check_log()

    migrate_down(first.engine, revision="0001")
    assert first_columns(first.engine) == columns
    assert rows_of(first.engine, columns) == before

    migrate(first.engine)
    first.check_log()


def test_the_first_releases_matters_go_on(first: FirstRelease) -> None:
    migrate(first.engine)
    first.start()
    law = Limitation()
    while law.is_due(first.engine, first.clock()):
        law.look(first.engine, first.clock)
    first.append("contact.made", {"text": "升级之后"}, matter_id="m_2")
    first.issue("n_later")
    first.integrate_all()
    first.stamp()
    first.check_log()
