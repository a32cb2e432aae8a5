"""Counting days, months and years, and rolling a last day that is a rest day.

The first day is not counted; a period of months or years ends on the corresponding day of its last month, or on that
month's last day where there is none. A last day that is a rest day moves to the first day after the rest. Rest days are
the State Council's yearly arrangement, make-up working days included; where none is in the data the weekends and the
statutory days alone are taken, and the result says so. Which years are in the data, the data says.

Source: 民法典 201-204; 全国年节及纪念日放假办法; the yearly notices of 国务院办公厅 as kept by chinesecalendar; for the
weekend, 国务院关于职工工作时间的规定 in the versions of 1994-03-01 (国务院令第146号) and 1995-05-01 (第174号).
"""

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import chinese_calendar

from evidence.law.statutory_days import statutory_days

CALENDAR_VERSION = f"chinesecalendar {chinese_calendar.__version__}"
PUBLISHED = (min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year)
"""The first and the last year whose arrangement is in the data."""
SETTLED_UNTIL = date(PUBLISHED[1], 12, 24)
"""The week after it can still be moved by the next year's arrangement: those of 2008 and 2019 began on 29 December."""
OVERRIDES = {date(2005, 12, 31): True}
"""Day to whether it was worked, where data and notice differ: 国办发明电〔2005〕35号 had this Saturday worked."""
FIVE_DAY_WEEK = date(1995, 5, 1)
"""From here on Saturdays are free. In the fourteen months before, every other one was: taken as worked."""
_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_IN_EVERY_MONTH = 28


class Quality(StrEnum):
    """What a rolled (or not rolled) last day rests on.

    `published`: the arrangement of that year. `provisional`: none is published yet, or the next year's can still move
    the day; to be computed again when it is. `approximate`: before the data begins; weekends and statutory days only.
    """

    PUBLISHED = "published"
    PROVISIONAL = "provisional"
    APPROXIMATE = "approximate"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in calendar units, none of them negative."""

    years: int = 0
    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        """Give `3y`, `6m`, `10d` or `1y6m`."""
        return self._spelled("y", "m", "d")

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        return self._spelled("年", "个月", "日")

    def _spelled(self, *units: str) -> str:
        counts = zip((self.years, self.months, self.days), units, strict=True)
        return "".join(f"{count}{unit}" for count, unit in counts if count) or f"0{units[-1]}"


def last_day(start: date, span: Span) -> date:
    """Give a period's last day, not rolled: the start is not counted; whole months first, then days.

    Source: 民法典 200, 201(1), 202.
    """
    return add_months(start, span.years * 12 + span.months) + timedelta(days=span.days)


def add_months(day: date, months: int) -> date:
    """Give the corresponding day some months later (or earlier), or that month's last day where there is none.

    Source: 民法典 202.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= _IN_EVERY_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def rolled(day: date) -> date:
    """Give the first day from this one on that is no rest day.

    Source: 民法典 203(1).
    """
    while is_rest_day(day):
        day += _DAY
    return day


def quality(day: date) -> Quality:
    """Tell what `rolled(day)` rests on: the least that is known of any day looked at on the way, both ends included."""
    if rolled(day) > SETTLED_UNTIL:
        return Quality.PROVISIONAL
    return Quality.PUBLISHED if day.year >= PUBLISHED[0] else Quality.APPROXIMATE


@lru_cache(maxsize=65536)
def is_rest_day(day: date) -> bool:
    """Tell whether nobody has to work on a day: weekend or holiday, and no make-up working day."""
    if day in OVERRIDES:
        return not OVERRIDES[day]
    if PUBLISHED[0] <= day.year <= PUBLISHED[1]:
        return bool(chinese_calendar.is_holiday(day))
    return _is_weekend(day) or day in statutory_days(day.year)


def _is_weekend(day: date) -> bool:
    return day.weekday() == _SUNDAY or (day.weekday() == _SATURDAY and day >= FIVE_DAY_WEEK)
