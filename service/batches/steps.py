"""The steps of a batch, as its durable workflow calls them; each may run twice, in any process."""

import structlog

from service.batches.issuing import Issuing, in_chunks
from service.batches.parts import BatchParts
from service.batches.reading import Reading
from service.batches.requesting import Batches
from service.batches.returning import Returning
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


class BatchWork:
    """Implements the steps of `service.workflows.batches`."""

    def __init__(self, parts: BatchParts, requests: Batches) -> None:
        self._parts, self._requests = parts, requests
        self._reading, self._sampling = Reading(parts), Sampling(parts)
        self._issuing, self._returning = Issuing(parts), Returning(parts)

    def read(self, tenant_id: str, batch_id: str) -> Outcome:
        """Read and check every row; a file that cannot be read ends the job, and says why on it."""
        batch, job = self._now(tenant_id, batch_id)
        if job.state not in UNFINISHED:
            return {"dry_run": False, "go": False}
        with writing(self._parts.engine) as conn:
            jobs.start_job(conn, job_id=job.id, at=self._parts.clock())
        try:
            self._reading.read(batch, say=lambda done, total: self._say_read(job, done, total))
        except StoreError:
            raise
        except ServiceError as error:
            self._end(job, error=error)
            return {"dry_run": False, "go": False}
        return {"dry_run": batch.mode == "dry_run", "go": True}

    def sample(self, tenant_id: str, batch_id: str) -> None:
        """Draw the letters of a dry run's risk sample."""
        batch, job = self._now(tenant_id, batch_id)
        if job.state in UNFINISHED:
            self._say(job, "正在排版风险样张", "drawing the risk sample")
            self._sampling.draw(batch)

    def plan(self, tenant_id: str, batch_id: str) -> list[tuple[int, int]]:
        """Give the first and last row of every chunk that has open rows; none when the run is over or paused."""
        _, job = self._now(tenant_id, batch_id)
        if job.state != "running":
            return []
        with reading(self._parts.engine) as conn:
            numbers = batch_rows.open_numbers(conn, batch_id=batch_id)
        return list(in_chunks(numbers, CHUNK))

    def work(self, tenant_id: str, batch_id: str, first: int, last: int) -> Outcome:
        """Issue the notices of a chunk's open rows; what another living worker is at is left to it."""
        tenant = self._parts.access.tenant(tenant_id)
        with reading(self._parts.engine) as conn:
            numbers = [n for n in batch_rows.open_numbers(conn, batch_id=batch_id) if first <= n <= last]
        self._issuing.work(tenant, batch_id, numbers, goes_on=lambda: self._goes_on(tenant_id, batch_id))
        return {}

    def close(self, tenant_id: str, batch_id: str) -> None:
        """Write the workbook back, and end the job if no row is open."""
        batch, job = self._now(tenant_id, batch_id)
        if batch.mapping is not None:
            self._say(job, "正在回填工作簿", "filling the workbook")
            self._returning.write(batch)
        if job.state in ("queued", "running"):
            self._end(job)

    def fail(self, tenant_id: str, batch_id: str, message: str) -> None:
        """Show on the job why it ended."""
        _, job = self._now(tenant_id, batch_id)
        self._end(job, error=ServiceError("batch_failed", message, message_zh="批次处理失败"))

    def waiting(self, tenant_id: str, batch_id: str, message: str) -> None:
        """Show on the job what it waits for."""
        _, job = self._now(tenant_id, batch_id)
        self._say(job, f"等待存储恢复：{message}", f"waiting for a store: {message}")

    def enqueue_unfinished(self) -> None:
        """Ask for the run of every batch that has not ended."""
        self._requests.enqueue_unfinished()

    def _now(self, tenant_id: str, batch_id: str) -> tuple[BatchRow, JobRow]:
        with reading(self._parts.engine) as conn:
            batch = batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id)
            return batch, jobs.job(conn, tenant_id=tenant_id, job_id=batch.job_id)

    def _goes_on(self, tenant_id: str, batch_id: str) -> bool:
        """Look at the job between two lots, and say on it how far the batch is."""
        _, job = self._now(tenant_id, batch_id)
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

    def _end(self, job: JobRow, *, error: ServiceError | None = None) -> None:
        batch_id = (job.request or {})["batch"]
        told = None if error is None else told_end(error)
        with writing(self._parts.engine) as conn:
            found = batch_rows.counts(conn, batch_id=batch_id)
            if error is None and job.kind == "batch" and found.get("pending", 0) + found.get("running", 0):
                return  # paused meanwhile, or a row is in somebody's hands: a further run ends it
            state = "partial" if found.get("failed", 0) else "succeeded"
            done = sum(found.get(each, 0) for each in OVER)
            jobs.job_progress(conn, job_id=job.id, done=done, total=sum(found.values()))
            jobs.finish_job(
                conn,
                job_id=job.id,
                at=self._parts.clock(),
                result={"batch": batch_id, "rows": found},
                error=told,
                state=state,
            )
