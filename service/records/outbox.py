"""The outbox of webhooks: an event is written in the very transaction of the fact that it tells of, or not at all.

A fact of which no endpoint of its tenant wants to hear costs one look into an index, and leaves nothing. What is
written is thin: identifiers and addresses of this API, so that whoever receives it must ask, with a key, for the rest.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from evidence.canonical import format_instant
from service.records import ids
from service.records.projections import Recorded
from service.records.tables import webhook_deliveries, webhook_events, webhooks

_w = webhooks.c
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        source: What it is about, one text for each fact: the event's id follows from it.
        data: Identifiers.
        links: Addresses within this API, by what is there.
    """

    tenant_id: str
    type: str
    at: datetime
    source: str
    data: Mapping[str, str | int]
    links: Names = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same for the same fact; it holds no full stop, since one divides what is signed."""
        digest = hashlib.sha256(f"{self.tenant_id}|{self.type}|{self.source}".encode()).digest()
        return f"{ids.EVENT}_{base64.b32encode(digest).decode().lower()[:26]}"

    def body(self) -> bytes:
        """Write the payload, once for all attempts: it is signed as it is sent."""
        payload = {"type": self.type, "timestamp": format_instant(self.at.replace(microsecond=0))}
        content = payload | {"data": {**self.data, "links": self.links}}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def note_entry(conn: Connection, entry: Recorded) -> None:
    """Tell of an entry, if its kind is one of which webhooks tell."""
    names = _OF_ENTRIES.get(entry.kind)
    if names is None:
        return
    data = {"matter": entry.matter_id, "seq": entry.seq, **{name: entry.facts[name] for name in names}}
    event = Event(
        tenant_id=entry.tenant_id,
        type=entry.kind,
        at=entry.at,
        source=f"{entry.matter_id}/{entry.seq}",
        data=data,
        links=_links(data, "matter", "notice"),
    )
    note(conn, event)


def note_alarm(conn: Connection, alarm: Names, *, tenant_id: str, state: str, no: int, at: datetime) -> None:
    """Tell of an alarm (its identifiers) that was raised or cleared as its tenant's change number `no`."""
    since = format_instant(at.replace(microsecond=0))
    event = Event(
        tenant_id=tenant_id,
        type=f"alarm.{state}",
        at=at,
        source=str(no),
        data={**alarm, "no": no},
        links=_links(alarm, "matter") | {"alarms": f"/v1/alarms?since={since}"},
    )
    note(conn, event)


def note_job(conn: Connection, job: Names, *, tenant_id: str, kind: str, state: str, at: datetime) -> None:
    """Tell of a job (its identifiers) that ended, or of a batch that was paused."""
    type_ = JOB_EVENTS.get((kind, state)) or OTHER_JOBS.get(state)
    if type_ is None:
        return
    source = f"{job['job']}/{state}/{at.isoformat()}"
    links = _links(job, "job", "bundle", "batch", "matter")
    note(conn, Event(tenant_id=tenant_id, type=type_, at=at, source=source, data={**job, "kind": kind}, links=links))


def note(conn: Connection, event: Event) -> None:
    """Write an event for every endpoint of its tenant that wants it; one that is disabled gets it when it is not."""
    query = select(_w.id, _w.types).where(_w.tenant_id == event.tenant_id, _w.state != "deleted")
    # In the order in which senders hold endpoints.
    wanted = [row.id for row in conn.execute(query.order_by(_w.id)) if row.types is None or event.type in row.types]
    if wanted:
        put(conn, event, webhook_ids=wanted)


def put(conn: Connection, event: Event, *, webhook_ids: Iterable[str]) -> None:
    """Write an event, and that it waits to be delivered to each of these endpoints."""
    row = {"id": event.id, "tenant_id": event.tenant_id, "type": event.type, "at": event.at, "body": event.body()}
    conn.execute(insert(webhook_events).values(row))
    waiting = {
        "tenant_id": event.tenant_id, "event_id": event.id, "state": "waiting", "created_at": event.at,
        "next_at": event.at, "tries": 0, "attempts": 0, "history": [],
    }  # fmt: skip
    conn.execute(insert(webhook_deliveries), [waiting | {"webhook_id": one} for one in webhook_ids])


def _links(data: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: _ADDRESSES[name](data[name]) for name in names if name in data}


_ADDRESSES: dict[str, Callable[[str], str]] = {
    "matter": "/v1/matters/{}".format,
    "notice": "/v1/notices/{}".format,
    "job": "/v1/jobs/{}".format,
    "bundle": "/v1/bundles/{}".format,
    "batch": "/v1/batches/{}".format,
}
_OF_ENTRIES: dict[str, tuple[str, ...]] = {
    "notice.issued": ("notice", "notice_no"),
    "notice.voided": ("notice", "notice_no"),
    "dispatch.recorded": ("dispatch", "notice"),
    "tracking.recorded": ("dispatch",),
    "receipt.recorded": ("receipt", "dispatch"),
    "scan.recorded": ("scan", "notice"),
}
"""Kinds of entries that are told, and which identifiers of their facts."""
JOB_EVENTS = {
    ("bundle", "succeeded"): "bundle.ready",
    ("bundle", "failed"): "bundle.failed",
    ("batch", "succeeded"): "batch.finished",
    ("batch", "partial"): "batch.partial",
    ("batch", "failed"): "batch.failed",
    ("batch", "paused"): "batch.paused",
    ("batch", "cancelled"): "batch.cancelled",
}
"""Kind and state of a job, and the event that tells of it."""
OTHER_JOBS = {
    "succeeded": "job.finished",
    "partial": "job.finished",
    "failed": "job.failed",
    "cancelled": "job.cancelled",
}
"""State of a job of any other kind (a dry run, print files), and the event that tells of it."""
TEST = "webhook.test"
TYPES = tuple(sorted({*_OF_ENTRIES, *JOB_EVENTS.values(), *OTHER_JOBS.values(), "alarm.raised", "alarm.cleared"}))
"""Every type that an endpoint may want; a test is sent to whom it is asked for."""
