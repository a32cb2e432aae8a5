"""The format of a case file: a claim, its parties and events, the suits that are considered, what is expected.

Told in full, for those who write cases, in docs/law-cases.md.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from evidence.law.case_expectations import NOTHING, Expectation
from evidence.law.facts import Claim, Event, Facts, Party
from evidence.law.handover import HandoverNotice


class CaseKind(StrEnum):
    """Where a case comes from."""

    TEXTBOOK = "textbook"
    REAL_CASE = "real_case"


class Confidence(StrEnum):
    """How sure its author is of what it expects."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suit:
    """A day on which suing is considered; it is no event.

    Attributes:
        against: Whom; nobody named means every obligor.
    """

    on: date
    against: frozenset[str] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same case with some facts otherwise.

    A claim, a move-in notice, a party or an event here replaces the one of the same name as a whole, or is added.

    Attributes:
        remove: Names of parties and ids of events that are not there.
        suit: If there are any, in place of the file's own.
        readings: Contested point to answer: the best view takes this one in place of its own.
    """

    name: str
    note: str = ""
    as_of: date | None = None
    claim: Claim | None = None
    handover: HandoverNotice | None = None
    party: tuple[Party, ...] = ()
    event: tuple[Event, ...] = ()
    remove: frozenset[str] = frozenset()
    suit: tuple[Suit, ...] = ()
    readings: tuple[tuple[str, str], ...] = ()
    expect: Expectation = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A file as it is written.

    Attributes:
        source: Ruling number or publication.
        reviewer: The lawyer who signed the case; empty until one did.
        disagrees: Why the expectation differs from what was given to the case's author, with the provision.
        as_of: The day for which the law is reckoned.
        claim: None for a case of a move-in notice alone; then there are no parties and events either.
    """

    id: str
    title: str
    kind: CaseKind
    confidence: Confidence
    as_of: date
    claim: Claim | None = None
    handover: HandoverNotice | None = None
    party: tuple[Party, ...] = ()
    source: str = ""
    reviewer: str = ""
    note: str = ""
    disagrees: str = ""
    event: tuple[Event, ...] = ()
    suit: tuple[Suit, ...] = ()
    expect: Expectation = NOTHING
    variant: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One set of facts to reckon, and what is expected of it.

    Attributes:
        name: Empty for the file's own facts, else the variant's.
        facts: None for a move-in notice alone.
    """

    name: str
    note: str
    as_of: date
    facts: Facts | None
    handover: HandoverNotice | None
    suits: tuple[Suit, ...]
    expect: Expectation
    readings: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """The place of its expectation in the file."""
        return f"variant[{self.name}].expect" if self.name else "expect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case that was read and found well-formed.

    Attributes:
        situations: The file's own facts first, then each variant's.
    """

    id: str
    title: str
    kind: CaseKind
    confidence: Confidence
    source: str
    reviewer: str
    note: str
    disagrees: str
    situations: tuple[Situation, ...]
