"""Matters whose clocks are known by counting on the fingers, and the letters that move them."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from world import World, opened

from service.limitation import Limitation
from service.records import limitation, tables
from service.records.engine import reading, writing
from service.records.limitation import ClockRow

DUE = date(2024, 3, 11)
"""A Monday; three years later is Thursday, 2027-03-11."""
LAST_DAY = date(2027, 3, 11)
ITEM = "《逾期贷款催收通知书》借2026-001 要求还本付息"
PROOFS = ("posting_slip", "tracking_print", "receipt_image")


def matter(matter_id: str = "m_1", *, due_on: date | None = DUE, **more: Any) -> dict[str, Any]:
    claim = {"kind": "loan", "contract_no": f"借-{matter_id}"} | ({"due_on": due_on.isoformat()} if due_on else {})
    return opened(matter_id, claim=claim) | more


def with_guarantor(matter_id: str = "m_1", **more: Any) -> dict[str, Any]:
    facts = matter(matter_id, **more)
    guarantee = {"mode": "joint", "contract_no": "保-1", "contract_on": "2023-03-11"}
    who = {"party": "p3", "role": "guarantor", "kind": "organisation", "name": "示例担保有限公司"}
    return facts | {"parties": [*facts["parties"], who | {"guarantee": guarantee}]}


def open_matter(world: World, facts: dict[str, Any]) -> None:
    world.append("matter.opened", facts, matter_id=facts["matter"])


def clocks(world: World, matter_id: str = "m_1") -> dict[tuple[str, str], ClockRow]:
    with reading(world.engine) as conn:
        return {(row.party, row.item): row for row in limitation.clocks_of_matter(conn, matter_id=matter_id)}


def clock(world: World, matter_id: str = "m_1", party: str = "p2") -> ClockRow:
    return clocks(world, matter_id)[party, ""]


def days(row: ClockRow) -> tuple[str, date, date]:
    """State, last day and unrolled last day of the conservative track."""
    return row.conservative_state, row.conservative_on, row.alarm_on


def reckoning(world: World, matter_id: str = "m_1") -> limitation.Reckoning:
    with reading(world.engine) as conn:
        found = limitation.reckoning(conn, matter_id=matter_id)
    assert found is not None
    return found


def confirm(world: World, on: str, *, matter_id: str = "m_1") -> None:
    """The debtor confirms the debt in writing: proved, so that both tracks run anew from that day."""
    paper = world.keep(on.encode(), name="确认函.pdf", media_type="application/pdf", role="letter")
    facts = {"on": on, "party": "p2", "channel": "letter", "text": "确认欠款", "signature": "confirms"}
    world.append("debt.confirmed", facts | {"files": [paper]}, matter_id=matter_id)


def post(world: World, name: str = "1", *, posted_at: str, carrier: str = "ems", matter_id: str = "m_1") -> None:
    """Issue a letter and hand it to the post."""
    world.issue(f"n_{matter_id}_{name}", matter_id=matter_id) if matter_id == "m_1" else issue_in(
        world, name, matter_id
    )
    facts = {"dispatch": f"d_{matter_id}_{name}", "notice": f"n_{matter_id}_{name}", "carrier": carrier}
    facts |= {"waybill_no": f"E{name}", "item_description": ITEM, "posted_at": posted_at}
    world.append("dispatch.recorded", facts, matter_id=matter_id)


def issue_in(world: World, name: str, matter_id: str) -> None:
    notice = f"n_{matter_id}_{name}"
    facts = world.notice_facts(notice, world.reserve(notice, matter_id=matter_id))
    world.append("notice.issued", facts, matter_id=matter_id)


def receive(world: World, name: str = "1", *, at: str, matter_id: str = "m_1") -> None:
    """Record that a letter was delivered to the debtor in person."""
    facts = {"receipt": f"r_{matter_id}_{name}", "dispatch": f"d_{matter_id}_{name}", "outcome": "delivered"}
    facts |= {"delivered_at": at, "signed_by": "张三", "relation": "self"}
    world.append("receipt.recorded", facts, matter_id=matter_id)


def go_to(world: World, day: str, *, hour_utc: int = 1) -> None:
    world.clock.at = datetime.fromisoformat(day).replace(hour=hour_utc, tzinfo=UTC)


def look(world: World, law: Limitation | None = None, *, limit: int = 200) -> int:
    """Do all that is due; gives how many matters were looked at."""
    law, total = law or Limitation(), 0
    while done := law.look(world.engine, world.clock, limit=limit):
        total += done
    return total


def alarms(world: World) -> list[tuple[str, str, int, date, str, str | None]]:
    """Kind, party, days, day it is about, state and why it was cleared, in the order of the last change."""
    a = tables.alarms.c
    query = select(a.kind, a.party, a.days, a.about_on, a.state, a.cleared_because).order_by(a.no)
    with reading(world.engine) as conn:
        return [tuple(row) for row in conn.execute(query)]


def run(world: World, statement: Any) -> None:
    with writing(world.engine) as conn:
        conn.execute(statement)
