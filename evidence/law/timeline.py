"""Both tracks of every party: the whole answer for one claim on one day.

The best view takes what is arguable and each contested point's likelier answer. The conservative track counts only what
is proved to grade A or B, takes contested points against the creditor, and is never later than the best view: where
counting less would help the creditor (an unproved demand that started a guarantee's limitation, say), it counts.

Source: LAW §12 of the compiled rules; 民法典 188-204, 681-702.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from evidence.law.act_others import acts_of
from evidence.law.acts import Act, ActKind, View, without_effect
from evidence.law.clock import CLAIM, Assessment, Clock, Effect, PartyTimeline, State, Step, Timeline, Track
from evidence.law.contradictions import check
from evidence.law.course import Course, Terms
from evidence.law.deadlines import FAR, Rules
from evidence.law.facts import Acceleration, Assignment, Extension, Facts, Notice, Party, Suspension
from evidence.law.guarantee import Seen, guarantee_clock
from evidence.law.known import known_on
from evidence.law.proof import assess
from evidence.law.provisions import NOT_SUBJECT
from evidence.law.starts import Start, is_subject, starts
from evidence.law.vocabulary import Certainty, Grade, Role

_DEBTORS = (Role.DEBTOR, Role.JOINT_DEBTOR, Role.DEBT_JOINER)
NO_READINGS: Mapping[str, str] = {}


class SuitOutcome(StrEnum):
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
    known = replace(facts, events=known_on(facts.events, as_of), parties=_sorted(facts.parties))
    assessments = tuple(assess(event, known) for event in sorted(known.events, key=lambda event: event.id))
    grades = {each.event: each.grade for each in assessments}
    best = _on_track(known, View(track=Track.BEST, readings=readings), grades, as_of)
    strict = _on_track(known, View(track=Track.CONSERVATIVE), grades, as_of)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """One view's acts, by the party that they concern."""

    facts: Facts
    view: View
    grades: Mapping[str, Grade]
    acts: Mapping[str, Sequence[Act]]
    as_of: date

    def rules(self, party: str) -> Rules:
        found = [
            event
            for event in self.facts.events
            if isinstance(event, Suspension)
            and (not event.parties or party in event.parties)
            and self.view.counts(self.grades[event.id])
        ]
        found.sort(key=lambda event: (event.started_on, event.id))
        return Rules(suspensions=found, as_of=self.as_of, is_short=self.facts.claim.short_period)


def _on_track(facts: Facts, view: View, grades: Mapping[str, Grade], as_of: date) -> dict[str, tuple[Clock, ...]]:
    acts: dict[str, list[Act]] = {party.party: [] for party in facts.parties}
    every, facts = facts.events, _counted(facts, view, grades)
    for event in every:
        for act in acts_of(event, facts, view, grade=grades[event.id]):
            acts[act.party].append(_timed(act, as_of))
    for own in acts.values():
        own.sort(key=_order)
    track = _Track(facts=facts, view=view, grades=grades, acts=acts, as_of=as_of)
    clocks = {party.party: _debtor_clocks(track, party) for party in facts.parties if party.role in _DEBTORS}
    for party in facts.parties:
        if party.role is Role.GUARANTOR:
            clocks[party.party] = (_guarantor_clock(track, party, clocks),)
    return {name: _with_recourse(facts, name, found, clocks) for name, found in clocks.items()}


def _with_recourse(
    facts: Facts, name: str, found: tuple[Clock, ...], clocks: Mapping[str, tuple[Clock, ...]]
) -> tuple[Clock, ...]:
    """A co-guarantor with mutual recourse that is no longer bound reduces this one's duty (担保制度解释29)."""
    mutual = [
        {party.party, other}
        for party in facts.parties
        if party.guarantee is not None
        for other in party.guarantee.recourse_with
    ]
    others = {other for pair in mutual if name in pair for other in pair - {name}}
    if not others or found[0].state is State.RELEASED:
        return found
    lost = any(clocks[other][0].state is State.RELEASED for other in others if other in clocks)
    flag = "reduced_by_recourse" if lost else "recourse_agreed"
    return tuple(replace(clock, flags=(*clock.flags, flag)) for clock in found)


def _counted(facts: Facts, view: View, grades: Mapping[str, Grade]) -> Facts:
    """Leave out what would help the creditor from afar and is not proved: an extension, a notice of an assignment."""
    from_afar = [
        event
        for event in facts.events
        if isinstance(event, Extension) or (isinstance(event, Notice) and event.notifies_assignment)
    ]
    lost = {event.id for event in from_afar if not view.counts(grades[event.id])}
    if not lost:
        return facts
    return replace(facts, events=tuple(event for event in facts.events if event.id not in lost))


def _order(act: Act) -> tuple[date, str, str]:
    return (act.on, act.id, act.kind.value)


def _timed(act: Act, as_of: date) -> Act:
    """What takes effect after the day asked for (the next business day, say) has not happened."""
    if act.kind is not ActKind.VOID and act.on > as_of:
        return without_effect(act, "not_yet")
    return act


def _debtor_clocks(track: _Track, party: Party) -> tuple[Clock, ...]:
    if not is_subject(track.facts.claim):
        return (_not_subject(track, party),)
    reaching = _reaching(track, party)
    return tuple(_debtor_clock(track, party, start, reaching) for start in starts(track.facts, reaching, track.view))


def _debtor_clock(track: _Track, party: Party, start: Start, reaching: Sequence[Act]) -> Clock:
    if start.on is None:
        state = State.NOT_STARTED if start.missing == ("first_demand",) else State.UNDETERMINED
        return Clock(
            party=party.party,
            role=party.role,
            track=track.view.track,
            item=start.item,
            state=state,
            steps=_unused(reaching),
            missing=start.missing,
        )
    terms = Terms(
        party=party.party,
        role=party.role,
        view=track.view,
        rules=track.rules(party.party),
        claim=track.facts.claim,
        item=start.item,
        capped_from=track.facts.claim.harmed_on,
    )
    course = Course(terms, start=start.on, steps=start.steps)
    clock = course.follow(act for act in reaching if act.id not in start.used).clock()
    flags = ("defence_only",) if clock.state is State.EXPIRED else ()
    return replace(clock, missing=(*start.missing, *clock.missing), flags=flags)


def _unused(acts: Sequence[Act]) -> tuple[Step, ...]:
    """Say of each act why it could not fix a start."""
    return tuple(
        Step(
            on=act.on,
            effect=Effect.NONE,
            because=(act.id,),
            provisions=act.provisions,
            certainty=act.certainty,
            reason=act.reason if act.kind is ActKind.VOID else "no_start",
            values=act.values,
            questions=act.questions,
            grade=act.grade,
        )
        for act in acts
    )


def _reaching(track: _Track, party: Party) -> Sequence[Act]:
    """Give the acts that reach a debtor: those on itself, and those on anyone jointly bound with it (规定15(2))."""
    if party.party not in (bound := _jointly_bound(track.facts)):
        return track.acts[party.party]
    everything = {(act.id, act.kind): act for name in bound for act in track.acts[name] if name != party.party}
    own = {(act.id, act.kind): act for act in track.acts[party.party]}
    return sorted({**everything, **own}.values(), key=_order)


def _jointly_bound(facts: Facts) -> tuple[str, ...]:
    joint = [party.party for party in facts.parties if party.role in (Role.JOINT_DEBTOR, Role.DEBT_JOINER)]
    plain = [party.party for party in facts.parties if party.role is Role.DEBTOR]
    # Two debtors without a word on how they are bound share nothing (按份); one is bound with all that joined.
    return (*plain, *joint) if joint and len(plain) <= 1 else tuple(joint)


def _guarantor_clock(track: _Track, party: Party, clocks: Mapping[str, tuple[Clock, ...]]) -> Clock:
    facts = track.facts
    debtors = [other.party for other in facts.parties if other.role in _DEBTORS]
    principal = sorted((act for name in debtors for act in track.acts[name]), key=_order)
    due = next((clocks[name][0].periods[0].starts_on for name in debtors if clocks[name][0].periods), None)
    seen = Seen(
        facts=facts,
        party=party,
        view=track.view,
        rules=track.rules(party.party),
        own=track.acts[party.party],
        principal=principal,
        due=due if facts.claim.no_due_date else None,
        others_asked=any(
            act.kind is ActKind.ASSERTION
            for other in facts.parties
            if other.role is Role.GUARANTOR and other != party
            for act in track.acts[other.party]
        ),
    )
    clock = guarantee_clock(seen)
    return replace(clock, flags=(*clock.flags, *_principal_flags(clock, clocks, debtors, track)))


def _principal_flags(
    clock: Clock, clocks: Mapping[str, tuple[Clock, ...]], debtors: Sequence[str], track: _Track
) -> tuple[str, ...]:
    over = (State.EXPIRED, State.CAPPED)
    pleads = any(each.state in over for name in debtors for each in clocks[name])
    return (
        *(("principal_defence",) if pleads and clock.state is not State.RELEASED else ()),
        *(("assignment_unnotified",) if _unnotified(track.facts, clock.party) else ()),
    )


def _unnotified(facts: Facts, guarantor: str) -> bool:
    """Tell whether the claim was assigned and the guarantor not told (民法典696(1))."""
    assigned = any(isinstance(event, Assignment) for event in facts.events)
    told = any(isinstance(e, Notice) and e.notifies_assignment and e.to == guarantor for e in facts.events)
    return assigned and not told


def _not_subject(track: _Track, party: Party) -> Clock:
    rule = NOT_SUBJECT[track.facts.claim.kind]
    step = Step(
        on=track.facts.claim.due_on or track.as_of,
        effect=Effect.NONE,
        because=(CLAIM,),
        provisions=(rule,),
        certainty=Certainty.SETTLED,
        reason="not_subject",
    )
    return Clock(party=party.party, role=party.role, track=track.view.track, steps=(step,), state=State.NOT_SUBJECT)


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
