"""The carrier's returned sheet becomes dispatches: one for each notice, however often the sheet is sent.

A line that does not hold is refused by name and stops no other. The check that a notice has no waybill number yet is
made in the transaction that records one, under the matter's lock, so two clerks with the same sheet record it once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Engine

from evidence.canonical import format_instant
from evidence.entry import body_from_bytes
from evidence.law.entry_values import legal_day
from service.errors import ConflictError, FieldError, NotFoundError, RefusedError, ServiceError
from service.ledger import Appended
from service.mailing.ems import item_text
from service.mailing.item import MailItem
from service.mailing.layout import Layout
from service.mailing.returned import CARRIER, SHANGHAI, ReturnedLine
from service.recording import Recording
from service.records import notices
from service.records.engine import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A line of which nothing was recorded, and why."""

    row: int
    notice_no: str
    waybill_no: str
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of a sheet: dispatches recorded now, lines whose number was recorded before, lines refused."""

    recorded: int
    already_there: int
    refused: tuple[RefusedLine, ...]


class Posting:
    """Records the waybill numbers that a carrier gave."""

    def __init__(self, *, engine: Engine, recording: Recording) -> None:
        self._engine, self._recording = engine, recording

    def record(
        self,
        lines: Iterable[ReturnedLine],
        *,
        tenant_id: str,
        letters: Mapping[str, MailItem],
        layout: Layout,
        posted_at: datetime | None = None,
    ) -> Posted:
        """Record every line that holds.

        Args:
            lines: From `read_ems`.
            tenant_id: Whose notices.
            letters: The letters that were posted, by notice number.
            layout: How the sheet was written: what the labels say is recorded as they say it.
            posted_at: When the letters were handed over, for lines that do not say it.

        Raises:
            StoreError: A store failed. What was recorded stays; the same sheet may be sent again.
        """
        recorded, before, refused = 0, 0, []
        for line in lines:
            try:
                done = self._one(line, tenant_id=tenant_id, letters=letters, layout=layout, posted_at=posted_at)
                recorded, before = recorded + done, before + (not done)
            except (RefusedError, ConflictError, NotFoundError) as error:
                refused.append(_refusal(line, error))
        return Posted(recorded=recorded, already_there=before, refused=tuple(refused))

    def _one(
        self,
        line: ReturnedLine,
        *,
        tenant_id: str,
        letters: Mapping[str, MailItem],
        layout: Layout,
        posted_at: datetime | None,
    ) -> bool:
        """Tell whether something was recorded; False when this very number was there before."""
        if line.errors:
            raise RefusedError(line.errors[0].code, line.errors[0].message_en, errors=line.errors)
        letter = letters.get(line.notice_no)
        if letter is None:
            raise _refused("notice_no", "notice_no.unknown", *_UNKNOWN)
        with reading(self._engine) as conn:
            if _is_there(conn, tenant_id, letter, line.waybill_no, besides=""):
                return False
            notice = notices.notice(conn, tenant_id=tenant_id, notice_id=letter.notice_id)
        facts = _facts(line, letter, layout, _posted_at(line, posted_at, issued_at=notice.created_at))

        def checked(conn: Connection, entry: Appended) -> None:
            dispatch = str(body_from_bytes(entry.body)["dispatch"])
            if _is_there(conn, tenant_id, letter, line.waybill_no, besides=dispatch):
                raise _AlreadyThereError

        try:
            self._recording.dispatch(
                tenant_id=tenant_id, notice_id=letter.notice_id, facts=facts, files=(), also=checked
            )
        except _AlreadyThereError:
            return False
        return True


class _AlreadyThereError(Exception):
    """Somebody else recorded the same line between our look and our transaction, which is undone by this."""


_UNKNOWN = ("没有此函号的函件在本批次中", "this batch has no letter with this notice number")


def _is_there(conn: Connection, tenant_id: str, letter: MailItem, waybill_no: str, *, besides: str) -> bool:
    """Tell whether the number is recorded for the letter; ConflictError when either has another partner already."""
    for row in notices.dispatches_with_waybill(conn, tenant_id=tenant_id, waybill_no=waybill_no):
        if row.notice_id != letter.notice_id:
            told = f"the waybill number {waybill_no} is recorded for another notice"
            raise ConflictError("waybill.used", told, message_zh=f"邮件号 {waybill_no} 已登记在另一份函件上")
    posted = notices.dispatches_of_notice(conn, tenant_id=tenant_id, notice_id=letter.notice_id)
    numbers = {row.waybill_no for row in posted if row.id != besides and row.carrier == CARRIER and row.waybill_no}
    if numbers and waybill_no not in numbers:
        told = f"the notice has the waybill number {min(numbers)} already"
        raise ConflictError("waybill.other", told, message_zh=f"该函件已登记邮件号 {min(numbers)}")
    return waybill_no in numbers


def _facts(line: ReturnedLine, letter: MailItem, layout: Layout, posted_at: datetime) -> dict[str, Any]:
    facts = {
        "carrier": CARRIER,
        "waybill_no": line.waybill_no,
        "item_description": item_text(letter, longest=layout.longest_description),
        "posted_at": format_instant(posted_at),
        "recipient": letter.addressee,
        "address": letter.address.strip(),
    }
    return {name: value for name, value in facts.items() if value}


def _posted_at(line: ReturnedLine, default: datetime | None, *, issued_at: datetime) -> datetime:
    """Give the instant of posting: the line's, or else the caller's.

    A day without a time means its beginning in Shanghai; on the day of issue itself, the instant of issue, since
    nothing was posted earlier. What counts in law is the day, and that is the carrier's.
    """
    if line.posted_at is not None:
        return line.posted_at.astimezone(issued_at.tzinfo)
    if line.posted_on is not None:
        if line.posted_on == legal_day(issued_at):
            return issued_at.replace(microsecond=0)
        return datetime.combine(line.posted_on, time(), SHANGHAI).astimezone(issued_at.tzinfo)
    if default is None:
        raise _refused(
            "posted_at",
            "posted_at.missing",
            "表中没有收寄时间，请另行填写交寄时间",
            "the sheet does not say when the letter was posted: say it beside the sheet",
        )
    return default


def _refused(name: str, code: str, message_zh: str, message_en: str) -> RefusedError:
    error = FieldError(pointer=f"/{name}", code=code, message_zh=message_zh, message_en=message_en)
    return RefusedError(code, message_en, errors=(error,), message_zh=message_zh)


def _refusal(line: ReturnedLine, error: ServiceError) -> RefusedLine:
    """Name what is wrong with a line; a conflict is about its waybill number."""
    told = error.errors if isinstance(error, RefusedError) else ()
    one = FieldError(pointer="/waybill_no", code=error.code, message_zh=error.message_zh, message_en=error.message)
    return RefusedLine(row=line.row, notice_no=line.notice_no, waybill_no=line.waybill_no, errors=told or (one,))
