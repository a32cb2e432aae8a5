"""The steps of a batch, as its durable workflow calls them; each may run twice, in any process.

A step of a run that another has followed does nothing (`service.batches.runs`).
"""

from collections.abc import Mapping
from contextlib import suppress

import structlog
from sqlalchemy import Connection

from service.batches.issuing import Issuing, in_chunks
from service.batches.parts import BatchParts
from service.batches.reading import Reading
from service.batches.requesting import REAL, Batches
from service.batches.returning import Returning
from service.batches.runs import RunOverError, hold_run
from service.batches.sampling import Sampling
from service.batches.told import told_end
from service.errors import ServiceError, StoreError
from service.records import batch_rows, batches, jobs
from service.records.batch_rows import OVER
from service.records.batches import BatchRow
from service.records.engine import reading, writing
from service.records.jobs import UNFINISHED, JobRow
from service.workflows import Outcome

log = structlog.get_logger("batches")

CHUNK = 64
"""Rows that one workflow works off: what a worker that ends leaves to others."""
NOTHING_TO_DO: Outcome = {"dry_run": False, "go": False}


class BatchWork:
    """Implements the steps of `service.workflows.batches`."""

    def __init__(self, parts: BatchParts, requests: Batches) -> None:
        self._parts, self._requests = parts, requests
        self._reading, self._sampling = Reading(parts), Sampling(parts)
        self._issuing, self._returning = Issuing(parts), Returning(parts)

    def read(self, tenant_id: str, batch_id: str, run: int) -> Outcome:
        """Read and check every row; a file that cannot be read ends the job, and says why on it."""
        try:
            return self._read(tenant_id, batch_id, run)
        except RunOverError:
            return NOTHING_TO_DO

    def sample(self, tenant_id: str, batch_id: str, run: int) -> None:
        """Draw the letters of a dry run's risk sample."""
        with suppress(RunOverError):
            batch, job = self._now(tenant_id, batch_id, run)
            if job.state in UNFINISHED:
                self._say(job, "正在排版风险样张", "drawing the risk sample")
                self._sampling.draw(batch)

    def plan(self, tenant_id: str, batch_id: str, run: int) -> list[tuple[int, int]]:
        """Give the first and last row of every chunk that has open rows; none when the run is over or paused."""
        with suppress(RunOverError), reading(self._parts.engine) as conn:
            _, job = self._found(conn, tenant_id, batch_id, run)
            if job.state == "running":
                return list(in_chunks(batch_rows.open_numbers(conn, batch_id=batch_id), CHUNK))
        return []

    def work(self, tenant_id: str, batch_id: str, first: int, last: int) -> Outcome:
        """Issue the notices of a chunk's open rows; what another living worker is at is left to it."""
        tenant = self._parts.access.tenant(tenant_id)
        with reading(self._parts.engine) as conn:
            numbers = [n for n in batch_rows.open_numbers(conn, batch_id=batch_id) if first <= n <= last]
        self._issuing.work(tenant, batch_id, numbers, goes_on=lambda: self._goes_on(tenant_id, batch_id))
        return {}

    def close(self, tenant_id: str, batch_id: str, run: int) -> None:
        """Write the workbook back, and end the job if no row is open."""
        with suppress(RunOverError):
            batch, job = self._now(tenant_id, batch_id, run)
            unwritten = None if batch.mapping is None else self._write_back(batch, job)
            if job.state in ("queued", "running"):
                self._end(batch, job, unwritten=unwritten)

    def fail(self, tenant_id: str, batch_id: str, run: int, message: str) -> None:
        """Show on the job why it ended."""
        with suppress(RunOverError):
            batch, job = self._now(tenant_id, batch_id, run)
            self._end(batch, job, error=ServiceError("batch_failed", message, message_zh="批次处理失败"))

    def waiting(self, tenant_id: str, batch_id: str, run: int, message: str) -> None:
        """Show on the job what it waits for."""
        with suppress(RunOverError):
            _, job = self._now(tenant_id, batch_id, run)
            self._say(job, f"等待存储恢复：{message}", f"waiting for a store: {message}")

    def enqueue_unfinished(self) -> None:
        """Ask for the run of every batch that has not ended."""
        self._requests.enqueue_unfinished()

    def _read(self, tenant_id: str, batch_id: str, run: int) -> Outcome:
        batch, job = self._now(tenant_id, batch_id, run)
        if job.state not in UNFINISHED:
            return NOTHING_TO_DO
        with writing(self._parts.engine) as conn:
            jobs.start_job(conn, job_id=job.id, at=self._parts.clock())
        try:
            self._reading.read(batch, say=lambda done, total: self._say_read(job, done, total))
        except StoreError:
            raise
        except ServiceError as error:
            self._end(batch, job, error=error)
            return NOTHING_TO_DO
        return {"dry_run": batch.mode == "dry_run", "go": True}

    def _write_back(self, batch: BatchRow, job: JobRow) -> ServiceError | None:
        """Fill the workbook; one that cannot be filled holds up nothing: what was issued is told without it."""
        self._say(job, "正在回填工作簿", "filling the workbook")
        try:
            self._returning.write(batch, of_run=True)
        except StoreError:
            raise
        except ServiceError as error:
            log.warning("batch.workbook_unwritten", batch=batch.id, code=error.code)
            return error
        return None

    def _now(self, tenant_id: str, batch_id: str, run: int) -> tuple[BatchRow, JobRow]:
        with reading(self._parts.engine) as conn:
            return self._found(conn, tenant_id, batch_id, run)

    def _found(self, conn: Connection, tenant_id: str, batch_id: str, run: int) -> tuple[BatchRow, JobRow]:
        batch = batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id)
        if batch.run != run:
            raise RunOverError
        return batch, jobs.job(conn, tenant_id=tenant_id, job_id=batch.job_id)

    def _goes_on(self, tenant_id: str, batch_id: str) -> bool:
        """Look at the job between two lots, and say on it how far the batch is.

        Rows in hand do not belong to a run: whichever run asked for them, they are issued as they were read.
        """
        with reading(self._parts.engine) as conn:
            batch = batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id)
            job = jobs.job(conn, tenant_id=tenant_id, job_id=batch.job_id)
        if job.state == "running":
            self._say(job, "正在逐行出具", "issuing row by row")
        return job.state == "running"

    def _say_read(self, job: JobRow, done: int, total: int) -> None:
        with writing(self._parts.engine) as conn:
            chinese, english = f"正在读取并核对，已读 {done} 行", f"reading and checking: {done} rows"
            jobs.job_progress(conn, job_id=job.id, done=0, total=total, message_zh=chinese, message_en=english)

    def _say(self, job: JobRow, chinese: str, english: str) -> None:
        batch_id = (job.request or {})["batch"]
        with writing(self._parts.engine) as conn:
            found = batch_rows.counts(conn, batch_id=batch_id)
            done, total = sum(found.get(state, 0) for state in OVER), sum(found.values())
            jobs.job_progress(conn, job_id=job.id, done=done, total=total, message_zh=chinese, message_en=english)

    def _end(
        self,
        batch: BatchRow,
        job: JobRow,
        *,
        error: ServiceError | None = None,
        unwritten: ServiceError | None = None,
    ) -> None:
        with writing(self._parts.engine) as conn:
            hold_run(conn, batch)
            found = batch_rows.counts(conn, batch_id=batch.id)
            if error is None and job.kind == REAL and _open(batch, found):
                return  # paused meanwhile, or a row is in somebody's hands: a further run ends it
            result = {"batch": batch.id, "rows": found}
            jobs.job_progress(
                conn, job_id=job.id, done=sum(found.get(each, 0) for each in OVER), total=sum(found.values())
            )
            jobs.finish_job(
                conn,
                job_id=job.id,
                at=self._parts.clock(),
                result=result if unwritten is None else {**result, "workbook": told_end(unwritten)},
                error=None if error is None else told_end(error),
                state="partial" if found.get("failed", 0) or unwritten else "succeeded",
            )


def _open(batch: BatchRow, found: Mapping[str, int]) -> bool:
    """Tell whether a row of the table waits, is in hand, or was never read."""
    unread = batch.table_facts is None or sum(found.values()) < int(batch.table_facts["rows"])
    return unread or found.get("pending", 0) + found.get("running", 0) > 0
