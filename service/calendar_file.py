"""A tenant's calendar as an iCalendar file: every last day that is near, and every letter to trace.

The same rows give the same bytes. An event keeps its UID for ever and counts its changes, so that a calendar program
moves it instead of adding another. All days are whole days without a time zone: a legal day in China is that day on
every screen. Names, contract and waybill numbers only: whoever has the address reads it.

Source: RFC 5545; RFC 7986 (NAME, REFRESH-INTERVAL).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import icalendar
from icalendar import Alarm, Calendar, Event, vDuration

from evidence.law.calendar import add_months
from evidence.law.wording import DISCLAIMER_ZH
from service.alarms import TRACING_DAYS
from service.records.calendar_days import Day
from service.records.limitation import ENDED, NEVER, ClockRow, TracingRow

PRODUCT = "-//Duly//Limitation calendar 1//ZH"
REFRESH = timedelta(hours=6)
PAST = timedelta(days=30)
_DAY, _MORNING = timedelta(days=1), timedelta(hours=9)
_CARRIERS = {"ems": "EMS", "registered_mail": "挂号信"}
_TITLES = {
    "guarantee": ("保证期间", "行使保证权利"),
    "guarantee_limitation": ("保证债务时效", "主张"),
    "enforcement": ("申请执行期间", "申请执行"),
    "longest": ("最长期间", "起诉"),
}
"""What a day is called, and what is to be done by it; limitation is the usual case."""
_USUAL = ("时效", "主张")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a calendar is about.

    Attributes:
        origin: The log's name, which makes UIDs this installation's own.
        before_days: When the alarms of a last day ring.
        is_cut: Whether there were more days than one file may hold.
    """

    origin: str
    tenant_name: str
    today: date
    months: int
    before_days: Sequence[int]
    is_cut: bool = False

    @property
    def start(self) -> date:
        """The first day that is shown."""
        return self.today - PAST

    @property
    def until(self) -> date:
        """The last day that is shown."""
        return add_months(self.today, self.months)


def calendar_file(frame: Frame, clocks: Sequence[Day], letters: Sequence[Day]) -> bytes:
    """Write the calendar: UTF-8, CRLF, lines folded at 75 octets."""
    calendar = Calendar()
    for name, value in _heading(frame):
        calendar.add(name, value)
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for day in clocks:
        if isinstance(day.row, ClockRow):
            calendar.add_component(_clock_event(frame, day, day.row))
    for day in letters:
        if isinstance(day.row, TracingRow):
            for event in _letter_events(frame, day, day.row):
                calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def fingerprint(frame: Frame, clocks: Sequence[Day], letters: Sequence[Day]) -> bytes:
    """Give 32 bytes that differ whenever the file's bytes would, without writing it."""
    named = (PRODUCT, icalendar.__version__, replace(frame, today=date.min))
    shown = [(day, _days_shown(frame, day.row)) for day in letters if isinstance(day.row, TracingRow)]
    return hashlib.sha256(repr((named, clocks, shown)).encode()).digest()


def _heading(frame: Frame) -> Iterator[tuple[str, str]]:
    name = f"达证 时效日历 {frame.tenant_name}"
    window = f"{frame.months} 个月内届满及最近 {PAST.days} 日内届满的保守日，以及待查询的邮件。"
    cut = "数量过多，仅列最近的部分，其余请在工作清单中查看。" if frame.is_cut else ""
    yield from (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"))
    yield from (("name", name), ("x-wr-calname", name), ("x-wr-timezone", "Asia/Shanghai"))
    yield ("x-wr-caldesc", f"{window}{cut}{DISCLAIMER_ZH}")


def _clock_event(frame: Frame, day: Day, row: ClockRow) -> Event:
    title, act = _TITLES.get(row.conservative_period, _USUAL)
    whose = f"{day.party_name}（债务人{day.debtor_name}）" if row.role == "guarantor" else day.party_name
    passed = "·保守日已过" if row.conservative_state in ENDED else ""
    item = f" {row.item} 期" if row.item else ""
    about = f"{whose} {day.contract_no or ''}{item}".strip()
    uid = ".".join((row.matter_id, row.party, *((row.item,) if row.item else ())))
    event = _event(frame, day, uid=uid, on=row.alarm_on)
    event.add("summary", f"【{title}{passed}】{about} 最迟 {row.alarm_on} {act}（保守日）")
    event.add("description", f"{_dates(row)}\n{DISCLAIMER_ZH}")
    for days in frame.before_days:
        event.add_component(_alarm(days, f"还有 {days} 日：{about} 最迟 {row.alarm_on} {act}"))
    return event


def _dates(row: ClockRow) -> str:
    lines = [f"保守日（不顺延）：{row.alarm_on}"]
    if row.conservative_on not in (row.alarm_on, NEVER):
        lines.append(f"保守日（遇休息日顺延）：{row.conservative_on}")
    lines.append(f"最有利的看法：{row.best_on if row.best_on != NEVER else '期间未在进行'}")
    return "\n".join(lines)


def _letter_events(frame: Frame, day: Day, row: TracingRow) -> Iterator[Event]:
    carrier = _CARRIERS.get(row.carrier, row.carrier)
    for days in _days_shown(frame, row):
        event = _event(frame, day, uid=f"{row.dispatch_id}.{days}", on=row.posted_on + timedelta(days=days))
        what = f"{day.party_name} {day.contract_no or ''}".strip()
        event.add("summary", f"【查邮件】{what} {carrier} {row.waybill_no or '（无单号）'} 寄出 {days} 日，结果未登记")
        event.add("description", f"{row.posted_on} 交寄，可向邮政企业查询至 {row.ends_on}；取得结果后请登记。")
        event.add_component(_alarm(0, f"查询邮件：{what} {carrier} {row.waybill_no or ''}".strip()))
        yield event


def _days_shown(frame: Frame, row: TracingRow) -> tuple[int, ...]:
    return tuple(days for days in TRACING_DAYS if frame.start <= row.posted_on + timedelta(days=days) <= frame.until)


def _event(frame: Frame, day: Day, *, uid: str, on: date) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{frame.origin}")
    event.add("dtstamp", day.changed_at)
    event.add("last-modified", day.changed_at)
    event.add("sequence", day.revision)
    event.add("dtstart", on)
    event.add("dtend", on + _DAY)
    event.add("transp", "TRANSPARENT")
    return event


def _alarm(days: int, text: str) -> Alarm:
    """Ring at nine in the morning, some days before the day."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", _MORNING - timedelta(days=days))
    return alarm
