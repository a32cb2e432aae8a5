"""What comes out of the law for one party: periods, steps, an outcome.

A clock is one running period and its history. A party has one, except that a fee which falls due again and again has
one a due date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from evidence.law.calendar import Quality, Span
from evidence.law.vocabulary import Certainty, Code, Grade, Role

NO_VALUES: Mapping[str, str] = MappingProxyType({})
CLAIM = "claim"
"""The `because` of what follows from the claim itself; a party's own terms are `party:<name>`, the date `as_of`."""


class Track(Code):
    """With whose eyes the facts are read."""

    BEST = "best"
    CONSERVATIVE = "conservative"


class PeriodKind(Code):
    """Which right a period ends, or which defence it gives."""

    LIMITATION = "limitation"
    GUARANTEE = "guarantee"
    GUARANTEE_LIMITATION = "guarantee_limitation"
    ENFORCEMENT = "enforcement"
    LONGEST = "longest"


class Effect(Code):
    """What a fact does to a clock."""

    STARTS = "starts"
    FIXES_START = "fixes_start"
    INTERRUPTS = "interrupts"
    RESTARTS = "restarts"
    SUSPENDS = "suspends"
    WAIVES = "waives"
    SATISFIES = "satisfies"
    UNDOES = "undoes"
    RELEASES = "releases"
    NEW_GUARANTEE = "new_guarantee"
    ENFORCEMENT = "enforcement"
    TRANSITION = "transition"
    CAPS = "caps"
    CLASSIFIES = "classifies"
    ENDS = "ends"
    NONE = "none"
    NOT_COVERED = "not_covered"


class State(Code):
    """How a clock stands on the day asked for.

    `expired`: the obligor may refuse, if it pleads so; the claim is never extinguished by it. `released`: the guarantee
    right is gone, and the court finds it by itself. `preserved`: a guarantee was called in time and its limitation has
    not begun. `pending`: a proceeding is under way and no period runs. `capped`: the 20 years are over.
    """

    RUNNING = "running"
    REVIVED = "revived"
    PENDING = "pending"
    PRESERVED = "preserved"
    EXPIRED = "expired"
    CAPPED = "capped"
    RELEASED = "released"
    NOT_STARTED = "not_started"
    NOT_SUBJECT = "not_subject"
    UNDETERMINED = "undetermined"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time that the law counts.

    Attributes:
        starts_on: The day that is not counted itself (dies a quo).
        raw_last_day: The corresponding day (or the month's end), never rolled over a holiday; moved by suspension.
        last_day: The day that counts, rolled where the rule and the track allow it.
        quality: Whether the State Council's arrangement for that year is published.
    """

    kind: PeriodKind
    starts_on: date
    span: Span
    raw_last_day: date
    last_day: date
    quality: Quality
    suspended: bool = False

    @property
    def rolled(self) -> bool:
        """Whether the last day moved past a holiday (民法典203)."""
        return self.last_day != self.raw_last_day


class Step(NamedTuple):
    """One thing that happened to a clock, or did not; always given by name (a named tuple, since so many are made).

    Attributes:
        on: The day of the effect.
        because: Ids of the facts; `claim`, `party:<name>` or `as_of` for what is no event.
        provisions: Keys of `evidence.law.provisions.PROVISIONS`.
        reason: Key of `evidence.law.wording.REASONS`; `values` fill its placeholders.
        questions: Keys of `evidence.law.questions.QUESTIONS` that this step took an answer to.
    """

    on: date
    effect: Effect
    because: tuple[str, ...]
    provisions: tuple[str, ...]
    certainty: Certainty
    reason: str
    values: Mapping[str, str] = NO_VALUES
    questions: tuple[str, ...] = ()
    grade: Grade | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock of a party on one track.

    Attributes:
        item: For a fee that falls due again and again: the due date this clock is about.
        periods: In order; the last one is what runs or ran out. Empty where nothing began.
        longest: The 20 years, wherever a period began.
        state: On the day asked for.
        last_day: The last day to act: of the current period or of the 20 years, whichever is first; None if none runs.
        raw_last_day: The same, never rolled.
        missing: Keys of `evidence.law.wording.MISSING`: what has to be known to say more.
        flags: Keys of `evidence.law.wording.FLAGS`: what a reader must know beside the dates.
    """

    party: str
    role: Role
    track: Track
    item: date | None = None
    periods: tuple[Period, ...] = ()
    longest: Period | None = None
    steps: tuple[Step, ...] = ()
    state: State
    last_day: date | None = None
    raw_last_day: date | None = None
    missing: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def current(self) -> Period | None:
        """The period that runs or ran out."""
        return self.periods[-1] if self.periods else None

    @property
    def questions(self) -> tuple[str, ...]:
        """The contested points that this clock took an answer to, each once, in order."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.questions))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyTimeline:
    """Both tracks of one party; the clocks of the two stand in the same order."""

    party: str
    role: Role
    best: tuple[Clock, ...]
    conservative: tuple[Clock, ...]

    def on_track(self, track: Track) -> tuple[Clock, ...]:
        """Give the clocks of one track."""
        return self.best if track is Track.BEST else self.conservative


class Assessment(NamedTuple):
    """How well one event is proved; always given by name.

    Attributes:
        event: Its id.
        needed: What a full proof has, by the channel's rule; `have` and `missing` split it.
        reason: Key of `evidence.law.wording.REASONS`.
        obtain_by: The last day on which the missing tracking can still be asked for (邮政法49), else None.
    """

    event: str
    grade: Grade
    needed: tuple[str, ...]
    have: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str
    obtain_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole answer for one claim on one day.

    Attributes:
        as_of: Facts after this day do not count.
        assessments: One an event that has proofs at all, by id.
    """

    as_of: date
    parties: tuple[PartyTimeline, ...]
    assessments: tuple[Assessment, ...]
