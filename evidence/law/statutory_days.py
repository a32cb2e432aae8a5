"""The statutory holidays of a year: the days off that the regulation itself names, for everybody.

They stand in for the State Council's yearly arrangement where none is in the data: before 2004, and for the years to
come. A holiday on a weekend is made up for on a working day. Until 1999 the regulation said which one (a Sunday, on the
next day); since then only the arrangement says so, and without it no day is added.

Source: 全国年节及纪念日放假办法, 政务院 1949-12-23 (甲, 丁); then its article 2 by 国务院令第270号 (1999-09-18),
第513号 (since 2008-01-01), 第644号 (since 2014-01-01) and 第795号 (since 2025-01-01).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, pairwise

_SUNDAY = 6
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulation:
    """One version of the regulation on holidays.

    Attributes:
        since: The first day on which it is in force.
        eve: Whether the day before the Spring Festival is off.
        spring: Days from the Spring Festival on; `labour` from 1 May on, `national` from 1 October on.
        festivals: Whether Qingming, Dragon Boat and Mid-Autumn are off.
        next_day: Whether it says itself that a Sunday is made up for on the next day.
    """

    since: date
    eve: bool = False
    spring: int
    labour: int
    national: int
    festivals: bool = False
    next_day: bool = False


REGULATIONS = (
    Regulation(since=date(1949, 12, 23), spring=3, labour=1, national=2, next_day=True),
    Regulation(since=date(1999, 9, 18), spring=3, labour=3, national=3),
    Regulation(since=date(2008, 1, 1), eve=True, spring=2, labour=1, national=3, festivals=True),
    Regulation(since=date(2014, 1, 1), spring=3, labour=1, national=3, festivals=True),
    Regulation(since=date(2025, 1, 1), eve=True, spring=3, labour=2, national=3, festivals=True),
)
"""Every version, oldest first."""

FESTIVALS = """
1987 01-29
1988 02-17
1989 02-06
1990 01-27
1991 02-15
1992 02-04
1993 01-23
1994 02-10
1995 01-31
1996 02-19
1997 02-07
1998 01-28
1999 02-16
2000 02-05
2001 01-24
2002 02-12
2003 02-01
2004 01-22
2005 02-09
2006 01-29
2007 02-18
2008 02-07 04-04 06-08 09-14
2009 01-26 04-04 05-28 10-03
2010 02-14 04-05 06-16 09-22
2011 02-03 04-05 06-06 09-12
2012 01-23 04-04 06-23 09-30
2013 02-10 04-04 06-12 09-19
2014 01-31 04-05 06-02 09-08
2015 02-19 04-05 06-20 09-27
2016 02-08 04-04 06-09 09-15
2017 01-28 04-04 05-30 10-04
2018 02-16 04-05 06-18 09-24
2019 02-05 04-05 06-07 09-13
2020 01-25 04-04 06-25 10-01
2021 02-12 04-04 06-14 09-21
2022 02-01 04-05 06-03 09-10
2023 01-22 04-05 06-22 09-29
2024 02-10 04-04 06-10 09-17
2025 01-29 04-04 05-31 10-06
2026 02-17 04-05 06-19 09-25
2027 02-06 04-05 06-09 09-15
2028 01-26 04-04 05-28 10-03
2029 02-13 04-04 06-16 09-22
2030 02-03 04-05 06-05 09-12
2031 01-23 04-05 06-24 10-01
2032 02-11 04-04 06-12 09-19
2033 01-31 04-04 06-01 09-08
2034 02-19 04-05 06-20 09-27
2035 02-08 04-05 06-10 09-16
2036 01-28 04-04 05-30 10-04
2037 02-15 04-04 06-18 09-24
2038 02-04 04-05 06-07 09-13
2039 01-24 04-05 05-27 10-02
2040 02-12 04-04 06-14 09-20
2041 02-01 04-04 06-03 09-10
2042 01-22 04-04 06-22 09-28
2043 02-10 04-05 06-11 09-17
2044 01-30 04-04 05-31 10-05
2045 02-17 04-04 06-19 09-25
2046 02-06 04-04 06-08 09-15
2047 01-26 04-05 05-29 10-04
2048 02-14 04-04 06-15 09-22
2049 02-02 04-04 06-04 09-11
2050 01-23 04-04 06-23 09-30
2051 02-11 04-05 06-13 09-19
2052 02-01 04-04 06-01 09-07
2053 02-19 04-04 06-20 09-26
2054 02-08 04-04 06-10 09-16
2055 01-28 04-05 05-30 10-05
2056 02-15 04-04 06-17 09-24
2057 02-04 04-04 06-06 09-13
2058 01-24 04-04 06-25 10-02
2059 02-12 04-05 06-14 09-21
2060 02-02 04-04 06-03 09-09
2061 01-21 04-04 06-22 09-28
2062 02-09 04-04 06-11 09-17
2063 01-29 04-05 06-01 10-06
2064 02-17 04-04 06-19 09-25
2065 02-05 04-04 06-08 09-15
2066 01-26 04-04 05-28 10-03
2067 02-14 04-05 06-16 09-23
2068 02-03 04-04 06-04 09-11
2069 01-23 04-04 06-23 09-29
2070 02-11 04-04 06-13 09-19
2071 01-31 04-05 06-02 09-08
2072 02-19 04-04 06-20 09-26
2073 02-07 04-04 06-10 09-16
2074 01-27 04-04 05-30 10-05
2075 02-15 04-04 06-17 09-24
2076 02-05 04-04 06-06 09-12
2077 01-24 04-04 06-24 10-01
2078 02-12 04-04 06-14 09-20
2079 02-02 04-04 06-04 09-10
2080 01-22 04-04 06-22 09-28
2081 02-09 04-04 06-11 09-17
2082 01-29 04-04 06-01 10-06
2083 02-17 04-04 06-19 09-26
2084 02-06 04-04 06-07 09-14
2085 01-26 04-04 05-27 10-03
2086 02-14 04-04 06-15 09-22
2087 02-03 04-04 06-05 09-11
2088 01-24 04-04 06-23 09-29
2089 02-10 04-04 06-13 09-18
2090 01-30 04-04 06-02 09-08
2091 02-18 04-04 06-21 09-27
2092 02-07 04-04 06-09 09-16
2093 01-27 04-04 05-29 10-05
2094 02-15 04-04 06-17 09-24
2095 02-05 04-04 06-06 09-13
2096 01-25 04-04 06-24 09-30
2097 02-12 04-04 06-14 09-20
2098 02-01 04-04 06-04 09-09
2099 01-21 04-04 06-23 09-29
"""
"""Year, Spring Festival, and since 2008 Qingming, Dragon Boat and Mid-Autumn: what only the sun and the moon give.

Made by tests/vectors/statutory-days/make.py, which a test compares; there is no year of which it is not sure.
"""


@lru_cache(maxsize=256)
def statutory_days(year: int) -> frozenset[date]:
    """Give the days of a year that the regulation in force on each of them takes off.

    Outside the table of festivals (1987 to 2099) only the holidays with a fixed date are known.
    """
    found: set[date] = set()
    for regulation, until in _in_force():
        days = {day for day in _days_off(regulation, year) if regulation.since <= day < until}
        found |= days
        if regulation.next_day:
            found.update(_made_up(days))
    return frozenset(found)


def _in_force() -> Iterator[tuple[Regulation, date]]:
    for regulation, following in pairwise(REGULATIONS):
        yield regulation, following.since
    yield REGULATIONS[-1], date.max


def _days_off(regulation: Regulation, year: int) -> Iterator[date]:
    yield date(year, 1, 1)
    yield from _run(date(year, 5, 1), regulation.labour)
    yield from _run(date(year, 10, 1), regulation.national)
    spring, *others = _festivals().get(year, (None,))
    if spring:
        yield from _run(spring - _DAY * regulation.eve, regulation.eve + regulation.spring)
    if regulation.festivals:
        yield from (day for day in others if day)


def _run(first: date, length: int) -> Iterator[date]:
    return (first + _DAY * number for number in range(length))


def _made_up(days: set[date]) -> Iterator[date]:
    for sunday in days:
        if sunday.weekday() == _SUNDAY:
            following = (sunday + _DAY * number for number in count(1))
            yield next(day for day in following if day not in days)


@lru_cache(maxsize=1)
def _festivals() -> dict[int, tuple[date, ...]]:
    lines = (line.split() for line in FESTIVALS.strip().splitlines())
    return {int(year): tuple(date.fromisoformat(f"{year}-{day}") for day in days) for year, *days in lines}
