"""Counting and rolling, against dates from the statute, the notices and two packages: none by the code under test."""

import calendar
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.law import statutory_days as statutory
from evidence.law.calendar import (
    CALENDAR_VERSION,
    OVERRIDES,
    PUBLISHED,
    SETTLED_UNTIL,
    Quality,
    Span,
    add_months,
    is_rest_day,
    last_day,
    quality,
    rolled,
)
from evidence.law.statutory_days import statutory_days

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests/vectors/statutory-days"
DAY = timedelta(days=1)
NOTICES = range(2004, 2027)
"""The years whose notices were read for the tables below."""

SPRING_FESTIVAL = """
2004-01-22 2004-01-28   2005-02-09 2005-02-15   2006-01-29 2006-02-04   2007-02-18 2007-02-24
2008-02-06 2008-02-12   2009-01-25 2009-01-31   2010-02-13 2010-02-19   2011-02-02 2011-02-08
2012-01-22 2012-01-28   2013-02-09 2013-02-15   2014-01-31 2014-02-06   2015-02-18 2015-02-24
2016-02-07 2016-02-13   2017-01-27 2017-02-02   2018-02-15 2018-02-21   2019-02-04 2019-02-10
2020-01-24 2020-02-02   2021-02-11 2021-02-17   2022-01-31 2022-02-06   2023-01-21 2023-01-27
2024-02-10 2024-02-17   2025-01-28 2025-02-04   2026-02-15 2026-02-23
"""
"""First and last day off of the Spring Festival, by each year's notice; 2020 as prolonged on 2020-01-26."""
NATIONAL_DAY = """
2004-10-01 2004-10-07   2005-10-01 2005-10-07   2006-10-01 2006-10-07   2007-10-01 2007-10-07
2008-09-29 2008-10-05   2009-10-01 2009-10-08   2010-10-01 2010-10-07   2011-10-01 2011-10-07
2012-09-30 2012-10-07   2013-10-01 2013-10-07   2014-10-01 2014-10-07   2015-10-01 2015-10-07
2016-10-01 2016-10-07   2017-10-01 2017-10-08   2018-10-01 2018-10-07   2019-10-01 2019-10-07
2020-10-01 2020-10-08   2021-10-01 2021-10-07   2022-10-01 2022-10-07   2023-09-29 2023-10-06
2024-10-01 2024-10-07   2025-10-01 2025-10-08   2026-10-01 2026-10-07
"""
WORKED_WEEKENDS = """
2004-05-08 2004-10-09 2005-02-05 2005-12-31 2006-02-05 2006-10-08 2006-12-30 2007-02-25 2007-12-29 2008-05-04
2008-09-27 2009-02-01 2009-10-10 2010-02-21 2010-09-25 2011-04-02 2011-10-08 2011-12-31 2012-03-31 2012-09-29
2013-01-05 2013-09-29 2014-05-04 2014-10-11 2015-02-15 2015-09-06 2015-10-10 2016-02-14 2016-09-18 2016-10-08
2017-05-27 2017-09-30 2018-02-24 2018-09-29 2018-12-29 2019-02-03 2019-10-12 2020-01-19 2020-09-27 2020-10-10
2021-02-07 2021-09-18 2021-10-09 2022-01-29 2022-04-24 2022-10-08 2023-01-28 2023-06-25 2023-10-07 2024-02-04
2024-02-18 2024-09-14 2024-10-12 2025-01-26 2025-04-27 2025-09-28 2025-10-11 2026-01-04 2026-02-14 2026-02-28
2026-05-09 2026-09-20 2026-10-10
"""
"""Saturdays and Sundays on which the notices had people work."""

MADE_UP_SUNDAYS = """
1988-05-02 1988-10-03 1989-01-02 1989-10-03 1990-01-30 1991-02-18 1993-01-26 1994-05-02 1994-10-03 1995-01-02
1995-10-03 1997-02-10
"""
"""Days that the regulation of 1949 gave for a holiday on a Sunday, counted by hand."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def days_in(text: str) -> list[date]:
    return [day(word) for word in text.split()]


def blocks(text: str) -> list[tuple[date, date]]:
    found = days_in(text)
    return list(zip(found[::2], found[1::2], strict=True))


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + DAY * number for number in range((last - first).days + 1))


def vector(name: str) -> dict[int, list[date]]:
    lines = (line.split() for line in (VECTORS / name).read_text().splitlines())
    return {int(year): [day(f"{year}-{rest}") for rest in days] for year, *days in lines}


def run_with_more_data(added: str, script: str) -> list[str]:
    """What a program prints in which the package's next release has arrived."""
    opening = "from datetime import date; import chinese_calendar as c; c.holidays[date.fromisoformat('{0}')] = 'x'"
    lines = (opening.format(added), "from evidence.law.calendar import *", script)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


# Counting (民法典 200-202)


@pytest.mark.parametrize(
    ("start", "span", "expected"),
    [
        ("2024-02-29", Span(years=3), "2027-02-28"),
        ("2024-02-29", Span(years=4), "2028-02-29"),
        ("2023-02-28", Span(years=1), "2024-02-28"),
        ("2021-08-31", Span(months=6), "2022-02-28"),
        ("2023-08-31", Span(months=6), "2024-02-29"),
        ("2023-08-30", Span(months=6), "2024-02-29"),
        ("2023-08-29", Span(months=6), "2024-02-29"),
        ("2023-08-28", Span(months=6), "2024-02-28"),
        ("2021-02-28", Span(months=6), "2021-08-28"),
        ("2024-02-29", Span(months=6), "2024-08-29"),
        ("2021-01-31", Span(months=1), "2021-02-28"),
        ("2024-01-31", Span(months=1), "2024-02-29"),
        ("2021-03-31", Span(months=1), "2021-04-30"),
        ("2021-04-30", Span(months=1), "2021-05-30"),
        ("2021-12-31", Span(months=2), "2022-02-28"),
        ("2021-12-15", Span(months=1), "2022-01-15"),
        ("2100-02-28", Span(years=20), "2120-02-28"),
        ("2080-02-29", Span(years=20), "2100-02-28"),
        ("2010-01-05", Span(years=2), "2012-01-05"),  # 漆业案
        ("2010-04-07", Span(months=6), "2010-10-07"),  # 王建夫案
        ("2021-03-01", Span(days=10), "2021-03-11"),
        ("2024-02-28", Span(days=1), "2024-02-29"),
        ("2023-12-31", Span(days=1), "2024-01-01"),
        ("2021-01-31", Span(months=1, days=1), "2021-03-01"),
        ("2021-05-20", Span(), "2021-05-20"),
    ],
)
def test_last_day_by_hand(start: str, span: Span, expected: str) -> None:
    assert last_day(day(start), span) == day(expected)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2024-03-31", -1, "2024-02-29"),
        ("2021-01-15", -1, "2020-12-15"),
        ("2021-08-28", -6, "2021-02-28"),
        ("2021-01-31", 0, "2021-01-31"),
        ("2020-12-01", 12, "2021-12-01"),
    ],
)
def test_months_forth_and_back_by_hand(start: str, months: int, expected: str) -> None:
    assert add_months(day(start), months) == day(expected)


@pytest.mark.parametrize(
    ("span", "short", "zh"),
    [
        (Span(years=3), "3y", "3年"),
        (Span(months=6), "6m", "6个月"),
        (Span(days=10), "10d", "10日"),
        (Span(years=1, months=6), "1y6m", "1年6个月"),
        (Span(), "0d", "0日"),
    ],
)
def test_a_span_is_spelled_with_every_unit_that_it_has(span: Span, short: str, zh: str) -> None:
    assert (str(span), span.zh) == (short, zh)


# Rolling (民法典 203)


@pytest.mark.parametrize("off", [SPRING_FESTIVAL, NATIONAL_DAY], ids=["spring-festival", "national-day"])
@pytest.mark.parametrize("index", range(len(NOTICES)), ids=map(str, NOTICES))
def test_every_day_of_a_holiday_rolls_to_the_day_after_it(off: str, index: int) -> None:
    first, last = blocks(off)[index]
    assert last.year == NOTICES[index]
    assert {rolled(off_day) for off_day in days_between(first, last)} == {last + DAY}


@pytest.mark.parametrize("worked", days_in(WORKED_WEEKENDS), ids=str)
def test_a_make_up_working_day_does_not_roll(worked: date) -> None:
    assert worked.weekday() >= calendar.SATURDAY
    assert rolled(worked) == worked


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("2023-04-29", "2023-05-04"),  # Labour Day, the weekend before it off
        ("2021-06-12", "2021-06-15"),  # weekend and Dragon Boat Festival
        ("2019-05-04", "2019-05-05"),  # Saturday off, Sunday worked
        ("2015-09-03", "2015-09-06"),  # the one victory holiday, and its Friday moved
        ("2022-12-31", "2023-01-03"),  # into the next year
        ("2020-12-31", "2020-12-31"),
        ("2021-01-01", "2021-01-04"),
        ("2024-02-09", "2024-02-09"),  # the Eve was worked in 2024
        ("2024-03-09", "2024-03-11"),  # a plain weekend
        ("2024-03-10", "2024-03-11"),
        ("2012-01-05", "2012-01-05"),
    ],
)
def test_a_last_day_rolls_to_the_first_working_day(last: str, expected: str) -> None:
    assert rolled(day(last)) == day(expected)


def test_it_agrees_with_a_second_package_on_every_day() -> None:
    china = holidays.CN(years=range(NOTICES.start, NOTICES.stop + 1))
    every = days_between(date(NOTICES.start, 1, 1), date(NOTICES.stop - 1, 12, 31))
    assert [one for one in every if is_rest_day(one) == china.is_working_day(one)] == []


def test_the_data_needs_only_the_override_that_is_recorded() -> None:
    china = holidays.CN(years=range(NOTICES.start, NOTICES.stop + 1))
    every = days_between(date(NOTICES.start, 1, 1), date(NOTICES.stop - 1, 12, 31))
    differing = {
        one: china.is_working_day(one) for one in every if chinese_calendar.is_workday(one) != china.is_working_day(one)
    }
    assert {date(2005, 12, 31): True} == OVERRIDES
    assert differing.items() <= OVERRIDES.items()


# Before the data


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("1995-04-29", "1995-04-29"),  # a Saturday of the six-day week
        ("1995-04-30", "1995-05-02"),  # Sunday, then Labour Day
        ("1995-05-06", "1995-05-08"),  # the first free Saturday
        ("1994-03-05", "1994-03-05"),  # every other Saturday was free; taken as worked
        ("1994-10-01", "1994-10-04"),  # Sunday of National Day made up on the 3rd
        ("1999-10-01", "1999-10-04"),  # three days since 1999-09-18
        ("1998-10-01", "1998-10-05"),  # two days, then a weekend
        ("1999-05-01", "1999-05-03"),  # one day, and a weekend
        ("2000-05-01", "2000-05-04"),  # three days
        ("1999-02-16", "1999-02-19"),
        ("2003-02-01", "2003-02-04"),
    ],
)
def test_before_the_data_weekends_and_statutory_days_count(last: str, expected: str) -> None:
    assert rolled(day(last)) == day(expected)
    assert quality(day(last)) is Quality.APPROXIMATE


def test_approximate_ends_where_the_data_begins() -> None:
    assert quality(date(PUBLISHED[0], 1, 1) - DAY) is Quality.APPROXIMATE
    assert quality(date(PUBLISHED[0], 1, 1)) is Quality.PUBLISHED
    assert PUBLISHED[0] == 2004


# After the data


def test_a_year_without_an_arrangement_is_provisional() -> None:
    coming = PUBLISHED[1] + 1
    assert {quality(one) for one in days_between(date(coming, 1, 1), date(coming, 12, 31))} == {Quality.PROVISIONAL}
    assert is_rest_day(date(coming, 10, 1))


def test_the_last_week_of_the_last_year_is_provisional_since_the_next_arrangement_may_move_it() -> None:
    moved = [one for one in days_in("2005-12-31 2006-12-30 2007-12-29 2011-12-31 2018-12-29") if not is_rest_day(one)]
    assert len(moved) == 5
    assert min(one.replace(year=SETTLED_UNTIL.year) for one in moved) > SETTLED_UNTIL
    assert quality(SETTLED_UNTIL - DAY * 7) is Quality.PUBLISHED
    assert quality(SETTLED_UNTIL + DAY) is Quality.PROVISIONAL
    assert quality(date(PUBLISHED[1], 12, 31)) is Quality.PROVISIONAL
    assert {quality(date(year, 12, 31)) for year in range(*PUBLISHED)} == {Quality.PUBLISHED}


def test_quality_looks_at_every_day_up_to_the_rolled_one() -> None:
    script = "print(rolled(date(2027, 12, 24)), quality(date(2027, 12, 24)), quality(date(2027, 12, 23)))"
    # 24 December 2027 off: the roll goes over Christmas Saturday and Sunday into the week that 2028 may still change.
    assert run_with_more_data("2027-12-24", script) == ["2027-12-27", "provisional", "published"]


def test_the_next_release_of_the_data_needs_no_change_here() -> None:
    script = "print(PUBLISHED[1], quality(date(2026, 12, 31)), quality(date(2027, 2, 9)), rolled(date(2027, 2, 9)))"
    assert run_with_more_data("2027-02-09", script) == ["2027", "published", "published", "2027-02-10"]


def test_the_data_installed_is_not_older_than_the_lock() -> None:
    for lock in ("verifier", "service", "dev"):
        locked = re.search(r"^chinesecalendar==(\S+)", (ROOT / f"requirements/{lock}.lock").read_text(), re.MULTILINE)
        assert locked, f"{lock}.lock pins no chinesecalendar"
        assert numbers(version("chinesecalendar")) >= numbers(locked[1]), f"install what {lock}.lock pins"
    assert PUBLISHED[1] >= NOTICES[-1], "the holiday data lacks years that were there when these tests were written"


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_a_result_names_the_data_it_rests_on() -> None:
    assert f"chinesecalendar {version('chinesecalendar')}" == CALENDAR_VERSION


# Statutory days


def test_the_committed_table_is_what_its_maker_writes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_statutory_days", VECTORS / "make.py")
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.main(tmp_path)
    for name in ("festivals.txt", "statutory-days.txt"):
        assert (tmp_path / name).read_text() == (VECTORS / name).read_text()
    assert statutory.FESTIVALS.strip() == (VECTORS / "festivals.txt").read_text().strip()


@pytest.mark.parametrize(("year", "expected"), vector("statutory-days.txt").items())
def test_statutory_days_as_a_package_gives_them(year: int, expected: list[date]) -> None:
    made_up = [one for one in days_in(MADE_UP_SUNDAYS) if one.year == year]
    assert sorted(statutory_days(year)) == sorted(expected + made_up)


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (1987, "01-01 01-29 01-30 01-31 05-01 10-01 10-02"),
        (1999, "01-01 02-16 02-17 02-18 05-01 10-01 10-02 10-03"),
        (2003, "01-01 02-01 02-02 02-03 05-01 05-02 05-03 10-01 10-02 10-03"),
        (2008, "01-01 02-06 02-07 02-08 04-04 05-01 06-08 09-14 10-01 10-02 10-03"),
        (2014, "01-01 01-31 02-01 02-02 04-05 05-01 06-02 09-08 10-01 10-02 10-03"),
        (2027, "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03"),
        (2100, "01-01 05-01 05-02 10-01 10-02 10-03"),  # beyond the table: fixed dates only
        (1986, "01-01 05-01 10-01 10-02"),
        (1940, ""),
    ],
)
def test_statutory_days_by_hand(year: int, expected: str) -> None:
    assert sorted(statutory_days(year)) == [day(f"{year}-{rest}") for rest in expected.split()]


@pytest.mark.parametrize("year", NOTICES)
def test_every_statutory_day_is_off_by_the_arrangement_too(year: int) -> None:
    assert [one for one in statutory_days(year) if not is_rest_day(one)] == []


@pytest.mark.parametrize("year", NOTICES)
def test_the_festivals_are_those_that_the_arrangements_name(year: int) -> None:
    names = ("Spring Festival", "Tomb-sweeping Day", "Dragon Boat Festival", "Mid-autumn Festival")
    for festival, name in zip(vector("festivals.txt")[year], names, strict=False):
        found = chinese_calendar.get_holiday_detail(festival)[1]
        on_weekend, on_national_day = festival.weekday() >= calendar.SATURDAY, festival.month == 10
        assert found == name or (found is None and on_weekend) or (found == "National Day" and on_national_day)


# What holds of every day

DATES = st.dates(min_value=date(1987, 1, 1), max_value=date(2110, 1, 1))
MONTHS = st.integers(min_value=-600, max_value=600)
SPANS = st.one_of(
    st.builds(Span, years=st.integers(1, 20)),
    st.builds(Span, months=st.integers(1, 240)),
    st.builds(Span, days=st.integers(1, 400)),
)
EVERY = settings(deadline=None, max_examples=300, derandomize=True)


@EVERY
@given(DATES)
def test_rolling_goes_forward_once_and_stops_on_a_working_day(one: date) -> None:
    found = rolled(one)
    assert found >= one
    assert not is_rest_day(found)
    assert rolled(found) == found
    assert all(map(is_rest_day, days_between(one, found - DAY)))


@EVERY
@given(DATES, DATES)
def test_rolling_keeps_the_order(one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    assert rolled(earlier) <= rolled(later)


@EVERY
@given(DATES, DATES, MONTHS)
def test_adding_months_keeps_the_order(one: date, other: date, months: int) -> None:
    earlier, later = sorted((one, other))
    assert add_months(earlier, months) <= add_months(later, months)


@EVERY
@given(DATES, MONTHS, MONTHS)
def test_more_months_end_later(one: date, some: int, other: int) -> None:
    fewer, more = sorted((some, other))
    assert (add_months(one, fewer) < add_months(one, more)) == (fewer < more)


@EVERY
@given(DATES, MONTHS)
def test_the_corresponding_day_or_the_end_of_its_month(one: date, months: int) -> None:
    found = add_months(one, months)
    assert (found.year - one.year) * 12 + found.month - one.month == months
    assert found.day == min(one.day, calendar.monthrange(found.year, found.month)[1])


@EVERY
@given(DATES, SPANS)
def test_a_period_ends_after_its_start(one: date, span: Span) -> None:
    assert last_day(one, span) > one


@EVERY
@given(DATES, DATES)
def test_quality_changes_only_forward(one: date, other: date) -> None:
    order = [Quality.APPROXIMATE, Quality.PUBLISHED, Quality.PROVISIONAL]
    earlier, later = sorted((one, other))
    assert order.index(quality(earlier)) <= order.index(quality(later))
