"""What a report reads of facts is what was written, or nothing."""

from datetime import date

import pytest

from service.report import reading


def test_a_day_is_read() -> None:
    assert reading.day({"on": "2026-11-24"}, "on") == date(2026, 11, 24)


@pytest.mark.parametrize(
    "written", ["2026-W48-2", "2026-11-2x", "２０２６-11-24", "2026-11-24\n", "2026-02-30", None, 20261124]
)
def test_only_a_day_as_it_is_written_is_one(written: object) -> None:
    assert reading.day({"on": written}, "on") is None


def test_digits_of_other_widths_are_no_sum() -> None:
    assert reading.money("1000.00")
    assert reading.money("１000.00") == ""
