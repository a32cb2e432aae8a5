"""One track of every party: the facts as one view sees them, and the clocks that follow.

Source: 民法典 188-204, 518, 546, 681-702; 诉讼时效规定 15(2); 担保制度解释 29.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from evidence.law.act_notices import NEVER
from evidence.law.act_others import Prepared, acts_of
from evidence.law.acts import Act, ActKind, View, without_effect
from evidence.law.clock import CLAIM, Clock, Effect, State, Step
from evidence.law.course import Course, Terms
from evidence.law.facts import Facts, Party
from evidence.law.guarantors import with_guarantors
from evidence.law.provisions import NOT_SUBJECT
from evidence.law.starts import Start, is_subject, starts
from evidence.law.track_facts import DEBTORS, TrackFacts, causes_of, in_day_order
from evidence.law.vocabulary import Certainty, Role


def clocks_on(facts: Facts, prepared: Sequence[Prepared], view: View, *, as_of: date) -> dict[str, tuple[Clock, ...]]:
    """Give every obligor's clocks as one view sees them.

    Args:
        facts: As known on the day asked for.
        prepared: The same facts' events, from `evidence.law.act_others.prepare`.
        view: Whose eyes.
        as_of: The day asked for.
    """
    grades = {each.event.id: each.grade for each in prepared}
    causes = causes_of(facts)
    facts = _counted(facts, prepared, view)
    found = (act for each in prepared for act in acts_of(each, facts, view))
    every = in_day_order(act if act.on <= as_of else _timed(act, as_of) for act in found)
    acts: dict[str, list[Act]] = {party.party: [] for party in facts.parties}
    for act in every:
        acts[act.party].append(act)
    track = TrackFacts(facts=facts, view=view, grades=grades, every=every, acts=acts, causes=causes, as_of=as_of)
    clocks = {party.party: _debtor_clocks(track, party) for party in facts.parties if party.role in DEBTORS}
    return with_guarantors(track, clocks)


def _counted(facts: Facts, prepared: Sequence[Prepared], view: View) -> Facts:
    """Leave out what would help the creditor from afar and is not proved: an extension, a notice of an assignment."""
    lost = {each.event.id for each in prepared if each.from_afar and not view.counts(each.grade)}
    if not lost:
        return facts
    return replace(facts, events=tuple(event for event in facts.events if event.id not in lost))


def _timed(act: Act, as_of: date) -> Act:
    """What takes effect after the day asked for (the next business day, say) has not happened."""
    if act.kind is not ActKind.VOID:
        return without_effect(act, "not_yet")
    return act._replace(on=as_of, restart_on=as_of) if act.on == NEVER else act


def _debtor_clocks(track: TrackFacts, party: Party) -> tuple[Clock, ...]:
    if not is_subject(track.facts.claim):
        return (_not_subject(track, party),)
    reaching = _reaching(track, party)
    return tuple(_debtor_clock(track, party, start, reaching) for start in starts(track.facts, reaching, track.view))


def _debtor_clock(track: TrackFacts, party: Party, start: Start, reaching: Sequence[Act]) -> Clock:
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
    steps = (*_joined(party, start.steps), *track.unproved_causes(party.party))
    missing = (*start.missing, *_bound_with_whom(track.facts, party))
    course = Course(terms, start=start.on, steps=steps, missing=missing)
    return course.follow(act for act in reaching if act.id not in start.used).clock()


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


def _reaching(track: TrackFacts, party: Party) -> Sequence[Act]:
    """Give the acts that reach a debtor: those on itself, and those on anyone jointly bound with it (规定15(2))."""
    if party.party not in (bound := _jointly_bound(track.facts)):
        return track.acts[party.party]
    return track.on_any(bound, rather=party.party)


def _jointly_bound(facts: Facts) -> tuple[str, ...]:
    joint = [party.party for party in facts.parties if party.role in (Role.JOINT_DEBTOR, Role.DEBT_JOINER)]
    plain = [party.party for party in facts.parties if party.role is Role.DEBTOR]
    # Two debtors without a word on how they are bound share nothing (按份); one is bound with all that joined.
    return (*plain, *joint) if joint and len(plain) <= 1 else tuple(joint)


def _bound_with_whom(facts: Facts, party: Party) -> tuple[str, ...]:
    """Of several debtors nobody said with which one a joint debtor or a joiner is bound; nothing is shared then."""
    several = sum(other.role is Role.DEBTOR for other in facts.parties) > 1
    return ("joint_with",) if several and party.role in (Role.JOINT_DEBTOR, Role.DEBT_JOINER) else ()


def _not_subject(track: TrackFacts, party: Party) -> Clock:
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
