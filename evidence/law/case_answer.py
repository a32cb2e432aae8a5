"""What the law makes of a case's facts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from evidence.law.advice import Advice, advise
from evidence.law.case_format import Situation
from evidence.law.clock import Timeline
from evidence.law.handover import Handover, handover
from evidence.law.timeline import reckon


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the law makes of one situation.

    Attributes:
        advice: With the situation's own readings in the timeline; None without a claim.
        suits: The timeline of each day on which suing is considered: later facts do not count on it.
    """

    situation: Situation
    advice: Advice | None
    suits: Mapping[date, Timeline]
    handover: Handover | None


def answer(situation: Situation) -> Answer:
    """Reckon one situation.

    Raises:
        ContradictionError: Its facts exclude each other.
    """
    facts, readings = situation.facts, dict(situation.readings)
    moved_in = handover(situation.handover) if situation.handover else None
    if facts is None:
        return Answer(situation=situation, advice=None, suits={}, handover=moved_in)
    advice = advise(facts, as_of=situation.as_of)
    if readings:
        advice = replace(advice, timeline=reckon(facts, as_of=situation.as_of, readings=readings))
    suits = {suit.on: reckon(facts, as_of=suit.on, readings=readings) for suit in situation.suits}
    return Answer(situation=situation, advice=advice, suits=suits, handover=moved_in)
