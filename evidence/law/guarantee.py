"""A guarantor's clock: first the guarantee period, which nothing moves, then the guarantee debt's limitation.

Source: 民法典 686-702; 担保制度解释 25-36; 时间效力规定 27; 担保法 19, 25, 26; 担保法解释 32, 36.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.law.acts import NO_VALUES, Act, ActKind, View
from evidence.law.calendar import Span, last_day
from evidence.law.clock import Clock, Effect, Period, PeriodKind, State, Step
from evidence.law.course import Course, Terms
from evidence.law.deadlines import Rules, fixed
from evidence.law.facts import Extension, Facts, Guarantee, Party
from evidence.law.guarantee_acts import Satisfied, general_start, satisfied_by
from evidence.law.provisions import CODE_FROM, GUARANTEE_DEFAULT, GUARANTEE_UNCLEAR_OLD
from evidence.law.starts import principal_due
from evidence.law.vocabulary import AcknowledgmentKind, Certainty, Mode, Role, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a guarantor's clock is reckoned from.

    Attributes:
        own: Acts on this guarantor, by day.
        principal: Acts on the principal debtors, by day.
        due: The due date fixed elsewhere (a debt without one), else None.
        others_asked: Whether another guarantor was asked to perform, which does not reach this one.
    """

    facts: Facts
    party: Party
    view: View
    rules: Rules
    own: Sequence[Act]
    principal: Sequence[Act]
    due: date | None
    others_asked: bool


def guarantee_clock(seen: Seen) -> Clock:
    """Give the clock of one guarantor on one track."""
    promised = seen.party.guarantee
    if promised is None:
        raise ValueError("a guarantor has a guarantee")
    due, missing = _due(seen, promised)
    if due is None:
        return _clock(seen, State.UNDETERMINED, missing=missing)
    return _from(seen, promised, due=due, before=(), steps_before=())


def _due(seen: Seen, promised: Guarantee) -> tuple[date | None, tuple[str, ...]]:
    if promised.maximum is not None:
        return _maximum_due(promised)
    due = seen.due or principal_due(seen.facts, seen.view, consenting=seen.party.party)
    return due, () if due else ("due_on",)


def _maximum_due(promised: Guarantee) -> tuple[date | None, tuple[str, ...]]:
    """担保制度解释30: all due at the determination: from that day; else from the last debt's due date."""
    maximum = promised.maximum
    if maximum is None or not maximum.debts or maximum.determined_on is None:
        return None, ("maximum_debts",)
    return max(maximum.determined_on, *maximum.debts), ()


def _from(
    seen: Seen, promised: Guarantee, *, due: date, before: tuple[Period, ...], steps_before: tuple[Step, ...]
) -> Clock:
    mode, mode_step = _mode(seen, promised, due)
    term, steps = _period(seen, promised, due)
    steps = (*steps_before, mode_step, *_extensions(seen), *steps)
    found = satisfied_by(
        seen.facts, seen.party, mode, term=term, own=seen.own, principal=seen.principal, view=seen.view
    )
    steps = (*steps, *found.steps)
    if found.act is not None:
        return _preserved(seen, promised, mode, term=term, found=found, steps=steps, before=before)
    if term.last_day >= seen.rules.as_of:
        return _clock(seen, State.RUNNING, periods=(*before, term), steps=steps, end=term)
    steps = (*steps, _released(seen, mode, term))
    anew = _new_guarantee(seen, after=term.last_day)
    if anew is not None:
        again, act = anew
        return _from(seen, again, due=act.on, before=(*before, term), steps_before=(*steps, _renewed(act)))
    return _clock(seen, State.RELEASED, periods=(*before, term), steps=steps, end=term, flags=("ex_officio",))


def _mode(seen: Seen, promised: Guarantee, due: date) -> tuple[Mode, Step]:
    """Unspecified: general under the Code (686(2)), joint before (担保法19)."""
    old = is_old(promised, due)
    mode, reason, rule = promised.mode, f"mode_{promised.mode.value}", "民法典688"
    if mode is Mode.UNSPECIFIED:
        mode = Mode.JOINT if old else Mode.GENERAL
        reason, rule = ("mode_unspecified_old", "担保法19") if old else ("mode_unspecified", "民法典686")
    elif mode is Mode.GENERAL:
        rule = "民法典687"
    step = Step(
        on=promised.contract_on or due,
        effect=Effect.STARTS,
        because=(f"party:{seen.party.party}",),
        provisions=(rule, "时间效力1") if old else (rule,),
        certainty=Certainty.SECONDARY if old and rule == "担保法19" else Certainty.SETTLED,
        reason=reason,
    )
    return mode, step


def is_old(promised: Guarantee, due: date) -> bool:
    """Tell whether the law before the Code governs: by the contract's date, else by a due date before it."""
    return (promised.contract_on or due) < CODE_FROM


def _period(seen: Seen, promised: Guarantee, due: date) -> tuple[Period, tuple[Step, ...]]:
    span, until, reason, rules, questions = _length(seen.view, promised, due)
    rolls = seen.view.answer("guarantee_roll") == "rolls"
    term = fixed(PeriodKind.GUARANTEE, due, span, rolls=rolls, until=until)
    moves = fixed(PeriodKind.GUARANTEE, due, span, rolls=True, until=until).rolled
    questions = (*questions, *(("guarantee_roll",) if moves else ()))
    if promised.maximum is not None:
        rules = ("担保解释30", "民法典690", *rules)
    step = Step(
        on=due,
        effect=Effect.STARTS,
        because=(f"party:{seen.party.party}",),
        provisions=rules,
        certainty=Certainty.CONTESTED if questions else Certainty.SETTLED,
        reason=reason,
        values={"last_day": term.last_day.isoformat(), "span": span.zh},
        questions=questions,
    )
    return term, (step,)


def _extensions(seen: Seen) -> tuple[Step, ...]:
    """Say of each extension whether it moves the guarantee period: only with this guarantor's written consent."""
    return tuple(
        Step(
            on=event.agreed_on,
            effect=Effect.STARTS if seen.party.party in event.consented else Effect.NONE,
            because=(event.id,),
            provisions=("民法典695",),
            certainty=Certainty.SETTLED,
            reason="extension_consented" if seen.party.party in event.consented else "extension_unconsented",
            values={"due": event.to_on.isoformat()},
        )
        for event in seen.facts.events
        if isinstance(event, Extension)
    )


_Length = tuple[Span, date | None, str, tuple[str, ...], tuple[str, ...]]


def _length(view: View, promised: Guarantee, due: date) -> _Length:
    old = is_old(promised, due)
    default = ("担保法25", "时间效力27") if old else ("民法典692",)
    until = promised.period_until_on
    if promised.period_months:
        return Span(months=promised.period_months), None, "guarantee_agreed", default, ()
    if until is not None and until > due:
        return Span(days=(until - due).days), until, "guarantee_agreed", default, ()
    if promised.period_unclear:
        return _unclear(view, due, old=old)
    reason = "guarantee_ends_with_debt" if until is not None else "guarantee_default"
    rules = ("担保法解释32", *default) if old and until is not None else default
    return GUARANTEE_DEFAULT, None, reason, rules, ()


def _unclear(view: View, due: date, *, old: bool) -> _Length:
    """ "直至本息还清": six months since the Code, two years before; 27 speaks of debts already due then."""
    if not old:
        return GUARANTEE_DEFAULT, None, "guarantee_unclear", ("民法典692", "担保解释32"), ()
    rules = ("担保法解释32", "时间效力27")
    if due < CODE_FROM:
        return GUARANTEE_UNCLEAR_OLD, None, "guarantee_unclear_old", rules, ()
    question = "old_unclear_due_after"
    years = view.answer(question) == "two_years"
    span = GUARANTEE_UNCLEAR_OLD if years else GUARANTEE_DEFAULT
    return span, None, "guarantee_unclear_old", rules, (question,)


def _preserved(
    seen: Seen,
    promised: Guarantee,
    mode: Mode,
    *,
    term: Period,
    found: Satisfied,
    steps: tuple[Step, ...],
    before: tuple[Period, ...],
) -> Clock:
    start, start_steps, by = _limitation_start(seen, mode, found)
    if start is None:
        periods = (*before, term)
        clock = _clock(seen, State.PRESERVED, periods=periods, steps=(*steps, *start_steps))
        return replace(clock, missing=("debtor_enforcement",))
    terms = Terms(
        party=seen.party.party,
        role=Role.GUARANTOR,
        view=seen.view,
        rules=seen.rules,
        claim=seen.facts.claim,
        kind=PeriodKind.GUARANTEE_LIMITATION,
    )
    course = Course(terms, start=start, steps=(*steps, *start_steps))
    clock = course.follow(_following(seen, promised, mode, start=start, by=by)).clock()
    return replace(clock, periods=(*before, term, *clock.periods))


def _limitation_start(seen: Seen, mode: Mode, found: Satisfied) -> tuple[date | None, tuple[Step, ...], str]:
    if mode is Mode.GENERAL:
        on, steps = general_start(seen.facts, seen.party, as_of=seen.rules.as_of)
        return on, steps, found.act.id if found.act else ""
    act = found.act
    if act is None:
        raise ValueError("a guarantee that was called was called by an act")
    on = act.on if act.kind is ActKind.PROCEEDING else act.restart_on
    step = Step(
        on=on,
        effect=Effect.STARTS,
        because=(act.id,),
        provisions=("民法典694",),
        certainty=Certainty.SETTLED,
        reason="guarantee_limitation_starts",
        values={"start": on.isoformat()},
        grade=act.grade,
    )
    return on, (step,), act.id if act.kind is not ActKind.PROCEEDING else ""


def _following(seen: Seen, promised: Guarantee, mode: Mode, *, start: date, by: str) -> list[Act]:
    """Acts that concern the guarantee debt's limitation; the debtor's only where that is one's answer."""
    own = [act for act in seen.own if act.on >= start and act.id != by and act.kind is not ActKind.VOID]
    question = _carry_question(seen, promised, mode)
    theirs = [act for act in seen.principal if act.on > start and act.id != by and act.kind is not ActKind.VOID]
    if seen.view.answer(question) == "absolute":
        own += [act._replace(questions=(*act.questions, question), certainty=Certainty.CONTESTED) for act in theirs]
    else:
        own += [_not_carried(act, question) for act in theirs]
    return sorted(own, key=lambda act: (act.on, act.id))


def _carry_question(seen: Seen, promised: Guarantee, mode: Mode) -> str:
    old = is_old(promised, seen.rules.as_of)
    return "guarantee_law_general_old" if mode is Mode.GENERAL and old else "guarantee_carry_over"


def _not_carried(act: Act, question: str) -> Act:
    return act._replace(
        kind=ActKind.VOID,
        restart_on=act.on,
        reason="only_against_debtor",
        provisions=("民法典694", "时效规定15"),
        questions=(question,),
        certainty=Certainty.CONTESTED,
        values=NO_VALUES,
    )


def _released(seen: Seen, mode: Mode, term: Period) -> Step:
    return Step(
        on=last_day(term.last_day, Span(days=1)),
        effect=Effect.RELEASES,
        because=(f"party:{seen.party.party}",),
        provisions=("民法典693", "担保解释34", *(("担保解释29",) if seen.others_asked else ())),
        certainty=Certainty.SETTLED,
        reason=f"released_{mode.value}",
        values={"last_day": term.last_day.isoformat()},
    )


def _new_guarantee(seen: Seen, *, after: date) -> tuple[Guarantee, Act] | None:
    """担保制度解释34(2): only a new contract of guarantee binds again."""
    for act in seen.own:
        event = act.event
        says = getattr(event, "signature", None) is Signature.NEW_GUARANTEE
        renews = getattr(event, "kind", None) is AcknowledgmentKind.NEW_GUARANTEE
        if act.on > after and (says or renews) and _is_shown(act, seen.view):
            mode = getattr(event, "mode", None) or Mode.UNSPECIFIED
            months = getattr(event, "period_months", None)
            return Guarantee(mode=mode, contract_on=act.on, period_months=months), act
    return None


def _is_shown(act: Act, view: View) -> bool:
    return act.grade is not None and view.counts(act.grade)


def _renewed(act: Act) -> Step:
    return Step(
        on=act.on,
        effect=Effect.NEW_GUARANTEE,
        because=(act.id,),
        provisions=("担保解释34", "民法典692"),
        certainty=Certainty.CONTESTED,
        reason="guaranteed_anew",
        questions=("new_guarantee_period",),
        grade=act.grade,
    )


def _clock(
    seen: Seen,
    state: State,
    *,
    periods: tuple[Period, ...] = (),
    steps: tuple[Step, ...] = (),
    end: Period | None = None,
    missing: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
) -> Clock:
    return Clock(
        party=seen.party.party,
        role=Role.GUARANTOR,
        track=seen.view.track,
        periods=periods,
        steps=steps,
        state=state,
        last_day=end.last_day if end else None,
        raw_last_day=end.raw_last_day if end else None,
        missing=(*missing, *dict.fromkeys(name for act in seen.own for name in act.missing)),
        flags=flags,
    )
