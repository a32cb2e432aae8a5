"""Queries over notices and what follows them: dispatches, receipts, scans, frozen files.

Every answer is one tenant's; what is another tenant's is not found. What a row does not have (recipient, reason,
tracking events, fields) is in the body of the entry at its `seq`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, select

from service.errors import NotFoundError
from service.records import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """An issued notice; `state` is issued or voided."""

    id: str
    tenant_id: str
    matter_id: str
    notice_no: str
    seq: int
    party: str
    template: str
    version: str
    engine: str
    state: str
    voided_seq: int | None
    pdf_sha256: bytes
    docx_sha256: bytes | None
    pages: int
    created_at: datetime
    subject_digest: bytes | None
    duplicate_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRow:
    """A notice handed to a carrier."""

    id: str
    tenant_id: str
    matter_id: str
    notice_id: str
    seq: int
    carrier: str
    waybill_no: str | None
    posted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A carrier's proof of delivery, refusal or return."""

    id: str
    tenant_id: str
    matter_id: str
    dispatch_id: str
    seq: int
    outcome: str
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRow:
    """A page image that somebody made."""

    id: str
    tenant_id: str
    matter_id: str
    notice_id: str
    seq: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """Frozen bytes that at least one of the tenant's entries names."""

    tenant_id: str
    sha256: bytes
    size: int
    media_type: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFileRow:
    """A file as one entry names it."""

    tenant_id: str
    matter_id: str
    seq: int
    position: int
    sha256: bytes
    role: str
    file_name: str
    size: int
    media_type: str


AnyRow = TypeVar("AnyRow")


def notice(conn: Connection, *, tenant_id: str, notice_id: str) -> NoticeRow:
    """Give one notice of the tenant."""
    return _one(conn, tables.notices, NoticeRow, "the notice", tenant_id=tenant_id, id=notice_id)


def notice_by_no(conn: Connection, *, notice_no: str) -> NoticeRow | None:
    """Give the notice with this number, whichever tenant's: for the public page alone."""
    found = _all(conn, tables.notices, NoticeRow, notice_no=notice_no)
    return found[0] if found else None


def notices_of_matter(conn: Connection, *, tenant_id: str, matter_id: str) -> tuple[NoticeRow, ...]:
    """Give a matter's notices in order."""
    return _all(conn, tables.notices, NoticeRow, tenant_id=tenant_id, matter_id=matter_id)


def issued_about(conn: Connection, *, tenant_id: str, subject_digest: bytes) -> NoticeRow | None:
    """Give the tenant's first issued notice about this subject; a voided one no longer counts."""
    n = tables.notices.c
    same = (n.tenant_id == tenant_id, n.subject_digest == subject_digest, n.state == "issued")
    query = select(tables.notices).where(*same).order_by(n.created_at, n.notice_no).limit(1)
    found = conn.execute(query).mappings().one_or_none()
    return None if found is None else NoticeRow(**found)


def dispatch(conn: Connection, *, tenant_id: str, dispatch_id: str) -> DispatchRow:
    """Give one dispatch of the tenant."""
    return _one(conn, tables.dispatches, DispatchRow, "the dispatch", tenant_id=tenant_id, id=dispatch_id)


def dispatches_of_notice(conn: Connection, *, tenant_id: str, notice_id: str) -> tuple[DispatchRow, ...]:
    """Give a notice's dispatches in order."""
    return _all(conn, tables.dispatches, DispatchRow, tenant_id=tenant_id, notice_id=notice_id)


def dispatches_with_waybill(conn: Connection, *, tenant_id: str, waybill_no: str) -> tuple[DispatchRow, ...]:
    """Give the tenant's dispatches under this number, of any notice."""
    return _all(conn, tables.dispatches, DispatchRow, tenant_id=tenant_id, waybill_no=waybill_no)


def receipt(conn: Connection, *, tenant_id: str, receipt_id: str) -> ReceiptRow:
    """Give one receipt of the tenant."""
    return _one(conn, tables.receipts, ReceiptRow, "the receipt", tenant_id=tenant_id, id=receipt_id)


def receipts_of_dispatch(conn: Connection, *, tenant_id: str, dispatch_id: str) -> tuple[ReceiptRow, ...]:
    """Give a dispatch's receipts in order."""
    return _all(conn, tables.receipts, ReceiptRow, tenant_id=tenant_id, dispatch_id=dispatch_id)


def scan(conn: Connection, *, tenant_id: str, scan_id: str) -> ScanRow:
    """Give one scan of the tenant."""
    return _one(conn, tables.scans, ScanRow, "the scan", tenant_id=tenant_id, id=scan_id)


def scans_of_notice(conn: Connection, *, tenant_id: str, notice_id: str) -> tuple[ScanRow, ...]:
    """Give a notice's scans in order."""
    return _all(conn, tables.scans, ScanRow, tenant_id=tenant_id, notice_id=notice_id)


def file(conn: Connection, *, tenant_id: str, sha256: bytes) -> FileRow:
    """Give what the tenant's entries say of the file with this digest."""
    return _one(conn, tables.files, FileRow, "the file", tenant_id=tenant_id, sha256=sha256)


def files_of_entry(conn: Connection, *, tenant_id: str, matter_id: str, seq: int) -> tuple[EntryFileRow, ...]:
    """Give the files that one entry names, in the order of its body."""
    query = {"tenant_id": tenant_id, "matter_id": matter_id, "seq": seq}
    return _all(conn, tables.entry_files, EntryFileRow, **query)


def file_of_matter(conn: Connection, *, tenant_id: str, matter_id: str, sha256: bytes) -> EntryFileRow:
    """Give a file as the first entry of the matter that names it does; NotFoundError when none does."""
    found = _all(conn, tables.entry_files, EntryFileRow, tenant_id=tenant_id, matter_id=matter_id, sha256=sha256)
    if not found:
        raise NotFoundError("the file", message_zh="该案件的记录中没有此文件")
    return found[0]


def _one(conn: Connection, table: Table, row: type[AnyRow], what: str, **wanted: Any) -> AnyRow:
    found = conn.execute(select(table).where(*_where(table, wanted))).mappings().one_or_none()
    if found is None:
        raise NotFoundError(what, message_zh="未找到该记录")
    return row(**found)


def _all(conn: Connection, table: Table, row: type[AnyRow], **wanted: Any) -> tuple[AnyRow, ...]:
    order = [table.c.seq] if "seq" in table.c else []
    order += [table.c.position] if "position" in table.c else []
    query = select(table).where(*_where(table, wanted)).order_by(*order)
    return tuple(row(**found) for found in conn.execute(query).mappings())


def _where(table: Table, wanted: dict[str, Any]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in wanted.items()]
