"""Both tracks of every party: the whole answer for one claim on one day.

The best view takes what is arguable and each contested point's likelier answer. The conservative track counts only what
is proved to grade A or B, takes contested points against the creditor, and is never later than the best view: where
counting less would help the creditor (an unproved demand that started a guarantee's limitation, say), it counts.

Source: LAW §12 of the compiled rules; 民法典 188-204, 681-702.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from evidence.law.act_others import prepare
from evidence.law.acts import View
from evidence.law.clock import Assessment, Clock, PartyTimeline, State, Timeline, Track
from evidence.law.contradictions import check
from evidence.law.deadlines import FAR
from evidence.law.facts import Acceleration, Assignment, Facts, Party
from evidence.law.known import known_on
from evidence.law.proof import assess_all
from evidence.law.tracks import clocks_on
from evidence.law.vocabulary import Code, Role

NO_READINGS: Mapping[str, str] = {}


class SuitOutcome(Code):
    """What a suit filed on a day would meet."""

    IN_TIME = "in_time"
    EXPIRED = "expired"
    CAPPED = "capped"
    RELEASED = "released"
    NOT_SUBJECT = "not_subject"
    UNDETERMINED = "undetermined"


def reckon(facts: Facts, *, as_of: date, readings: Mapping[str, str] = NO_READINGS) -> Timeline:
    """Reckon every party's periods.

    Args:
        facts: In any order.
        as_of: The day asked for; later facts do not count.
        readings: Answers to contested points that the best view shall take instead of its own.

    Raises:
        ContradictionError: Facts exclude each other.
    """
    check(facts)
    known = Facts(claim=facts.claim, parties=_sorted(facts.parties), events=known_on(facts.events, as_of))
    assessments = assess_all(known)
    grades = {each.event: each.grade for each in assessments}
    prepared = prepare(known, grades)
    best = clocks_on(known, prepared, View(track=Track.BEST, readings=readings), as_of=as_of)
    strict = clocks_on(known, prepared, View(track=Track.CONSERVATIVE), as_of=as_of)
    parties = tuple(
        PartyTimeline(
            party=party.party,
            role=party.role,
            best=best[party.party],
            conservative=tuple(
                _never_later(one, other) for one, other in _paired(strict[party.party], best[party.party])
            ),
        )
        for party in known.parties
        if party.role is not Role.CREDITOR
    )
    return Timeline(as_of=as_of, parties=parties, assessments=_of_assertions(assessments, known))


def suit_outcome(clock: Clock, on: date) -> SuitOutcome:
    """Tell what a suit filed on a day would meet, if nothing else happened before it."""
    if clock.state is State.NOT_SUBJECT:
        return SuitOutcome.NOT_SUBJECT
    if clock.state in (State.UNDETERMINED, State.NOT_COVERED):
        return SuitOutcome.UNDETERMINED
    if clock.last_day is None or on <= clock.last_day:
        return SuitOutcome.IN_TIME
    if clock.state is State.RELEASED or (clock.current is not None and clock.current.kind.value == "guarantee"):
        return SuitOutcome.RELEASED
    return SuitOutcome.CAPPED if clock.longest and clock.last_day == clock.longest.last_day else SuitOutcome.EXPIRED


def _sorted(parties: tuple[Party, ...]) -> tuple[Party, ...]:
    return tuple(sorted(parties, key=lambda party: party.party))


def _of_assertions(assessments: tuple[Assessment, ...], facts: Facts) -> tuple[Assessment, ...]:
    plain = {event.id for event in facts.events if isinstance(event, Assignment | Acceleration)}
    return tuple(each for each in assessments if each.event not in plain)


def _paired(strict: tuple[Clock, ...], best: tuple[Clock, ...]) -> Sequence[tuple[Clock, Clock]]:
    """Pair the clocks of the two tracks; a fee that is one debt on one track and several on the other has no pairs."""
    if len(strict) == len(best):
        return tuple(zip(strict, best, strict=True))
    return tuple((clock, clock) for clock in strict)


def _never_later(strict: Clock, best: Clock) -> Clock:
    if _end(strict) <= _end(best):
        return strict
    return replace(best, track=Track.CONSERVATIVE)


def _end(clock: Clock) -> date:
    """Give the day by which a clock is compared: what cannot be told counts as over, what does not run as endless."""
    if clock.state in (State.UNDETERMINED, State.NOT_COVERED):
        return date.min
    return clock.last_day or FAR
