"""Queries over matters: the chain's head, and the rows that follow from entries."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, Select, and_, insert, or_, select, tuple_, update

from service.errors import ConflictError, NotFoundError
from service.records import projections, tables
from service.records.projections import NumberState, Recorded

_m = tables.matters.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry of a matter."""

    seq: int
    leaf_hash: bytes
    at: datetime
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterRow:
    """A matter as lists show it."""

    id: str
    tenant_id: str
    reference: str | None
    contract_no: str | None
    creditor_name: str | None
    debtor_name: str | None
    opened_at: datetime
    head_seq: int
    head_leaf: bytes
    head_at: datetime
    head_kind: str


def matter(conn: Connection, *, tenant_id: str, matter_id: str) -> MatterRow:
    """Give one matter; NotFoundError if the tenant has none with this id."""
    found = conn.execute(_mine(tenant_id).where(_m.id == matter_id)).mappings().one_or_none()
    if found is None:
        raise NotFoundError("the matter", message_zh="未找到该案件")
    return MatterRow(**found)


def search(
    conn: Connection, *, tenant_id: str, text: str = "", after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[MatterRow, ...]:
    """Give a tenant's matters, newest first, after the (opened_at, id) of the last one seen.

    `text` is looked for in the reference, the contract number and the names of creditor and debtor.
    """
    query = _mine(tenant_id).order_by(_m.opened_at.desc(), _m.id.desc()).limit(limit)
    if text:
        fields = (_m.reference, _m.contract_no, _m.creditor_name, _m.debtor_name)
        query = query.where(or_(*(field.icontains(text, autoescape=True) for field in fields)))
    if after is not None:
        query = query.where(tuple_(_m.opened_at, _m.id) < tuple_(*after, types=[_m.opened_at.type, _m.id.type]))
    return tuple(MatterRow(**found) for found in conn.execute(query).mappings())


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A matter and the body of the entry that opened it."""

    id: str
    body: bytes


def opened_on_contract(conn: Connection, *, tenant_id: str, contract_no: str, limit: int) -> tuple[Opened, ...]:
    """Give a tenant's matters whose contract has this number in any width and spacing, oldest first, by an index."""
    key, e = projections.contract_key(contract_no), tables.entries.c
    if key is None:
        return ()
    query = (
        select(_m.id, e.body)
        .join_from(tables.matters, tables.entries, and_(e.matter_id == _m.id, e.seq == 1))
        .where(_m.tenant_id == tenant_id, _m.contract_key == key)
        .order_by(_m.opened_at, _m.id)
        .limit(limit)
    )
    return tuple(Opened(id=row.id, body=row.body) for row in conn.execute(query))


def exists(conn: Connection, *, matter_id: str) -> bool:
    """Tell whether any tenant has this matter."""
    return conn.execute(select(_m.id).where(_m.id == matter_id)).first() is not None


def head(conn: Connection, *, tenant_id: str, matter_id: str, lock: bool = False) -> Head:
    """Give the chain's last entry; with `lock`, nobody else can append to it until this transaction ends."""
    query = select(_m.head_seq, _m.head_leaf, _m.head_at, _m.head_kind).where(
        _m.tenant_id == tenant_id, _m.id == matter_id
    )
    found = conn.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if found is None:
        raise NotFoundError("the matter", message_zh="未找到该案件")
    return Head(seq=found.head_seq, leaf_hash=found.head_leaf, at=found.head_at, kind=found.head_kind)


def move_head(conn: Connection, entry: Recorded, *, leaf_hash: bytes) -> None:
    """Make the entry the chain's last; the first one makes the matter's row."""
    moved = {"head_seq": entry.seq, "head_leaf": leaf_hash, "head_at": entry.at, "head_kind": entry.kind}
    if entry.seq > 1:
        conn.execute(update(tables.matters).where(_m.id == entry.matter_id).values(moved))
        return
    opened = {"id": entry.matter_id, "tenant_id": entry.tenant_id, "opened_at": entry.at}
    conn.execute(insert(tables.matters).values(opened | projections.matter_columns(entry.facts) | moved))


def project(conn: Connection, entry: Recorded) -> None:
    """Write the rows that follow from the entry, its notice number's state among them."""
    state = projections.number_state(entry)
    if state is not None:
        _set_number_state(conn, entry, state)
    for row in projections.rows(entry):
        conn.execute(insert(row.table).values(dict(row.values)))
        if row.table is tables.entry_files:
            _first_seen(conn, entry, row)


def _mine(tenant_id: str) -> Select[tuple[object, ...]]:
    return select(*(_m[field.name] for field in fields(MatterRow))).where(_m.tenant_id == tenant_id)


def _first_seen(conn: Connection, entry: Recorded, row: projections.Row) -> None:
    files = tables.files
    same = (files.c.tenant_id == entry.tenant_id, files.c.sha256 == row.values["sha256"])
    known = conn.execute(select(files.c.size, files.c.first_seen_at).where(*same)).one_or_none()
    if known is None:
        columns = ("tenant_id", "sha256", "size", "media_type")
        values = {name: row.values[name] for name in columns}
        conn.execute(insert(files).values(values | {"first_seen_at": entry.at}))
    elif known.size != row.values["size"]:
        raise ConflictError("file_size", "the file is known with another size", message_zh="该文件已有记录,但大小不同")
    elif entry.at < known.first_seen_at:  # matters do not share a clock that never runs back
        conn.execute(update(files).where(*same).values(first_seen_at=entry.at))


def _set_number_state(conn: Connection, entry: Recorded, state: NumberState) -> None:
    numbers, notices = tables.notice_numbers, tables.notices
    # Only a number that is still reserved can be issued: a process that was taken for dead and its number voided
    # cannot issue it after all.
    allowed = ("reserved",) if state.state == "issued" else ("reserved", "issued")
    changed = conn.execute(
        update(numbers)
        .where(
            numbers.c.tenant_id == entry.tenant_id,
            numbers.c.matter_id == entry.matter_id,
            numbers.c.notice_no == state.notice_no,
            numbers.c.notice_id == state.notice_id,
            numbers.c.state.in_(allowed),
        )
        .values(state=state.state, reason=state.reason, owner=None)
    )
    if changed.rowcount != 1:
        raise ConflictError(
            "notice_number_state",
            f"the notice number {state.notice_no} cannot become {state.state}",
            message_zh=f"通知书编号 {state.notice_no} 的状态不允许此操作",
        )
    if state.state == "voided":
        voided = update(notices).where(notices.c.id == state.notice_id)
        conn.execute(voided.values(state="voided", voided_seq=entry.seq))
