"""The one JSON shape of the law's answer, used by the API, the report and the command.

Dates are `YYYY-MM-DD`; a code stands beside its Chinese words. docs/law-cases.md describes every member.
"""

from datetime import date

from evidence.canonical import JsonValue
from evidence.law import wording
from evidence.law.advice import Advice, Alternative, NextProof
from evidence.law.cautions import Caution
from evidence.law.clock import Assessment, Clock, PartyTimeline, Period, Step
from evidence.law.facts import Facts
from evidence.law.provisions import PROVISIONS, VERSIONS
from evidence.law.questions import QUESTIONS
from evidence.law.vocabulary import Proof, Role


def advice_to_json(advice: Advice, facts: Facts) -> dict[str, JsonValue]:
    """Give the whole answer as JSON values.

    Args:
        advice: From `evidence.law.advice.advise`.
        facts: The same facts; they give the parties their roles.
    """
    roles = {party.party: party.role for party in facts.parties}
    return {
        "as_of": advice.timeline.as_of.isoformat(),
        **VERSIONS,
        "disclaimer_zh": wording.DISCLAIMER_ZH,
        "parties": [_party(party, roles[party.party], advice) for party in advice.timeline.parties],
        "proofs": [_assessment(each) for each in advice.timeline.assessments],
        "collect_next": [_next(each) for each in advice.collect_next],
        "warnings": [_warning(each) for each in advice.warnings],
    }


def _party(party: PartyTimeline, role: Role, advice: Advice) -> JsonValue:
    return {
        "party": party.party,
        "role": role.value,
        "role_zh": wording.ROLES[role],
        "best": [_clock(clock) for clock in party.best],
        "conservative": [_clock(clock) for clock in party.conservative],
        "alternatives": [_alternative(each) for each in advice.alternatives if each.party == party.party],
    }


def _clock(clock: Clock) -> JsonValue:
    return {
        "item": _day(clock.item),
        "state": clock.state.value,
        "state_zh": wording.STATES[clock.state],
        "last_day": _day(clock.last_day),
        "raw_last_day": _day(clock.raw_last_day),
        "rolled": clock.last_day != clock.raw_last_day,
        "quality": clock.current.quality.value if clock.current else None,
        "longest": _period(clock.longest) if clock.longest else None,
        "periods": [_period(period) for period in clock.periods],
        "steps": [_step(step) for step in clock.steps],
        "missing": [{"code": code, "zh": wording.MISSING[code]} for code in clock.missing],
        "flags": [{"code": code, "zh": wording.FLAGS[code]} for code in clock.flags],
    }


def _period(period: Period) -> JsonValue:
    return {
        "kind": period.kind.value,
        "kind_zh": wording.PERIODS[period.kind],
        "starts_on": period.starts_on.isoformat(),
        "span": str(period.span),
        "span_zh": period.span.zh,
        "raw_last_day": period.raw_last_day.isoformat(),
        "last_day": period.last_day.isoformat(),
        "rolled": period.rolled,
        "quality": period.quality.value,
        "suspended": period.suspended,
    }


def _step(step: Step) -> JsonValue:
    return {
        "on": step.on.isoformat(),
        "effect": step.effect.value,
        "effect_zh": wording.EFFECTS[step.effect],
        "because": list(step.because),
        "provisions": list(step.provisions),
        "provisions_zh": [PROVISIONS[key].name_on(step.on) for key in step.provisions],
        "certainty": step.certainty.value,
        "certainty_zh": wording.CERTAINTIES[step.certainty],
        "reason": step.reason,
        "reason_zh": wording.say(step.reason, step.values),
        "questions": list(step.questions),
        "grade": step.grade.value if step.grade else None,
    }


def _alternative(each: Alternative) -> JsonValue:
    question = QUESTIONS[each.question]
    answer = question.answers[each.answer]
    return {
        "question": each.question,
        "title_zh": question.title_zh,
        "answer": each.answer,
        "answer_zh": answer.text_zh,
        "rulings": list(answer.rulings),
        "item": _day(each.item),
        "state": each.state.value,
        "state_zh": wording.STATES[each.state],
        "last_day": _day(each.last_day),
    }


def _assessment(each: Assessment) -> JsonValue:
    return {
        "event": each.event,
        "grade": each.grade.value,
        "grade_zh": wording.GRADES[each.grade],
        "reason": each.reason,
        "reason_zh": wording.REASONS[each.reason],
        "needed": _proofs(each.needed),
        "have": _proofs(each.have),
        "missing": _proofs(each.missing),
        "obtain_by": _day(each.obtain_by),
    }


def _next(each: NextProof) -> JsonValue:
    return {
        "event": each.event,
        "party": each.party,
        "item": _day(each.item),
        "missing": _proofs(each.missing),
        "now": _day(each.now),
        "then": _day(each.then),
        "days": each.days,
        "obtain_by": _day(each.obtain_by),
    }


def _warning(each: Caution) -> JsonValue:
    return {"code": each.code, "party": each.party, "event": each.event, "text_zh": wording.WARNINGS[each.code]}


def _proofs(proofs: tuple[str, ...]) -> JsonValue:
    return [{"proof": str(proof), "zh": wording.PROOFS[Proof(proof)]} for proof in proofs]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
