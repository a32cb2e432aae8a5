"""Which alarms of a matter stand on a day, and when the next one is due.

Of several days that were missed only the nearest one's alarm is raised, and a nearer one takes the place of the one
before it: no clock and no letter has two alarms at once. Pure, but for `follow`, which makes the stored ones so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from service.records import alarms
from service.records.alarms import Alarm
from service.records.limitation import NEVER, ClockRow, TracingRow

APPROACHING, PASSED, TRACING = "limitation.approaching", "limitation.passed", "tracing.due"
BEFORE_DAYS = (180, 90, 30, 7)
"""Days before the conservative last day, unless the settings say otherwise."""
TRACING_DAYS = (7, 30, 330)
"""Days after the posting of a letter whose outcome is not recorded."""
MOVED, DONE, SUPERSEDED = "moved", "done", "superseded"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The alarms that stand.

    Attributes:
        next_on: The first later day on which others do; None if that is never.
        watched: The last day of every clock and letter that alarms are raised for.
    """

    alarms: tuple[Alarm, ...]
    next_on: date | None
    watched: Mapping[tuple[str, str, str], date]


def wanted(
    clocks: Iterable[ClockRow], tracings: Iterable[TracingRow], *, before_days: Sequence[int], today: date
) -> Wanted:
    """Tell which alarms of a matter stand today."""
    found: list[Alarm] = []
    days: list[date] = []
    watched: dict[tuple[str, str, str], date] = {}
    for clock in clocks:
        if clock.listed and clock.alarm_on != NEVER:
            watched[clock.party, clock.item, ""] = clock.alarm_on
            found += _of_clock(clock, before_days, today)
            days += [*(clock.alarm_on - timedelta(days=before) for before in before_days), clock.alarm_on + _DAY]
    for letter in tracings:
        watched[letter.party, "", letter.dispatch_id] = letter.ends_on
        found += _of_letter(letter, today)
        days += [letter.posted_on + timedelta(days=after) for after in TRACING_DAYS]
    next_on = min((day for day in days if day > today), default=None)
    return Wanted(alarms=tuple(found), next_on=next_on, watched=watched)


def follow(conn: Connection, found: Wanted, *, tenant_id: str, matter_id: str, at: datetime) -> None:
    """Raise what is wanted and not raised, clear what is raised and not wanted; the matter's row is held."""
    stored = [row.alarm for row in alarms.raised_of_matter(conn, matter_id=matter_id)]
    cleared = [(one, _because(one, found)) for one in stored if one not in found.alarms]
    raised = [one for one in found.alarms if one not in stored]
    alarms.change(conn, tenant_id=tenant_id, raised=raised, cleared=cleared, at=at)


def _because(gone: Alarm, found: Wanted) -> str:
    about_on = found.watched.get(gone.subject)
    if about_on is None:
        return DONE
    return SUPERSEDED if about_on == gone.about_on else MOVED


def _of_clock(clock: ClockRow, before_days: Sequence[int], today: date) -> Iterator[Alarm]:
    if today > clock.alarm_on:
        yield _clock_alarm(clock, PASSED, days=0, due_on=clock.alarm_on + _DAY)
        return
    left = (clock.alarm_on - today).days
    reached = [days for days in before_days if left <= days]
    if reached:
        nearest = min(reached)
        yield _clock_alarm(clock, APPROACHING, days=nearest, due_on=clock.alarm_on - timedelta(days=nearest))


def _clock_alarm(clock: ClockRow, kind: str, *, days: int, due_on: date) -> Alarm:
    return Alarm(
        tenant_id=clock.tenant_id,
        matter_id=clock.matter_id,
        kind=kind,
        party=clock.party,
        item=clock.item,
        days=days,
        about_on=clock.alarm_on,
        due_on=due_on,
    )


def _of_letter(letter: TracingRow, today: date) -> Iterator[Alarm]:
    reached = [days for days in TRACING_DAYS if letter.posted_on + timedelta(days=days) <= today]
    if reached:
        nearest = max(reached)
        yield Alarm(
            tenant_id=letter.tenant_id,
            matter_id=letter.matter_id,
            kind=TRACING,
            party=letter.party,
            dispatch_id=letter.dispatch_id,
            days=nearest,
            about_on=letter.ends_on,
            due_on=letter.posted_on + timedelta(days=nearest),
        )
