"""Checking that what a case expects could be there at all: known names, known codes, nothing twice."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from evidence.errors import MalformedError
from evidence.law.case_expectations import (
    AlternativeExpectation,
    ClockExpectation,
    Expectation,
    PeriodExpectation,
    SuitExpectation,
    WarningExpectation,
)
from evidence.law.case_reading import allowed
from evidence.law.clock import CLAIM
from evidence.law.provisions import PROVISIONS
from evidence.law.questions import QUESTIONS
from evidence.law.wording import FLAGS, MISSING, WARNINGS

_SPAN = re.compile(r"[1-9][0-9]{0,2}[ymd]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What an expectation may speak of: the parties, events and days of suit of its situation."""

    parties: Collection[str]
    events: Collection[str]
    suits: Collection[date]
    has_handover: bool

    @property
    def facts(self) -> Collection[str]:
        """What a step can stand on."""
        return (*self.events, CLAIM, *(f"party:{name}" for name in self.parties), "as_of")


def check_expectation(expect: Expectation, place: str, *, names: Names) -> None:
    """Check that an expectation speaks of what is in the file, in codes that exist.

    Raises:
        MalformedError: An unknown party, event, day of suit, contested point, answer or provision; nothing expected of
            a clock; one thing expected twice.
    """
    for entry, where in _entries_of(expect, place):
        _check_entry(entry, where, names=names)
    _all_known(expect.provisions, PROVISIONS, f"{place}.provisions")
    _all_known(expect.contested or (), QUESTIONS, f"{place}.contested")
    _all_known(expect.handover.provisions if expect.handover else (), PROVISIONS, f"{place}.handover.provisions")
    _check_once(expect, place)
    _check_subject(expect, place, names=names)
    if expect.contradiction is not None and expect != Expectation(contradiction=expect.contradiction):
        raise MalformedError(
            "事实矛盾时不能再有其他预期 nothing else can be expected then", where=f"{place}.contradiction"
        )


def _check_subject(expect: Expectation, place: str, *, names: Names) -> None:
    """What speaks of nothing in the file would be met by anything."""
    if expect.handover is not None and not names.has_handover:
        raise MalformedError("文件中没有 there is no [handover] table", where=f"{place}.handover")
    if not names.parties and (expect.provisions or expect.contested is not None):
        raise MalformedError("文件中没有 there is no [claim] table", where=place)


def _entries_of(expect: Expectation, place: str) -> Iterator[tuple[object, str]]:
    """Give every table under an expectation, with its place."""
    for each in fields(expect):
        value = getattr(expect, each.name)
        if isinstance(value, tuple):
            yield from ((entry, f"{place}.{each.name}[{number}]") for number, entry in enumerate(value, start=1))


def _check_entry(entry: object, place: str, *, names: Names) -> None:
    for key, known in (("party", names.parties), ("event", names.facts)):
        name = getattr(entry, key, None)
        _all_known(() if name is None else (name,), known, f"{place}.{key}")
    _all_known(getattr(entry, "provisions", ()), PROVISIONS, f"{place}.provisions")
    if isinstance(entry, ClockExpectation):
        _check_clock(entry, place)
    elif isinstance(entry, AlternativeExpectation):
        check_answer(entry.question, entry.answer, place)
    elif isinstance(entry, WarningExpectation):
        _all_known((entry.code,), WARNINGS, f"{place}.code")
    elif isinstance(entry, SuitExpectation) and entry.on not in names.suits:
        raise MalformedError(f"没有这一天的 [[suit]] no [[suit]] is on {entry.on}", where=f"{place}.on")


def _all_known(values: Iterable[str], known: Collection[str], place: str) -> None:
    for value in sorted(values):
        if value not in known:
            raise MalformedError(f"没有 unknown: {value}; {allowed(known)}", where=place)


def check_answer(question: str, answer: str, place: str) -> None:
    """Check that a contested point exists and has that answer.

    Raises:
        MalformedError: It does not.
    """
    _all_known((question,), QUESTIONS, place)
    _all_known((answer,), QUESTIONS[question].answers, place)


def _check_clock(clock: ClockExpectation, place: str) -> None:
    if clock == ClockExpectation(party=clock.party, track=clock.track, item=clock.item):
        raise MalformedError("没有写预期 it expects nothing", where=place)
    _all_known(clock.missing or (), MISSING, f"{place}.missing")
    _all_known(clock.flags or (), FLAGS, f"{place}.flags")
    if clock.no_last_day and clock.last_day:
        raise MalformedError("与 last_day 矛盾 contradicts last_day", where=f"{place}.no_last_day")
    for number, period in enumerate(clock.chain or (), start=1):
        _check_period(period, f"{place}.chain[{number}]")
    if clock.longest:
        _check_period(clock.longest, f"{place}.longest")


def _check_period(period: PeriodExpectation, place: str) -> None:
    if period.span is not None and not _SPAN.fullmatch(period.span):
        raise MalformedError("应如 expected something like 3y, 6m or 10d", where=f"{place}.span")
    days = (period.raw_last_day, period.last_day)
    if period.rolled is not None and None not in days and period.rolled != (days[0] != days[1]):
        raise MalformedError("与两个日期矛盾 contradicts the two dates", where=f"{place}.rolled")


def _check_once(expect: Expectation, place: str) -> None:
    clocks = [(each.party, each.track, each.item) for each in expect.clock]
    suits = [(each.on, each.party, each.item) for each in expect.suit]
    for name, keys in (("clock", clocks), ("suit", suits)):
        twice = _first_twice(keys)
        if twice:
            raise MalformedError("同一事项写了两次 expected twice", where=f"{place}.{name}[{twice}]")


def _first_twice(keys: Sequence[object]) -> int:
    return next((number for number, key in enumerate(keys, start=1) if key in keys[: number - 1]), 0)
