"""The chain of assertions against each party, by date, with the days from one to the next.

Which day counts for the interval is a convention of this report, stated in it: arrival; else refusal or return; else
the day on the signed notice or slip; else posting. Whether an assertion has an effect in law, and on which day, is not
said here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.canonical import JsonValue
from service.report.reading import SHANGHAI, day, fact_day, text
from service.report.source import ReportEntry
from service.report.statements import correction_notes, statement, tracking_event, tracking_events
from service.report.story import Letter, Sending, Story
from service.report.wording import CARRIERS, CREDITOR_ACTS, OUTCOMES, RELATIONS, ROLES, kind_title

_BASES = {
    "arrival": "到达日", "refusal": "拒收日", "return": "退回日", "signature": "签署日", "posting": "交寄日",
    "act": "行为日", "none": "不计",
}  # fmt: skip
_OUTCOME_BASES = (
    ("delivered", "arrival"), ("arrived", "arrival"), ("read", "arrival"), ("published", "arrival"),
    ("refused", "refusal"), ("returned", "return"),
)  # fmt: skip
_ELSEWHERE = frozenset({
    "matter.opened", "notice.issued", "notice.voided", "dispatch.recorded", "tracking.recorded", "receipt.recorded",
    "entry.corrected", "bundle.sealed",
})  # fmt: skip
"""Kinds that are no row of the list of other facts: they are in the chain, or beside what they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One assertion; `counted_on` is None where nothing shows that it left the creditor."""

    what: str
    seq: int
    issued_on: date
    posted_on: date | None
    arrived_on: date | None
    counted_on: date | None
    basis: str
    way: str
    outcome: str
    notes: tuple[str, ...]
    seqs: tuple[int, ...]


def party_chains(story: Story) -> list[dict[str, JsonValue]]:
    """Give, for each party that is not a creditor, the chain of assertions and the other facts by date.

    A last one, without a party, holds what names no party of the matter.
    """
    known = [text(party, "party") for party in story.parties if text(party, "role") != "creditor"]
    chains = [_chain(story, party) for party in known]
    rest = _chain(story, None, known=frozenset(known))
    return [*chains, rest] if rest["assertions"] or rest["facts"] else chains


def is_creditor_act(entry: ReportEntry) -> bool:
    """Tell whether an entry is an act of the creditor that stands in the chain beside the notices."""
    return entry.kind in CREDITOR_ACTS and entry.facts.get("declared_by") != "obligor"


def _chain(story: Story, party: str | None, *, known: frozenset[str] = frozenset()) -> dict[str, JsonValue]:
    def belongs(names: tuple[str, ...]) -> bool:
        return party in names if party is not None else known.isdisjoint(names)

    rows = [row for letter in story.letters.values() if belongs((letter.party,)) for row in _letter_rows(letter, story)]
    mine = [entry for entry in story.entries if entry.kind not in _ELSEWHERE and belongs(story.parties_of(entry))]
    rows += [_act_row(entry, story) for entry in mine if is_creditor_act(entry)]
    facts = [entry for entry in mine if not is_creditor_act(entry)]
    return {
        "party": party,
        "name": story.party_name(party) if party else "未指明当事人的事实",
        "role": ROLES.get(story.role(party), story.role(party)) if party else "",
        "assertions": list(_with_days(rows)),
        "facts": [_fact(entry, story) for entry in sorted(facts, key=lambda entry: (_day_of(entry, story), entry.seq))],
    }


def _with_days(rows: Iterable[_Row]) -> Iterator[dict[str, JsonValue]]:
    """The interval is counted between days that count; a row without one neither has nor ends an interval."""
    previous: date | None = None
    for number, row in enumerate(sorted(rows, key=lambda row: (row.counted_on or row.issued_on, row.seq)), start=1):
        days = (row.counted_on - previous).days if row.counted_on and previous else None
        previous = row.counted_on or previous
        yield {
            "no": number,
            "what": row.what,
            "way": row.way,
            "issued_on": row.issued_on.isoformat(),
            "posted_on": _iso(row.posted_on),
            "arrived_on": _iso(row.arrived_on),
            "outcome": row.outcome,
            "counted_on": _iso(row.counted_on),
            "counted_by": row.basis,
            "counted_by_zh": _BASES[row.basis],
            "days_since_previous": days,
            "notes": list(row.notes),
            "entries": list(row.seqs),
        }


def _letter_rows(letter: Letter, story: Story) -> Iterator[_Row]:
    if not letter.sendings:
        yield _row(letter, story, None)
    for sending in letter.sendings:
        yield _row(letter, story, sending)


def _row(letter: Letter, story: Story, sending: Sending | None) -> _Row:
    entries = [letter.entry]
    posted_on, counted_on, basis, outcome, way = None, None, "none", "未见交寄记录", ""
    if sending is not None:
        entries += [sending.entry, *sending.tracking, *sending.receipts]
        facts = story.effective(sending.entry)
        posted_on = day(facts, "posted_at")
        counted_on, basis = _counted(sending, story, posted_on)
        outcome = _outcome(sending, story)
        way = f"{CARRIERS.get(text(facts, 'carrier'), text(facts, 'carrier'))} {text(facts, 'waybill_no')}".strip()
    if basis in ("none", "posting") and len(letter.sendings) < 2 and (signed_on := _signed_on(letter, story)):
        counted_on, basis, outcome = signed_on, "signature", f"{signed_on} 签署（见扫描件）；{outcome}"
        entries += letter.scans
    notes = [note for entry in entries for note in correction_notes(entry, story)]
    if letter.voided is not None:
        counted_on, basis = None, "none"
        notes.append(f"本函编号已作废（记录第{letter.voided.seq}号）：{text(letter.voided.facts, 'reason')}")
    return _Row(
        what=letter.name,
        seq=letter.entry.seq,
        issued_on=day(letter.entry.facts, "issued_at") or letter.entry.at.astimezone(SHANGHAI).date(),
        posted_on=posted_on,
        arrived_on=counted_on if basis in ("arrival", "signature") else None,
        counted_on=counted_on,
        basis=basis,
        way=way,
        outcome=outcome,
        notes=tuple(notes),
        seqs=tuple(entry.seq for entry in entries),
    )


def _counted(sending: Sending, story: Story, posted_on: date | None) -> tuple[date | None, str]:
    """Take the first day of arrival, else of refusal, else of return, else the day of posting."""
    receipts = [story.effective(entry) for entry in sending.receipts]
    for outcome, basis in _OUTCOME_BASES:
        days = [day(facts, "delivered_at") for facts in receipts if facts.get("outcome") == outcome]
        known = sorted(on for on in days if on is not None)
        if known:
            return known[0], basis
    return (posted_on, "posting") if posted_on else (None, "none")


def _signed_on(letter: Letter, story: Story) -> date | None:
    """Only where there is one dispatch or none is it plain which copy was signed."""
    facts = [story.effective(entry) for entry in letter.scans]
    days = [day(one, "signed_on") for one in facts if one.get("kind") in ("signed_notice", "reply_slip")]
    return min((on for on in days if on is not None), default=None)


def _outcome(sending: Sending, story: Story) -> str:
    said = [_receipt_said(story.effective(entry)) for entry in sending.receipts]
    if said:
        return "；".join(said)
    events = tracking_events(sending.tracking, story)
    return "未记录投递结果" + (f"；轨迹末条：{tracking_event(events[-1])}" if events else "")


def _receipt_said(facts: Any) -> str:
    on, signer = day(facts, "delivered_at"), text(facts, "signed_by")
    relation = RELATIONS.get(text(facts, "relation"), text(facts, "relation"))
    who = f"，{signer}签收" if signer else ""
    outcome = OUTCOMES.get(text(facts, "outcome"), text(facts, "outcome"))
    return f"{f'{on} ' if on else '日期未记录，'}{outcome}{who}" + (f"（{relation}）" if relation else "")


def _act_row(entry: ReportEntry, story: Story) -> _Row:
    on = _day_of(entry, story)
    return _Row(
        what=kind_title(entry.kind),
        seq=entry.seq,
        issued_on=on,
        posted_on=None,
        arrived_on=None,
        counted_on=on,
        basis="act",
        way="",
        outcome=statement(entry, story),
        notes=tuple(correction_notes(entry, story)),
        seqs=(entry.seq,),
    )


def _fact(entry: ReportEntry, story: Story) -> dict[str, JsonValue]:
    letter = story.letter_of(entry)
    return {
        "on": _day_of(entry, story).isoformat(),
        "what": kind_title(entry.kind),
        "statement": (f"{letter.name}：" if letter else "") + statement(entry, story),
        "notes": list(correction_notes(entry, story)),
        "entry": entry.seq,
    }


def _day_of(entry: ReportEntry, story: Story) -> date:
    facts = story.effective(entry)
    return day(facts, "signed_on") or fact_day(facts, recorded_at=entry.at)


def _iso(on: date | None) -> str | None:
    return on.isoformat() if on else None
