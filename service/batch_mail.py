"""What a batch gives the post and gets back: print files and returned waybills as jobs, the zip and the sheet at once.

A job's work may run twice, in any process. A part that is in the object store is not printed again, and a waybill that
is recorded is not recorded again.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from evidence.canonical import format_instant, parse_instant
from service.batch_letters import mail_items
from service.batch_printing import TOLD_MOST, PrintRun
from service.batches import BatchParts, RequestedBatch, Upload
from service.batches.kept import fetch_upload, working_folder
from service.batches.returning import Returning
from service.batches.told import told_end, told_fields
from service.errors import BusyError, ServiceError, StoreError
from service.mailing.ems import EmsSheet, Sender, ems_sheet
from service.mailing.item import MailItem
from service.mailing.layout import Layout
from service.mailing.letters_zip import SizedStream, letters_zip
from service.mailing.order import print_order
from service.mailing.returned import read_ems
from service.posting import Posted, Posting
from service.records import batches, ids, jobs
from service.records.batches import BatchRow, FileOfBatch
from service.records.engine import reading, writing
from service.records.jobs import UNFINISHED, JobRow

PRINT, WAYBILLS, WORKBOOK = "batch_print", "batch_waybills", "batch_workbook"
"""The kinds of job that write print files, that record waybill numbers, and that fill the workbook anew."""

RETURNED = "returned"
"""The kind of file that a returned sheet is."""

Also = Callable[[Connection, RequestedBatch], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRequest:
    """How a batch is to be printed."""

    part_size: int
    duplex: bool


class BatchMail:
    """Takes requests about the post of a batch and does their work; `enqueue` starts a job, any number of times."""

    def __init__(
        self,
        parts: BatchParts,
        *,
        posting: Posting,
        layout: Layout,
        sender: Sender,
        random_bytes: Callable[[int], bytes],
        enqueue: Callable[[str, str], None],
    ) -> None:
        self._parts, self._posting, self._layout, self._sender = parts, posting, layout, sender
        self._random_bytes, self._enqueue = random_bytes, enqueue

    def request_print(self, *, tenant_id: str, batch_id: str, asked: PrintRequest, also: Also) -> RequestedBatch:
        """Ask for print files and their manifest; those of an earlier asking are replaced when they are made."""
        request = {"part_size": asked.part_size, "duplex": asked.duplex}
        return self._request(tenant_id, batch_id, PRINT, request, also)

    def request_waybills(
        self, *, tenant_id: str, batch_id: str, sheet: Upload, posted_at: datetime | None, also: Also
    ) -> RequestedBatch:
        """Ask that the waybill numbers of a returned sheet be recorded; `posted_at` is for lines that do not say it."""
        request = {
            "file_name": sheet.file_name,
            "object_key": sheet.object_key,
            "posted_at": None if posted_at is None else format_instant(posted_at.replace(microsecond=0)),
        }

        def kept(conn: Connection, begun: RequestedBatch) -> None:
            batches.put_file(conn, _returned(begun, sheet, tenant_id=tenant_id, at=self._parts.clock()))
            also(conn, begun)

        return self._request(tenant_id, batch_id, WAYBILLS, request, kept)

    def request_workbook(self, *, tenant_id: str, batch_id: str, also: Also) -> RequestedBatch:
        """Ask that the workbook be filled as the rows stand now: receipts have come since it was."""
        return self._request(tenant_id, batch_id, WORKBOOK, {}, also)

    def letters_zip(self, *, tenant_id: str, batch_id: str) -> SizedStream:
        """Give all letters of a batch as one zip, in print order; refused when there is none."""
        return letters_zip(
            print_order(self._items(tenant_id, batch_id)), lambda item: self._parts.objects.open(item.pdf_key)
        )

    def ems_sheet(self, *, tenant_id: str, batch_id: str, path: Path) -> EmsSheet:
        """Write the carrier's batch sheet, in print order; refused when there is no letter."""
        sender = (
            self._sender if self._sender.name else replace(self._sender, name=self._parts.access.tenant(tenant_id).name)
        )
        return ems_sheet(print_order(self._items(tenant_id, batch_id)), self._layout, sender, path)

    def work(self, tenant_id: str, job_id: str) -> None:
        """Do a job's work; doing it again changes nothing.

        Raises:
            StoreError: A store failed, or every renderer is at work; the work may be done again.
        """
        job, batch = self._job(tenant_id, job_id)
        if job.state not in UNFINISHED:
            return
        with writing(self._parts.engine) as conn:
            jobs.start_job(conn, job_id=job_id, at=self._parts.clock())
        try:
            result = {PRINT: self._print, WAYBILLS: self._record, WORKBOOK: self._fill}[job.kind](job, batch)
        except StoreError:
            raise
        except BusyError as error:
            raise StoreError(error.message, code=error.code, message_zh=error.message_zh) from error
        except ServiceError as error:
            self._end(job_id, error=error)
        else:
            self._end(job_id, result={"batch": batch.id, **result})

    def fail(self, tenant_id: str, job_id: str, message: str) -> None:
        """Show on the job why it ended."""
        self._end(job_id, error=ServiceError("batch_mail_failed", message, message_zh="处理失败"))

    def waiting(self, tenant_id: str, job_id: str, message: str) -> None:
        """Show on the job what it waits for."""
        job, _ = self._job(tenant_id, job_id)
        self._say(job_id, job.done, job.total, f"等待存储恢复：{message}", f"waiting for a store: {message}")

    def enqueue_unfinished(self) -> None:
        """Ask for the work of every job that has not ended; what the engine already has is not done twice."""
        with reading(self._parts.engine) as conn:
            unfinished = jobs.unfinished_jobs(conn)
        for job in unfinished:
            if job.kind in (PRINT, WAYBILLS, WORKBOOK):
                self._enqueue(job.tenant_id, job.id)

    def _request(
        self, tenant_id: str, batch_id: str, kind: str, request: Mapping[str, Any], also: Also
    ) -> RequestedBatch:
        begun = RequestedBatch(
            batch_id=batch_id, job_id=ids.new_id(ids.JOB, self._random_bytes), kind=kind, state="queued"
        )
        with writing(self._parts.engine) as conn:
            batches.batch(conn, tenant_id=tenant_id, batch_id=batch_id)
            row = JobRow(
                id=begun.job_id,
                tenant_id=tenant_id,
                kind=kind,
                state="queued",
                created_at=self._parts.clock(),
                request={"batch": batch_id, **request},
            )
            jobs.insert_job(conn, row)
            also(conn, begun)
            # Crash from this commit to the call below: the job is queued, and the cadence enqueues it.
        with suppress(StoreError):  # so it is when the jobs' database is away
            self._enqueue(tenant_id, begun.job_id)
        return begun

    def _print(self, job: JobRow, batch: BatchRow) -> dict[str, Any]:
        request: Any = job.request
        run = PrintRun(parts=self._parts, batch=batch, job_id=job.id)
        return run.write(
            self._items(job.tenant_id, batch.id),
            part_size=request["part_size"],
            duplex=request["duplex"],
            say=partial(self._say, job.id),
        )

    def _record(self, job: JobRow, batch: BatchRow) -> dict[str, Any]:
        request: Any = job.request
        self._say(job.id, 0, 0, "正在读取回单并登记邮件号", "reading the sheet and recording waybill numbers")
        letters = {item.notice_no: item for item in self._items(job.tenant_id, batch.id)}
        upload = replace(batch, object_key=request["object_key"])
        with working_folder(self._parts) as folder:
            path, rows = fetch_upload(self._parts, upload, folder), folder / "rows"
            rows.mkdir()
            posted = self._posting.record(
                read_ems(path, self._layout, request["file_name"], into=rows),
                tenant_id=job.tenant_id,
                letters=letters,
                layout=self._layout,
                posted_at=None if request["posted_at"] is None else parse_instant(request["posted_at"]),
            )
        Returning(self._parts).write(batch)
        return _recorded(posted)

    def _fill(self, _job: JobRow, batch: BatchRow) -> dict[str, Any]:
        Returning(self._parts).write(batch)
        return {}

    def _items(self, tenant_id: str, batch_id: str) -> list[MailItem]:
        return mail_items(self._parts.engine, self._parts.catalog, tenant_id=tenant_id, batch_id=batch_id)

    def _job(self, tenant_id: str, job_id: str) -> tuple[JobRow, BatchRow]:
        with reading(self._parts.engine) as conn:
            job = jobs.job(conn, tenant_id=tenant_id, job_id=job_id)
            request: Any = job.request
            return job, batches.batch(conn, tenant_id=tenant_id, batch_id=request["batch"])

    def _say(self, job_id: str, done: int, total: int, chinese: str, english: str) -> None:
        with writing(self._parts.engine) as conn:
            jobs.job_progress(conn, job_id=job_id, done=done, total=total, message_zh=chinese, message_en=english)

    def _end(self, job_id: str, *, result: Mapping[str, Any] | None = None, error: ServiceError | None = None) -> None:
        told = None if error is None else told_end(error)
        state = "partial" if (result or {}).get("refused") else "succeeded"
        with writing(self._parts.engine) as conn:
            jobs.finish_job(conn, job_id=job_id, at=self._parts.clock(), result=result, error=told, state=state)


def _returned(begun: RequestedBatch, sheet: Upload, *, tenant_id: str, at: datetime) -> FileOfBatch:
    """The sheet as a file of the batch, so that it can be looked at and is no stray object."""
    return FileOfBatch(
        tenant_id=tenant_id,
        batch_id=begun.batch_id,
        kind=RETURNED,
        name=begun.job_id + Path(sheet.file_name).suffix[:12],
        object_key=sheet.object_key,
        sha256=sheet.sha256,
        size=sheet.size,
        media_type="application/octet-stream",
        created_at=at,
        about=sheet.file_name,
    )


def _recorded(posted: Posted) -> dict[str, Any]:
    lines = [
        {
            "row": line.row,
            "notice_no": line.notice_no,
            "waybill_no": line.waybill_no,
            "errors": told_fields(line.errors),
        }
        for line in posted.refused[:TOLD_MOST]
    ]
    counts = {"recorded": posted.recorded, "already_there": posted.already_there, "refused": len(posted.refused)}
    return {**counts, "lines": lines}
