"""What holds of every claim, whatever its facts: 民法典 188-204 and 681-702 as laws about laws.

`end` puts a clock on a scale: what does not run ends never, what cannot be told is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from string import Formatter

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from law_strategies import (
    AS_OF,
    EVERY_PROOF,
    OBLIGORS,
    STRANGER,
    acknowledgments,
    days_of,
    events,
    facts,
    handed,
    notices,
    proceedings,
)

from evidence.law.calendar import rolled
from evidence.law.clock import CLAIM, Clock, Effect, State, Timeline, Track
from evidence.law.contradictions import ContradictionError
from evidence.law.facts import (
    Event,
    Facts,
    Guarantee,
    Party,
    Proceeding,
    Suspension,
)
from evidence.law.proof import assess
from evidence.law.provisions import PROVISIONS
from evidence.law.questions import QUESTIONS
from evidence.law.timeline import SuitOutcome, reckon, suit_outcome
from evidence.law.vocabulary import Mode, ProceedingKind, Proof, Role
from evidence.law.wording import FLAGS, MISSING, REASONS, say

pytestmark = pytest.mark.slow

NEVER, OVER = date.max, date.min
LIFELESS = (State.EXPIRED, State.CAPPED, State.RELEASED)
UNKNOWN = (State.UNDETERMINED, State.NOT_COVERED)
DAY = timedelta(days=1)
EVERY = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


READINGS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(sorted(question.answers)) for name, question in QUESTIONS.items()}
)
"""Answers to contested points, given by the one who asks."""


def all_clocks(timeline: Timeline) -> Iterator[Clock]:
    for party in timeline.parties:
        yield from (*party.best, *party.conservative)


def by_key(timeline: Timeline, *, without: str = "") -> dict[tuple[str, Track, date | None], Clock]:
    return {(one.party, one.track, one.item): one for one in all_clocks(timeline) if one.party != without}


def outcomes(timeline: Timeline, *, without: str = "") -> dict[tuple[str, Track, date | None], object]:
    """What a clock comes to, and why; the rules cited may speak of others."""
    return {
        key: (
            replace(clock, steps=()),
            [(step.on, step.effect, step.because, step.reason, step.values) for step in clock.steps],
        )
        for key, clock in by_key(timeline, without=without).items()
    }


def end(clock: Clock) -> date:
    return OVER if clock.state in UNKNOWN else clock.last_day or NEVER


def debtors_of(timeline: Timeline) -> dict[tuple[str, Track, date | None], Clock]:
    return {key: clock for key, clock in by_key(timeline).items() if clock.role in OBLIGORS}


def has_fixed_start(given_facts: Facts) -> bool:
    return not given_facts.claim.no_due_date


def plus(given_facts: Facts, *more: Event) -> Facts:
    return replace(given_facts, events=(*given_facts.events, *more))


def settled_by(given_facts: Facts, as_of: date) -> bool:
    """Tell whether nothing happens after a day, by itself or by what is recorded."""
    on_their_own = (ProceedingKind.ENFORCEMENT, ProceedingKind.NOTARISED_ENFORCEMENT)
    return all(
        max(days_of(event), default=as_of) <= as_of
        and not (isinstance(event, Suspension) and event.ended_on is None)
        and not (isinstance(event, Proceeding) and event.kind in on_their_own)
        for event in given_facts.events
    )


# (a) Order


@EVERY
@given(facts(), AS_OF, st.randoms(use_true_random=False))
def test_the_order_of_facts_says_nothing(given_facts: Facts, as_of: date, random) -> None:
    def shuffled(items: Sequence) -> tuple:
        return tuple(random.sample(items, len(items)))

    claim = given_facts.claim
    other = Facts(
        claim=replace(claim, instalments=shuffled(claim.instalments), periods=shuffled(claim.periods)),
        parties=shuffled(given_facts.parties),
        events=shuffled(given_facts.events),
    )
    assert reckon(other, as_of=as_of) == reckon(given_facts, as_of=as_of)


# (b) What is unrelated


@EVERY
@given(facts(), AS_OF, st.data())
def test_what_concerns_one_guarantor_alone_concerns_nobody_else(given_facts: Facts, as_of: date, data) -> None:
    stranger = Party(party=STRANGER, role=Role.GUARANTOR, guarantee=Guarantee(mode=Mode.JOINT))
    on = data.draw(AS_OF)
    event = data.draw(
        st.one_of(
            notices("e99", STRANGER, on),
            acknowledgments("e99", STRANGER, on),
            proceedings("e99", [STRANGER], on).filter(lambda found: found.kind is not ProceedingKind.SUBROGATION_SUIT),
        )
    )
    joined = plus(replace(given_facts, parties=(*given_facts.parties, stranger)), event)
    assert outcomes(reckon(joined, as_of=as_of), without=STRANGER) == outcomes(reckon(given_facts, as_of=as_of))


@EVERY
@given(facts(), AS_OF, st.sampled_from((Role.JOINT_DEBTOR, Role.DEBT_JOINER, Role.GUARANTOR, Role.CREDITOR)))
def test_a_party_that_nothing_names_changes_nothing_for_the_others(given_facts: Facts, as_of: date, role: Role) -> None:
    guarantee = Guarantee(mode=Mode.JOINT) if role is Role.GUARANTOR else None
    stranger = Party(party=STRANGER, role=role, guarantee=guarantee)
    joined = replace(given_facts, parties=(*given_facts.parties, stranger))
    assert outcomes(reckon(joined, as_of=as_of), without=STRANGER) == outcomes(reckon(given_facts, as_of=as_of))


@EVERY
@given(facts(), AS_OF, st.data())
def test_what_comes_later_says_nothing_of_today(given_facts: Facts, as_of: date, data) -> None:
    later = data.draw(events("e99", given_facts.parties, as_of + 181 * DAY))
    assume(min(days_of(later), default=as_of) > as_of)
    assert reckon(plus(given_facts, later), as_of=as_of) == reckon(given_facts, as_of=as_of)


# (c) Interruption


@EVERY
@given(facts(), AS_OF, st.data())
def test_one_more_demand_never_brings_a_debtors_end_nearer(given_facts: Facts, as_of: date, data) -> None:
    assume(has_fixed_start(given_facts))
    name = data.draw(st.sampled_from([party.party for party in given_facts.parties if party.role in OBLIGORS]))
    demand = handed("e99", data.draw(st.dates(min_value=date(2009, 1, 1), max_value=as_of)), to=name)
    before = debtors_of(reckon(given_facts, as_of=as_of))
    after = debtors_of(reckon(plus(given_facts, demand), as_of=as_of))
    assert {key: (end(before[key]), end(after[key])) for key in before if end(after[key]) < end(before[key])} == {}


# (d) The two tracks


@EVERY
@given(facts(), AS_OF)
def test_the_careful_view_is_never_the_better_one(given_facts: Facts, as_of: date) -> None:
    for party in reckon(given_facts, as_of=as_of).parties:
        for best, careful in zip(party.best, party.conservative, strict=True):
            assert (best.track, careful.track) == (Track.BEST, Track.CONSERVATIVE)
            assert (best.party, best.role, best.item) == (careful.party, careful.role, careful.item)
            assert end(careful) <= end(best)
            assert best.state not in LIFELESS or careful.state in (*LIFELESS, *UNKNOWN)


# (e) Steps


@EVERY
@given(facts(), AS_OF, READINGS)
def test_every_step_names_facts_and_rules_that_exist_and_can_be_said(
    given_facts: Facts, as_of: date, readings: dict[str, str]
) -> None:
    names = {f"party:{party.party}" for party in given_facts.parties}
    known = {event.id for event in given_facts.events} | names | {CLAIM, "as_of"}
    for clock in all_clocks(reckon(given_facts, as_of=as_of, readings=readings)):
        assert set(clock.flags) <= FLAGS.keys()
        assert set(clock.missing) <= MISSING.keys()
        for step in clock.steps:
            assert step.because
            assert set(step.because) <= known
            assert step.provisions
            assert set(step.provisions) <= PROVISIONS.keys()
            assert set(step.questions) <= QUESTIONS.keys()
            wanted = {field for _, field, _, _ in Formatter().parse(REASONS[step.reason]) if field}
            assert all(step.values.get(field) for field in wanted)
            assert set("{}").isdisjoint(say(step.reason, step.values))


@EVERY
@given(facts(), AS_OF)
def test_every_proof_that_is_told_of_is_of_a_known_event(given_facts: Facts, as_of: date) -> None:
    for each in reckon(given_facts, as_of=as_of).assessments:
        (event,) = [event for event in given_facts.events if event.id == each.event]
        assert set(each.missing) == set(each.needed) - set(each.have)
        assert set(each.have) == event.proofs
        assert each.reason in REASONS


# (f) Errors


@EVERY
@given(facts(), AS_OF, st.data())
def test_facts_that_contradict_each_other_are_named_and_nothing_else_goes_wrong(
    given_facts: Facts, as_of: date, data
) -> None:
    """Any two events of two matters under one roof: their dates, ids and parties may fit or not."""
    strange = data.draw(facts(most=3))
    mixed = replace(given_facts, claim=strange.claim, events=(*given_facts.events, *strange.events))
    known = {event.id for event in mixed.events} | {f"party:{party.party}" for party in mixed.parties} | {CLAIM}
    error = contradiction_in(mixed, as_of)
    assert error is None or (error.facts and set(error.facts) <= known and error.message_zh)


def contradiction_in(given_facts: Facts, as_of: date) -> ContradictionError | None:
    try:
        reckon(given_facts, as_of=as_of)
    except ContradictionError as error:
        return error
    return None


# (g) Dates


@EVERY
@given(facts(), AS_OF, READINGS)
def test_days_are_in_order(given_facts: Facts, as_of: date, readings: dict[str, str]) -> None:
    for clock in all_clocks(reckon(given_facts, as_of=as_of, readings=readings)):
        for period in (*clock.periods, *((clock.longest,) if clock.longest else ())):
            assert period.starts_on <= period.raw_last_day <= period.last_day
            assert period.last_day in (period.raw_last_day, rolled(period.raw_last_day))
        assert (clock.last_day is None) == (clock.raw_last_day is None)
        if clock.last_day and clock.raw_last_day:
            assert clock.raw_last_day <= clock.last_day
            assert (clock.last_day < as_of) == (clock.state in LIFELESS)


@EVERY
@given(facts(), AS_OF)
def test_words_between_parties_never_outlast_twenty_years(given_facts: Facts, as_of: date) -> None:
    for clock in all_clocks(reckon(given_facts, as_of=as_of)):
        judged = any(step.effect is Effect.ENFORCEMENT for step in clock.steps)
        if clock.longest and clock.last_day and not judged:
            assert clock.last_day <= clock.longest.last_day


@EVERY
@given(facts(), AS_OF)
def test_a_suit_today_meets_what_the_state_says(given_facts: Facts, as_of: date) -> None:
    expected = {
        State.EXPIRED: SuitOutcome.EXPIRED,
        State.CAPPED: SuitOutcome.CAPPED,
        State.RELEASED: SuitOutcome.RELEASED,
        State.NOT_SUBJECT: SuitOutcome.NOT_SUBJECT,
        State.UNDETERMINED: SuitOutcome.UNDETERMINED,
        State.NOT_COVERED: SuitOutcome.UNDETERMINED,
    }
    for clock in all_clocks(reckon(given_facts, as_of=as_of)):
        assert suit_outcome(clock, as_of) is expected.get(clock.state, SuitOutcome.IN_TIME)


# (h) Proofs


@EVERY
@given(facts(), st.sets(st.sampled_from(sorted(Proof)), min_size=1, max_size=4))
def test_one_more_proof_never_lowers_a_grade(given_facts: Facts, more: set[Proof]) -> None:
    for event in given_facts.events:
        if hasattr(event, "proofs"):
            better = replace(event, proofs=event.proofs | more)
            assert assess(better, given_facts).grade <= assess(event, given_facts).grade


@EVERY
@given(facts(), AS_OF)
def test_proving_everything_never_brings_a_debtors_careful_end_nearer(given_facts: Facts, as_of: date) -> None:
    """For a debtor every fact that needs a proof helps the creditor; what hurts counts whatever its proof."""
    assume(has_fixed_start(given_facts))
    proved = tuple(
        replace(event, proofs=EVERY_PROOF) if hasattr(event, "proofs") else event for event in given_facts.events
    )
    before = debtors_of(reckon(given_facts, as_of=as_of))
    after = debtors_of(reckon(replace(given_facts, events=proved), as_of=as_of))
    nearer = {key: clock for key, clock in before.items() if end(after[key]) < end(clock)}
    assert {key: (end(clock), end(after[key])) for key, clock in nearer.items() if key[1] is Track.CONSERVATIVE} == {}


@EVERY
@given(facts(), AS_OF)
def test_without_any_proof_nothing_moves_a_debtors_careful_end_away(given_facts: Facts, as_of: date) -> None:
    assume(has_fixed_start(given_facts))
    assume(not any(isinstance(event, Proceeding) and event.end is not None for event in given_facts.events))
    unproved = tuple(
        replace(event, proofs=frozenset()) if hasattr(event, "proofs") else event for event in given_facts.events
    )
    bare = debtors_of(reckon(replace(given_facts, events=()), as_of=as_of))
    found = debtors_of(reckon(replace(given_facts, events=unproved), as_of=as_of))
    careful = {key: clock for key, clock in found.items() if key[1] is Track.CONSERVATIVE}
    assert {key: (end(bare[key]), end(clock)) for key, clock in careful.items() if end(clock) > end(bare[key])} == {}


# (i) Days pass


@EVERY
@given(facts(most=6), AS_OF, st.integers(1, 3000))
def test_what_is_over_stays_over(given_facts: Facts, as_of: date, days: int) -> None:
    happened = tuple(event for event in given_facts.events if max(days_of(event), default=as_of) <= as_of)
    known = replace(given_facts, events=happened)
    today, later = by_key(reckon(known, as_of=as_of)), by_key(reckon(known, as_of=as_of + days * DAY))
    over = {key: clock for key, clock in today.items() if clock.state in LIFELESS}
    assert {key: later[key].state for key in over if later[key].state not in LIFELESS} == {}


@EVERY
@given(facts(most=6), AS_OF, st.integers(1, 3000))
def test_where_nothing_happens_only_the_state_changes(given_facts: Facts, as_of: date, days: int) -> None:
    assume(settled_by(given_facts, as_of))
    today = by_key(reckon(given_facts, as_of=as_of))
    later = by_key(reckon(given_facts, as_of=as_of + days * DAY))
    assert {key: end(clock) for key, clock in today.items()} == {key: end(clock) for key, clock in later.items()}
