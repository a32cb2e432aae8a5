"""From the first release's database to this one's, and back: no fact is touched, and what follows is found again."""

from databases import has_newest_schema
from law_story import alarms, clocks, confirm, look, matter, open_matter, post, reckoning, with_guarantor
from sqlalchemy import inspect, select, text
from world import World

from service.limitation import Limitation
from service.records import tables
from service.records.engine import reading
from service.records.migrate import migrate, migrate_down

LAW = {"alarms", "calendar_feeds", "limitation", "reckonings", "tracings"}


def names(world: World) -> set[str]:
    with reading(world.engine) as conn:
        return set(inspect(conn).get_table_names())


def standing(world: World) -> set[tuple[object, ...]]:
    return {alarm for alarm in alarms(world) if alarm[4] == "raised"}


def letters(world: World) -> list[str]:
    with reading(world.engine) as conn:
        return list(conn.execute(select(tables.tracings.c.dispatch_id)).scalars())


def test_what_the_first_release_recorded_gets_its_clocks_by_the_first_look(either: World) -> None:
    open_matter(either, with_guarantor("m_1"))
    open_matter(either, matter("m_2"))
    confirm(either, "2026-11-20", matter_id="m_2")
    post(either, posted_at="2026-11-02T01:00:00Z")
    before = {name: clocks(either, name) for name in ("m_1", "m_2")}
    raised = standing(either)

    migrate_down(either.engine, revision="0001")
    assert not names(either) & LAW
    with reading(either.engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM entries")).scalar_one() == 5

    migrate(either.engine)
    assert has_newest_schema(either.engine)
    assert clocks(either, "m_1") == {}
    assert reckoning(either, "m_1").rule_version == ""
    assert either.problems() == []  # rows that wait for their first look are no error
    assert Limitation().is_due(either.engine, either.clock())
    assert look(either) == 2
    assert {name: clocks(either, name) for name in ("m_1", "m_2")} == before
    assert standing(either) == raised
    assert letters(either) == ["d_m_1_1"]
    either.check_log()


def test_an_entry_before_the_first_look_brings_its_matter_up_at_once(world: World) -> None:
    open_matter(world, matter("m_1"))
    open_matter(world, matter("m_2"))
    migrate_down(world.engine, revision="0001")
    migrate(world.engine)
    confirm(world, "2026-11-20")
    assert set(clocks(world)) == {("p2", "")}
    assert clocks(world, "m_2") == {}
    assert look(world) == 1
    world.check_log()
