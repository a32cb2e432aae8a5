"""Matters of earlier releases are found by their contract number as it is compared; the way back loses nothing."""

from datetime import UTC, datetime
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select
from world import World

from service.records import matters, tables
from service.records.engine import reading, writing
from service.records.migrate import migrate, migrate_down

AT = datetime(2026, 11, 23, tzinfo=UTC)
MANY = 2500
"""More than are filled at a time."""


def matter_row(world: World, n: int) -> dict[str, Any]:
    head = {"head_seq": 1, "head_leaf": bytes(32), "head_at": AT, "head_kind": "matter.opened"}
    number = None if n % 100 == 7 else f"（２０２６）借 字{n}号"
    return {"id": f"m_{n}", "tenant_id": world.tenant.id, "opened_at": AT, "contract_no": number, **head}


def index_columns(world: World) -> set[tuple[str | None, ...]]:
    with reading(world.engine) as conn:
        return {tuple(index["column_names"]) for index in inspect(conn).get_indexes("matters")}


def test_what_was_opened_before_is_found_in_any_spelling(either: World) -> None:
    numbers = {"m_1": "（2026）借字1号", "m_2": "(2026)借字 2号", "m_3": None}
    for matter_id, number in numbers.items():
        told = {} if number is None else {"contract_no": number}
        either.open_matter(matter_id, claim={"kind": "loan", "due_on": "2026-10-20"} | told)
    migrate_down(either.engine, revision="0007")
    assert ("tenant_id", "contract_no") in index_columns(either)
    migrate(either.engine)
    with reading(either.engine) as conn:
        assert compare_metadata(MigrationContext.configure(conn), tables.metadata) == []
    assert ("tenant_id", "contract_key") in index_columns(either)
    with reading(either.engine) as conn:
        for asked, found in (("(2026)借字1号", "m_1"), ("（2026）借字２号", "m_2")):
            opened = matters.opened_on_contract(conn, tenant_id=either.tenant.id, contract_no=asked, limit=9)
            assert [each.id for each in opened] == [found]
    either.integrate_all()
    assert either.problems() == []  # as the projection would have written them


def test_every_matter_is_filled_however_many_there_are(either: World) -> None:
    migrate_down(either.engine, revision="0007")
    with writing(either.engine) as conn:
        conn.execute(insert(tables.matters), [matter_row(either, n) for n in range(MANY)])
    migrate(either.engine)
    m = tables.matters.c
    with reading(either.engine) as conn:
        keys = conn.execute(select(m.contract_no, m.contract_key)).all()
    assert len({row.contract_key for row in keys}) == MANY - MANY // 100 + 1
    assert all((row.contract_key is None) == (row.contract_no is None) for row in keys)
