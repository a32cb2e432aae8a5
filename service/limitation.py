"""The law kept beside the records: every matter's clocks, letters to trace and alarms, as entries come and days pass.

* `follow` is a part of the append, in its transaction: the rows are right when the entry is there.
* `look` takes up the matters whose day has come, or that were reckoned by other rules, a page at a time.
* The law never loses a record: what it cannot make out becomes an undetermined clock with a reason, a line in the log
  and a count, and the entry is recorded all the same.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

import structlog
from sqlalchemy import Connection, Engine

from evidence.law.calendar import CALENDAR_VERSION
from evidence.law.entries import READ_KINDS, RecordedFact
from evidence.law.entry_values import legal_day
from evidence.law.provisions import RULE_VERSION
from service import alarms
from service.clocks import Matter, Reckoned, reckon_surely
from service.ports import Clock
from service.records import entries, limitation
from service.records.engine import reading, writing
from service.records.entries import Told
from service.records.limitation import NEVER, Reckoning, Stale, Versions
from service.records.projections import Recorded

log = structlog.get_logger("limitation")

KINDS = tuple(sorted(READ_KINDS | {"matter.closed"}))
"""Every kind of entry that says something to the law, to tracing or to alarms."""
_CHANGING = frozenset(KINDS) - {"notice.issued"}
"""Those after which something can be different: an issued letter is nothing before it is sent or signed."""
PAGE = 100
"""Small, since an append to SQLite waits while a page is written."""


class Limitation:
    """Keeps the rows of clocks, tracings, alarms and the next look; all of a matter's in one transaction."""

    def __init__(
        self, *, alarm_days: Sequence[int] = alarms.BEFORE_DAYS, failed: Callable[[], None] = lambda: None
    ) -> None:
        self.alarm_days, self._failed = tuple(sorted(alarm_days, reverse=True)), failed

    @property
    def versions(self) -> Versions:
        """What the rows depend on beside the entries."""
        return (RULE_VERSION, CALENDAR_VERSION, ",".join(map(str, self.alarm_days)))

    def follow(self, conn: Connection, entry: Recorded) -> None:
        """Bring a matter's rows up to the entry that this transaction records; the matter's row is held."""
        if entry.kind not in _CHANGING:
            return
        told = entries.told(conn, matter_ids=(entry.matter_id,), kinds=KINDS)
        matter = _matter(entry.tenant_id, entry.matter_id, told)
        today = legal_day(entry.at)
        self._write(conn, matter, self._reckoned(matter, today), today=today, at=entry.at)

    def is_due(self, engine: Engine, now: datetime) -> bool:
        """Tell, cheaply, whether a matter waits for its look."""
        with reading(engine) as conn:
            return limitation.any_stale(conn, today=legal_day(now), versions=self.versions)

    def look(self, engine: Engine, clock: Clock, *, limit: int = PAGE) -> int:
        """Look at the next matters that wait for it; gives how many there were, 0 when nothing waits.

        The law is run before anything is held. A matter that got an entry meanwhile is left to that entry's append.
        """
        at = clock().replace(microsecond=0)
        today = legal_day(at)
        with reading(engine) as conn:
            stale = limitation.stale(conn, today=today, versions=self.versions, limit=limit)
            matters = _matters(conn, stale)
        # By tenant: alarms are numbered under its row's lock, which two processes must take in the same order.
        done = [(matter, self._reckoned(matter, today)) for matter in sorted(matters, key=_by_tenant)]
        with writing(engine) as conn:
            heads = limitation.locked_heads(conn, [one.matter_id for one in stale])
            unmoved = {one.matter_id for one in stale if heads[one.matter_id] == one.head_seq}
            for matter, reckoned in done:
                if matter.matter_id in unmoved:
                    self._write(conn, matter, reckoned, today=today, at=at)
        return len(stale)

    def _reckoned(self, matter: Matter, today: date) -> Reckoned:
        found, failure = reckon_surely(matter, today=today)
        if failure is not None:
            log.error("limitation.failed", matter=matter.matter_id, exc_info=failure)
            self._failed()
        return found

    def _write(self, conn: Connection, matter: Matter, found: Reckoned, *, today: date, at: datetime) -> None:
        limitation.put_clocks(conn, matter_id=matter.matter_id, rows=found.clocks, at=at)
        limitation.put_tracings(conn, matter_id=matter.matter_id, rows=found.tracings, at=at)
        wanted = alarms.wanted(found.clocks, found.tracings, before_days=self.alarm_days, today=today)
        alarms.follow(conn, wanted, tenant_id=matter.tenant_id, matter_id=matter.matter_id, at=at)
        rules, calendar, alarm_days = self.versions
        row = Reckoning(
            tenant_id=matter.tenant_id,
            matter_id=matter.matter_id,
            computed_on=today,
            recompute_on=found.recompute_on,
            look_on=min(found.recompute_on or NEVER, wanted.next_on or NEVER),
            rule_version=rules,
            calendar_version=calendar,
            alarm_days=alarm_days,
        )
        limitation.put_reckoning(conn, row)


def _by_tenant(matter: Matter) -> tuple[str, str]:
    return (matter.tenant_id, matter.matter_id)


def _matters(conn: Connection, stale: Iterable[Stale]) -> list[Matter]:
    tenants = {one.matter_id: one.tenant_id for one in stale}
    told = entries.told(conn, matter_ids=tenants, kinds=KINDS)
    by_matter = {matter_id: list(rows) for matter_id, rows in groupby(told, key=lambda one: one.matter_id)}
    return [_matter(tenant_id, matter_id, by_matter.get(matter_id, ())) for matter_id, tenant_id in tenants.items()]


def _matter(tenant_id: str, matter_id: str, told: Iterable[Told]) -> Matter:
    return Matter(tenant_id=tenant_id, matter_id=matter_id, entries=[_fact(one) for one in told])


def _fact(one: Told) -> RecordedFact:
    # Plain JSON: the profile was checked when the body was recorded, and fsck checks it again.
    return RecordedFact(seq=one.seq, kind=one.kind, at=one.at, facts=json.loads(one.body))
