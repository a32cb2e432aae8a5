"""What was issued before: for the very letter of a row, for one of its kind, and under the number that a row names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.errors import RefusedError
from service.records import batch_rows
from service.records.batch_rows import Named, RowRow
from service.records.batches import BatchRow

LONGEST = 40
"""Characters of what stands in 函号 that are told again; our own numbers are shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedBefore:
    """What is known of a page of rows: by content, by subject, and by the numbers that the rows came back with."""

    same: Mapping[bytes, tuple[str, str, str]]
    about: Mapping[bytes, str]
    named: Mapping[str, Named]

    def letter_of(self, row: RowRow, returned_no: str | None) -> dict[str, Any] | None:
        """Give the notice (id, number, matter) of the row's very letter, that of its own number first; None if none.

        A reason asks for one more letter, but not on a row with a number: that row says that it has its letter.
        """
        if returned_no is None and "duplicate_reason" in (row.specials or {}):
            return None
        named = self.named.get(returned_no or "")
        if named is not None and named.state == "issued" and named.content_key == row.content_key:
            return {"notice_id": named.notice_id, "notice_no": named.notice_no, "matter_id": named.matter_id}
        found = self.same.get(row.content_key or b"")
        return None if found is None else dict(zip(("notice_id", "notice_no", "matter_id"), found, strict=True))

    def refused_number(self, notice_no: str) -> RefusedError:
        """Say why a row with this number is neither passed over nor issued, and what its desk can do."""
        named = self.named.get(notice_no)
        if named is None:
            return _unknown(notice_no[:LONGEST])
        return _voided(notice_no) if named.state == "voided" else _changed_since(notice_no)


def issued_before(
    conn: Connection, batch: BatchRow, rows: Sequence[RowRow], *, subjects: Sequence[bytes], numbers: Sequence[str]
) -> IssuedBefore:
    """Look up what was issued before for rows of a batch.

    Args:
        conn: To read with.
        batch: The batch; what it issued itself does not count.
        rows: Of one page.
        subjects: Digests of what their letters are about.
        numbers: What stands in their column 函号.
    """
    keys = [row.content_key for row in rows if row.content_key is not None]
    return IssuedBefore(
        same=batch_rows.issued_before(conn, tenant_id=batch.tenant_id, batch_id=batch.id, keys=keys),
        about=batch_rows.issued_about_any(conn, tenant_id=batch.tenant_id, subjects=subjects),
        named=batch_rows.named(conn, tenant_id=batch.tenant_id, numbers=numbers),
    )


def row_double(first: int) -> RefusedError:
    """Refuse a row that asks for the same notice as an earlier row of its table."""
    return RefusedError(
        "row_double",
        f"row {first} asks for the same notice: same kind, addressee, contract and as-of date",
        message_zh=f"与第 {first} 行重复：同类通知、同一收件人、同一合同、同一截至日",
    )


def notice_duplicate(notice_no: str) -> RefusedError:
    """Refuse a row whose letter would be the second of its kind."""
    return RefusedError(
        "notice_duplicate",
        f"{notice_no} was issued for the same kind, addressee, contract and as-of date; give a reason to issue another",
        message_zh=f"已就同一收件人、同一合同、同一截至日出具 {notice_no}；确需再次出具的请填写理由",
    )


def _changed_since(notice_no: str) -> RefusedError:
    return RefusedError(
        "row_changed_since",
        f"the row says that {notice_no} was issued for it, but not with these values: put them back, or clear 函号",
        message_zh=f"本行标有函号 {notice_no}，但内容与该函不同：请恢复原值；确需另行出具的，请清空函号",
    )


def _voided(notice_no: str) -> RefusedError:
    return RefusedError(
        "notice_voided",
        f"the row says that {notice_no} was issued for it, and that notice was voided: clear 函号 to have the letter "
        "issued anew, or take the row out",
        message_zh=f"本行标有函号 {notice_no}，该函已作废：需要重新出具的，请清空函号；不再出具的，请删去本行",
    )


def _unknown(told: str) -> RefusedError:
    return RefusedError(
        "notice_no_unknown",
        f"the row says that {told} was issued for it, and there is no such number: correct 函号, or clear it to have "
        "the letter issued",
        message_zh=f"本行标有函号 {told}，但没有这一编号：请更正函号；尚未出具的，请清空函号",
    )
