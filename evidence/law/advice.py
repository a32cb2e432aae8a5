"""What a lawyer would add to the dates: the other answers, what to collect next, what to beware of.

Source: LAW §9, §12 of the compiled rules; 民法典 193, 197, 693-696; 邮政法49.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from evidence.law.cautions import Caution, cautions_of
from evidence.law.clock import Clock, PartyTimeline, State, Timeline
from evidence.law.facts import Acceleration, Assignment, Event, Facts, Notice
from evidence.law.known import known_on
from evidence.law.questions import QUESTIONS
from evidence.law.timeline import reckon
from evidence.law.vocabulary import Grade, Outcome, Proof

__all__ = ["Advice", "Alternative", "Caution", "NextProof", "advise", "in_short"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What the best view would be under another answer to one contested point."""

    question: str
    answer: str
    party: str
    item: date | None
    state: State
    last_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextProof:
    """A proof that would move a party's conservative day.

    Attributes:
        event: The fact to be proved better.
        now: The conservative last day as it stands; None if none runs.
        then: The same once `missing` is there.
        days: How much later; None if it is not a matter of days (a guarantee kept, say).
        obtain_by: The last day on which it can be had, where the law sets one.
    """

    event: str
    missing: tuple[Proof, ...]
    party: str
    item: date | None
    now: date | None
    then: date | None
    days: int | None
    obtain_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The timeline with everything that belongs beside it."""

    timeline: Timeline
    alternatives: tuple[Alternative, ...] = ()
    collect_next: tuple[NextProof, ...] = ()
    warnings: tuple[Caution, ...] = field(default_factory=tuple)


def advise(facts: Facts, *, as_of: date) -> Advice:
    """Reckon the timeline and everything beside it.

    Raises:
        ContradictionError: Facts exclude each other.
    """
    short = in_short(facts, as_of=as_of)
    return replace(
        short,
        alternatives=tuple(_alternatives(facts, short.timeline)),
        collect_next=tuple(sorted(_collect_next(facts, short.timeline), key=_first)),
    )


def in_short(facts: Facts, *, as_of: date) -> Advice:
    """Reckon the timeline and its warnings alone, without trying other answers and proofs one by one.

    Raises:
        ContradictionError: Facts exclude each other.
    """
    timeline = reckon(facts, as_of=as_of)
    known = replace(facts, events=known_on(facts.events, as_of))
    return Advice(timeline=timeline, warnings=tuple(cautions_of(known, timeline)))


def _alternatives(facts: Facts, timeline: Timeline) -> Iterator[Alternative]:
    asked = {name for party in timeline.parties for clock in party.best for name in clock.questions}
    for question in sorted(asked):
        for answer in QUESTIONS[question].answers:
            other = reckon(facts, as_of=timeline.as_of, readings={question: answer})
            for party, changed in zip(timeline.parties, other.parties, strict=True):
                yield from _answers(question, answer, party, changed)


def _answers(question: str, answer: str, party: PartyTimeline, changed: PartyTimeline) -> Iterator[Alternative]:
    if any(question in clock.questions for clock in party.best):
        for clock in changed.best:
            yield Alternative(
                question=question,
                answer=answer,
                party=party.party,
                item=clock.item,
                state=clock.state,
                last_day=clock.last_day,
            )


def _collect_next(facts: Facts, timeline: Timeline) -> Iterator[NextProof]:
    """Try each weak fact as if it were proved; where no single one helps, all of them together."""
    weak = [each for each in timeline.assessments if each.grade in (Grade.C, Grade.D) and each.missing]
    missing = {each.event: tuple(Proof(proof) for proof in each.missing) for each in weak}
    until = {each.event: each.obtain_by for each in weak}
    found = [gain for event in missing for gain in _gains(facts, timeline, {event: missing[event]}, until)]
    if not found and len(missing) > 1:
        found = list(_gains(facts, timeline, missing, until))
    yield from found


def _gains(
    facts: Facts, timeline: Timeline, missing: Mapping[str, tuple[Proof, ...]], until: Mapping[str, date | None]
) -> Iterator[NextProof]:
    proved = replace(facts, events=tuple(_proved(event, missing.get(event.id, ())) for event in facts.events))
    better = reckon(proved, as_of=timeline.as_of)
    for party, then in zip(timeline.parties, better.parties, strict=True):
        for before, after in zip(party.conservative, then.conservative, strict=False):
            if _is_later(before, after):
                for event, proofs in missing.items():
                    yield _gain(event, proofs, before, after, obtain_by=until[event])


def _proved(event: Event, proofs: tuple[Proof, ...]) -> Event:
    """Give the event as it would be with those proofs; tracking that is yet to come is taken to show a delivery."""
    if not proofs or isinstance(event, Assignment | Acceleration):
        return event
    better = replace(event, proofs=event.proofs | frozenset(proofs))
    if isinstance(better, Notice) and better.outcome is None and Proof.TRACKING in proofs:
        return replace(better, outcome=Outcome.DELIVERED, outcome_on=better.posted_on)
    return better


def _is_later(before: Clock, after: Clock) -> bool:
    if before.last_day is None:
        return False
    return after.last_day is None or after.last_day > before.last_day


def _gain(event: str, proofs: tuple[Proof, ...], before: Clock, after: Clock, *, obtain_by: date | None) -> NextProof:
    days = (after.last_day - before.last_day).days if after.last_day and before.last_day else None
    return NextProof(
        event=event,
        missing=proofs,
        party=before.party,
        item=before.item,
        now=before.last_day,
        then=after.last_day,
        days=days,
        obtain_by=obtain_by,
    )


def _first(proof: NextProof) -> tuple[bool, int, str, str, date]:
    """Best first: what frees a period altogether, then the most days."""
    return (proof.days is not None, -(proof.days or 0), proof.event, proof.party, proof.item or date.min)
