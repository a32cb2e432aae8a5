"""The database: its schema and migrations, how it is opened, and what it says when it cannot."""

import os
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import Database, has_newest_schema
from faults import SeededBytes
from sqlalchemy import Select, insert, inspect, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from world import World

from service.errors import NotFoundError, StoreError
from service.records import entries, ids, jobs, matters, tables
from service.records.engine import database_faults, open_engine, reading, writing
from service.records.jobs import JobRow
from service.records.locks import Owner, exclusive, exclusive_if_free
from service.records.migrate import migrate, migrate_down


def test_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
    migrate(engine)
    assert has_newest_schema(engine)
    with reading(engine) as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    migrate(engine)  # again changes nothing
    migrate_down(engine, revision="base")
    with reading(engine) as conn:
        assert inspect(conn).get_table_names() == ["alembic_version"]
    migrate(engine)
    assert has_newest_schema(engine)
    engine.dispose()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("query", "index"),
    [
        (select(tables.notice_numbers).where(tables.is_reserved), "ix_notice_numbers_reserved"),
        (select(tables.idempotency.c.owner).where(tables.is_running), "ix_idempotency_running"),
    ],
)
def test_what_is_not_settled_is_found_without_looking_at_what_is(
    world: World, query: Select[tuple[object, ...]], index: str
) -> None:
    """As SQLite plans it; PostgreSQL takes no index of a table this small."""
    with reading(world.engine) as conn:
        asked = str(query.compile(dialect=world.engine.dialect))
        plan = conn.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    assert f"USING INDEX {index}" in str(plan) or f"USING COVERING INDEX {index}" in str(plan), plan


def test_a_program_older_than_its_database_says_so(tmp_path: Path, database: Database) -> None:
    engine = open_engine(database.url(tmp_path))
    with writing(engine) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="has schema 9999") as caught:
        migrate(engine)
    assert (caught.value.code, caught.value.fatal) == ("schema_differs", True)
    assert "9999" in caught.value.message_zh
    engine.dispose()


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    engines = [open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}") for _ in range(4)]
    errors: list[Exception] = []

    def work(engine: object) -> None:
        try:
            migrate(engine)
        except Exception as error:  # noqa: BLE001 - the main thread asserts that there was none
            errors.append(error)

    threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert has_newest_schema(engines[0])
    for engine in engines:
        engine.dispose()


def test_the_schema_can_be_made_on_postgresql() -> None:
    dialect = postgresql.dialect()
    for table in tables.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            kind = "UNIQUE INDEX" if index.unique else "INDEX"
            assert f"CREATE {kind}" in str(CreateIndex(index).compile(dialect=dialect))


@pytest.mark.sqlite
def test_sqlite_is_opened_durably(world: World) -> None:
    with reading(world.engine) as conn:
        settings = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_instants_are_aware_and_utc(world: World) -> None:
    beijing = datetime(2026, 12, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    row = {"id": "t_x", "code": "XX", "name": "x", "mac_key": b"", "mac_key_digest": b"", "created_at": beijing}
    with writing(world.engine) as conn:
        conn.execute(insert(tables.tenants).values(row))
        found = conn.execute(select(tables.tenants.c.created_at).where(tables.tenants.c.id == "t_x")).scalar_one()
        assert found == datetime(2026, 12, 1, tzinfo=UTC)
        assert found.tzinfo is UTC
    naive = row | {"id": "t_y", "code": "YY", "created_at": datetime(2026, 12, 1)}
    with pytest.raises(Exception, match="time zone"), writing(world.engine) as conn:
        conn.execute(insert(tables.tenants).values(naive))


@pytest.mark.sqlite
def test_a_full_disk_is_a_store_error_and_keeps_what_was(world: World) -> None:
    world.open_matter()
    world.engine.dispose()
    with writing(world.engine) as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full") as caught:
        world.append("contact.made", {"text": "x" * 400_000})
    assert not caught.value.fatal
    world.restart()
    world.check_log()
    world.append("contact.made", {"text": "there is room again"})
    world.check_log()


@pytest.mark.sqlite
def test_a_database_that_somebody_holds_is_a_store_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.records.engine.BUSY_SECONDS", 0.05)
    engine = open_engine(str(world.engine.url))
    holder = sqlite3.connect(world.folder / "records.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"), writing(engine):
        pass
    with reading(engine) as conn:  # readers do not wait for the writer
        assert conn.execute(text("SELECT count(*) FROM tenants")).scalar() == 1
    holder.rollback()
    with writing(engine):
        pass
    holder.close()
    engine.dispose()


def test_a_lost_database_is_a_store_error(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "records.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    path.mkdir()
    with pytest.raises(StoreError), reading(engine):
        pass
    path.rmdir()
    path.write_bytes(b"not a database at all, but long enough to be looked at as one" * 100)
    with pytest.raises(StoreError), reading(engine):
        pass
    engine.dispose()


def test_the_database_says_that_its_pages_hold(world: World) -> None:
    world.story()
    assert database_faults(world.engine) == []


def test_foreign_keys_tie_rows_to_tenant_and_matter(world: World) -> None:
    world.open_matter()
    other = world.access.create_tenant(code="OTHER", name="另一家")
    row = {"id": "n_x", "tenant_id": other.id, "matter_id": "m_1", "notice_no": "X", "seq": 1, "party": "p"}
    row |= {"template": "t", "version": "v", "engine": "html", "state": "issued", "pdf_sha256": b"", "pages": 1}
    with pytest.raises(Exception, match=r"(?i)foreign key"), writing(world.engine) as conn:
        conn.execute(insert(tables.notices).values(row | {"created_at": world.clock()}))


def test_search_pages_through_a_tenants_matters(world: World) -> None:
    for n in range(7):
        world.clock.move(seconds=n % 2)  # some were opened in the same second
        world.open_matter(f"m_{n}", reference=f"REF_{n}%")
    seen, after = [], None
    with reading(world.engine) as conn:
        while page := matters.search(conn, tenant_id=world.tenant.id, after=after, limit=2):
            seen += [row.id for row in page]
            after = (page[-1].opened_at, page[-1].id)
        assert sorted(seen) == [f"m_{n}" for n in range(7)]
        assert len(seen) == 7

        def found(words: str) -> list[str]:
            return [row.id for row in matters.search(conn, tenant_id=world.tenant.id, text=words)]

        assert found("ref_3%") == ["m_3"]
        assert found("张") == sorted(seen, key=seen.index)
        assert found("%") == sorted(seen, key=seen.index)
        assert found("_3") == ["m_3"]
        assert found("李四") == []
        assert matters.search(conn, tenant_id="t_other") == ()


def test_a_digest_is_found_where_it_is_recorded(world: World) -> None:
    world.story()
    entry = world.ledger.entries(tenant_id=world.tenant.id, matter_id="m_1")[2]
    with reading(world.engine) as conn:

        def places(digest: bytes, tenant_id: str = world.tenant.id) -> list[tuple[str, int, str]]:
            found = entries.places_of(conn, tenant_id=tenant_id, digest=digest)
            return [(place.what, place.seq, place.role) for place in found]

        assert places(entry.leaf_hash) == [("leaf", 3, "")]
        assert places(entry.body_digest) == [("body", 3, "")]
        slip = bytes.fromhex(world.keep(b"slip", name="x", media_type="x/x", role="x")["sha256"])
        assert places(slip) == [("file", 3, "posting_slip"), ("file", 4, "posting_slip")]
        assert places(bytes(32)) == []
        assert places(entry.leaf_hash, "t_other") == []
        with pytest.raises(NotFoundError):
            entries.one(conn, tenant_id="t_other", matter_id="m_1", seq=1)


def test_a_job_goes_forward_only(world: World) -> None:
    now = world.clock()
    with writing(world.engine) as conn:
        jobs.insert_job(
            conn, JobRow(id="j_1", tenant_id=world.tenant.id, kind="bundle", state="queued", created_at=now)
        )
        jobs.start_job(conn, job_id="j_1", at=now + timedelta(milliseconds=1500), total=3)
        jobs.start_job(conn, job_id="j_1", at=now + timedelta(seconds=9), total=3)  # resumed
        jobs.job_progress(conn, job_id="j_1", done=2, message_zh="核对", message_en="checking")
        assert [job.done for job in jobs.unfinished_jobs(conn)] == [2]
        jobs.finish_job(conn, job_id="j_1", at=now + timedelta(seconds=4), result={"bundle": "b_1"})
        jobs.finish_job(conn, job_id="j_1", at=now + timedelta(seconds=5), error={"code": "late"})
        jobs.job_progress(conn, job_id="j_1", done=9)
        job = jobs.job(conn, tenant_id=world.tenant.id, job_id="j_1")
        assert (job.state, job.done, job.queue_ms, job.work_ms) == ("succeeded", 2, 1500, 2500)
        assert job.result == {"bundle": "b_1"}
        with pytest.raises(NotFoundError):
            jobs.job(conn, tenant_id="t_other", job_id="j_1")


def test_locks_wait_and_exclude(world: World) -> None:
    inside: list[int] = []

    def work(n: int) -> None:
        with exclusive(world.engine, "x"):
            inside.append(n)
            time.sleep(0.02)
            inside.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside[::2] == inside[1::2]
    with exclusive_if_free(world.engine, "x") as first, exclusive_if_free(world.engine, "x") as second:
        assert (first, second) == (True, False)


def test_an_owner_is_alive_until_its_process_ends(world: World) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        owner = Owner(open_engine(str(world.engine.url)), SeededBytes("child"))
        os.write(writer, owner.id.encode())
        time.sleep(60)
        os._exit(0)
    os.close(writer)
    owner_id = os.read(reader, 100).decode()
    os.close(reader)
    assert world.owner.is_alive(owner_id)
    os.kill(child, 9)
    os.waitpid(child, 0)
    assert not world.owner.is_alive(owner_id)
    assert world.owner.is_alive(world.owner.id)
    assert not world.owner.is_alive("o_never")


def test_ids_are_random_and_say_what_they_name(world: World) -> None:
    made = {ids.new_id(ids.MATTER, world.random) for _ in range(500)}
    assert len(made) == 500
    assert all(len(one) == 28 and one.startswith("m_") and one.islower() for one in made)
