"""What a case expects of the law: the tables under `[expect]`.

A key that is not there expects nothing. What each one means in Chinese is told in docs/law-cases.md.
"""

from dataclasses import dataclass
from datetime import date

from evidence.law.calendar import Quality
from evidence.law.clock import Effect, PeriodKind, State, Track
from evidence.law.timeline import SuitOutcome
from evidence.law.vocabulary import Grade, Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodExpectation:
    """One period of a clock, by the fields of `evidence.law.clock.Period`."""

    kind: PeriodKind | None = None
    starts_on: date | None = None
    span: str | None = None
    raw_last_day: date | None = None
    last_day: date | None = None
    rolled: bool | None = None
    quality: Quality | None = None
    suspended: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockExpectation:
    """One clock of a party on one track.

    Attributes:
        last_day: The day that counts, the 20 years included; `no_last_day` expects that there is none.
        chain: All periods, in order.
        missing: Exactly these; `flags`: at least these.
    """

    party: str
    track: Track
    item: date | None = None
    state: State | None = None
    last_day: date | None = None
    raw_last_day: date | None = None
    no_last_day: bool = False
    chain: tuple[PeriodExpectation, ...] | None = None
    longest: PeriodExpectation | None = None
    missing: frozenset[str] | None = None
    flags: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventExpectation:
    """What one event does to a party's clocks: on both tracks, to all of them, if neither is named.

    Attributes:
        event: Its id; `claim`, `party:<name>` or `as_of` for what follows from no event.
        effect: `none`: no step with another effect stands on the event. Any other: such a step does.
        on: The day of that step.
        provisions: Keys that this step cites, at least.
    """

    event: str
    party: str
    effect: Effect
    track: Track | None = None
    item: date | None = None
    on: date | None = None
    provisions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitExpectation:
    """What a suit on a day (one of the file's `[[suit]]`) would meet with, per track."""

    on: date
    party: str
    item: date | None = None
    best: SuitOutcome | None = None
    conservative: SuitOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeExpectation:
    """What the other answer to a contested point leads to."""

    question: str
    answer: str
    party: str
    item: date | None = None
    state: State | None = None
    last_day: date | None = None
    no_last_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningExpectation:
    """A warning that has to be among those given; with `absent`, one that must not be."""

    code: str
    party: str | None = None
    event: str | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofExpectation:
    """How well an event is proved, and exactly which proofs it lacks."""

    event: str
    grade: Grade | None = None
    missing: frozenset[Proof] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectExpectation:
    """A proof to collect next: with it, the party's conservative last day moves from `now` to `then`."""

    event: str
    party: str
    missing: frozenset[Proof] | None = None
    now: date | None = None
    then: date | None = None
    obtain_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverExpectation:
    """What a move-in notice leads to, by the fields of `evidence.law.handover.Handover`.

    Attributes:
        no_risk: The risk does not pass; `no_last_day`: it gives no days; `not_delivered`: its arrival cannot be told.
        missing: Exactly these; `provisions`: at least these.
    """

    delivered_on: date | None = None
    not_delivered: bool = False
    deemed: bool | None = None
    raw_last_day: date | None = None
    last_day: date | None = None
    no_last_day: bool = False
    risk_on: date | None = None
    no_risk: bool = False
    missing: frozenset[str] | None = None
    provisions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Everything that a case expects.

    Attributes:
        contested: The contested points that the best view takes an answer to, exactly.
        provisions: Keys that the steps cite, at least.
        contradiction: Ids of facts that contradict each other, exactly; then nothing else can be expected.
    """

    clock: tuple[ClockExpectation, ...] = ()
    event: tuple[EventExpectation, ...] = ()
    suit: tuple[SuitExpectation, ...] = ()
    alternative: tuple[AlternativeExpectation, ...] = ()
    warning: tuple[WarningExpectation, ...] = ()
    proof: tuple[ProofExpectation, ...] = ()
    collect: tuple[CollectExpectation, ...] = ()
    handover: HandoverExpectation | None = None
    contested: frozenset[str] | None = None
    provisions: frozenset[str] = frozenset()
    contradiction: frozenset[str] | None = None

    def __bool__(self) -> bool:
        """Whether anything is expected."""
        return self != Expectation()


NOTHING = Expectation()
