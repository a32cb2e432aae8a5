"""A guarantor's clock: first the guarantee period, which nothing moves, then the guarantee debt's limitation.

Source: 民法典 686-702; 担保制度解释 25-36; 时间效力规定 27; 担保法 19, 25, 26; 担保法解释 32, 36.
"""

from dataclasses import replace
from datetime import date

from evidence.law.acts import Act, ActKind, View
from evidence.law.calendar import Span, is_rest_day, last_day
from evidence.law.clock import NO_VALUES, Clock, Effect, Period, PeriodKind, State, Step
from evidence.law.course import Course, Terms
from evidence.law.course_steps import end_step, in_order
from evidence.law.facts import Guarantee
from evidence.law.guarantee_acts import Satisfied, general_start, satisfied_by
from evidence.law.guarantee_period import Seen, due_of, extensions_seen, is_old, mode_of, term_of, undated, unsuspended
from evidence.law.track_facts import in_day_order
from evidence.law.vocabulary import AcknowledgmentKind, Certainty, Mode, Role, Signature


def guarantee_clock(seen: Seen) -> Clock:
    """Give the clock of one guarantor on one track."""
    promised = seen.party.guarantee
    if promised is None:
        raise ValueError("a guarantor has a guarantee")
    due, missing = due_of(seen, promised)
    if due is None:
        waits = missing == ("first_demand",)
        return _clock(seen, State.NOT_STARTED if waits else State.UNDETERMINED, missing=missing)
    return _from(seen, promised, due=due, before=(), steps_before=())


def _from(
    seen: Seen, promised: Guarantee, *, due: date, before: tuple[Period, ...], steps_before: tuple[Step, ...]
) -> Clock:
    mode, mode_step = mode_of(seen, promised, due)
    term, steps = term_of(seen, promised, due)
    steps = (*steps_before, mode_step, *extensions_seen(seen), *steps, *unsuspended(seen, term))
    found = satisfied_by(
        seen.facts, seen.party, mode, term=term, own=seen.own, principal=seen.principal, view=seen.view
    )
    steps = (*steps, *found.steps)
    if found.act is not None:
        return _preserved(seen, promised, mode, term=term, found=found, steps=steps, before=before)
    if term.last_day >= seen.rules.as_of:
        state = State.NOT_STARTED if term.starts_on > seen.rules.as_of else State.RUNNING
        return _clock(seen, state, periods=(*before, term), steps=(*steps, _end(seen, term)), end=term)
    steps = (*steps, _released(seen, mode, term))
    anew = _new_guarantee(seen, after=term.last_day)
    if anew is not None:
        again, act = anew
        return _from(seen, again, due=act.on, before=(*before, term), steps_before=(*steps, _renewed(act)))
    return _clock(seen, State.RELEASED, periods=(*before, term), steps=steps, end=term, flags=("ex_officio",))


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
        item=seen.item,
    )
    course = Course(terms, start=start, steps=(*steps, *start_steps))
    clock = course.follow(_following(seen, promised, mode, start=start, by=by)).clock()
    return replace(clock, periods=(*before, term, *clock.periods), missing=(*clock.missing, *undated(seen)))


def _limitation_start(seen: Seen, mode: Mode, found: Satisfied) -> tuple[date | None, tuple[Step, ...], str]:
    if mode is Mode.GENERAL:
        on, steps = general_start(seen.facts, seen.party, as_of=seen.rules.as_of, old=seen.is_old)
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
    mine = {by, *(act.id for act in own)}
    theirs = [act for act in seen.principal if act.on > start and act.id not in mine and act.kind is not ActKind.VOID]
    if seen.view.answer(question) == "absolute":
        own += [act._replace(questions=(*act.questions, question), certainty=Certainty.CONTESTED) for act in theirs]
    else:
        own += [_not_carried(act, question) for act in theirs]
    return in_day_order(own)


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


def _end(seen: Seen, term: Period) -> Step:
    if seen.view.answer("guarantee_roll") == "no_roll" and is_rest_day(term.last_day):
        return end_step(term, because=f"party:{seen.party.party}")._replace(
            reason="ends_not_rolled", provisions=("民法典692", "民法典203")
        )
    return end_step(term, because=f"party:{seen.party.party}")


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
        if act.on > after and act.reason != "no_day" and (says or renews) and _is_shown(act, seen.view):
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
        item=seen.item,
        periods=periods,
        steps=in_order(steps),
        state=state,
        last_day=end.last_day if end else None,
        raw_last_day=end.raw_last_day if end else None,
        missing=(*missing, *dict.fromkeys(name for act in seen.own for name in act.missing), *undated(seen)),
        flags=flags,
    )
