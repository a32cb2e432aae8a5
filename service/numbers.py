"""Notice numbers: gap-free for each tenant and year, each ending issued or voided with a reason.

A number is reserved in a short transaction of its own, long before the notice is ready. `notice.issued` makes it issued
and `notice.voided` makes it voided, as a part of the append of those entries (`service.records.projections`), so every
void is in the matter's chain. What a crash leaves reserved, `settle` voids: at every start, and by every worker.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import Connection, Engine, func, insert, select

from service.errors import ConflictError, NotFoundError
from service.ledger import Appended, Draft, Ledger
from service.records import tables
from service.records.engine import reading

_n = tables.notice_numbers.c
_SHANGHAI = timezone(timedelta(hours=8))  # no daylight saving since 1991

CRASHED = "出具过程中服务中断,该编号作废"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeNumber:
    """A number that was taken; `state` is reserved, issued or voided."""

    tenant_id: str
    year: int
    n: int
    notice_no: str
    state: str
    reason: str | None
    notice_id: str
    matter_id: str
    owner: str | None


def number_year(at: datetime) -> int:
    """Give the year, in China, that an instant's notice is numbered in."""
    return at.astimezone(_SHANGHAI).year


def format_number(code: str, *, year: int, n: int) -> str:
    """Spell a tenant's n-th number of a year."""
    return f"{code}-{year:04d}-{n:06d}"


def reserve(conn: Connection, *, tenant_id: str, year: int, notice_id: str, matter_id: str, owner: str) -> str:
    """Take the next number of the tenant and year, such as `DEMO-2026-000001`.

    Use it in a short write transaction and commit before the slow work: others of the tenant wait for it. If that
    transaction is rolled back, the number was never taken.
    """
    tenant = select(tables.tenants.c.code).where(tables.tenants.c.id == tenant_id).with_for_update(key_share=True)
    code = conn.execute(tenant).scalar_one_or_none()
    if code is None:
        raise NotFoundError("the tenant")
    last = conn.execute(select(func.max(_n.n)).where(_n.tenant_id == tenant_id, _n.year == year)).scalar()
    n = (last or 0) + 1
    notice_no = format_number(code, year=year, n=n)
    values = {"tenant_id": tenant_id, "year": year, "n": n, "notice_no": notice_no, "state": "reserved"}
    values |= {"notice_id": notice_id, "matter_id": matter_id, "owner": owner}
    conn.execute(insert(tables.notice_numbers).values(values))
    return notice_no


def find(conn: Connection, *, tenant_id: str, notice_no: str) -> NoticeNumber:
    """Give one number with its state; NotFoundError if the tenant never took it."""
    query = select(tables.notice_numbers).where(_n.tenant_id == tenant_id, _n.notice_no == notice_no)
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the notice number", message_zh="未找到该通知书编号")
    return NoticeNumber(**found)


def void(ledger: Ledger, number: NoticeNumber, *, reason: str) -> Appended:
    """Void a reserved or issued number, by an entry `notice.voided` in its matter's chain.

    Raises:
        ConflictError: It is voided already, or was issued or voided by somebody else meanwhile.
    """
    facts = {"notice": number.notice_id, "notice_no": number.notice_no, "reason": reason}
    return ledger.append(
        Draft(tenant_id=number.tenant_id, matter_id=number.matter_id, kind="notice.voided", facts=facts)
    )


def settle(ledger: Ledger, engine: Engine, *, owner_is_alive: Callable[[str], bool]) -> tuple[Appended, ...]:
    """Void every reserved number whose process is gone; run it at every start and every few seconds.

    A crash in the midst of it leaves the rest for the next time. Two may do it at once: a number is voided by one.
    """
    with reading(engine) as conn:
        query = select(tables.notice_numbers).where(tables.is_reserved).order_by(_n.tenant_id, _n.year, _n.n)
        reserved = [NoticeNumber(**found) for found in conn.execute(query).mappings()]
    left = [number for number in reserved if number.owner is None or not owner_is_alive(number.owner)]
    return tuple(voided for number in left if (voided := _void_once(ledger, number)) is not None)


def _void_once(ledger: Ledger, number: NoticeNumber) -> Appended | None:
    try:
        return void(ledger, number, reason=CRASHED)
    except ConflictError:  # its process, or another one that settles, was first
        return None
