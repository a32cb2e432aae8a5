"""Where the law's answer differs from what a case expects, place by place."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date

from evidence.law.advice import Advice
from evidence.law.case_answer import Answer, answer
from evidence.law.case_differences import NONE, Difference, absent, at_least, same
from evidence.law.case_expectations import (
    AlternativeExpectation,
    ClockExpectation,
    CollectExpectation,
    EventExpectation,
    Expectation,
    HandoverExpectation,
    PeriodExpectation,
    ProofExpectation,
    SuitExpectation,
    WarningExpectation,
)
from evidence.law.case_format import Case, Situation
from evidence.law.clock import Clock, Effect, Period, Step, Timeline, Track
from evidence.law.contradictions import ContradictionError
from evidence.law.handover import Handover
from evidence.law.timeline import suit_outcome


def compare(case: Case) -> tuple[Difference, ...]:
    """Give every expectation of a case that the law does not meet.

    Raises:
        ContradictionError: The facts exclude each other, and the case does not expect that.
    """
    return tuple(found for situation in case.situations if situation.expect for found in compared(situation))


def compared(situation: Situation) -> tuple[Difference, ...]:
    """Give every expectation of one situation that the law does not meet.

    Raises:
        ContradictionError: The facts exclude each other, and the case does not expect that.
    """
    expected, place = situation.expect.contradiction, f"{situation.place}.contradiction"
    try:
        found = answer(situation)
    except ContradictionError as error:
        if expected is None:
            raise
        return tuple(same(place, expected, frozenset(error.facts)))
    return tuple(same(place, expected, None)) + tuple(differences(situation.expect, found, situation.place))


def differences(expect: Expectation, found: Answer, place: str) -> Iterator[Difference]:
    """Give every expectation that an answer does not meet; `place` is where the expectation stands in the file."""
    if expect.handover is not None and found.handover is not None:
        yield from _handover(expect.handover, found.handover, f"{place}.handover")
    if found.advice is not None and found.situation.facts is not None:
        yield from _of_advice(expect, found, found.advice, place)
        yield from _of_steps(expect, found.advice.timeline, place)


def _of_advice(expect: Expectation, found: Answer, advice: Advice, place: str) -> Iterator[Difference]:
    timeline = advice.timeline
    for number, clock in enumerate(expect.clock, start=1):
        yield from _clock(clock, timeline, f"{place}.clock[{number}]")
    for number, suit in enumerate(expect.suit, start=1):
        yield from _suit(suit, found.suits[suit.on], f"{place}.suit[{number}]")
    for number, other in enumerate(expect.alternative, start=1):
        yield from _alternative(other, advice, f"{place}.alternative[{number}]")
    for number, warning in enumerate(expect.warning, start=1):
        yield from _warning(warning, advice, f"{place}.warning[{number}]")
    for number, proof in enumerate(expect.proof, start=1):
        yield from _proof(proof, timeline, f"{place}.proof[{number}]")
    for number, collect in enumerate(expect.collect, start=1):
        yield from _collect(collect, advice, f"{place}.collect[{number}]")


def _of_steps(expect: Expectation, timeline: Timeline, place: str) -> Iterator[Difference]:
    for number, event in enumerate(expect.event, start=1):
        yield from _event(event, timeline, f"{place}.event[{number}]")
    clocks = [clock for party in timeline.parties for track in Track for clock in party.on_track(track)]
    cited = frozenset(key for clock in clocks for step in clock.steps for key in step.provisions)
    yield from at_least(f"{place}.provisions", expect.provisions, cited)
    asked = frozenset(name for clock in clocks if clock.track is Track.BEST for name in clock.questions)
    yield from same(f"{place}.contested", expect.contested, asked)


def _clocks(timeline: Timeline, party: str, track: Track, item: date | None) -> list[Clock]:
    found = next(each for each in timeline.parties if each.party == party).on_track(track)
    return [clock for clock in found if item is None or clock.item == item]


def _clock(expect: ClockExpectation, timeline: Timeline, place: str) -> Iterator[Difference]:
    found = _clocks(timeline, expect.party, expect.track, expect.item)
    if len(found) != 1:
        yield Difference(where=place, expected="1", got=str(len(found)))
        return
    clock = found[0]
    for name in ("state", "last_day", "raw_last_day"):
        yield from same(f"{place}.{name}", getattr(expect, name), getattr(clock, name))
    if expect.no_last_day:
        yield from absent(f"{place}.no_last_day", clock.last_day)
    yield from _chain(expect, clock, place)
    yield from same(f"{place}.missing", expect.missing, frozenset(clock.missing))
    yield from at_least(f"{place}.flags", expect.flags or (), clock.flags)


def _chain(expect: ClockExpectation, clock: Clock, place: str) -> Iterator[Difference]:
    if expect.longest is not None:
        yield from _period(expect.longest, clock.longest, f"{place}.longest")
    if expect.chain is None:
        return
    if len(expect.chain) != len(clock.periods):
        started = "；".join(f"{period.kind} {period.starts_on}" for period in clock.periods) or NONE
        yield Difference(where=f"{place}.chain", expected=str(len(expect.chain)), got=started)
    for number, (wanted, period) in enumerate(zip(expect.chain, clock.periods, strict=False), start=1):
        yield from _period(wanted, period, f"{place}.chain[{number}]")


def _period(expect: PeriodExpectation, period: Period | None, place: str) -> Iterator[Difference]:
    for each in fields(expect):
        wanted, got = getattr(expect, each.name), getattr(period, each.name, None)
        if each.name == "span" and wanted is not None and period is not None:
            wanted, got = _length(wanted), _length(str(period.span))
        yield from same(f"{place}.{each.name}", wanted, got)


def _length(span: str) -> str:
    """24 months and two years are the same span."""
    number = int(span[:-1])
    return f"{number // 12}y" if span.endswith("m") and number % 12 == 0 else span


def _event(expect: EventExpectation, timeline: Timeline, place: str) -> Iterator[Difference]:
    for track in [expect.track] if expect.track else list(Track):
        for clock in _clocks(timeline, expect.party, track, expect.item):
            steps = [step for step in clock.steps if expect.event in step.because]
            yield from _effect(expect, steps, f"{place}[{track}]")


def _effect(expect: EventExpectation, steps: list[Step], place: str) -> Iterator[Difference]:
    others = [step for step in steps if step.effect is not Effect.NONE]
    if expect.effect is Effect.NONE and others:
        yield Difference(where=f"{place}.effect", expected=expect.effect, got=_steps(others))
    if expect.effect is Effect.NONE and expect.on is None and not expect.provisions:
        return
    alike = [step for step in steps if step.effect is expect.effect and expect.on in (None, step.on)]
    if not alike:
        yield Difference(
            where=f"{place}.effect", expected=f"{expect.effect} {expect.on or ''}".strip(), got=_steps(steps)
        )
        return
    cited = frozenset(key for step in alike for key in step.provisions)
    yield from at_least(f"{place}.provisions", expect.provisions, cited)


def _steps(steps: Iterable[Step]) -> str:
    return "；".join(f"{step.effect} {step.on}" for step in steps) or NONE


def _suit(expect: SuitExpectation, timeline: Timeline, place: str) -> Iterator[Difference]:
    for track, wanted in ((Track.BEST, expect.best), (Track.CONSERVATIVE, expect.conservative)):
        for clock in _clocks(timeline, expect.party, track, expect.item):
            yield from same(f"{place}.{track}", wanted, suit_outcome(clock, expect.on))


def _alternative(expect: AlternativeExpectation, advice: Advice, place: str) -> Iterator[Difference]:
    key = (expect.question, expect.answer, expect.party)
    found = [
        each
        for each in advice.alternatives
        if (each.question, each.answer, each.party) == key and expect.item in (None, each.item)
    ]
    if not found:
        yield Difference(where=place, expected=" ".join(key), got=NONE)
    for each in found:
        yield from same(f"{place}.state", expect.state, each.state)
        yield from same(f"{place}.last_day", expect.last_day, each.last_day)
        if expect.no_last_day:
            yield from absent(f"{place}.no_last_day", each.last_day)


def _warning(expect: WarningExpectation, advice: Advice, place: str) -> Iterator[Difference]:
    alike = [
        each
        for each in advice.warnings
        if each.code == expect.code and expect.party in (None, each.party) and expect.event in (None, each.event)
    ]
    if bool(alike) is expect.absent:
        got = "；".join(f"{each.code} {each.party or ''} {each.event or ''}".strip() for each in advice.warnings)
        wanted = f"{'not ' if expect.absent else ''}{expect.code} {expect.party or ''} {expect.event or ''}".strip()
        yield Difference(where=place, expected=wanted, got=got or NONE)


def _proof(expect: ProofExpectation, timeline: Timeline, place: str) -> Iterator[Difference]:
    found = next((each for each in timeline.assessments if each.event == expect.event), None)
    yield from same(f"{place}.grade", expect.grade, found.grade if found else None)
    yield from same(f"{place}.missing", expect.missing, frozenset(found.missing) if found else None)


def _collect(expect: CollectExpectation, advice: Advice, place: str) -> Iterator[Difference]:
    key = (expect.event, expect.party)
    found = next((each for each in advice.collect_next if (each.event, each.party) == key), None)
    if found is None:
        got = "；".join(f"{each.event} {each.party}" for each in advice.collect_next) or NONE
        yield Difference(where=place, expected=" ".join(key), got=got)
        return
    for name in ("now", "then", "obtain_by"):
        yield from same(f"{place}.{name}", getattr(expect, name), getattr(found, name))
    yield from same(f"{place}.missing", expect.missing, frozenset(found.missing))


def _handover(expect: HandoverExpectation, found: Handover, place: str) -> Iterator[Difference]:
    for name in ("delivered_on", "deemed", "raw_last_day", "last_day", "risk_on"):
        yield from same(f"{place}.{name}", getattr(expect, name), getattr(found, name))
    for flag, name in (("no_risk", "risk_on"), ("no_last_day", "last_day"), ("not_delivered", "delivered_on")):
        if getattr(expect, flag):
            yield from absent(f"{place}.{flag}", getattr(found, name))
    yield from same(f"{place}.missing", expect.missing, frozenset(found.missing))
    yield from at_least(f"{place}.provisions", expect.provisions, found.provisions)
