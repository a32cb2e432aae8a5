"""When what follows from a matter's facts changes though nothing is recorded: the days that time itself brings.

Found from the days that stand in the facts and in the result. A day too many costs one reckoning; a day too few leaves
a row wrong, so every day that could matter is taken, with the day after it.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from evidence.law.calendar import last_day
from evidence.law.clock import Clock, Timeline
from evidence.law.facts import Event, Facts, Proceeding, Suspension
from evidence.law.provisions import RULING_WAIT

_DAY = timedelta(days=1)


def next_change(facts: Facts, timeline: Timeline, *, today: date) -> date | None:
    """Give the first day after today on which the law may answer otherwise; None if no day is in sight."""
    if any(_lasts(event, today) for event in facts.events):
        return today + _DAY  # the period's end moves with every day that the cause lasts
    return first_after(today, (*_stated(facts), *_reckoned(timeline)))


def _lasts(event: Event, today: date) -> bool:
    return isinstance(event, Suspension) and (event.ended_on is None or event.ended_on > today)


def first_after(today: date, days: Iterable[date]) -> date | None:
    """Give the first of these days, or of the days after them, that is still to come."""
    ahead = [on if on > today else on + _DAY for on in days if on >= today]
    return min(ahead, default=None)


def _stated(facts: Facts) -> Iterator[date]:
    yield from _days_in(facts.claim)
    for party in facts.parties:
        yield from _days_in(party)
    for event in facts.events:
        yield from _days_in(event)
        yield from _silent(event)


def _silent(event: Event) -> Iterator[date]:
    """A procedure without an answer counts as ended without success after a year (担保解释28)."""
    if isinstance(event, Proceeding) and event.ended_on is None:
        yield last_day(event.filed_on, RULING_WAIT)


def _days_in(value: Any) -> Iterator[date]:
    if isinstance(value, date):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _days_in(part)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for name in _fields_with_days(type(value)):
            yield from _days_in(getattr(value, name))


@cache
def _fields_with_days(kind: type[Any]) -> tuple[str, ...]:
    """Give the fields that can hold a day, or an object that does."""
    marks = ("date", "Guarantee", "MaximumAmount")
    return tuple(field.name for field in dataclasses.fields(kind) if any(mark in str(field.type) for mark in marks))


def _reckoned(timeline: Timeline) -> Iterator[date]:
    for party in timeline.parties:
        for clock in (*party.best, *party.conservative):
            yield from _days_of(clock)


def _days_of(clock: Clock) -> Iterator[date]:
    for period in (*clock.periods, clock.longest):
        if period is not None:
            yield from (period.starts_on, period.raw_last_day, period.last_day)
    yield from (step.on for step in clock.steps)
