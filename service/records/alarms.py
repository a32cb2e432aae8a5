"""Queries over alarms: raised at most once for each thing they are about, cleared when its reason goes.

Every change gives the alarm its tenant's next number, under the lock of the tenant's row, so that a reader who goes on
from the last number it saw misses no change.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from service.records import outbox, tables
from service.records.tables import alarms

RAISED, CLEARED = "raised", "cleared"
_a = alarms.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What an alarm is about; two alarms that are equal are one.

    Attributes:
        kind: `limitation.approaching`, `limitation.passed` or `tracing.due`.
        dispatch_id: The letter to trace; None where a clock is meant.
        days: How many days before the day (or after the posting) it is due.
        about_on: The last day that it warns of.
    """

    tenant_id: str
    matter_id: str
    kind: str
    party: str
    item: str = ""
    dispatch_id: str | None = None
    days: int
    about_on: date
    due_on: date

    @property
    def subject(self) -> tuple[str, str, str]:
        """Which clock or letter of the matter it is about."""
        return (self.party, self.item, self.dispatch_id or "")

    @property
    def id(self) -> str:
        """The same for the same alarm, whoever raises it."""
        parts = (self.matter_id, self.kind, *self.subject, str(self.days), self.about_on.isoformat())
        return f"a_{base64.b32encode(hashlib.sha256('|'.join(parts).encode()).digest()).decode().lower()[:26]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """An alarm as stored; `no` and `changed_at` are of its last change."""

    id: str
    tenant_id: str
    no: int
    matter_id: str
    kind: str
    party: str
    item: str
    dispatch_id: str | None
    days: int
    about_on: date
    due_on: date
    state: str
    cleared_because: str | None
    raised_at: datetime
    changed_at: datetime

    @property
    def alarm(self) -> Alarm:
        """What it is about."""
        return Alarm(
            tenant_id=self.tenant_id, matter_id=self.matter_id, kind=self.kind, party=self.party, item=self.item,
            dispatch_id=self.dispatch_id, days=self.days, about_on=self.about_on, due_on=self.due_on,
        )  # fmt: skip


def raised_of_matter(conn: Connection, *, matter_id: str) -> tuple[AlarmRow, ...]:
    """Give a matter's alarms that stand."""
    query = select(alarms).where(_a.matter_id == matter_id, _a.state == RAISED)
    return tuple(AlarmRow(**found) for found in conn.execute(query).mappings())


def change(
    conn: Connection, *, tenant_id: str, raised: Sequence[Alarm], cleared: Sequence[tuple[Alarm, str]], at: datetime
) -> None:
    """Raise and clear alarms of one tenant; each clearing says why."""
    if not raised and not cleared:
        return
    no, at = _last(conn, tenant_id=tenant_id, at=at)
    for alarm, because in cleared:
        no += 1
        values = {"state": CLEARED, "cleared_because": because, "no": no, "changed_at": at}
        conn.execute(update(alarms).where(_a.id == alarm.id).values(values))
        _tell(conn, alarm, state=CLEARED, no=no, at=at)
    for alarm in raised:
        no += 1
        _raise(conn, alarm, no=no, at=at)
        _tell(conn, alarm, state=RAISED, no=no, at=at)


def page(
    conn: Connection,
    *,
    tenant_id: str,
    after_no: int = 0,
    since: datetime | None = None,
    state: str = "",
    limit: int = 50,
) -> tuple[AlarmRow, ...]:
    """Give a tenant's alarms in the order of their last change, after a number and from an instant on."""
    query = select(alarms).where(_a.tenant_id == tenant_id, _a.no > max(after_no, _before(conn, tenant_id, since)))
    if state:
        query = query.where(_a.state == state)
    return tuple(AlarmRow(**found) for found in conn.execute(query.order_by(_a.no).limit(limit)).mappings())


def _before(conn: Connection, tenant_id: str, since: datetime | None) -> int:
    """Give the last number that was given before an instant; numbers rise with time."""
    if since is None:
        return 0
    last = select(_a.no).where(_a.tenant_id == tenant_id, _a.changed_at < since)
    return conn.execute(last.order_by(_a.changed_at.desc(), _a.no.desc()).limit(1)).scalar() or 0


def _last(conn: Connection, *, tenant_id: str, at: datetime) -> tuple[int, datetime]:
    tenant = select(tables.tenants.c.id).where(tables.tenants.c.id == tenant_id)
    conn.execute(tenant.with_for_update(key_share=True))
    newest = select(_a.no, _a.changed_at).where(_a.tenant_id == tenant_id).order_by(_a.no.desc()).limit(1)
    found = conn.execute(newest).one_or_none()
    return (0, at) if found is None else (found.no, max(at, found.changed_at))


def _raise(conn: Connection, alarm: Alarm, *, no: int, at: datetime) -> None:
    values = {"no": no, "state": RAISED, "cleared_because": None, "raised_at": at, "changed_at": at}
    again = update(alarms).where(_a.id == alarm.id).values(values)  # its day was moved away and back
    if conn.execute(again).rowcount == 0:
        conn.execute(insert(alarms).values(asdict(alarm) | values | {"id": alarm.id}))


def _tell(conn: Connection, alarm: Alarm, *, state: str, no: int, at: datetime) -> None:
    names = {"alarm": alarm.id, "kind": alarm.kind, "matter": alarm.matter_id, "dispatch": alarm.dispatch_id}
    told = {name: value for name, value in names.items() if value is not None}
    outbox.note_alarm(conn, told, tenant_id=alarm.tenant_id, state=state, no=no, at=at)
