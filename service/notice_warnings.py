"""What a letter cannot do, told when it is issued: reckoned from the matter's entries with the letter as if it arrived.

The letter is taken to arrive today, signed by the addressee and proved in full, so that whatever still keeps it from
having an effect lies in the law and not in its proof. Nothing here stops a letter: what the law cannot make out becomes
a warning, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import structlog

from evidence.law.advice import Advice, in_short
from evidence.law.clock import Clock, Effect, PartyTimeline, State, Step
from evidence.law.contradictions import ContradictionError
from evidence.law.entries import MatterFacts, RecordedFact, facts_of_matter
from evidence.law.facts import Notice
from evidence.law.vocabulary import Channel, Outcome, Proof, Signer
from evidence.law.wording import STATES, WARNINGS, say
from service.errors import FieldError
from service.render import Template

log = structlog.get_logger("notices")

LETTER = "letter"
_OVER = frozenset({State.EXPIRED, State.CAPPED, State.RELEASED})
_TOLD_BY_STATE = frozenset({"after_expiry", "guarantee_over"})
_WORDS = {"no_demand": "demands_payment", "not_asked_of_guarantor": "demands_guarantee", "wording_unknown": ""}
"""Reasons that lie in the letter's words, and the member of `wording.json` that says so."""
_OTHERS = ("debtor_demand_not_guarantor", "guarantor_demand_not_others")
_ENGLISH = {
    "letter_to_general": "a letter does nothing for a general guarantee: sue the debtor within the guarantee period",
    "no_demand": "these words ask for no payment, so that the letter interrupts nothing",
    "not_asked_of_guarantor": "these words do not ask the guarantor to answer for the debt",
    "wording_unknown": "nobody classified the words of this template: the cautious reckoning does not count the letter",
    "before_due": "the debt is not due yet: a demand before that day interrupts nothing",
    "debtor_demand_not_guarantor": "a demand on the debtor does not reach this joint guarantor: ask it as well",
    "guarantor_demand_not_others": "a demand on one guarantor does not reach this other one: ask it as well",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter about to be issued.

    Attributes:
        wording: What its words do in law; None where nobody classified them.
        names: Full names of the matter's parties, by their short names.
    """

    party: str
    template: Template
    wording: Mapping[str, bool] | None
    names: Mapping[str, str]


def letter_warnings(letter: Letter, entries: Sequence[RecordedFact], *, today: date) -> tuple[FieldError, ...]:
    """Tell what this letter cannot do for this addressee on this day; empty where it does what it is for."""
    try:
        return tuple(_warnings(letter, entries, today))
    except ContradictionError as error:
        zh = f"案件记录的事实互相矛盾，无法核对本函的效力：{error.message_zh}"
        return (_warning("/matter", "contradiction", zh, f"the matter's facts exclude each other: {error.message}"),)
    except Exception as failure:
        # No fault of the law may keep a letter from being issued.
        log.exception("notice_warnings.failed", error_type=type(failure).__name__)
        return (_unclear(failure),)


def _warnings(letter: Letter, entries: Sequence[RecordedFact], today: date) -> Iterator[FieldError]:
    matter = facts_of_matter(entries)
    before, after = in_short(matter.facts, as_of=today), _with_letter(letter, matter, today)
    yield from _period_over(letter, _of(before, letter.party))
    yield from _without_effect(letter, _of(after, letter.party))
    yield from _not_reached(letter, after)


def _with_letter(letter: Letter, matter: MatterFacts, today: date) -> Advice:
    words: dict[str, Any] = dict(letter.wording or {})
    notice = Notice(
        id=LETTER,
        to=letter.party,
        channel=Channel.HAND,
        posted_on=today,
        outcome=Outcome.SIGNED,
        outcome_on=today,
        signer=Signer.SELF,
        proofs=frozenset({Proof.SIGNED_ORIGINAL, Proof.NOTICE_COPY}),
        **words,
    )
    return in_short(replace(matter.facts, events=(*matter.facts.events, notice)), as_of=today)


def _of(advice: Advice, party: str) -> PartyTimeline:
    return next(one for one in advice.timeline.parties if one.party == party)


def _period_over(letter: Letter, timeline: PartyTimeline) -> Iterator[FieldError]:
    """Tell that the addressee's period is over, or over in the cautious reckoning."""
    certain = [clock for clock in timeline.best if clock.state in _OVER]
    cautious = [clock for clock in timeline.conservative if clock.state in _OVER]
    for clock in certain or cautious[:1]:
        item = f"（{clock.item} 到期的一期）" if clock.item else ""
        prefix = "" if certain else "按保守推算（只计证据充分的事实），"
        yield _warning(
            "/party",
            "period_over",
            f"{prefix}{letter.names.get(letter.party, letter.party)}{item}的期间已于 {clock.last_day} 届满："
            f"{STATES[clock.state]}。{WARNINGS['expired_letter']}",
            f"{'' if certain else 'reckoned cautiously, '}the addressee's period ended on {clock.last_day}: "
            "a letter alone brings nothing back",
        )


def _without_effect(letter: Letter, timeline: PartyTimeline) -> Iterator[FieldError]:
    """Tell why the letter does nothing; where that is so for every clock of a track, and once."""
    told: set[str] = set()
    for clocks, prefix in ((timeline.best, ""), (timeline.conservative, "按保守推算：")):
        steps = [_step(clock) for clock in clocks]
        reasons = {step.reason for step in steps if step is not None}
        if not steps or any(step is None or step.effect not in (Effect.NONE, Effect.NOT_COVERED) for step in steps):
            continue
        for step in steps:
            if step is not None and step.reason in reasons - told - _TOLD_BY_STATE and not _is_partly_due(step, clocks):
                told.add(step.reason)
                yield _reason(letter, step, prefix)


def _step(clock: Clock) -> Step | None:
    return next((step for step in clock.steps if step.because[0] == LETTER), None)


def _is_partly_due(step: Step, clocks: Sequence[Clock]) -> bool:
    """A debt in parts may be asked for as they fall due, though its one period begins with the last."""
    return step.reason == "before_due" and any("due_last_instalment" in _reasons(clock) for clock in clocks)


def _reasons(clock: Clock) -> frozenset[str]:
    return frozenset(step.reason for step in clock.steps)


def _reason(letter: Letter, step: Step, prefix: str) -> FieldError:
    pointer = _words_pointer(letter, _WORDS[step.reason]) if step.reason in _WORDS else "/party"
    chinese = WARNINGS.get(step.reason) or say(step.reason, step.values)
    english = _ENGLISH.get(step.reason, "this letter changes nothing for this addressee: see the matter's limitation")
    return _warning(pointer, step.reason, f"{prefix}{chinese}", english)


def _words_pointer(letter: Letter, member: str) -> str:
    """Point at the field that would make the letter say so, if there is one, else at the template."""
    told = (letter.template.wording or {}).get(member)
    return f"/fields/{told['if_field']}" if isinstance(told, Mapping) else "/template"


def _not_reached(letter: Letter, advice: Advice) -> Iterator[FieldError]:
    """Remind of the guarantors that this letter does not reach and that nobody asked."""
    for caution in advice.warnings:
        if caution.code in _OTHERS and caution.party is not None and caution.party != letter.party:
            name = f"{caution.party}（{letter.names.get(caution.party, '')}）"
            yield _warning(
                "/party",
                caution.code,
                f"{WARNINGS[caution.code]}：{name}",
                f"{_ENGLISH[caution.code]}: {caution.party}",
            )


def _unclear(failure: Exception) -> FieldError:
    return _warning(
        "/matter",
        "unclear",
        f"无法依案件记录核对本函的效力（{type(failure).__name__}），请另行核对时效和保证期间",
        f"what this letter does could not be reckoned ({type(failure).__name__}): check the periods yourself",
    )


def _warning(pointer: str, code: str, message_zh: str, message_en: str) -> FieldError:
    return FieldError(pointer=pointer, code=f"letter.{code}", message_zh=message_zh, message_en=message_en)
