"""Alarms: raised once, on the right day, the nearest one alone, and cleared when their reason goes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from law_story import (
    LAST_DAY,
    alarms,
    clock,
    confirm,
    go_to,
    look,
    matter,
    open_matter,
    post,
    receive,
    reckoning,
)
from sqlalchemy import select
from world import World

from service.alarms import APPROACHING, PASSED, TRACING
from service.limitation import Limitation
from service.records import tables
from service.records.alarms import page
from service.records.engine import reading
from service.records.limitation import NEVER

pytestmark = pytest.mark.slow


def standing(world: World) -> list[tuple[str, int]]:
    return [(kind, days) for kind, _, days, _, state, _ in alarms(world) if state == "raised"]


def on(days_before: int) -> str:
    return (LAST_DAY - timedelta(days=days_before)).isoformat()


def test_each_threshold_is_raised_on_its_day_and_takes_the_place_of_the_one_before(either: World) -> None:
    go_to(either, on(181))
    open_matter(either, matter())
    seen = []
    for days in (181, 180, 91, 90, 31, 30, 8, 7, 0, -1):
        go_to(either, on(days))
        look(either)
        seen.append(standing(either))
    assert seen == [
        [], [(APPROACHING, 180)], [(APPROACHING, 180)], [(APPROACHING, 90)], [(APPROACHING, 90)], [(APPROACHING, 30)],
        [(APPROACHING, 30)], [(APPROACHING, 7)], [(APPROACHING, 7)], [(PASSED, 0)],
    ]  # fmt: skip
    assert [row[4:] for row in alarms(either)] == [("cleared", "superseded")] * 4 + [("raised", None)]
    go_to(either, on(-31))
    look(either)
    assert alarms(either)[-1][4:] == ("cleared", "done")
    go_to(either, "2030-01-01")
    assert (look(either), len(alarms(either))) == (0, 5)


def test_after_a_long_stop_only_the_nearest_is_raised_and_only_once(world: World) -> None:
    go_to(world, on(200))
    open_matter(world, matter())
    go_to(world, on(20))
    now = world.clock()
    world.clock.move(microseconds=7)  # clocks do
    assert look(world) == 1
    assert look(world) == 0
    assert alarms(world) == [(APPROACHING, "p2", 30, LAST_DAY, "raised", None)]
    with reading(world.engine) as conn:
        a = tables.alarms.c
        due, raised = conn.execute(select(a.due_on, a.raised_at)).one()
    assert (due, raised) == (LAST_DAY - timedelta(days=30), now)


def test_a_matter_that_is_opened_late_is_alarmed_at_once(either: World) -> None:
    go_to(either, on(20))
    open_matter(either, matter())
    assert alarms(either) == [(APPROACHING, "p2", 30, LAST_DAY, "raised", None)]


def test_a_matter_that_was_lost_long_ago_is_no_news(world: World) -> None:
    open_matter(world, matter(due_on=date(2015, 1, 5)))
    assert clock(world).standing == "ended"
    assert alarms(world) == []


def test_an_interruption_clears_the_alarm_and_its_correction_raises_it_again(either: World) -> None:
    go_to(either, on(20))
    open_matter(either, matter())
    confirm(either, on(21))
    assert alarms(either) == [(APPROACHING, "p2", 30, LAST_DAY, "cleared", "moved")]
    seq = either.ledger.head(tenant_id=either.tenant.id, matter_id="m_1").seq
    wrong = {"corrects_seq": seq, "reason": "另一案的确认函", "facts": {"party": "p1"}}
    either.append("entry.corrected", wrong)
    assert clock(either).alarm_on == LAST_DAY
    assert alarms(either) == [(APPROACHING, "p2", 30, LAST_DAY, "raised", None)]


def test_a_closed_matter_has_no_alarm(world: World) -> None:
    go_to(world, on(20))
    open_matter(world, matter())
    world.append("matter.closed", {"on": on(20), "outcome": "paid"})
    assert alarms(world)[0][4:] == ("cleared", "done")


def test_other_alarm_days_are_taken_up(world: World) -> None:
    go_to(world, on(50))
    open_matter(world, matter())
    assert standing(world) == [(APPROACHING, 90)]
    look(world, Limitation(alarm_days=(60, 10)))
    assert standing(world) == [(APPROACHING, 60)]
    look(world, Limitation(alarm_days=(45,)))
    assert standing(world) == []
    assert reckoning(world).look_on == LAST_DAY - timedelta(days=45)


def test_a_letter_without_an_outcome_is_to_be_traced(either: World) -> None:
    open_matter(either, matter())
    post(either, posted_at="2026-11-23T16:30:00Z")  # half past midnight of the 24th in China
    post(either, "2", posted_at="2026-11-23T01:00:00Z", carrier="courier")
    posted, ends = date(2026, 11, 24), date(2027, 11, 24)
    seen = []
    for after in (6, 7, 30, 329, 330, 365, 366):
        go_to(either, (posted + timedelta(days=after)).isoformat())
        look(either)
        seen.append([row for row in alarms(either) if row[0] == TRACING and row[4] == "raised"])
    assert [[row[2] for row in found] for found in seen] == [[], [7], [30], [30], [330], [330], []]
    assert seen[1] == [(TRACING, "p2", 7, ends, "raised", None)]
    assert [row[4:] for row in alarms(either) if row[0] == TRACING] == [
        ("cleared", "superseded"), ("cleared", "superseded"), ("cleared", "done"),
    ]  # fmt: skip
    either.check_log()


def outcome(world: World, how: str) -> None:
    if how == "receipt":
        receive(world, at="2026-11-26T01:00:00Z")
    elif how == "proof":
        scan = world.keep(b"print", name="p.pdf", media_type="application/pdf", role="tracking_print")
        world.append("proof.added", {"about_seq": 3, "files": [scan]})
    else:
        event = {"at": "2026-11-26T01:00:00Z", "status": how, "text": "原话"}
        world.append("tracking.recorded", {"dispatch": "d_m_1_1", "source": "EMS", "events": [event]})


@pytest.mark.parametrize(
    ("how", "is_traced"),
    [
        ("receipt", True), ("proof", True), ("delivered_self", True), ("refused", True), ("returned", True),
        ("in_transit", False), ("accepted", False),
    ],
)  # fmt: skip
def test_an_outcome_ends_the_tracing(world: World, how: str, is_traced: bool) -> None:
    go_to(world, "2026-12-05")
    open_matter(world, matter())
    post(world, posted_at="2026-11-24T01:00:00Z")
    assert (TRACING, 7) in standing(world)
    outcome(world, how)
    assert ((TRACING, 7) not in standing(world)) == is_traced
    world.check_log()


def test_the_next_look_is_the_first_day_with_anything_to_do(world: World) -> None:
    open_matter(world, matter())  # 107 days are left: the next alarm is at 90
    assert reckoning(world).look_on == LAST_DAY - timedelta(days=90)
    post(world, posted_at="2026-11-23T01:00:00Z")
    assert reckoning(world).look_on == date(2026, 11, 30)
    world.append("matter.closed", {"on": "2026-11-20", "outcome": "paid"})
    assert reckoning(world).look_on != NEVER


def test_a_reader_that_goes_on_from_its_last_number_misses_no_change(world: World) -> None:
    go_to(world, on(20))
    for n in range(5):
        open_matter(world, matter(f"m_{n}"))
    seen, after = [], 0
    while found := read(world, after_no=after, limit=2):
        seen += [(row.matter_id, row.state) for row in found]
        after = found[-1].no
    assert seen == [(f"m_{n}", "raised") for n in range(5)]
    world.clock.move(hours=1)
    confirm(world, on(21), matter_id="m_2")
    assert [(row.matter_id, row.state) for row in read(world, after_no=after)] == [("m_2", "cleared")]
    since = world.clock()
    assert [row.matter_id for row in read(world, since=since)] == ["m_2"]
    assert read(world, since=since + timedelta(seconds=1)) == ()
    assert len(read(world, since=since - timedelta(hours=1))) == 5
    assert [row.matter_id for row in read(world, state="cleared")] == ["m_2"]
    assert read(world, tenant_id="t_other") == ()


def test_a_clock_that_runs_back_leaves_the_order_alone(world: World) -> None:
    go_to(world, on(20))
    open_matter(world, matter("m_1"))
    world.clock.move(hours=-2)
    open_matter(world, matter("m_2"))
    found = read(world)
    assert [row.matter_id for row in found] == ["m_1", "m_2"]
    assert found[0].changed_at == found[1].changed_at


def read(world: World, *, tenant_id: str = "", since: datetime | None = None, **more: Any) -> Any:
    with reading(world.engine) as conn:
        return page(conn, tenant_id=tenant_id or world.tenant.id, since=since, **more)
