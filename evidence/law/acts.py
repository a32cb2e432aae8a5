"""From events to acts: what each event does to whom, on which day, as one view sees it.

An act is one event seen from one party. It either has an effect (an assertion, an admission, a proceeding) or says why
it has none; whether it came in time is for the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from evidence.law.clock import NO_VALUES, Track
from evidence.law.facts import Event, Facts
from evidence.law.questions import QUESTIONS
from evidence.law.vocabulary import Certainty, Code, Grade, Role

_COUNTS = {
    Track.BEST: frozenset({Grade.A, Grade.B, Grade.C}),
    Track.CONSERVATIVE: frozenset({Grade.A, Grade.B}),
}

_ABOUT_RESTART = frozenset({"proceeding_restart", "promise_restart"})


class ActKind(Code):
    """What an act is to a clock."""

    ASSERTION = "assertion"
    ADMISSION = "admission"
    PROCEEDING = "proceeding"
    VOID = "void"


class Revival(Code):
    """What a party's words or payment do once the period is over (诉讼时效规定19)."""

    NOTHING = "nothing"
    WAIVES = "waives"
    PART = "part"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One track, with the answers it takes to contested points."""

    track: Track
    readings: Mapping[str, str] = field(default_factory=dict)

    def answer(self, question: str, *, lean: str | None = None) -> str:
        """Give this view's answer to a contested point; `lean` is the best view's where the facts decide it."""
        given = self.readings.get(question)
        if given is not None:
            return given
        known = QUESTIONS[question]
        return known.conservative if self.is_conservative else (lean or known.best)

    @property
    def is_conservative(self) -> bool:
        """Whether doubts fall against the creditor."""
        return self.track is Track.CONSERVATIVE

    def counts(self, grade: Grade) -> bool:
        """Tell whether a fact of this grade helps the creditor here."""
        return grade in _COUNTS[self.track]


class Act(NamedTuple):
    """One event as it concerns one party; always given by name.

    A named tuple, since more acts are made than anything else and a frozen dataclass takes three times as long to make.

    Attributes:
        on: The day it takes effect; it has to lie within the period.
        restart_on: The day from which the period runs anew.
        until: For a proceeding: its end; None while it goes on.
        event: The event itself, for the rules that ask for more.
        missing: Keys of `evidence.law.wording.MISSING`.
    """

    id: str
    party: str
    kind: ActKind
    on: date
    restart_on: date
    reason: str
    provisions: tuple[str, ...]
    event: Event
    values: Mapping[str, str] = NO_VALUES
    certainty: Certainty = Certainty.SETTLED
    questions: tuple[str, ...] = ()
    grade: Grade | None = None
    until: date | None = None
    revival: Revival = Revival.NOTHING
    missing: tuple[str, ...] = ()


def without_effect(act: Act, reason: str, *provisions: str, missing: tuple[str, ...] = (), **values: str) -> Act:
    """Give the act as one that does nothing, and why; its own provisions stay if none are given."""
    return act._replace(
        kind=ActKind.VOID,
        restart_on=act.on,
        reason=reason,
        provisions=provisions or act.provisions,
        values=values,
        # From where a period would have run anew no longer matters.
        questions=tuple(name for name in act.questions if name not in _ABOUT_RESTART),
        revival=Revival.NOTHING,
        missing=missing,
    )


def asking(act: Act, *questions: str) -> Act:
    """Give the act with the contested points that it rests on."""
    if not questions:
        return act
    return act._replace(questions=(*act.questions, *questions), certainty=Certainty.CONTESTED)


def if_proved(act: Act, view: View, grade: Grade) -> Act:
    """Give the act, or one without effect where its proof does not carry this track."""
    return act if view.counts(grade) else without_effect(act, "not_proved", grade=grade.value)


def role_of(facts: Facts, name: str) -> Role:
    """Give a party's role."""
    return next(party.role for party in facts.parties if party.party == name)
