"""The guarantors of one track: each its own clock, and what the others' clocks mean for it.

Source: 民法典 692, 696, 699, 701; 诉讼时效规定 18; 担保制度解释 29.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from evidence.law.acts import ActKind
from evidence.law.clock import Clock, State
from evidence.law.facts import Assignment, Facts, Notice, Party
from evidence.law.guarantee import guarantee_clock
from evidence.law.guarantee_period import Seen
from evidence.law.track_facts import DEBTORS, TrackFacts
from evidence.law.vocabulary import Role

Clocks = Mapping[str, tuple[Clock, ...]]


def with_guarantors(track: TrackFacts, clocks: Clocks) -> dict[str, tuple[Clock, ...]]:
    """Give the debtors' clocks with those of every guarantor."""
    facts = track.facts
    found = dict(clocks)
    for party in facts.parties:
        if party.role is Role.GUARANTOR:
            found[party.party] = tuple(_guarantor_clocks(track, party, clocks))
    return {name: _with_recourse(facts, name, each, found) for name, each in found.items()}


def _guarantor_clocks(track: TrackFacts, party: Party, clocks: Clocks) -> Iterator[Clock]:
    """One clock; for separate debts that fall due one after another, one each."""
    debtors = [other.party for other in track.facts.parties if other.role in DEBTORS]
    items = dict.fromkeys(clock.item for name in debtors for clock in clocks[name]) or {None: None}
    maximum = party.guarantee is not None and party.guarantee.maximum is not None
    for item in (None,) if maximum else items:
        clock = guarantee_clock(_seen(track, party, clocks, debtors, item=item))
        flags = _flags(clock, clocks, debtors, track)
        yield replace(clock, flags=(*clock.flags, *flags)) if flags else clock


def _seen(track: TrackFacts, party: Party, clocks: Clocks, debtors: Sequence[str], *, item: date | None) -> Seen:
    facts = track.facts
    fixed = next((clocks[name][0].periods[0].starts_on for name in debtors if clocks[name][0].periods), None)
    return Seen(
        facts=facts,
        party=party,
        view=track.view,
        rules=track.rules(party.party),
        own=track.acts[party.party],
        principal=track.on_any(debtors),
        due=fixed if facts.claim.no_due_date else item,
        item=item,
        others_asked=any(
            act.kind is ActKind.ASSERTION
            for other in facts.parties
            if other.role is Role.GUARANTOR and other != party
            for act in track.acts[other.party]
        ),
    )


def _flags(clock: Clock, clocks: Clocks, debtors: Sequence[str], track: TrackFacts) -> tuple[str, ...]:
    over = (State.EXPIRED, State.CAPPED)
    theirs = [each for name in debtors for each in clocks[name] if each.item == clock.item]
    pleads = any(each.state in over for each in theirs)
    return (
        *(("principal_defence",) if pleads and clock.state is not State.RELEASED else ()),
        *(("assignment_unnotified",) if _unnotified(track.facts, clock.party) else ()),
    )


def _unnotified(facts: Facts, guarantor: str) -> bool:
    """Tell whether the claim was assigned and the guarantor not told (民法典696(1))."""
    assigned = any(isinstance(event, Assignment) for event in facts.events)
    told = any(isinstance(e, Notice) and e.notifies_assignment and e.to == guarantor for e in facts.events)
    return assigned and not told


def _with_recourse(facts: Facts, name: str, found: tuple[Clock, ...], clocks: Clocks) -> tuple[Clock, ...]:
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
