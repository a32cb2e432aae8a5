"""What callers ask of a batch: to read it, to start it, to pause, go on, stop, and try failed rows again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from service.batches.asked import Also, BatchRequest, Change, RequestedBatch
from service.errors import ConflictError, StoreError
from service.ports import Clock, RandomBytes
from service.records import batch_rows, batches, ids, jobs
from service.records.batches import BatchRow
from service.records.engine import reading, writing
from service.records.jobs import UNFINISHED, JobRow

DRY_RUN, REAL = "batch_dry_run", "batch"
"""The kinds of job that read a batch's rows, and that issue its notices."""


class Batches:
    """Takes batches in; `enqueue` starts the durable work of one run, any number of times."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Clock,
        random_bytes: RandomBytes,
        enqueue: Callable[[str, str, int], None],
    ) -> None:
        self._engine, self._clock, self._random_bytes, self._enqueue = engine, clock, random_bytes, enqueue

    def request(self, *, tenant_id: str, asked: BatchRequest, also: Also) -> RequestedBatch:
        """Take a batch in; `also` stores the answer in the transaction that records the job."""
        batch_id, now = ids.new_id(ids.BATCH, self._random_bytes), self._clock()
        with writing(self._engine) as conn:
            begun = self._job(conn, tenant_id, batch_id, kind=DRY_RUN if asked.dry_run else REAL, at=now)
            batches.insert_batch(conn, _row(asked, begun, tenant_id=tenant_id, at=now))
            also(conn, begun)
            # Crash from this commit to the call below: the job is queued, and the cadence enqueues it.
        self._ask(tenant_id, batch_id, 1)
        return begun

    def start(self, *, tenant_id: str, batch_id: str, change: Change, also: Also) -> RequestedBatch:
        """Issue the notices of a batch that was read, with the mapping that its caller confirms by this.

        Raises:
            ConflictError: It is being read, could not be read, or was started before.
        """
        with writing(self._engine) as conn:
            row = batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id, lock=True)
            self._check_startable(conn, row, change)
            confirmed = {**row.request, "mapping": row.mapping, **change.given()}
            if change.given().keys() & {"mapping", "constants", "duplicate_reason"}:
                batch_rows.forget_rows(conn, batch_id=batch_id)
            begun = self._next_run(conn, row, kind=REAL, mode="real", request=confirmed)
            also(conn, begun)
        self._ask(tenant_id, batch_id, row.run + 1)
        return begun

    def retry(self, *, tenant_id: str, batch_id: str, also: Also) -> RequestedBatch:
        """Try again the failed rows that could be read, and those that a cancelled or broken batch left, read or not.

        Raises:
            ConflictError: The batch is at work, is a dry run, or nothing in it can be tried again.
        """
        with writing(self._engine) as conn:
            row = batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id, lock=True)
            self._check_at_rest(conn, row)
            if row.mode != "real":
                raise _conflict("batch_not_started", "the batch was not started", "该批次尚未正式出具")
            again = batch_rows.reopen_failed(conn, batch_id=batch_id, at=self._clock())
            if not (again or _is_unread(conn, row) or batch_rows.open_numbers(conn, batch_id=batch_id)):
                raise _conflict("nothing_to_retry", "no row of the batch can be tried again", "没有可以重试的行")
            begun = self._next_run(conn, row, kind=REAL)
            also(conn, begun)
        self._ask(tenant_id, batch_id, row.run + 1)
        return begun

    def pause(self, *, tenant_id: str, batch_id: str) -> None:
        """Let workers finish the rows in hand and take no more; ConflictError when the batch is not at work."""
        self._move(tenant_id, batch_id, since=("queued", "running"), to="paused")

    def cancel(self, *, tenant_id: str, batch_id: str) -> None:
        """End a batch: what is issued stays, rows that nobody began stay undone; ConflictError when it is over."""
        with writing(self._engine) as conn:
            row = batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id, lock=True)
            job = jobs.job(conn, tenant_id=tenant_id, job_id=row.job_id)
            if job.state not in UNFINISHED:
                raise _wrong_state(job)
            jobs.finish_job(conn, job_id=job.id, at=self._clock(), state="cancelled")

    def resume(self, *, tenant_id: str, batch_id: str) -> None:
        """Let a paused batch go on; ConflictError when it is not paused."""
        row = self._move(tenant_id, batch_id, since=("paused",), to="running", step=1)
        self._ask(tenant_id, batch_id, row.run + 1)

    def enqueue_unfinished(self) -> None:
        """Ask for the run of every batch that has not ended; a run that the engine knows is not done twice."""
        with reading(self._engine) as conn:
            waiting = [job for job in jobs.unfinished_jobs(conn) if job.kind in (DRY_RUN, REAL)]
            rows = [
                batches.batch(conn, tenant_id=job.tenant_id, batch_id=(job.request or {})["batch"]) for job in waiting
            ]
        for row in rows:
            self._enqueue(row.tenant_id, row.id, row.run)

    def _ask(self, tenant_id: str, batch_id: str, run: int) -> None:
        """What was recorded is done: while the jobs' database is away, the cadence asks for the run later."""
        with suppress(StoreError):
            self._enqueue(tenant_id, batch_id, run)

    def _move(self, tenant_id: str, batch_id: str, *, since: tuple[str, ...], to: str, step: int = 0) -> BatchRow:
        with writing(self._engine) as conn:
            row = batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id, lock=True)
            if not jobs.move_job(conn, job_id=row.job_id, since=since, to=to, at=self._clock()):
                raise _wrong_state(jobs.job(conn, tenant_id=tenant_id, job_id=row.job_id))
            batches.update_batch(conn, batch_id=batch_id, run=row.run + step)
            return row

    def _next_run(self, conn: Connection, row: BatchRow, *, kind: str, **values: Any) -> RequestedBatch:
        begun = self._job(conn, row.tenant_id, row.id, kind=kind, at=self._clock())
        batches.update_batch(conn, batch_id=row.id, job_id=begun.job_id, run=row.run + 1, **values)
        return begun

    def _job(self, conn: Connection, tenant_id: str, batch_id: str, *, kind: str, at: datetime) -> RequestedBatch:
        job_id = ids.new_id(ids.JOB, self._random_bytes)
        job = JobRow(
            id=job_id, tenant_id=tenant_id, kind=kind, state="queued", created_at=at, request={"batch": batch_id}
        )
        jobs.insert_job(conn, job)
        return RequestedBatch(batch_id=batch_id, job_id=job_id, kind=kind, state="queued")

    def _check_startable(self, conn: Connection, row: BatchRow, change: Change) -> None:
        self._check_at_rest(conn, row)
        if row.mode == "real":
            raise _conflict("batch_started", "the batch was started before; retry its failed rows", "该批次已经开始")
        if row.mapping is None and (change.mapping is None or row.table_facts is None):
            raise _conflict(
                "batch_unread", "the file could not be read: see the job", "文件未能读取，请查看任务中的原因"
            )

    def _check_at_rest(self, conn: Connection, row: BatchRow) -> None:
        job = jobs.job(conn, tenant_id=row.tenant_id, job_id=row.job_id)
        if job.state in UNFINISHED:
            raise _wrong_state(job)


def _is_unread(conn: Connection, row: BatchRow) -> bool:
    """Tell whether the table, or a part of it, was never read: its run broke, or was cancelled before."""
    if row.table_facts is None:
        return True
    return sum(batch_rows.counts(conn, batch_id=row.id).values()) < int(row.table_facts["rows"])


def _row(asked: BatchRequest, begun: RequestedBatch, *, tenant_id: str, at: datetime) -> BatchRow:
    upload = asked.upload
    return BatchRow(
        id=begun.batch_id,
        tenant_id=tenant_id,
        job_id=begun.job_id,
        run=1,
        mode="dry_run" if asked.dry_run else "real",
        file_name=upload.file_name,
        object_key=upload.object_key,
        sha256=upload.sha256,
        size=upload.size,
        request=asked.told(),
        created_at=at,
    )


def _wrong_state(job: JobRow) -> ConflictError:
    chinese = f"批次当前状态为 {job.state}，不能执行此操作"
    return _conflict("batch_state", f"the batch's job is {job.state}: this cannot be done now", chinese)


def _conflict(code: str, message: str, message_zh: str) -> ConflictError:
    return ConflictError(code, message, message_zh=message_zh)
