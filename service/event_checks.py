"""A fact against the matter that it is recorded in: unknown parties, unknown entries, a step before its beginning.

What can be told at once is refused at the door, with the place; what only the law can weigh is recorded and weighed
when it is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.law.entries import RecordedFact
from evidence.law.entry_order import begins_later, contradicted
from service.errors import FieldError
from service.matters import Matter

_ABOUT_THE_RECORD = frozenset({"entry.corrected", "proof.added"})
_OF_GUARANTORS = frozenset({"guarantee.renewed", "debtor_first.ended"})
_BEGUN = {"suspension.ended": "事由发生日"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """A fact to record.

    Attributes:
        files: How many come with it.
    """

    kind: str
    facts: Mapping[str, Any]
    files: int


def party_errors(new: NewFact, matter: Matter) -> Iterator[FieldError]:
    """Look for parties that the matter does not have, or that are no guarantors where only those can be meant."""
    roles = {party["party"]: party["role"] for party in matter.facts["parties"]}
    for place, name in enumerate(new.facts.get("against", ())):
        if name not in roles:
            yield _error(f"/against/{place}", "party_unknown", "该案件没有此当事人", "the matter has no such party")
    for place, name in enumerate(new.facts.get("consented", ())):
        if roles.get(name) != "guarantor":
            yield _no_guarantor(f"/consented/{place}")
    if new.kind in _OF_GUARANTORS and roles.get(new.facts["party"]) != "guarantor":
        yield _no_guarantor("/party")


def record_errors(new: NewFact, matter: Matter) -> Iterator[FieldError]:
    """Look at what a correction or an added proof is about, and whether there is anything to add."""
    for name in ("corrects_seq", "about_seq"):
        if name in new.facts and not 1 <= new.facts[name] <= matter.row.head_seq:
            yield _error(f"/{name}", "entry_unknown", "没有这一条记录", "the matter has no such entry")
    if new.kind == "proof.added" and not new.files and not new.facts.get("held"):
        yield _error(
            "/files",
            "proof_missing",
            "没有文件，也没有写明系统外保存的证据",
            "there is no file and nothing held elsewhere",
        )


def order_errors(new: NewFact, entries: Sequence[RecordedFact]) -> Iterator[FieldError]:
    """Look for a step before its beginning, or a fact that cannot be true beside what is recorded."""
    if new.kind in _ABOUT_THE_RECORD or not entries:
        return
    last = entries[-1]
    candidate = RecordedFact(seq=last.seq + 1, kind=new.kind, at=last.at, facts=new.facts)
    began = begins_later(candidate, entries)
    if began is not None:
        what = _BEGUN.get(new.kind, "起诉（申请）日")
        yield _error("/on", "dates_out_of_order", f"早于{what}（{began}）", f"earlier than what it follows ({began})")
        return
    error = contradicted(candidate, entries)
    if error is not None:
        yield _error("", "contradiction", error.message_zh, error.message)


def _no_guarantor(pointer: str) -> FieldError:
    return _error(pointer, "guarantor_unknown", "不是本案的保证人", "this is no guarantor of the matter")


def _error(pointer: str, code: str, message_zh: str, message_en: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, message_zh=message_zh, message_en=message_en)
