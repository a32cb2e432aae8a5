"""The same workbook back: each row's state, its notice, its waybill, what came of it, and every fault at its cell."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence.law.entry_values import legal_day
from service.batches.kept import fetch_upload, keep_file, working_folder
from service.batches.parts import BatchParts
from service.batches.specials import RETURNED_NO
from service.records import batch_rows
from service.records.batch_rows import RowRow, Sent
from service.records.batches import BatchRow
from service.records.engine import reading
from service.workbook import RowResult, open_table_apart, write_back_apart

KIND, XLSX = "workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 500
STATES_ZH = {
    "pending": "待出具",
    "running": "处理中",
    "issued": "已出具",
    "failed": "未出具",
    "skipped": "此前已出具",
}
CHECKED_ZH = "核对无误"
"""What a row of a dry run is told that could be issued."""
OUTCOMES_ZH = {
    "delivered": "已签收",
    "refused": "拒收",
    "returned": "退回",
    "arrived": "已到达",
    "read": "已读",
    "unread": "未读",
    "published": "已公告",
}


class Returning:
    """Fills the uploaded workbook."""

    def __init__(self, parts: BatchParts) -> None:
        self._parts = parts

    def write(self, batch: BatchRow, *, of_run: bool = False) -> None:
        """Write the workbook as the rows stand now, and keep it.

        Raises:
            RunOverError: It is written at the end of a run (`of_run`), and another run has begun.
            StoreError: A store or the disk failed, or the workbook needs more memory than it may have.
        """
        with working_folder(self._parts) as folder:
            upload = fetch_upload(self._parts, batch, folder)
            (folder / "table").mkdir()
            table = open_table_apart(
                upload, file_name=batch.file_name, into=folder / "table", sheet=batch.request.get("sheet")
            )
            target = folder / "filled.xlsx"
            write_back_apart(upload, target, table=table, results=self._results(batch))
            keep_file(
                self._parts,
                batch,
                target,
                kind=KIND,
                name=filled_name(batch.file_name),
                media_type=XLSX,
                of_run=of_run,
            )

    def _results(self, batch: BatchRow) -> Iterator[RowResult]:
        after = 0
        while True:
            with reading(self._parts.engine) as conn:
                rows = batch_rows.rows_of(conn, batch_id=batch.id, after=after, limit=PAGE)
                notices = [row.notice_id for row in rows if row.notice_id is not None]
                sent = batch_rows.sent(conn, tenant_id=batch.tenant_id, notice_ids=notices)
            if not rows:
                return
            for row in rows:
                yield _result(batch, row, sent)
            after = rows[-1].number


def filled_name(file_name: str) -> str:
    """Name the workbook that goes back after the one that came."""
    return f"{Path(file_name).stem[:150]}-回填.xlsx"


def _result(batch: BatchRow, row: RowRow, sent: Mapping[str, Sent]) -> RowResult:
    found = sent.get(row.notice_id or "")
    faults = row.errors or ()
    is_void = found is not None and found.state == "voided"
    checked = batch.mode == "dry_run" and row.state == "pending"
    return RowResult(
        number=row.number,
        status_zh="已作废" if is_void else CHECKED_ZH if checked else STATES_ZH[row.state],
        errors=tuple(_told(fault) for fault in faults),
        # A number that its row was refused with stays: without it the next upload would be issued.
        notice_no=row.notice_no or str((row.specials or {}).get(RETURNED_NO, "")),
        waybill_no=(found.waybill_no if found else None) or "",
        received=_received(found),
        file=f"{row.notice_no}.pdf" if row.notice_no else "",
        failed=row.state == "failed",
        cell_errors=tuple((fault["index"], fault["message_zh"]) for fault in faults if "index" in fault),
    )


def _told(fault: Mapping[str, Any]) -> str:
    where = fault.get("header") or fault.get("column")
    return f"{where}：{fault['message_zh']}" if where else str(fault["message_zh"])


def _received(sent: Sent | None) -> str:
    if sent is None or sent.outcome is None:
        return ""
    return " ".join(filter(None, (OUTCOMES_ZH.get(sent.outcome, sent.outcome), _day(sent.delivered_at))))


def _day(at: datetime | None) -> str:
    return "" if at is None else legal_day(at).isoformat()
