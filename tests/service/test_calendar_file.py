"""The calendar as a file: the strict letter of RFC 5545, the same bytes from the same rows, and what a clerk reads."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from service.calendar_file import Frame, calendar_file, fingerprint
from service.records.calendar_days import Day
from service.records.limitation import NEVER, ClockRow, TracingRow

TODAY = date(2026, 11, 28)
AT = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
FRAME = Frame(origin="log.example/2026", tenant_name="某某银行", today=TODAY, months=12, before_days=(180, 90, 30, 7))
ROW = ClockRow(
    tenant_id="t_1", matter_id="m_1", party="p2", item="", role="debtor", party_name="张三",
    best_state="running", best_on=date(2027, 5, 1), best_period="limitation",
    conservative_state="running", conservative_on=date(2027, 1, 4), conservative_period="limitation",
    alarm_on=date(2027, 1, 1), reason="", standing="open", listed=True,
)  # fmt: skip
LETTER = TracingRow(
    tenant_id="t_1", matter_id="m_1", dispatch_id="d_1", party="p2", carrier="ems", waybill_no="1136281381675",
    posted_on=date(2026, 11, 24), ends_on=date(2027, 11, 24),
)  # fmt: skip


def day(row: ClockRow | TracingRow = ROW, **more: Any) -> Day:
    known = {"party_name": "张三", "contract_no": "示例借字第2023-0001号", "debtor_name": "张三", "revision": 2}
    return Day(**({"row": row, "changed_at": AT} | known | more))


def events(written: bytes) -> list[Mapping[str, Any]]:
    return list(Calendar.from_ical(written).walk("VEVENT"))


def content_lines(written: bytes) -> list[str]:
    """Unfold by the letter of section 3.1, failing on every way of being wrong."""
    assert written.endswith(b"\r\n")
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert b"\r" not in written.replace(b"\r\n", b"")
    physical = written[:-2].split(b"\r\n")
    assert max(map(len, physical)) <= 75
    assert all(physical)
    for line in physical:
        line.decode("utf-8")  # no character is cut in two
    return written[:-2].decode("utf-8").replace("\r\n ", "").split("\r\n")


HARD = "某某" * 60 + "，;,\\：“”；" + "𬭊㛃" * 30


@pytest.mark.parametrize("contract_no", ["示例借字第2023-0001号", HARD, "a" * 200, "", None])
def test_every_line_is_as_the_standard_wants_it(contract_no: str | None) -> None:
    written = calendar_file(FRAME, [day(contract_no=contract_no)], [day(LETTER, contract_no=contract_no)])
    lines = content_lines(written)
    assert all(re.match(r"[A-Z-]+(;[A-Z-]+=[^:;\"]+)*:", line) for line in lines)
    depth: list[str] = []
    for line in lines:
        if line.startswith("BEGIN:"):
            depth.append(line[6:])
        if line.startswith("END:"):
            assert depth.pop() == line[4:]
    assert depth == []
    assert lines[0] == "BEGIN:VCALENDAR"
    if contract_no:
        assert contract_no in events(written)[0]["SUMMARY"]


def test_the_calendar_says_what_it_is() -> None:
    told = Calendar.from_ical(calendar_file(FRAME, [], []))
    assert (told["VERSION"], told["CALSCALE"]) == ("2.0", "GREGORIAN")
    assert "METHOD" not in told
    assert told["X-WR-CALNAME"] == told["NAME"] == "达证 时效日历 某某银行"
    assert told["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert told["REFRESH-INTERVAL"].td == timedelta(hours=6)
    assert "须经律师复核" in told["X-WR-CALDESC"]
    assert "仅列最近的部分" not in told["X-WR-CALDESC"]
    assert "仅列最近的部分" in Calendar.from_ical(calendar_file(replace(FRAME, is_cut=True), [], []))["X-WR-CALDESC"]


def test_a_last_day_is_one_whole_day_on_the_unrolled_date() -> None:
    (event,) = events(calendar_file(FRAME, [day()], []))
    assert event["DTSTART"].dt == date(2027, 1, 1)
    assert event["DTEND"].dt == date(2027, 1, 2)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["SUMMARY"] == "【时效】张三 示例借字第2023-0001号 最迟 2027-01-01 主张（保守日）"
    assert "2027-01-04" in event["DESCRIPTION"]
    assert "2027-05-01" in event["DESCRIPTION"]
    assert (event["UID"], event["SEQUENCE"]) == ("m_1.p2@log.example/2026", 2)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == AT
    alarms = [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")]
    nine = timedelta(hours=9)
    assert alarms == [nine - timedelta(days=days) for days in (180, 90, 30, 7)]
    assert {alarm["ACTION"] for alarm in event.walk("VALARM")} == {"DISPLAY"}


@pytest.mark.parametrize(
    ("more", "summary"),
    [
        (
            {"role": "guarantor", "conservative_period": "guarantee"},
            "【保证期间】张三（债务人张三） 示例借字第2023-0001号 最迟 2027-01-01 行使保证权利（保守日）",
        ),
        (
            {"conservative_state": "expired"},
            "【时效·保守日已过】张三 示例借字第2023-0001号 最迟 2027-01-01 主张（保守日）",
        ),
        (
            {"conservative_period": "enforcement"},
            "【申请执行期间】张三 示例借字第2023-0001号 最迟 2027-01-01 申请执行（保守日）",
        ),
        ({"item": "2024-01-01"}, "【时效】张三 示例借字第2023-0001号 2024-01-01 期 最迟 2027-01-01 主张（保守日）"),
        ({"conservative_period": "longest"}, "【最长期间】张三 示例借字第2023-0001号 最迟 2027-01-01 起诉（保守日）"),
    ],
)
def test_a_clerk_reads_what_to_do(more: dict[str, Any], summary: str) -> None:
    (event,) = events(calendar_file(FRAME, [day(replace(ROW, **more))], []))
    assert event["SUMMARY"] == summary


def test_letters_are_traced_on_their_days_within_the_window() -> None:
    found = events(calendar_file(FRAME, [], [day(LETTER)]))
    assert [event["DTSTART"].dt for event in found] == [date(2026, 12, 1), date(2026, 12, 24), date(2027, 10, 20)]
    assert found[0]["SUMMARY"] == "【查邮件】张三 示例借字第2023-0001号 EMS 1136281381675 寄出 7 日，结果未登记"
    assert len({event["UID"] for event in found}) == 3
    assert len(events(calendar_file(replace(FRAME, months=6), [], [day(LETTER)]))) == 2
    assert len(events(calendar_file(replace(FRAME, today=date(2027, 2, 1)), [], [day(LETTER)]))) == 1


def test_the_same_rows_give_the_same_bytes_on_any_day() -> None:
    written = calendar_file(FRAME, [day()], [])
    assert calendar_file(replace(FRAME, today=TODAY + timedelta(days=5)), [day()], []) == written
    assert fingerprint(replace(FRAME, today=TODAY + timedelta(days=5)), [day()], []) == fingerprint(FRAME, [day()], [])


@pytest.mark.parametrize(
    "other",
    [
        {"frame": replace(FRAME, tenant_name="另一家")},
        {"frame": replace(FRAME, before_days=(30,))},
        {"frame": replace(FRAME, is_cut=True)},
        {"frame": replace(FRAME, months=11)},
        {"clocks": []},
        {"clocks": [day(revision=3)]},
        {"clocks": [day(replace(ROW, best_on=NEVER))]},
        {"clocks": [day(contract_no="x")]},
        {"letters": []},
        {"letters": [day(replace(LETTER, waybill_no=None))]},
        {"frame": replace(FRAME, today=date(2027, 2, 1))},  # two of the letter's days are out of the window
    ],
)
def test_whatever_changes_the_bytes_changes_the_fingerprint(other: dict[str, Any]) -> None:
    given = {"frame": FRAME, "clocks": [day()], "letters": [day(LETTER)]}
    changed = given | other
    assert calendar_file(*changed.values()) != calendar_file(*given.values())
    assert fingerprint(*changed.values()) != fingerprint(*given.values())
