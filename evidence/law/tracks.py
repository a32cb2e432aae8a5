"""One track of every party: the facts as one view sees them, and the clocks that follow.

Source: 民法典 188-204, 518, 546, 681-702; 诉讼时效规定 15(2); 担保制度解释 29.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.law.act_others import Prepared, acts_of
from evidence.law.acts import Act, ActKind, View, without_effect
from evidence.law.clock import CLAIM, Clock, Effect, State, Step
from evidence.law.course import Course, Terms
from evidence.law.course_steps import unproved_step
from evidence.law.deadlines import Rules
from evidence.law.facts import Assignment, Extension, Facts, Notice, Party, Suspension
from evidence.law.guarantee import guarantee_clock
from evidence.law.guarantee_period import Seen
from evidence.law.provisions import NOT_SUBJECT
from evidence.law.starts import Start, is_subject, starts
from evidence.law.vocabulary import Certainty, Grade, Role

_DEBTORS = (Role.DEBTOR, Role.JOINT_DEBTOR, Role.DEBT_JOINER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """One view's acts, by the party that they concern."""

    facts: Facts
    view: View
    grades: Mapping[str, Grade]
    acts: Mapping[str, Sequence[Act]]
    as_of: date

    def rules(self, party: str) -> Rules:
        found = [cause for cause in self._causes(party) if self.view.counts(self.grades[cause.id])]
        return Rules(suspensions=found, as_of=self.as_of, is_short=self.facts.claim.short_period)

    def unproved_causes(self, party: str) -> tuple[Step, ...]:
        return tuple(
            unproved_step(cause, grade=self.grades[cause.id].value, as_of=self.as_of)
            for cause in self._causes(party)
            if not self.view.counts(self.grades[cause.id])
        )

    def _causes(self, party: str) -> list[Suspension]:
        every = (event for event in self.facts.events if isinstance(event, Suspension))
        mine = (cause for cause in every if not cause.parties or party in cause.parties)
        return sorted(mine, key=lambda cause: (cause.started_on, cause.id))


def clocks_on(facts: Facts, prepared: Sequence[Prepared], view: View, *, as_of: date) -> dict[str, tuple[Clock, ...]]:
    """Give every obligor's clocks as one view sees them.

    Args:
        facts: As known on the day asked for.
        prepared: The same facts' events, from `evidence.law.act_others.prepare`.
        view: Whose eyes.
        as_of: The day asked for.
    """
    grades = {each.event.id: each.grade for each in prepared}
    acts: dict[str, list[Act]] = {party.party: [] for party in facts.parties}
    facts = _counted(facts, view, grades)
    for each in prepared:
        for act in acts_of(each, facts, view):
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


def _order(act: Act) -> tuple[date, str, bool]:
    """By day; a letter before what its addressee said by signing it."""
    return (act.on, act.id, act.kind is ActKind.ADMISSION)


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
    course = Course(terms, start=start.on, steps=(*_joined(party, start.steps), *track.unproved_causes(party.party)))
    clock = course.follow(act for act in reaching if act.id not in start.used).clock()
    flags = ("defence_only",) if clock.state is State.EXPIRED else ()
    return replace(clock, missing=(*start.missing, *clock.missing), flags=flags)


def _joined(party: Party, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """One who joined the debt owes it like the debtor: no guarantee period protects it (民法典552)."""
    if party.role is not Role.DEBT_JOINER:
        return steps
    return tuple(step._replace(provisions=(*step.provisions, "民法典552")) for step in steps)


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
