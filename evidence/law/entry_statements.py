"""What a matter's entries state in the end: each with its corrections applied and whatever proof was added to it.

The rules of a correction are those of the report (`service.report.story`): it never moves an entry to another notice
or dispatch, and a value that is no value of that kind changes nothing. The claim and the parties of `matter.opened`
are corrected member by member, since a correction names what is right and not all the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from evidence.errors import MalformedError
from evidence.law.entry_values import Values, day, names, part, parts, text

CORRECTED, PROOF_ADDED, OPENED = "entry.corrected", "proof.added", "matter.opened"
_FIXED = frozenset({
    "notice", "notice_no", "dispatch", "receipt", "scan", "matter", "documents", "files", "fields", "salt",
})  # fmt: skip
"""What ties entries together or to bytes."""
_DUE = ("due_on", "instalments", "no_due_date")
"""Saying when a claim falls due replaces all that was said of it before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFact:
    """One entry of a matter, as the law needs it.

    Attributes:
        seq: Number in the matter, from 1.
        kind: Such as `notice.issued`.
        at: When it was recorded; aware.
        facts: The entry's body; a salt in it is ignored.
    """

    seq: int
    kind: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An entry as it stands after its corrections.

    Attributes:
        seqs: The entry, what corrected it and what added proof to it.
        roles: Of every file of these.
        held: Codes of proofs that are said to be kept outside the system.
    """

    seq: int
    kind: str
    facts: Values
    seqs: tuple[int, ...]
    roles: frozenset[str]
    held: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The id of the fact that stands on this entry."""
        return f"e{self.seq}"

    @property
    def on(self) -> date | None:
        """The day it says that it happened."""
        return day(self.facts, "on") or day(self.facts, "at")


def statements(entries: Sequence[RecordedFact]) -> tuple[Statement, ...]:
    """Put a matter's entries in order, with their corrections and added proofs taken in.

    Raises:
        MalformedError: Two entries have the same number; `where` is that number's id.
    """
    by_seq: dict[int, RecordedFact] = {}
    for entry in entries:
        if entry.seq in by_seq:
            raise MalformedError(f"two entries have the number {entry.seq}", where=f"e{entry.seq}")
        by_seq[entry.seq] = entry
    found: dict[int, Statement] = {}
    about: dict[int, int] = {}
    for seq in sorted(by_seq):
        about[seq] = _about(by_seq[seq], about)
        _take_in(by_seq[seq], about[seq], found)
    return tuple(found.values())


def _take_in(entry: RecordedFact, about: int, found: dict[int, Statement]) -> None:
    if entry.kind not in (CORRECTED, PROOF_ADDED):
        found[entry.seq] = Statement(
            seq=entry.seq, kind=entry.kind, facts=entry.facts, seqs=(entry.seq,), roles=_roles(entry.facts)
        )
    elif about in found:
        found[about] = _added(found[about], entry)


def _about(entry: RecordedFact, about: Mapping[int, int]) -> int:
    """Give the number of the entry that a correction, or a correction of one, is in the end about; 0 for none."""
    key = {CORRECTED: "corrects_seq", PROOF_ADDED: "about_seq"}.get(entry.kind)
    if key is None:
        return entry.seq
    seq = entry.facts.get(key)
    return about.get(seq, 0) if isinstance(seq, int) and not isinstance(seq, bool) else 0


def _added(target: Statement, entry: RecordedFact) -> Statement:
    changes = part(entry.facts, "facts") if entry.kind == CORRECTED else {}
    return replace(
        target,
        facts=_corrected(target, changes),
        seqs=(*target.seqs, entry.seq),
        roles=target.roles | _roles(entry.facts),
        held=target.held | (frozenset(names(entry.facts, "held")) if entry.kind == PROOF_ADDED else frozenset()),
    )


def _corrected(target: Statement, changes: Values) -> Values:
    facts = dict(target.facts)
    for key, value in changes.items():
        if key in _FIXED or (key in facts and not isinstance(value, type(facts[key]))):
            continue
        facts[key] = _member_by_member(facts, key, value) if target.kind == OPENED else value
    return facts


def _member_by_member(facts: Values, key: str, value: Any) -> Any:
    if key == "claim" and isinstance(value, Mapping):
        dropped = _DUE if any(name in value for name in _DUE) else ()
        return {name: old for name, old in part(facts, "claim").items() if name not in dropped} | dict(value)
    if key == "parties":
        return _parties(parts(facts, "parties"), [item for item in value if isinstance(item, Mapping)])
    return value


def _parties(before: Iterable[Values], changes: Iterable[Values]) -> list[Values]:
    found = {text(party, "party"): dict(party) for party in before}
    for change in changes:
        name = text(change, "party")
        found[name] = found.get(name, {}) | dict(change)
    return list(found.values())


def _roles(facts: Values) -> frozenset[str]:
    return frozenset(role for file in parts(facts, "files") if (role := text(file, "role")) is not None)
