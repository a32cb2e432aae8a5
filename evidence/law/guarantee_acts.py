"""The act that a guarantee period asks for, and the day from which a general guarantee's limitation runs.

Source: 民法典 687, 693, 694; 担保制度解释 26-28, 31, 34.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.law.acts import Act, ActKind, View, role_of
from evidence.law.calendar import last_day
from evidence.law.clock import Effect, Period, Step
from evidence.law.facts import DebtorFirstEnded, Extension, Facts, Party, Proceeding
from evidence.law.provisions import CODE_FROM, RULING_WAIT
from evidence.law.track_facts import in_day_order
from evidence.law.vocabulary import Certainty, End, Mode, ProceedingKind, Role

_SUES = frozenset({ProceedingKind.SUIT, ProceedingKind.ARBITRATION})
_UNHEARD = frozenset({End.WITHDRAWN, End.DISMISSED, End.NOT_ACCEPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfied:
    """The act that kept the guarantee, if there is one, and a step for every act that was looked at."""

    act: Act | None
    steps: tuple[Step, ...]


def satisfied_by(
    facts: Facts,
    party: Party,
    mode: Mode,
    *,
    term: Period,
    own: Sequence[Act],
    principal: Sequence[Act],
    view: View,
) -> Satisfied:
    """Find the first act within the period that does what the mode asks for.

    Joint: ask the guarantor. General: sue the debtor, or have a notarised instrument enforced against it.
    """
    judge = _joint if mode is Mode.JOINT else _general
    steps: list[Step] = []
    # A suit against debtor and guarantor is one act on the guarantor where its mode asks for that.
    twice = {act.id for act in own} if mode is Mode.JOINT else frozenset[str]()
    principal = [act for act in principal if act.id not in twice]
    for act in in_day_order((*own, *principal)):
        if isinstance(act.event, Extension):
            continue  # what it does to the period itself has been said
        if act.kind is ActKind.VOID and act.reason == "not_proved" and act.on > term.last_day:
            continue
        step, satisfies = judge(act, facts, party, term, view)
        steps.append(step)
        if satisfies:
            return Satisfied(act=act, steps=tuple(steps))
    return Satisfied(act=None, steps=tuple(steps))


Judged = tuple[Step, bool]


def _joint(act: Act, facts: Facts, party: Party, term: Period, view: View) -> Judged:
    if act.party != party.party:
        other = role_of(facts, act.party) is Role.GUARANTOR
        return _none(act, "not_to_guarantor", *(("担保解释29",) if other else ()), "民法典693"), False
    event = act.event
    if isinstance(event, Proceeding) and event.kind in _SUES and _unheard(event, party):
        return _undone(act, "joint_withdrawn_unserved"), False
    if act.kind is ActKind.VOID:
        return _none(act, act.reason, *act.provisions), False
    if act.kind is ActKind.ADMISSION:
        return _none(act, "guarantor_admission", "民法典693", "担保解释34"), False
    timely = _timely(act, term, view)
    if timely is not None:
        return timely, False
    if isinstance(event, Proceeding) and event.kind not in _SUES:
        return _none(act, "not_a_request", "民法典693"), False
    served = isinstance(event, Proceeding) and event.end in _UNHEARD
    return _satisfies(act, "asked_guarantor", "民法典693", "民法典694", *(("担保解释31",) if served else ())), True


def _unheard(event: Proceeding, party: Party) -> bool:
    return event.end in _UNHEARD and dict(event.served).get(party.party) is None


def _general(act: Act, facts: Facts, party: Party, term: Period, view: View) -> Judged:
    event = act.event
    early = _not_against_debtor(act, party) or _timely(act, term, view)
    if early is not None or not isinstance(event, Proceeding):
        return early or _none(act, "letter_not_suit", "民法典693"), False
    if event.kind is ProceedingKind.NOTARISED_ENFORCEMENT:
        return _satisfies(act, "enforced_notarised", "担保解释27"), True
    if event.kind is ProceedingKind.BANKRUPTCY_CLAIM:
        return _bankruptcy(act, view)
    if event.kind not in _SUES:
        return _none(act, "not_a_suit", "民法典693"), False
    if event.end in _UNHEARD and not _refiled(event, facts, term):
        return _undone(act, "general_withdrawn"), False
    return _satisfies(act, "sued_debtor", "民法典693"), True


def _not_against_debtor(act: Act, party: Party) -> Step | None:
    if not isinstance(act.event, Proceeding):
        reason = "letter_to_general" if act.party == party.party else "letter_not_suit"
        return _none(act, reason, "民法典693", "民法典687")
    if act.party == party.party:
        return _none(act, "sued_guarantor_only", "担保解释26", "民法典693")
    if act.kind is ActKind.VOID and act.reason == "not_proved":
        return _none(act, act.reason, *act.provisions)
    return None


def _timely(act: Act, term: Period, view: View) -> Step | None:
    """Give the step that says why an act outside the period does nothing; the due day itself counts only at best."""
    too_early = act.on <= term.starts_on if view.is_conservative else act.on < term.starts_on
    if too_early:
        return _none(act, "before_due", "民法典692")
    if act.on > term.last_day:
        return _none(act, "guarantee_over", "担保解释34", "民法典693", last_day=term.last_day.isoformat())
    return None


def _bankruptcy(act: Act, view: View) -> Judged:
    question = "bankruptcy_general_guarantee"
    if view.answer(question) == "none":
        return _none(act, "bankruptcy_not_suit", "民法典693", questions=(question,)), False
    return _satisfies(act, "bankruptcy_as_suit", "时效规定11", "民法典693", questions=(question,)), True


def _refiled(event: Proceeding, facts: Facts, term: Period) -> bool:
    """Tell whether the debtor was sued again within the period (担保制度解释31(1))."""
    return any(
        isinstance(other, Proceeding)
        and other.id != event.id
        and other.kind in _SUES
        and other.end not in _UNHEARD
        and event.filed_on <= other.filed_on <= term.last_day
        and not other.against.isdisjoint(event.against)
        for other in facts.events
    )


def general_start(facts: Facts, party: Party, *, as_of: date, old: bool) -> tuple[date | None, tuple[Step, ...]]:
    """Give the day from which a general guarantee's limitation runs, and the step for it (担保制度解释28)."""
    found = sorted(_general_starts(facts, party, as_of, old=old), key=lambda item: (item[0], item[1].because))
    return (found[0][0], (found[0][1],)) if found else (None, ())


def _general_starts(facts: Facts, party: Party, as_of: date, *, old: bool) -> Iterator[tuple[date, Step]]:
    debtors = {each.party for each in facts.parties if each.role not in (Role.CREDITOR, Role.GUARANTOR)}
    for event in facts.events:
        if isinstance(event, DebtorFirstEnded) and event.guarantor == party.party:
            yield event.on, _started(event.id, event.on, "debtor_first_ended", "民法典687")
        if not isinstance(event, Proceeding) or event.against.isdisjoint(debtors):
            continue
        if old and event.kind in _SUES and event.end is End.JUDGMENT:
            yield from _after_judgment(event)
        if event.kind in (ProceedingKind.ENFORCEMENT, ProceedingKind.NOTARISED_ENFORCEMENT):
            yield from _after_enforcement(event, as_of)


def _after_judgment(event: Proceeding) -> Iterator[tuple[date, Step]]:
    """Under the old law a judgment against the debtor, in force before the Code, began the guarantee's limitation."""
    effective = event.effective_on or event.ended_on
    if effective is not None and effective < CODE_FROM:
        step = _started(event.id, effective, "judgment_effective_old")
        yield effective, step._replace(provisions=("担保法解释34",), certainty=Certainty.UNVERIFIED)


def _after_enforcement(event: Proceeding, as_of: date) -> Iterator[tuple[date, Step]]:
    year = last_day(event.filed_on, RULING_WAIT)
    ruling = event.ruling_served_on
    if ruling is not None and ruling <= year:
        yield ruling, _started(event.id, ruling, "enforcement_ended", "民诉法268")
    elif year <= as_of and not event.assets_known:
        yield year, _started(event.id, year, "no_ruling_in_a_year")
    elif ruling is not None:
        yield ruling, _started(event.id, ruling, "enforcement_ended", "民诉法268")


def _started(because: str, on: date, reason: str, *rules: str) -> Step:
    return Step(
        on=on,
        effect=Effect.STARTS,
        because=(because,),
        provisions=("担保解释28", "民法典694", *rules),
        certainty=Certainty.SETTLED,
        reason=reason,
        values={"start": on.isoformat()},
    )


def _none(act: Act, reason: str, *provisions: str, questions: tuple[str, ...] = (), last_day: str = "") -> Step:
    return _step(act, Effect.NONE, reason, provisions, questions, last_day=last_day)


def _undone(act: Act, reason: str) -> Step:
    return _step(act, Effect.UNDOES, reason, ("担保解释31",), ())


def _satisfies(act: Act, reason: str, *provisions: str, questions: tuple[str, ...] = ()) -> Step:
    return _step(act, Effect.SATISFIES, reason, provisions, questions)


def _step(
    act: Act,
    effect: Effect,
    reason: str,
    provisions: tuple[str, ...],
    questions: tuple[str, ...],
    *,
    last_day: str = "",
) -> Step:
    every = tuple(name for name in (*act.questions, *questions) if name != "proceeding_restart")
    return Step(
        on=act.on,
        effect=effect,
        because=(act.id,),
        provisions=provisions or act.provisions,
        certainty=Certainty.CONTESTED if every else act.certainty,
        reason=reason,
        values={**act.values, "last_day": last_day} if last_day else act.values,
        questions=every,
        grade=act.grade,
    )
