"""Timestamp tokens over checkpoints: which are due, getting one, and keeping it.

An authority that is away stops nothing: entries and checkpoints go on, the token's row says `pending` with the last
error, and whoever asks for the log's state sees it.
"""

import io
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import Engine

from evidence.canonical import sha256
from evidence.errors import EvidenceError
from evidence.timestamp import TimestampToken, TsaAnchors, verify_timestamp
from service.errors import NotFoundError, StoreError
from service.ports import Clock, ObjectStore, Stamp, TimestampAuthority
from service.records import logs
from service.records.engine import reading, writing

RETRY = timedelta(minutes=1)
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


def stamp_verified(authority: TimestampAuthority, digest: bytes, anchors: TsaAnchors) -> tuple[Stamp, TimestampToken]:
    """Get a token that our own verifier accepts.

    Raises:
        StoreError: The authority is away, or what it gave would not convince an auditor.
    """
    stamp = authority.stamp(digest)
    try:
        return stamp, verify_timestamp(stamp.tsr, data_digest=digest, anchors=anchors, tsq=stamp.tsq)
    except EvidenceError as error:
        raise StoreError(
            f"the token of {authority.name} does not hold: {error}",
            code="authority_unusable",
            message_zh=f"时间戳机构 {authority.name} 的答复无法通过验证",
        ) from error


class Tokens:
    """Gets and keeps the tokens over the log's checkpoints."""

    def __init__(
        self,
        *,
        engine: Engine,
        objects: ObjectStore,
        authorities: Sequence[TimestampAuthority],
        anchors: Callable[[], TsaAnchors],
        clock: Clock,
        origin: str,
        interval: timedelta,
    ) -> None:
        self._engine, self._objects, self._anchors = engine, objects, anchors
        self._authorities = {authority.name: authority for authority in authorities}
        self._clock, self._origin, self._interval = clock, origin, interval

    @property
    def authorities(self) -> tuple[TimestampAuthority, ...]:
        """Give the authorities in use; the first one stamps every checkpoint of a bundle."""
        return tuple(self._authorities.values())

    def due(self) -> tuple[tuple[int, str], ...]:
        """Give the (tree size, authority) pairs to stamp now, not more often than the interval allows."""
        now = self._clock()
        with reading(self._engine) as conn:
            pending = logs.pending_tokens(conn, origin=self._origin, now=now)
            latest = logs.latest_gen_times(conn, origin=self._origin)
        return tuple(
            (row.tree_size, row.authority)
            for row in pending
            if row.authority in self._authorities
            and (row.authority not in latest or latest[row.authority] + self._interval <= now)
        )

    def stamp(self, tree_size: int, authority: str) -> None:
        """Get one token and keep it; nothing when it is there already or no longer wanted.

        Raises:
            StoreError: The authority or a store is away; the row says so.
        """
        with reading(self._engine) as conn:
            checkpoint = logs.checkpoint(conn, origin=self._origin, tree_size=tree_size)
            row = logs.token(conn, origin=self._origin, tree_size=tree_size, authority=authority)
        if checkpoint is None:
            raise NotFoundError(f"the checkpoint of size {tree_size}")
        if row is None or row.state != "pending":
            return
        try:
            stamp, token = stamp_verified(self._authorities[authority], sha256(checkpoint), self._anchors())
        except StoreError as error:
            self._note_failure(tree_size, authority, error)
            raise
        self._keep(tree_size, authority, stamp, token)

    def ensure(self, tree_size: int) -> None:
        """Get every authority's token over this checkpoint now; StoreError while one of them is away."""
        with writing(self._engine) as conn:
            logs.want_tokens(
                conn, origin=self._origin, tree_size=tree_size, authorities=self._authorities, now=self._clock()
            )
        for authority in self._authorities:
            self.stamp(tree_size, authority)

    def _keep(self, tree_size: int, authority: str, stamp: Stamp, token: TimestampToken) -> None:
        # Two tokens over one checkpoint are both true, so each has its own name; the row keeps the first one noted.
        base = f"log/tokens/{tree_size}.{authority}.{sha256(stamp.tsr).hex()[:16]}"
        for suffix, data, media_type in ((".tsq", stamp.tsq, QUERY), (".tsr", stamp.tsr, REPLY)):
            self._objects.put(
                base + suffix, io.BytesIO(data), size=len(data), sha256=sha256(data), media_type=media_type
            )
        # Crash before this commit: a token that nothing names; the next attempt gets another.
        with writing(self._engine) as conn:
            logs.record_token(
                conn,
                origin=self._origin,
                tree_size=tree_size,
                authority=authority,
                gen_time=token.gen_time,
                tsq_key=f"{base}.tsq",
                tsq_digest=sha256(stamp.tsq),
                tsr_key=f"{base}.tsr",
                tsr_digest=sha256(stamp.tsr),
            )

    def _note_failure(self, tree_size: int, authority: str, error: StoreError) -> None:
        with writing(self._engine) as conn:
            logs.record_token_failure(
                conn,
                origin=self._origin,
                tree_size=tree_size,
                authority=authority,
                error=error.message,
                next_try_at=self._clock() + RETRY,
            )
