"""Counting days, months and years, and rolling a last day that is a rest day.

The first day is not counted; a period of months or years ends on the corresponding day of its last month, or on that
month's last day where there is none. A last day that is a rest day moves to the first day after the rest. Rest days are
the State Council's yearly arrangement, make-up working days included; where none is published the weekends and the
statutory days alone are taken, and the result says so.

Source: 民法典 201-204; 全国年节及纪念日放假办法 (2024-11-10); the yearly notices of 国务院办公厅 as kept by chinesecalendar.
"""

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import chinese_calendar

from evidence.law.statutory_days import statutory_days

CALENDAR_VERSION = f"chinesecalendar {chinese_calendar.__version__}"
PUBLISHED = (2004, 2026)
_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
"""The first and the last year whose arrangement is in the data."""
OVERRIDES = {date(2005, 12, 31): True}
"""Day to whether it was worked: where the data and the notice of 国务院办公厅 differ."""


class Quality(StrEnum):
    """What a rolled (or not rolled) last day rests on.

    `published`: the arrangement of that year. `provisional`: none is published yet; to be computed again when it is.
    `approximate`: before 2004; weekends and statutory days only.
    """

    PUBLISHED = "published"
    PROVISIONAL = "provisional"
    APPROXIMATE = "approximate"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in calendar units; one of them is not zero."""

    years: int = 0
    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        """Give `3y`, `6m` or `10d`."""
        return f"{self.years}y" if self.years else f"{self.months}m" if self.months else f"{self.days}d"

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        return f"{self.years}年" if self.years else f"{self.months}个月" if self.months else f"{self.days}日"


def last_day(start: date, span: Span) -> date:
    """Give a period's last day, not rolled: the start is not counted.

    Source: 民法典 201(1), 202.
    """
    if span.days:
        return start + timedelta(days=span.days)
    return add_months(start, span.years * 12 + span.months)


def add_months(day: date, months: int) -> date:
    """Give the corresponding day some months later (or earlier), or that month's last day where there is none.

    Source: 民法典 202.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def rolled(day: date) -> date:
    """Give the first day from this one on that is no rest day.

    Source: 民法典 203(1).
    """
    while is_rest_day(day):
        day += _DAY
    return day


@lru_cache(maxsize=65536)
def is_rest_day(day: date) -> bool:
    """Tell whether nobody has to work on a day: weekend or holiday, and no make-up working day."""
    if day in OVERRIDES:
        return not OVERRIDES[day]
    if PUBLISHED[0] <= day.year <= PUBLISHED[1]:
        return bool(chinese_calendar.is_holiday(day))
    return day.weekday() in (_SATURDAY, _SUNDAY) or day in statutory_days(day.year)


def quality(day: date) -> Quality:
    """Tell what is known of the year a last day lies in."""
    if day.year > PUBLISHED[1]:
        return Quality.PROVISIONAL
    return Quality.PUBLISHED if day.year >= PUBLISHED[0] else Quality.APPROXIMATE
