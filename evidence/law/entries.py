"""The facts of one claim, made from a matter's entries: nothing is typed twice.

A pure function from what was recorded to what the law asks for. Letters are put together with their dispatches,
tracking, receipts and signed copies; suits with their later steps; corrections are applied and voided notices left out.
Whatever an entry says in another shape than expected counts as not stated: old and foreign entries never raise.

What the entries leave open is told and not guessed: which facts could be read in another way (`ambiguous`), and which
entries are no fact of law and why (`left_out`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.law.clock import CLAIM
from evidence.law.entry_events import EVENT_KINDS, events
from evidence.law.entry_matter import Finding, LeftOut, Registered, Told, registered
from evidence.law.entry_notices import notices
from evidence.law.entry_proceedings import PROCEEDING_KINDS, proceedings
from evidence.law.entry_statements import CORRECTED, OPENED, PROOF_ADDED, RecordedFact, Statement, statements
from evidence.law.facts import Facts

__all__ = ["LEFT_OUT", "READ_KINDS", "MatterFacts", "RecordedFact", "facts_of_matter"]

LEFT_OUT = {
    "voided": "该通知书已作废",
    "not_sent": "没有交寄，也没有签收件，未构成主张",
    "party_unknown": "没有写明义务人，或所写的不是本案义务人",
    "undated": "没有写明日期",
    "no_proceeding": "没有与之对应的起诉或申请记录",
    "no_suspension": "没有与之对应的障碍发生记录",
    "signer_unstated": "没有写明由谁签署，其上的确认或承诺无从归属",
}
"""Why an entry is no fact of law, for a reader."""
READ_KINDS = frozenset({
    OPENED, CORRECTED, PROOF_ADDED, "notice.issued", "notice.voided", "dispatch.recorded", "tracking.recorded",
    "receipt.recorded", "scan.recorded", "address.confirmed", *EVENT_KINDS, *PROCEEDING_KINDS,
})  # fmt: skip
"""Every kind of entry that may change the facts; of others nothing follows in law."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterFacts:
    """The facts of a matter and where each comes from.

    Attributes:
        sources: The numbers of all entries behind each id; `claim` and `party:<name>` too.
        ambiguous: Ids of facts whose entries could be read in another way: see them and correct or complete them.
        left_out: Ids of entries that are no fact of law, with a key of `LEFT_OUT`.
    """

    facts: Facts
    sources: Mapping[str, tuple[int, ...]]
    ambiguous: tuple[str, ...] = ()
    left_out: Mapping[str, str]


def facts_of_matter(entries: Sequence[RecordedFact]) -> MatterFacts:
    """Make the facts of a matter from its entries, given in any order.

    Event ids are `e<seq>` of the entry that a fact stands on: a dispatch's for a letter that was sent, the filing's for
    a suit. A line of the register that is both a demand and an admission makes `e<seq>` and `e<seq>.2`.

    Raises:
        MalformedError: Two entries have the same number.
    """
    stated = statements(entries)
    known = registered(stated)
    found = tuple(_found(stated, known))
    told = sorted((one for one in found if isinstance(one, Told)), key=lambda one: one.seqs)
    return MatterFacts(
        facts=Facts(claim=known.claim, parties=known.parties, events=tuple(one.event for one in told)),
        sources=_sources(found, known),
        ambiguous=tuple(one.event.id for one in told if one.ambiguous),
        left_out={one.id: one.reason for one in found if isinstance(one, LeftOut)},
    )


def _found(stated: Sequence[Statement], known: Registered) -> Iterable[Finding]:
    yield from notices(stated, known)
    yield from events(stated, known)
    yield from proceedings(stated, known)


def _sources(found: Iterable[Finding], known: Registered) -> dict[str, tuple[int, ...]]:
    sources = {CLAIM: known.seqs} | {f"party:{party.party}": known.seqs for party in known.parties}
    for one in found:
        sources[one.event.id if isinstance(one, Told) else one.id] = one.seqs
    return sources
