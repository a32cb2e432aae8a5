"""Rows to notices: rows are claimed a lot at a time, their matters found or opened, their letters issued side by side.

Rules of its state:
* A row is worked on only by whoever claimed it, and it becomes `issued` in the very transaction that records the entry
  of its notice: so it has exactly one, whatever is killed between.
* A row that outlived its worker is tried again alone on another; after `ATTEMPTS` workers it fails, by name.
* When a store is away the rows in hand are given back, and the chunk waits.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy import Connection

from service.access import Tenant
from service.batches.opening import open_matter
from service.batches.parts import BatchParts
from service.batches.told import told_errors, told_fields
from service.errors import BusyError, ConflictError, ServiceError, StoreError
from service.notices import IssuedNotice, NoticeRequest
from service.records import batch_rows
from service.records.batch_rows import RowRow
from service.records.engine import reading, writing

log = structlog.get_logger("batches")

LOT = 16
"""Rows that are claimed together."""
ATTEMPTS = 3
"""Workers that a row may outlive: in a lot, alone, and alone once more."""
BUSY_ATTEMPTS = 5


class Issuing:
    """Works off rows in this process."""

    def __init__(self, parts: BatchParts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._in_hand: set[tuple[str, int]] = set()

    def work(self, tenant: Tenant, batch_id: str, numbers: Sequence[int], *, goes_on: Callable[[], bool]) -> None:
        """Issue the notices of these rows, a lot at a time, as long as the job goes on.

        Raises:
            StoreError: A store is away; the rows in hand were given back, and what is issued stays issued.
        """
        for start in range(0, len(numbers), LOT):
            if not goes_on():
                return
            self._lot(tenant, batch_id, numbers[start : start + LOT])

    def _lot(self, tenant: Tenant, batch_id: str, numbers: Sequence[int]) -> None:
        wanted = self._not_in_hand(batch_id, numbers)
        try:
            with reading(self._parts.engine) as conn:
                begun = batch_rows.begun_before(conn, batch_id=batch_id, numbers=wanted)
            self._together(tenant, self._claimed(batch_id, [number for number in wanted if number not in begun]))
            for number in begun:
                # Claimed one by one: if this one ends us too, the others have not been with it.
                self._together(tenant, self._claimed(batch_id, [number]))
        finally:
            self._put_down(batch_id, wanted)

    def _together(self, tenant: Tenant, rows: Sequence[RowRow]) -> None:
        with ThreadPoolExecutor(max_workers=self._parts.lanes, thread_name_prefix="rows") as lanes:
            away = [error for error in lanes.map(lambda row: self._row(tenant, row), rows) if error]
        if away:
            raise away[0]

    def _not_in_hand(self, batch_id: str, numbers: Sequence[int]) -> list[int]:
        """A row that says that we work on it, while no thread of ours does, was left by a failure of ours."""
        with self._lock:
            mine = [number for number in numbers if (batch_id, number) not in self._in_hand]
            self._in_hand.update((batch_id, number) for number in mine)
        return mine

    def _put_down(self, batch_id: str, numbers: Sequence[int]) -> None:
        with self._lock:
            self._in_hand.difference_update((batch_id, number) for number in numbers)

    def _claimed(self, batch_id: str, numbers: Sequence[int]) -> tuple[RowRow, ...]:
        parts = self._parts
        with reading(parts.engine) as conn:
            owners = batch_rows.owners_at_work(conn, batch_id=batch_id)
        dead = {owner for owner in owners if owner == parts.owner.id or not parts.owner.is_alive(owner)}
        with writing(parts.engine) as conn:
            # Crash after this commit: the rows say who had them, and whoever finds that owner dead takes them up.
            return batch_rows.claim(
                conn,
                batch_id=batch_id,
                numbers=numbers,
                owner=parts.owner.id,
                dead=frozenset(dead),
                at=parts.clock(),
            )

    def _row(self, tenant: Tenant, row: RowRow) -> StoreError | None:
        """Issue one row's notice or say on the row why not; gives the error of a store that is away."""
        try:
            self._issue(tenant, row)
        except StoreError as error:
            self._give_back(row)
            return error
        except ServiceError as error:
            self._fail(row, error)
        except Exception as error:
            log.exception("row.failed", batch=row.batch_id, row=row.number)
            self._fail(row, ServiceError("internal_error", f"{type(error).__name__}", message_zh="系统内部错误"))
        return None

    def _issue(self, tenant: Tenant, row: RowRow) -> None:
        parts = self._parts
        if row.attempts > ATTEMPTS:
            raise _poisonous()
        reason = (row.specials or {}).get("duplicate_reason")
        if reason is None and self._skipped(row):
            return
        template = parts.catalog.get(row.template or "", row.version)
        matter_id, party = open_matter(parts, tenant, row, template)
        request = NoticeRequest(
            matter_id=matter_id,
            party=party,
            template=template.name,
            version=template.version,
            engine=row.engine or template.engines[0],
            fields=row.fields or {},
            duplicate_reason=reason,
        )
        self._patiently(tenant, request, row)

    def _skipped(self, row: RowRow) -> bool:
        """Pass over a row whose very letter another batch issued since this one was read."""
        if row.content_key is None:
            return False
        with reading(self._parts.engine) as conn:
            found = batch_rows.issued_before(
                conn, tenant_id=row.tenant_id, batch_id=row.batch_id, keys=[row.content_key]
            ).get(row.content_key)
        if found is None:
            return False
        named = dict(zip(("notice_id", "notice_no", "matter_id"), found, strict=True))
        with writing(self._parts.engine) as conn:
            batch_rows.settle_row(
                conn, row, state="skipped", owner=None, fields=None, **named, changed_at=self._parts.clock()
            )
        return True

    def _patiently(self, tenant: Tenant, request: NoticeRequest, row: RowRow) -> None:
        """Other work may hold every renderer for a while: that is no fault of the row, which is then given back."""
        for attempt in range(BUSY_ATTEMPTS):
            try:
                self._parts.notices.issue(tenant, request, answer=self._note(row), in_lot=True)
            except BusyError as error:
                if attempt == BUSY_ATTEMPTS - 1:
                    raise StoreError(error.message, code=error.code, message_zh=error.message_zh) from error
            else:
                return

    def _note(self, row: RowRow) -> Callable[[Connection, IssuedNotice], None]:
        def note(conn: Connection, issued: IssuedNotice) -> None:
            kept = batch_rows.settle_row(
                conn,
                row,
                state="issued",
                owner=None,
                matter_id=issued.entry.matter_id,
                notice_id=issued.id,
                notice_no=issued.facts["notice_no"],
                fields=None,
                errors=None,
                warnings=told_fields(issued.warnings) or None,
                changed_at=self._parts.clock(),
            )
            if not kept:
                raise ConflictError("row_taken", "another worker has this row", message_zh="该行已由其他进程处理")

        return note

    def _give_back(self, row: RowRow) -> None:
        try:
            with writing(self._parts.engine) as conn:
                batch_rows.release(conn, [row], at=self._parts.clock())
        except StoreError:
            # It stays ours in the records and is in nobody's hands: the next claim of this process finds it so.
            log.warning("row.not_given_back", batch=row.batch_id, row=row.number)

    def _fail(self, row: RowRow, error: ServiceError) -> None:
        if error.code == "row_taken":
            return
        with writing(self._parts.engine) as conn:
            batch_rows.settle_row(
                conn, row, state="failed", owner=None, errors=told_errors(error), changed_at=self._parts.clock()
            )


def _poisonous() -> ConflictError:
    return ConflictError(
        "row_poisonous",
        f"{ATTEMPTS} workers ended while they worked on this row; it was left alone and the others went on",
        message_zh=f"处理本行时有 {ATTEMPTS} 个进程先后异常中止，已单独搁置，其余各行不受影响",
    )


def in_chunks(numbers: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """Give the first and the last of every so many numbers."""
    for start in range(0, len(numbers), size):
        chunk = numbers[start : start + size]
        yield chunk[0], chunk[-1]
