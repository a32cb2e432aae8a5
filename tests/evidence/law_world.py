"""A matter with a debtor and a guarantor in the world that makes bundles, and the report that states its limitation."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta, timezone
from typing import Any

from bundle_world import MATTER, World, small_pdf

from evidence.canonical import from_json_bytes, to_json_bytes
from evidence.entry import body_from_bytes
from evidence.limitation import RecordedFact, limitation_of

Limitation = dict[str, Any]
PARTIES = [
    {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行（样例）"},
    {"party": "p2", "role": "debtor", "kind": "person", "name": "张三"},
    {"party": "p3", "role": "guarantor", "kind": "person", "name": "李四",
     "guarantee": {"mode": "joint", "contract_on": "2024-01-10"}},
]  # fmt: skip
SHANGHAI = timezone(timedelta(hours=8))


def lawful_story(world: World, *, due_on: str = "2026-01-10") -> None:
    """A loan, a demand on the debtor that arrived, one on the guarantor that was refused, a payment."""
    claim = {"kind": "loan", "contract_no": "样例借字第1号", "contract_on": "2024-01-10", "due_on": due_on}
    world.append("matter.opened", {"reference": "SAMPLE-1", "claim": claim, "parties": PARTIES})
    _sent(
        world,
        1,
        "p2",
        "张三",
        "《逾期贷款催收通知书》要求还本付息",
        outcome="delivered",
        signed_by="张三",
        relation="self",
    )
    _sent(world, 2, "p3", "李四", "《保证人履行保证责任通知书》要求承担保证责任", outcome="refused", reason="拒收")
    slip = ("slip.png", b"\x89PNG sample payment slip", "image/png", "payment_slip")
    paid = {"party": "p2", "on": day(world), "amount": "5000.00", "currency": "CNY"}
    world.append("payment.received", paid, files=[slip])


def _sent(world: World, number: int, party: str, name: str, item: str, **receipt: str) -> None:
    no = f"DEMO-2026-{number:06d}"
    letter = [(f"{no}.pdf", small_pdf(no), "application/pdf", "document_pdf")]
    wording = {"demands_payment": party == "p2", "demands_guarantee": party == "p3", "states_amount": True}
    issued = {"notice": f"n_{number}", "notice_no": no, "party": party, "to_name": name, "wording": wording}
    world.append("notice.issued", issued, files=letter)
    slip = (f"{number}.png", b"\x89PNG slip %d" % number, "image/png", "posting_slip")
    posted = {"notice": f"n_{number}", "dispatch": f"d_{number}", "carrier": "ems", "posted_at": instant(world)}
    world.append("dispatch.recorded", {**posted, "item_description": item, "waybill_no": f"EA{number}CN"}, files=[slip])
    world.clock.forward(days=2)
    back = (f"{number}.jpg", b"\xff\xd8 back %d" % number, "image/jpeg", "receipt_image")
    facts = {"dispatch": f"d_{number}", "delivered_at": instant(world), **receipt}
    world.append("receipt.recorded", facts, files=[back])


def instant(world: World) -> str:
    return world.clock.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def day(world: World) -> str:
    return world.clock.at.astimezone(SHANGHAI).date().isoformat()


def stated(world: World, *, as_of: date | None = None) -> Limitation:
    """What an honest report states on the world's day; plain JSON, to be changed at will."""
    recorded = [
        RecordedFact(seq=kept.entry.seq, kind=kept.entry.kind, at=kept.entry.at, facts=body_from_bytes(kept.body))
        for kept in world.matters[MATTER]
    ]
    read = from_json_bytes(to_json_bytes(limitation_of(recorded, as_of=as_of or date.fromisoformat(day(world)))))
    assert isinstance(read, dict)
    return read


def honest(limitation: Limitation) -> Limitation:
    return limitation


def sealed_with(world: World, change: Callable[[Limitation], Limitation] = honest, **options: Any) -> bytes:
    """Seal a bundle whose report states this; manifests, tokens and seal are rightly made over it."""
    return world.sealed(report=report_with(change(stated(world))), **options)[0]


def report_with(limitation: object) -> Mapping[str, object]:
    return {"format": "duly.report/1", "matter": MATTER, "limitation": limitation}


def clock_of(limitation: Limitation, party: str, track: str = "best") -> dict[str, Any]:
    """The one clock of a party on a track."""
    return next(one for one in limitation["parties"] if one["party"] == party)[track][0]


def last_day_moved(limitation: Limitation) -> Limitation:
    """The debtor's period ends half a year later, on both tracks and wherever the day stands."""
    for track in ("best", "conservative"):
        clock = clock_of(limitation, "p2", track)
        moved = date.fromisoformat(clock["last_day"]) + timedelta(days=180)
        clock["last_day"] = clock["periods"][-1]["last_day"] = moved.isoformat()
    return limitation


def interruption_invented(limitation: Limitation) -> Limitation:
    """One more demand that no entry recorded."""
    clock = clock_of(limitation, "p2")
    clock["steps"].append({**clock["steps"][-1], "on": "2026-03-20", "because": ["e5"]})
    return limitation


def guarantor_left_out(limitation: Limitation) -> Limitation:
    limitation["parties"] = [one for one in limitation["parties"] if one["party"] != "p3"]
    return limitation


def proof_upgraded(limitation: Limitation) -> Limitation:
    """The weak proof of the demand on the guarantor is called a good one."""
    for one in limitation["proofs"]:
        one["grade"] = "A"
    return limitation
