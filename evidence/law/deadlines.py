"""When a period that began on a day ends: its length under the law in force, suspension, rest days.

Source: 民法典 188, 194, 201-203; 民法通则 135, 136, 139; 法释〔2018〕12号; 民诉法250.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from evidence.law.calendar import Span, add_months, last_day, quality, rolled
from evidence.law.clock import Period, PeriodKind
from evidence.law.facts import Suspension
from evidence.law.provisions import (
    AFTER_CAUSE,
    ENFORCEMENT,
    LIMITATION,
    LONGEST,
    OLD_LIMITATION,
    OLD_SHORT,
    THREE_YEARS_FROM,
)

FAR = date(9999, 1, 1)
"""Later than any day that a period can reach; stands for "no end"."""
LATEST_START = date(9000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What decides how long a period is.

    Attributes:
        suspensions: Those that count for this party on this track, by their start.
        as_of: An ongoing cause is counted as lasting until this day.
        is_short: Whether 民法通则136 applied before 2017-10-01.
    """

    suspensions: Sequence[Suspension]
    as_of: date
    is_short: bool = False


def period(kind: PeriodKind, start: date, rules: Rules) -> Period:
    """Give the period that begins on a day (which is not counted itself)."""
    whole = _unsuspended(kind, start, rules.is_short)
    return _length(kind, start, rules) if rules.suspensions and _is_touched(whole, rules) else whole


def _is_touched(whole: Period, rules: Rules) -> bool:
    """Tell whether a cause lay within the period and so late that six months after it reach beyond the end."""
    return any(
        cause.started_on <= whole.last_day
        and add_months(cause.ended_on or max(rules.as_of, cause.started_on), AFTER_CAUSE.months) > whole.raw_last_day
        for cause in rules.suspensions
    )


@lru_cache(maxsize=65536)
def _unsuspended(kind: PeriodKind, start: date, is_short: bool) -> Period:
    """Many claims of a portfolio share their days, so what depends on the day alone is kept."""
    return _length(kind, start, Rules(suspensions=(), as_of=start, is_short=is_short))


def _length(kind: PeriodKind, start: date, rules: Rules) -> Period:
    """Two years (or one) where they ended before 2017-10-01, else three (法释〔2018〕12号)."""
    if kind is PeriodKind.ENFORCEMENT:
        return _period(kind, start, ENFORCEMENT, rules)
    if start < THREE_YEARS_FROM:
        old = _period(kind, start, OLD_SHORT if rules.is_short else OLD_LIMITATION, rules)
        if old.last_day < THREE_YEARS_FROM:
            return old
    return _period(kind, start, LIMITATION, rules)


@lru_cache(maxsize=65536)
def longest(start: date) -> Period:
    """Give the 20 years; nothing interrupts or suspends them."""
    raw = last_day(start, LONGEST)
    return Period(
        kind=PeriodKind.LONGEST,
        starts_on=start,
        span=LONGEST,
        raw_last_day=raw,
        last_day=rolled(raw),
        quality=quality(raw),
    )


def fixed(kind: PeriodKind, start: date, span: Span, *, rolls: bool, until: date | None = None) -> Period:
    """Give a period that nothing moves: a guarantee period, by its length or its agreed last day."""
    raw = until or last_day(start, span)
    return Period(
        kind=kind,
        starts_on=start,
        span=span,
        raw_last_day=raw,
        last_day=rolled(raw) if rolls else raw,
        quality=quality(raw),
    )


def _period(kind: PeriodKind, start: date, span: Span, rules: Rules) -> Period:
    raw = last_day(start, span)
    moved = suspended(raw, rules)
    return Period(
        kind=kind,
        starts_on=start,
        span=span,
        raw_last_day=moved,
        last_day=rolled(moved),
        quality=quality(moved),
        suspended=moved != raw,
    )


def suspended(raw: date, rules: Rules) -> date:
    """Give the last day that the causes within the last six months leave: six months after the last of them ended.

    A cause that began after the end changes nothing; one that ended before the last six months neither.
    """
    for cause in rules.suspensions:
        if cause.started_on > rolled(raw):
            break
        raw = max(raw, _after(cause, raw, ended=cause.ended_on or max(rules.as_of, cause.started_on)))
    return raw


def _after(cause: Suspension, raw: date, *, ended: date) -> date:
    if ended >= THREE_YEARS_FROM or raw >= THREE_YEARS_FROM:
        return add_months(ended, AFTER_CAUSE.months)
    return min(_resumed(cause, raw, ended=ended), add_months(ended, AFTER_CAUSE.months))


def _resumed(cause: Suspension, raw: date, *, ended: date) -> date:
    """民法通则139: what was left of the last six months when the cause began runs on when it is gone."""
    six_left = add_months(raw, -AFTER_CAUSE.months)
    if cause.started_on <= six_left:
        return add_months(ended, AFTER_CAUSE.months)
    left = (raw if cause.started_on <= raw else rolled(raw)) - cause.started_on
    return ended + left
