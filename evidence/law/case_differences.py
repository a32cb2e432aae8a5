"""Where an answer differs from what a case expects of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NONE = "—"
"""Stands for a value that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One expectation that was not met.

    Attributes:
        where: Its place in the file, like `expect.clock[1].chain[2].last_day`; a variant stands by its name.
    """

    where: str
    expected: str
    got: str


def same(where: str, expected: object, got: object) -> Iterator[Difference]:
    """Compare a value; nothing expected, nothing to differ from."""
    if expected is not None and expected != got:
        yield Difference(where=where, expected=said(expected), got=said(got))


def absent(where: str, got: object) -> Iterator[Difference]:
    """Expect that there is no value."""
    if got is not None:
        yield Difference(where=where, expected=NONE, got=said(got))


def at_least(where: str, expected: Iterable[str], got: Iterable[str]) -> Iterator[Difference]:
    """Expect some codes among others."""
    lacking = frozenset(expected) - frozenset(got)
    if lacking:
        yield Difference(where=where, expected=said(lacking), got=said(frozenset(got)))


def said(value: object) -> str:
    """Give a value as it is told in a difference."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(each) for each in value)) or NONE
    if isinstance(value, bool):
        return str(value).lower()
    return NONE if value is None else str(value)
