"""The worklist: exact pages in the order of the day, on whichever database, along an index."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from portfolio import TODAY, debtor, fill, matter_id
from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql, sqlite
from world import World

from service.records import limitation, tables, worklist
from service.records.calendar_days import clock_days
from service.records.engine import reading, writing
from service.records.limitation import NEVER, ClockRow
from service.records.worklist import Position, page, position
from service.records.worklist_conditions import ALL, ENDED, Wanted, state_on

pytestmark = pytest.mark.slow

MATTERS = 3_000
SEVENTY_SEVEN = {matter_id(n) for n in (77, *range(770, 780))}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    url = request.getfixturevalue("postgres").database() if request.param == "postgresql" else ""
    world = World(tmp_path_factory.mktemp("worklist"), url=url)
    fill(world.engine, tenant_id=world.tenant.id, matters=MATTERS)
    other = world.access.create_tenant(code="OTHER", name="另一家")
    with writing(world.engine) as conn:
        stolen = update(tables.matters).where(tables.matters.c.id == matter_id(8))
        conn.execute(text("DELETE FROM limitation WHERE matter_id = :m"), {"m": matter_id(8)})
        conn.execute(text("DELETE FROM reckonings WHERE matter_id = :m"), {"m": matter_id(8)})
        conn.execute(stolen.values(tenant_id=other.id))
        if world.engine.dialect.name == "postgresql":  # whose own housekeeping does it; SQLite's plans do without
            conn.execute(text("ANALYZE"))
    yield world
    world.close()


def everything(world: World) -> list[ClockRow]:
    return walked(world, asked(world, state=ALL), limit=10_000)


def asked(world: World, **more: Any) -> Wanted:
    return Wanted(tenant_id=world.tenant.id, today=TODAY, **more)


def walked(world: World, wanted: Wanted, *, limit: int) -> list[ClockRow]:
    rows: list[ClockRow] = []
    after: Position | None = None
    with reading(world.engine) as conn:
        while found := page(conn, wanted, after=after, limit=limit):
            rows += found
            after = position(found[-1], track=wanted.track)
    return rows


def key(row: ClockRow, track: str) -> tuple[date, str, str, str]:
    return (row.best_on if track == "best" else row.conservative_on, row.matter_id, row.party, row.item)


@pytest.mark.slow
@pytest.mark.parametrize("track", ["conservative", "best"])
@pytest.mark.parametrize(
    ("more", "holds"),
    [
        ({}, lambda row: row.standing != "closed" and row.best_on >= TODAY - timedelta(days=30)),
        ({"state": "alive"}, lambda row: row.standing == "open" and row.best_on >= TODAY),
        ({"state": "ended"}, lambda row: row.standing == "ended"),
        ({"state": "closed"}, lambda row: row.standing == "closed"),
        ({"state": "all"}, lambda row: True),
        ({"state": "undetermined"}, lambda row: row.reason == "due_on" and row.standing != "closed"),
        ({"state": "all", "role": "guarantor"}, lambda row: row.role == "guarantor"),
        ({"state": "all", "party": "样本12"}, lambda row: "样本12" in row.party_name),
        ({"party": "p3"}, lambda row: row.party == "p3" and row.listed),
        ({"party": "%"}, lambda row: False),
        ({"state": "all", "text": "借-77"}, lambda row: row.matter_id in SEVENTY_SEVEN),
    ],
)  # fmt: skip
def test_pages_hold_exactly_what_was_asked_for(filled: World, track: str, more: dict[str, Any], holds: Any) -> None:
    expected = [row for row in everything(filled) if holds(row)]
    for limit in (7, 200) if len(expected) < 300 else (97,):
        found = walked(filled, asked(filled, track=track, **more), limit=limit)
        assert {key(row, track) for row in found} == {key(row, track) for row in expected}
        assert len(found) == len(expected)
        assert [key(row, track)[0] for row in found] == sorted(key(row, track)[0] for row in expected)


def test_everything_is_there_once_and_nothing_of_another_tenant(filled: World) -> None:
    rows = everything(filled)
    assert len({key(row, "best") for row in rows}) == len(rows) == 2 * (MATTERS - 1)
    assert not walked(filled, Wanted(tenant_id="t_none", today=TODAY), limit=10)


def test_a_bound_is_a_day_before_which_it_ends(filled: World) -> None:
    bound = date(2027, 3, 1)
    found = walked(filled, asked(filled, before=bound), limit=50)
    assert found
    assert all(row.conservative_on < bound for row in found)
    assert [row for row in everything(filled) if row.listed and row.conservative_on < bound] == found


def test_a_page_after_a_row_that_is_gone_goes_on_behind_it(filled: World) -> None:
    wanted = asked(filled)
    with reading(filled.engine) as conn:
        first = page(conn, wanted, limit=5)
        gone = replace(first[-1], party="p2~")
        following = page(conn, wanted, after=position(gone, track="conservative"), limit=5)
        assert key(following[0], "conservative") > key(gone, "conservative")


def test_states_are_of_today_though_the_row_is_older(world: World) -> None:
    fill(world.engine, tenant_id=world.tenant.id, matters=200)
    rows = [row for row in everything(world) if row.standing == "open" and row.conservative_on != NEVER]
    later = max(row.best_on for row in rows) + timedelta(days=1)
    over = Wanted(tenant_id=world.tenant.id, today=later, state=ENDED)
    ended = {row.matter_id for row in walked(world, over, limit=50)}
    assert {row.matter_id for row in rows} <= ended
    assert all(state_on(row, track, later) == "expired" for row in rows for track in ("best", "conservative"))
    guarantee = replace(rows[0], conservative_period="guarantee", best_period="longest")
    assert [state_on(guarantee, track, later) for track in ("conservative", "best")] == ["released", "capped"]
    assert state_on(rows[0], "best", rows[0].best_on) == "running"


def plan(world: World, statement: Any, *, only_by_index: bool = False) -> str:
    """What the database says that it will do; every literal in place, since plans depend on them."""
    is_postgresql = world.engine.dialect.name == "postgresql"
    dialect, explain = (postgresql, "EXPLAIN") if is_postgresql else (sqlite, "EXPLAIN QUERY PLAN")
    sql = str(statement.compile(dialect=dialect.dialect(), compile_kwargs={"literal_binds": True}))
    with reading(world.engine) as conn:
        for other in ("sort", "seqscan", "bitmapscan") if is_postgresql and only_by_index else ():
            conn.exec_driver_sql(f"SET LOCAL enable_{other} = off")
        return "\n".join(str(row[-1]) for row in conn.exec_driver_sql(f"{explain} {sql}".replace("%", "%%")))


@pytest.mark.parametrize("track", ["conservative", "best"])
@pytest.mark.parametrize(
    ("more", "is_rare"),
    [
        ({}, False), ({"before": date(2027, 6, 1)}, False), ({"state": "alive"}, False), ({"role": "debtor"}, True),
        ({"state": "expired"}, True), ({"state": "all"}, True), ({"party": "张"}, True), ({"state": "closed"}, True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", [None, Position(date(2026, 12, 1), matter_id(11), "p2", "")], ids=["first", "later"])
def test_every_page_is_a_walk_along_the_index(
    filled: World, track: str, more: dict[str, Any], is_rare: bool, after: Position | None
) -> None:
    """Where few rows of a small table are meant, PostgreSQL likes to sort them: there it is asked not to."""
    statement = worklist.query(asked(filled, track=track, **more), after=after, limit=51)
    told = plan(filled, statement, only_by_index=is_rare)
    walks = len(asked(filled, **more).listed)
    assert told.count(f"ix_limitation_by_{track}") == walks, told
    assert "SCAN limitation" not in told, told
    assert "Seq Scan" not in told, told
    if walks == 1:
        assert "B-TREE" not in told, told
        assert "Sort" not in told, told


def test_a_rare_name_is_looked_up_by_name(filled: World) -> None:
    wanted = asked(filled, party="样本1234")
    looked_up = plan(filled, worklist.names_query(wanted), only_by_index=True)
    assert "ix_limitation_by_name" in looked_up
    if filled.engine.dialect.name == "sqlite":
        assert "COVERING INDEX" in looked_up
    by_name = plan(filled, worklist.by_name(wanted, ("王样本1234", "李样本1234"), None, 51))
    assert "ix_limitation_by_name" in by_name
    assert "ix_limitation_by_conservative" not in by_name
    found = walked(filled, asked(filled, party="样本1234", state=ALL), limit=7)
    assert {row.party_name for row in found} == {debtor(1234)}


def test_a_frequent_name_is_met_by_walking(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = asked(filled, party="样本12", state=ALL)
    by_name = walked(filled, wanted, limit=40)
    monkeypatch.setattr(worklist, "RARE", 3)
    assert walked(filled, wanted, limit=40) == by_name
    assert len(by_name) > 100


def test_the_calendar_and_the_look_go_by_index_too(filled: World) -> None:
    found: list[Any] = []
    with reading(filled.engine) as conn:
        spied = Spy(conn, found)
        clock_days(spied, tenant_id=filled.tenant.id, start=TODAY, until=date(2027, 11, 28), limit=10)
        limitation.stale(spied, today=TODAY, versions=("r", "c", "7"), limit=10)
    plans = [plan(filled, statement) for statement in found]
    assert len(plans) == 4
    assert "ix_limitation_by_conservative" in plans[0]
    assert "ix_reckonings_look_on_matter_id" in plans[1]
    assert all("ix_reckonings_versions" in told for told in plans[2:])


class Spy:
    """Notes the statements that go by."""

    def __init__(self, conn: Any, found: list[Any]) -> None:
        self._conn, self._found = conn, found

    def execute(self, statement: Any) -> Any:
        self._found.append(statement)
        return self._conn.execute(statement)


def test_the_tests_would_notice_a_missing_index(tmp_path: Path) -> None:
    world = World(tmp_path)
    fill(world.engine, tenant_id=world.tenant.id, matters=100)
    with writing(world.engine) as conn:
        conn.execute(text("DROP INDEX ix_limitation_by_conservative"))
    told = plan(world, worklist.query(asked(world), after=None, limit=51))
    assert "B-TREE" in told
    assert "ix_limitation_by_conservative" not in told
    world.close()
