"""Queries over the letters of a batch, for the post: what was issued and where it goes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from service.records import tables

_r, _n, _d = tables.batch_rows.c, tables.notices.c, tables.dispatches.c
_ISSUED, _OPENED = tables.entries.alias("issued"), tables.entries.alias("opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """An issued letter of a batch: `issued` and `opened` are the bodies of its own entry and its matter's first."""

    number: int
    specials: Mapping[str, Any] | None
    party: str
    notice_id: str
    notice_no: str
    template: str
    version: str
    pages: int
    pdf_sha256: bytes
    issued: bytes
    opened: bytes
    waybill_no: str | None = None


def letters_of_batch(conn: Connection, *, tenant_id: str, batch_id: str, page: int = 500) -> Iterator[LetterRow]:
    """Give the letters that the batch issued, without voided ones, in the order of its rows."""
    after = 0
    while found := conn.execute(_query(tenant_id, batch_id, after).limit(page)).mappings().all():
        waybills = _waybills(conn, [row["notice_id"] for row in found])
        yield from (LetterRow(**row, waybill_no=waybills.get(row["notice_id"])) for row in found)
        after = found[-1]["number"]


def forget_files(conn: Connection, *, batch_id: str, kinds: Sequence[str], besides: str) -> None:
    """Take the names of older files of some kinds from a batch, but not what was made `about` this."""
    files = tables.batch_files.c
    older = (files.batch_id == batch_id, files.kind.in_(kinds), files.about.is_distinct_from(besides))
    conn.execute(tables.batch_files.delete().where(*older))


def _query(tenant_id: str, batch_id: str, after: int) -> Select[Any]:
    own = and_(_ISSUED.c.matter_id == _n.matter_id, _ISSUED.c.seq == _n.seq)
    first = and_(_OPENED.c.matter_id == _n.matter_id, _OPENED.c.seq == 1)
    joined = tables.batch_rows.join(tables.notices, _n.id == _r.notice_id).join(_ISSUED, own).join(_OPENED, first)
    columns = (_r.number, _r.specials, _n.party, _n.notice_no, _n.template, _n.version, _n.pages, _n.pdf_sha256)
    query = select(*columns, _n.id.label("notice_id"), _ISSUED.c.body.label("issued"), _OPENED.c.body.label("opened"))
    mine = (_r.tenant_id == tenant_id, _r.batch_id == batch_id, _r.number > after)
    return query.select_from(joined).where(*mine, _r.state == "issued", _n.state == "issued").order_by(_r.number)


def _waybills(conn: Connection, notice_ids: Sequence[str]) -> dict[str, str]:
    query = select(_d.notice_id, _d.waybill_no).where(_d.notice_id.in_(notice_ids), _d.carrier == "ems")
    return {row.notice_id: row.waybill_no for row in conn.execute(query.order_by(_d.seq)) if row.waybill_no}
