"""A matter told as entries, the way that the service records them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from evidence.law.entries import MatterFacts, RecordedFact, facts_of_matter
from evidence.law.facts import Event

CLAIM: dict[str, Any] = {
    "kind": "loan", "contract_no": "示例借字第2020-0001号", "contract_on": "2020-01-10", "due_on": "2021-01-10",
    "principal": {"amount": "1000000.00", "currency": "CNY"},
}  # fmt: skip
PARTIES: list[dict[str, Any]] = [
    {"party": "p1", "role": "creditor", "kind": "organisation", "name": "某某银行"},
    {"party": "p2", "role": "debtor", "kind": "person", "name": "张三", "address": "样本路1号"},
    {"party": "p3", "role": "guarantor", "kind": "organisation", "name": "示例担保有限公司",
     "guarantee": {"mode": "joint", "contract_no": "示例保字第1号", "period_months": 24}},
]  # fmt: skip
DEMAND = {"demands_payment": True, "demands_guarantee": False, "states_amount": True, "notifies_assignment": False}


def file(role: str) -> dict[str, Any]:
    return {"file": f"{role}.jpg", "sha256": "0" * 64, "size": 1, "media_type": "image/jpeg", "role": role}


class Matter:
    """Entries, one after the other."""

    def __init__(self, *, claim: dict[str, Any] | None = None, parties: list[dict[str, Any]] | None = None) -> None:
        self.entries: list[RecordedFact] = []
        self.tell("matter.opened", claim={**CLAIM, **(claim or {})}, parties=PARTIES if parties is None else parties)

    def tell(self, kind: str, /, *roles: str, **facts: Any) -> int:
        """Record one entry with files of these roles, and give its number."""
        seq = len(self.entries) + 1
        if roles:
            facts["files"] = [file(role) for role in roles]
        at = datetime(2020, 1, 10, tzinfo=UTC) + timedelta(hours=seq)
        self.entries.append(RecordedFact(seq=seq, kind=kind, at=at, facts={**facts, "salt": "00"}))
        return seq

    def notice(self, party: str = "p2", **more: Any) -> str:
        name = f"n_{len(self.entries) + 1}"
        facts = {"template": "loan-demand", "version": "v1", "wording": DEMAND, "documents": [file("document_pdf")]}
        self.tell("notice.issued", notice=name, party=party, **(facts | more))
        return name

    def dispatch(self, notice: str, *roles: str, carrier: str = "ems", on: str = "2022-03-01", **more: Any) -> str:
        name = f"d_{len(self.entries) + 1}"
        posted_at = f"{on}T02:00:00Z"
        self.tell(
            "dispatch.recorded", *roles, dispatch=name, notice=notice, carrier=carrier, posted_at=posted_at, **more
        )
        return name

    def receipt(self, dispatch: str, *roles: str, outcome: str = "delivered", on: str = "", **more: Any) -> int:
        at = {"delivered_at": f"{on}T02:00:00Z"} if on else {}
        return self.tell("receipt.recorded", *roles, receipt="r", dispatch=dispatch, outcome=outcome, **at, **more)

    def tracking(self, dispatch: str, *events: tuple[str, str], **more: Any) -> int:
        told = [{"at": f"{on}T02:00:00Z", "status": status, "text": status} for on, status in events]
        return self.tell("tracking.recorded", dispatch=dispatch, source="ems", events=told, **more)

    def scan(self, notice: str, *roles: str, kind: str = "signed_notice", **more: Any) -> int:
        return self.tell("scan.recorded", *("scan", *roles), scan="s", notice=notice, kind=kind, **more)

    def correct(self, seq: int, *roles: str, **facts: Any) -> int:
        return self.tell("entry.corrected", *roles, corrects_seq=seq, reason="笔误", facts=facts)

    @property
    def found(self) -> MatterFacts:
        return facts_of_matter(self.entries)

    def event(self, event_id: str) -> Any:
        """Give one event; KeyError when there is none."""
        by_id: dict[str, Event] = {event.id: event for event in self.found.facts.events}
        return by_id[event_id]


def d(text: str) -> date:
    return date.fromisoformat(text)
