"""Queries over jobs and bundles: long work as its caller sees it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from service.errors import NotFoundError
from service.records import outbox, tables

_j, _b = tables.jobs.c, tables.bundles.c
UNFINISHED = ("queued", "running", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """Long work; `state` is queued, running, paused, succeeded, partial, failed or cancelled."""

    id: str
    tenant_id: str
    kind: str
    state: str
    created_at: datetime
    matter_id: str | None = None
    total: int = 0
    done: int = 0
    message_zh: str = ""
    message_en: str = ""
    request: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    queue_ms: int | None = None
    work_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRow:
    """A bundle; `state` is building, ready or failed."""

    id: str
    tenant_id: str
    matter_id: str
    state: str
    created_at: datetime
    job_id: str | None = None
    sha256: bytes | None = None
    size: int | None = None
    object_key: str | None = None
    seal_seq: int | None = None
    verified_at: datetime | None = None


def insert_job(conn: Connection, row: JobRow) -> None:
    """Add a job."""
    conn.execute(insert(tables.jobs).values(asdict(row)))


def job(conn: Connection, *, tenant_id: str, job_id: str) -> JobRow:
    """Give one job of the tenant."""
    query = select(tables.jobs).where(_j.tenant_id == tenant_id, _j.id == job_id)
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the job", message_zh="未找到该任务")
    return JobRow(**found)


def unfinished_jobs(conn: Connection) -> tuple[JobRow, ...]:
    """Give every tenant's jobs that a worker should be at, oldest first; one that is paused waits for its caller."""
    query = select(tables.jobs).where(_j.state.in_(("queued", "running"))).order_by(_j.created_at, _j.id)
    return tuple(JobRow(**found) for found in conn.execute(query).mappings())


def move_job(conn: Connection, *, job_id: str, since: tuple[str, ...], to: str, at: datetime) -> bool:
    """Pause a job or let it go on; tells whether it was in one of the states it may come from."""
    change = update(tables.jobs).where(_j.id == job_id, _j.state.in_(since))
    if conn.execute(change.values(state=to)).rowcount != 1:
        return False
    _tell(conn, job_id, at)
    return True


def start_job(conn: Connection, *, job_id: str, at: datetime, total: int = 0) -> None:
    """Say that a job runs and how long it waited; saying it again (a resumed job) changes nothing."""
    created = conn.execute(select(_j.created_at).where(_j.id == job_id)).scalar_one()
    waited = max(0, round((at - created).total_seconds() * 1000))
    change = update(tables.jobs).where(_j.id == job_id, _j.state == "queued")
    conn.execute(change.values(state="running", started_at=at, queue_ms=waited, total=total))


def job_progress(
    conn: Connection,
    *,
    job_id: str,
    done: int,
    total: int | None = None,
    message_zh: str = "",
    message_en: str = "",
) -> None:
    """Say how far a running job is."""
    values: dict[str, Any] = {"done": done, "message_zh": message_zh, "message_en": message_en}
    if total is not None:
        values["total"] = total
    conn.execute(update(tables.jobs).where(_j.id == job_id, _j.state == "running").values(values))


def finish_job(
    conn: Connection,
    *,
    job_id: str,
    at: datetime,
    result: Mapping[str, Any] | None = None,
    error: Mapping[str, Any] | None = None,
    state: str = "succeeded",
) -> None:
    """End a job: failed if there is an error, else in the state given; a job that has ended stays as it is."""
    started = conn.execute(select(_j.started_at).where(_j.id == job_id)).scalar_one()
    worked = None if started is None else max(0, round((at - started).total_seconds() * 1000))
    values = {"state": "failed" if error else state, "result": result, "error": error}
    change = update(tables.jobs).where(_j.id == job_id, _j.state.in_(UNFINISHED))
    if conn.execute(change.values(**values, finished_at=at, work_ms=worked)).rowcount == 1:
        _tell(conn, job_id, at)


def _tell(conn: Connection, job_id: str, at: datetime) -> None:
    row = JobRow(**conn.execute(select(tables.jobs).where(_j.id == job_id)).mappings().one())
    asked = {name: value for name, value in (row.request or {}).items() if name in ("bundle", "batch")}
    names = {"job": row.id, **asked} | ({} if row.matter_id is None else {"matter": row.matter_id})
    outbox.note_job(conn, names, tenant_id=row.tenant_id, kind=row.kind, state=row.state, at=at)


def insert_bundle(conn: Connection, row: BundleRow) -> None:
    """Add a bundle."""
    conn.execute(insert(tables.bundles).values(asdict(row)))


def bundle(conn: Connection, *, tenant_id: str, bundle_id: str) -> BundleRow:
    """Give one bundle of the tenant."""
    query = select(tables.bundles).where(_b.tenant_id == tenant_id, _b.id == bundle_id)
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the bundle", message_zh="未找到该证据包")
    return BundleRow(**found)


def bundles_of_matter(conn: Connection, *, tenant_id: str, matter_id: str) -> tuple[BundleRow, ...]:
    """Give a matter's bundles, newest first."""
    query = select(tables.bundles).where(_b.tenant_id == tenant_id, _b.matter_id == matter_id)
    ordered = query.order_by(_b.created_at.desc(), _b.id)
    return tuple(BundleRow(**found) for found in conn.execute(ordered).mappings())


def update_bundle(conn: Connection, *, bundle_id: str, **values: Any) -> None:
    """Set columns of a bundle: state, sha256, size, object_key, seal_seq, verified_at."""
    conn.execute(update(tables.bundles).where(_b.id == bundle_id).values(values))
