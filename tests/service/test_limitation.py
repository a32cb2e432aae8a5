"""What follows in law is beside the entries: as they come, as days pass, and whatever the law makes of them."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from law_story import (
    DUE,
    LAST_DAY,
    clock,
    clocks,
    confirm,
    days,
    go_to,
    issue_in,
    look,
    matter,
    open_matter,
    post,
    reckoning,
    run,
    with_guarantor,
)
from sqlalchemy import delete, func, select, update
from world import World

from evidence.law.entries import facts_of_matter
from service import limitation as law_module
from service.clocks import CONTRADICTION, FAILED
from service.limitation import KINDS, Limitation
from service.records import entries, tables
from service.records.engine import reading
from service.records.limitation import NEVER


def test_opening_a_matter_starts_every_obligors_clock(either: World) -> None:
    open_matter(either, with_guarantor())
    found = clocks(either)
    assert set(found) == {("p2", ""), ("p3", "")}
    debtor, guarantor = found["p2", ""], found["p3", ""]
    assert days(debtor) == ("running", LAST_DAY, LAST_DAY)
    assert (debtor.best_on, debtor.conservative_period, debtor.standing, debtor.listed) == (
        LAST_DAY, "limitation", "open", True,
    )  # fmt: skip
    assert (guarantor.conservative_state, guarantor.alarm_on) == ("released", date(2024, 9, 11))
    assert (guarantor.party_name, guarantor.role) == ("示例担保有限公司", "guarantor")
    assert (guarantor.standing, guarantor.listed) == ("ended", False)
    assert reckoning(either).computed_on == date(2026, 11, 24)  # 06:06 in China, though 22:06 of the 23rd in UTC
    either.check_log()


def test_a_rest_day_moves_the_last_day_and_not_the_alarm(world: World) -> None:
    open_matter(world, matter(due_on=date(2023, 10, 2)))  # three years later is in the National Day week
    assert days(clock(world)) == ("expired", date(2026, 10, 8), date(2026, 10, 2))


def test_entries_move_the_clock_within_their_own_transaction(either: World) -> None:
    open_matter(either, matter())
    confirm(either, "2026-11-20")
    assert days(clock(either)) == ("running", date(2029, 11, 20), date(2029, 11, 20))
    either.check_log()


def test_a_letter_counts_once_it_is_proved(world: World) -> None:
    open_matter(world, matter())
    issue_in(world, "1", "m_1")
    assert reckoning(world).computed_on == date(2026, 11, 24)
    before = clock(world)
    facts = {"dispatch": "d_1", "notice": "n_m_1_1", "carrier": "ems", "waybill_no": "E1"}
    facts |= {"posted_at": "2026-11-02T01:00:00Z", "item_description": "《逾期贷款催收通知书》借-m_1 要求还本付息"}
    slip, track, back = (
        world.keep(role.encode(), name=f"{role}.jpg", media_type="image/jpeg", role=role)
        for role in ("posting_slip", "tracking_print", "receipt_image")
    )
    world.append("dispatch.recorded", facts | {"files": [slip]})
    assert clock(world).alarm_on == before.alarm_on
    events = [{"at": "2026-11-04T02:00:00Z", "status": "delivered_self", "text": "本人签收"}]
    world.append("tracking.recorded", {"dispatch": "d_1", "events": events, "source": "EMS", "files": [track]})
    receipt = {"receipt": "r_1", "dispatch": "d_1", "outcome": "delivered", "delivered_at": "2026-11-04T02:00:00Z"}
    world.append("receipt.recorded", receipt | {"signed_by": "张三", "relation": "self", "files": [back]})
    after = clock(world)
    assert after.best_on == date(2029, 11, 5)  # arrival on the 4th, a Sunday three years later
    assert after.conservative_on >= before.conservative_on
    world.check_log()


def test_an_issued_letter_alone_changes_no_fact(world: World) -> None:
    """Why the append does not run the law for it, though it is read with every other entry."""
    open_matter(world, matter())
    before = facts(world)
    issue_in(world, "1", "m_1")
    assert facts(world) == before


def facts(world: World) -> Any:
    with reading(world.engine) as conn:
        told = entries.told(conn, matter_ids=("m_1",), kinds=KINDS)
    return facts_of_matter([law_module._fact(one) for one in told]).facts


def test_entries_that_say_nothing_to_the_law_cost_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    open_matter(world, matter())
    monkeypatch.setattr(law_module, "reckon_surely", lambda *_, **__: pytest.fail("the law was run"))
    world.append("bundle.sealed", {"bundle": "b_1", "tagmanifest_sha256": "00" * 32, "tokens": []})
    issue_in(world, "1", "m_1")


@pytest.mark.parametrize(("outcome", "reopened"), [("paid", False), ("withdrawn", True)])
def test_a_closed_matter_leaves_the_list_and_comes_back_when_that_is_corrected(
    world: World, outcome: str, reopened: bool
) -> None:
    open_matter(world, matter())
    closed = world.append("matter.closed", {"on": "2026-11-20", "outcome": outcome})
    assert (clock(world).standing, clock(world).listed) == ("closed", False)
    assert clock(world).conservative_on == LAST_DAY
    if reopened:
        correction = {"corrects_seq": closed.seq, "reason": "误结案", "facts": {"reopened": True}}
        world.append("entry.corrected", correction)
        assert (clock(world).standing, clock(world).listed) == ("open", True)
    world.check_log()


def test_contradictions_are_recorded_and_leave_the_clock_undetermined(either: World) -> None:
    def correct(contract_on: str) -> None:
        facts = {"claim": {"contract_on": contract_on}}
        either.append("entry.corrected", {"corrects_seq": 1, "reason": "签订日录错", "facts": facts})

    open_matter(either, matter())
    correct("2024-05-01")  # after the day on which it fell due
    row = clock(either)
    assert (row.conservative_state, row.reason, row.listed) == ("undetermined", CONTRADICTION, True)
    assert row.alarm_on == NEVER
    closed = either.append("matter.closed", {"on": "2026-11-20", "outcome": "paid"})
    assert (clock(either).reason, clock(either).standing) == (CONTRADICTION, "closed")
    either.append("entry.corrected", {"corrects_seq": closed.seq, "reason": "误结案", "facts": {"reopened": True}})
    correct("2023-03-11")
    assert (clock(either).reason, clock(either).conservative_state) == ("", "running")
    either.check_log()


def test_a_missing_due_date_is_said(world: World) -> None:
    open_matter(world, matter(due_on=None))
    assert (clock(world).conservative_state, clock(world).reason) == ("undetermined", "due_on")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("张三 must not be in the log")

    monkeypatch.setattr("service.clocks.reckon", fail)
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("broken")
def test_a_fault_of_the_law_loses_no_record(
    either: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed: list[int] = []
    either.ledger._limitation = Limitation(failed=lambda: failed.append(1))
    open_matter(either, with_guarantor())
    confirm(either, "2026-11-20")
    assert len(failed) == 2
    assert "limitation.failed" in capsys.readouterr().out
    found = clocks(either)
    assert {(row.reason, row.conservative_state, row.standing) for row in found.values()} == {
        (FAILED, "undetermined", "open")
    }
    assert set(found) == {("p2", ""), ("p3", "")}
    assert len(either.ledger.entries(tenant_id=either.tenant.id, matter_id="m_1")) == 2
    monkeypatch.undo()
    confirm(either, "2026-11-21")
    assert clock(either).alarm_on == date(2029, 11, 21)
    either.check_log()


def test_bodies_that_are_no_facts_lose_no_record(world: World) -> None:
    """Facts of any shape can be in old entries, or come by a correction."""
    open_matter(world, matter())
    for wrong in ({"claim": {"due_on": 7}}, {"parties": "x"}, {"claim": "x"}, {"claim": {"instalments": [1, None]}}):
        world.append("entry.corrected", {"corrects_seq": 1, "reason": "x", "facts": wrong})
    assert clock(world).party == "p2"
    world.check_log()


def test_names_of_any_length_lose_no_record(either: World) -> None:
    open_matter(either, matter())
    post(either, posted_at="2026-11-20T01:00:00Z")
    long = [{"party": "x" * 300, "role": "guarantor", "name": "名" * 5000}, {"party": "p2", "name": "张" * 3000}]
    for facts in ({"parties": long}, {"claim": {"kind": "y" * 5000}}):
        either.append("entry.corrected", {"corrects_seq": 1, "reason": "x", "facts": facts})
    either.append("entry.corrected", {"corrects_seq": 2, "reason": "x", "facts": {"party": "z" * 3000}})
    either.append("entry.corrected", {"corrects_seq": 3, "reason": "x", "facts": {"waybill_no": "1" * 3000}})
    assert {party for party, _ in clocks(either)} == {"p2", "x" * 40}
    either.check_log()


def test_days_pass(either: World) -> None:
    open_matter(either, matter())
    go_to(either, LAST_DAY.isoformat())
    look(either)
    assert days(clock(either))[0] == "running"
    go_to(either, (LAST_DAY + timedelta(days=1)).isoformat())
    assert look(either) == 1
    row = clock(either)
    assert (row.conservative_state, row.standing, row.listed) == ("expired", "ended", True)
    go_to(either, (LAST_DAY + timedelta(days=31)).isoformat())
    assert look(either) == 1
    assert not clock(either).listed
    go_to(either, "2040-01-01")
    look(either)
    assert reckoning(either).recompute_on is not None  # the 20 years
    go_to(either, "2050-01-01")
    look(either)
    assert (reckoning(either).recompute_on, reckoning(either).look_on) == (None, NEVER)
    either.check_log()


def test_the_day_begins_at_midnight_in_china(world: World) -> None:
    open_matter(world, matter())
    go_to(world, LAST_DAY.isoformat(), hour_utc=15)  # 23:00
    look(world)
    assert clock(world).conservative_state == "running"
    go_to(world, LAST_DAY.isoformat(), hour_utc=16)  # 00:00 of the next day
    assert Limitation().is_due(world.engine, world.clock())
    look(world)
    assert clock(world).conservative_state == "expired"


def test_a_lasting_cause_is_reckoned_every_day(world: World) -> None:
    open_matter(world, matter(due_on=date(2023, 12, 20)))
    paper = world.keep(b"x", name="x.pdf", media_type="application/pdf", role="cause_record")
    world.append("suspension.started", {"on": "2026-11-02", "cause": "force_majeure", "text": "地震", "files": [paper]})
    seen = []
    for day in ("2026-11-25", "2026-11-26", "2026-11-27"):
        go_to(world, day)
        assert look(world) == 1
        seen.append(clock(world).alarm_on)
    assert seen == [date(2027, 5, 25), date(2027, 5, 26), date(2027, 5, 27)]
    world.check_log()


def test_new_rules_are_applied_to_everything_in_pages(either: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(25):
        open_matter(either, matter(f"m_{n}", due_on=DUE + timedelta(days=n)))
    law = Limitation()
    assert not law.is_due(either.engine, either.clock())
    run(either, update(tables.limitation).values(conservative_on=date(2000, 1, 1), reason="stale"))
    monkeypatch.setattr(law_module, "RULE_VERSION", "2027.01")
    assert law.is_due(either.engine, either.clock())
    sizes = []
    while done := law.look(either.engine, either.clock, limit=10):
        sizes.append(done)
    assert sizes == [10, 10, 5]
    assert {reckoning(either, f"m_{n}").rule_version for n in range(25)} == {"2027.01"}
    assert clock(either, "m_7").conservative_on == clock(either, "m_7").alarm_on == date(2027, 3, 18)
    monkeypatch.setattr(law_module, "RULE_VERSION", "2025.01")  # back to an older program
    assert look(either, law) == 25
    monkeypatch.setattr(law_module, "CALENDAR_VERSION", "chinesecalendar 1.12.0")  # next year's holidays are out
    assert look(either, law) == 25
    assert look(either, Limitation(alarm_days=(60,))) == 25  # and other alarm days


def test_a_matter_that_grew_meanwhile_is_left_to_its_append(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    open_matter(world, matter())
    go_to(world, LAST_DAY.isoformat())
    law, reckoned = Limitation(), Limitation._reckoned

    def and_then_append(self: Limitation, *args: Any) -> Any:
        found = reckoned(self, *args)
        monkeypatch.setattr(Limitation, "_reckoned", reckoned)
        confirm(world, "2027-03-10")
        return found

    monkeypatch.setattr(Limitation, "_reckoned", and_then_append)
    law.look(world.engine, world.clock)
    assert clock(world).alarm_on == date(2030, 3, 10)
    world.check_log()


@pytest.mark.slow
def test_two_processes_may_look_at_once(either: World) -> None:
    for n in range(40):
        open_matter(either, matter(f"m_{n:02d}"))
    go_to(either, "2027-03-13")
    errors: list[Exception] = []

    def work() -> None:
        try:
            look(either, limit=7)
        except Exception as error:  # noqa: BLE001 - the main thread asserts that there was none
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert {clock(either, f"m_{n:02d}").conservative_state for n in range(40)} == {"expired"}
    a = tables.alarms.c
    with reading(either.engine) as conn:
        numbers = conn.execute(select(a.no).order_by(a.no)).scalars().all()
        assert (len(numbers), numbers[-1]) == (80, 120)  # 40 raised, then cleared for 40 others: each once
        passed = select(func.count()).where(a.kind == "limitation.passed", a.state == "raised")
        assert conn.execute(passed).scalar_one() == 40
    either.check_log()


def test_rows_that_stay_the_same_keep_their_revision(world: World) -> None:
    open_matter(world, matter())
    world.clock.move(days=1)
    world.append("contact.made", {"on": "2026-11-24", "party": "p2", "channel": "phone", "said": "x", "by": "李四"})
    confirm(world, "2026-11-24")
    columns = (tables.limitation.c.revision, tables.limitation.c.changed_at)
    with reading(world.engine) as conn:
        assert [tuple(row) for row in conn.execute(select(*columns))] == [(1, world.clock())]


def test_fees_that_fall_due_again_and_again_have_a_clock_each(world: World) -> None:
    due = [date(2024, month, 28).isoformat() for month in range(1, 13)]
    claim = {"kind": "periodic_fee", "contract_no": "物业-1", "one_debt": False}
    claim["instalments"] = [{"due_on": day, "amount": "100.00"} for day in due]
    open_matter(world, matter() | {"claim": claim})
    found = clocks(world)
    assert {item for _, item in found} == set(due)
    assert found["p2", "2024-05-28"].alarm_on == date(2027, 5, 28)
    correction = {"claim": {"kind": "loan", "due_on": "2024-12-28"}}
    world.append("entry.corrected", {"corrects_seq": 1, "reason": "一笔借款", "facts": correction})
    assert {item for _, item in clocks(world)} == {""}
    world.check_log()


def test_a_lost_row_is_named(world: World) -> None:
    world.story()
    run(world, delete(tables.reckonings))
    assert any("reckonings m_1: the row is missing" in str(problem) for problem in world.problems())


def test_rows_by_other_rules_wait_and_are_no_error(world: World) -> None:
    world.story()
    run(world, update(tables.reckonings).values(rule_version="2020.01"))
    run(world, update(tables.limitation).values(conservative_on=date(2000, 1, 1)))
    assert world.problems() == []
    look(world)
    world.check_log()
