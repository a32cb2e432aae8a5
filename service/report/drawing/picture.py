"""What a drawn timeline shows, as plain values: bars in rows, marks, and days that are lines through all of them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A period as far as it ran; `suspended` are the days on which it stood still."""

    starts_on: date
    ends_on: date
    waiting: bool = False
    suspended: tuple[date, date] | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The bars of one kind of period; those of the conservative track stand below the others, thinner."""

    label: str
    best: tuple[Bar, ...]
    conservative: tuple[Bar, ...] = ()
    outlined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened.

    Attributes:
        number: Row of the table.
        shape: One of demand, admission, proceeding, other.
        grade: Of its proof, A to D; empty where there is none.
        counts: Whether it had an effect on either track.
    """

    number: int
    on: date
    shape: str
    grade: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A day that is drawn as a line through all bars, with what it is."""

    on: date
    label: str
    dash: str = ""
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that is drawn for one party; rows, marks and moments may be empty; many rows are drawn compactly."""

    title: str
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    moments: tuple[Moment, ...]
    compact: bool = False
