"""Queries over the log: its head (the compare-and-swap row), its checkpoints and the tokens over them.

After each checkpoint every authority has one pending token row. A newer checkpoint covers all that an older one
does, so older pending rows become `superseded`: nobody need try them, but a token that still arrives for one is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from service.records import tables

_h, _c, _t = tables.log_head.c, tables.checkpoints.c, tables.tokens.c


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The newest checkpoint; `published` says that the object store has it too."""

    origin: str
    tree_size: int
    root_hash: bytes
    checkpoint: bytes
    published: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token over one checkpoint by one authority; `state` is pending, granted or superseded."""

    origin: str
    tree_size: int
    authority: str
    state: str
    attempts: int
    last_error: str | None
    next_try_at: datetime
    gen_time: datetime | None
    tsq_key: str | None
    tsq_digest: bytes | None
    tsr_key: str | None
    tsr_digest: bytes | None


def log_head(conn: Connection, *, origin: str) -> LogHead | None:
    """Give the log's head; None if this log was never created."""
    found = conn.execute(select(tables.log_head).where(_h.origin == origin)).mappings().one_or_none()
    return None if found is None else LogHead(**found)


def insert_log_head(conn: Connection, head: LogHead, *, authorities: Iterable[str]) -> None:
    """Create the log; IntegrityError if it is there."""
    values = {"origin": head.origin, "tree_size": head.tree_size, "root_hash": head.root_hash}
    values |= {"checkpoint": head.checkpoint, "published": head.published, "updated_at": head.updated_at}
    conn.execute(insert(tables.log_head).values(values))
    _add_checkpoint(conn, head, authorities=authorities)


def swap_log_head(conn: Connection, new: LogHead, *, old_size: int, authorities: Iterable[str]) -> bool:
    """Put the new head in the place of the head with `old_size`; False if that is not the head any more."""
    swapped = conn.execute(
        update(tables.log_head)
        .where(_h.origin == new.origin, _h.tree_size == old_size)
        .values(
            tree_size=new.tree_size,
            root_hash=new.root_hash,
            checkpoint=new.checkpoint,
            published=False,
            updated_at=new.updated_at,
        )
    )
    if swapped.rowcount != 1:
        return False
    _add_checkpoint(conn, new, authorities=authorities)
    return True


def head_size_held(conn: Connection, *, origin: str) -> int | None:
    """Give the head's size and hold its row: until this transaction ends nobody swaps it or gives indexes over it."""
    query = select(_h.tree_size).where(_h.origin == origin).with_for_update(key_share=True)
    return conn.execute(query).scalar_one_or_none()


def set_published(conn: Connection, *, origin: str, tree_size: int) -> bool:
    """Note that the object store has the head of this size; False if the head is another by now."""
    mine = update(tables.log_head).where(_h.origin == origin, _h.tree_size == tree_size)
    return conn.execute(mine.values(published=True)).rowcount == 1


def publish_again(conn: Connection, *, origin: str) -> None:
    """Note that the object store may show an older head."""
    conn.execute(update(tables.log_head).where(_h.origin == origin).values(published=False))


def checkpoint(conn: Connection, *, origin: str, tree_size: int) -> bytes | None:
    """Give the checkpoint that was signed at this size, if one was."""
    query = select(_c.checkpoint).where(_c.origin == origin, _c.tree_size == tree_size)
    return conn.execute(query).scalar_one_or_none()


def pending_tokens(conn: Connection, *, origin: str, now: datetime) -> tuple[TokenRow, ...]:
    """Give the tokens that should be tried now."""
    query = select(tables.tokens).where(_t.origin == origin, _t.state == "pending", _t.next_try_at <= now)
    return tuple(TokenRow(**found) for found in conn.execute(query.order_by(_t.tree_size)).mappings())


def token(conn: Connection, *, origin: str, tree_size: int, authority: str) -> TokenRow | None:
    """Give one token's row."""
    query = select(tables.tokens).where(_t.origin == origin, _t.tree_size == tree_size, _t.authority == authority)
    found = conn.execute(query).mappings().one_or_none()
    return None if found is None else TokenRow(**found)


def token_states(conn: Connection, *, origin: str) -> dict[tuple[str, str], int]:
    """Count the tokens by authority and state."""
    query = select(_t.authority, _t.state, func.count()).where(_t.origin == origin)
    return {(row[0], row[1]): row[2] for row in conn.execute(query.group_by(_t.authority, _t.state))}


def stamped_size(conn: Connection, *, origin: str, authorities: Sequence[str], at_least: int = 0) -> int | None:
    """Give the smallest checkpoint's size, not below `at_least`, over which all these authorities gave tokens."""
    granted = select(_t.tree_size).where(
        _t.origin == origin, _t.state == "granted", _t.authority.in_(authorities), _t.tree_size >= at_least
    )
    full = granted.group_by(_t.tree_size).having(func.count() == len(set(authorities)))
    return conn.execute(full.order_by(_t.tree_size).limit(1)).scalar_one_or_none()


def record_token(
    conn: Connection,
    *,
    origin: str,
    tree_size: int,
    authority: str,
    gen_time: datetime,
    tsq_key: str,
    tsq_digest: bytes,
    tsr_key: str,
    tsr_digest: bytes,
) -> None:
    """Note that a token was granted and is kept under these keys; the first one noted stays."""
    values = {"state": "granted", "gen_time": gen_time, "last_error": None}
    values |= {"tsq_key": tsq_key, "tsq_digest": tsq_digest, "tsr_key": tsr_key, "tsr_digest": tsr_digest}
    row = _row(origin=origin, tree_size=tree_size, authority=authority)
    conn.execute(update(tables.tokens).where(row, _t.state != "granted").values(values))


def record_token_failure(
    conn: Connection,
    *,
    origin: str,
    tree_size: int,
    authority: str,
    error: str,
    next_try_at: datetime,
) -> None:
    """Note a failed attempt and when to try again."""
    values = {"last_error": error[:500], "next_try_at": next_try_at, "attempts": _t.attempts + 1}
    row = _row(origin=origin, tree_size=tree_size, authority=authority)
    change = update(tables.tokens).where(row, _t.state == "pending")
    conn.execute(change.values(**values))


def want_tokens(conn: Connection, *, origin: str, tree_size: int, authorities: Iterable[str], now: datetime) -> None:
    """Ask that every authority stamps this checkpoint, though it may be superseded or new to the authority."""
    for authority in authorities:
        row = token(conn, origin=origin, tree_size=tree_size, authority=authority)
        if row is None:
            _add_token(conn, origin=origin, tree_size=tree_size, authority=authority, now=now)
        elif row.state == "superseded":
            change = update(tables.tokens).where(_row(origin=origin, tree_size=tree_size, authority=authority))
            conn.execute(change.values(state="pending", next_try_at=now))


def _row(*, origin: str, tree_size: int, authority: str) -> ColumnElement[bool]:
    return and_(_t.origin == origin, _t.tree_size == tree_size, _t.authority == authority)


def _add_checkpoint(conn: Connection, head: LogHead, *, authorities: Iterable[str]) -> None:
    values = {"origin": head.origin, "tree_size": head.tree_size, "checkpoint": head.checkpoint}
    conn.execute(insert(tables.checkpoints).values(values | {"created_at": head.updated_at}))
    if head.tree_size == 0:
        return  # nothing to prove the existence of
    older = update(tables.tokens).where(_t.origin == head.origin, _t.state == "pending")
    conn.execute(older.values(state="superseded"))
    for authority in authorities:
        _add_token(conn, origin=head.origin, tree_size=head.tree_size, authority=authority, now=head.updated_at)


def _add_token(conn: Connection, *, origin: str, tree_size: int, authority: str, now: datetime) -> None:
    key = {"origin": origin, "tree_size": tree_size, "authority": authority}
    conn.execute(insert(tables.tokens).values(key | {"state": "pending", "attempts": 0, "next_try_at": now}))


def latest_gen_times(conn: Connection, *, origin: str) -> dict[str, datetime]:
    """Give, by authority, the time of its newest token."""
    query = select(_t.authority, func.max(_t.gen_time)).where(_t.origin == origin, _t.state == "granted")
    found = conn.execute(query.group_by(_t.authority))
    return {row[0]: row[1] for row in found}
