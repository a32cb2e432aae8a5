"""Calendar feeds: addresses that a calendar program reads a tenant's days from, each with a secret of its own.

Calendar programs cannot send a header, so the secret stands in the address and opens nothing but the calendar. It is
shown once and kept only as its SHA-256: 43 random characters need no salt and no slow hash.
"""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from service.access import Caller
from service.errors import NotFoundError, StoreError, UnauthorisedError
from service.ports import Clock, RandomBytes
from service.records import ids, tables
from service.records.engine import reading, writing

SCOPE, ROLE = "calendar:read", "calendar_feed"
_PREFIX = "duly_cal_"
_USE_NOTED_EVERY = timedelta(minutes=5)
_f, _t = tables.calendar_feeds.c, tables.tenants.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as it may be listed: never its secret."""

    id: str
    tenant_id: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed that was made, or got a new secret: `token` is given here and never again."""

    feed: Feed
    token: str


Also = Callable[[Connection, NewFeed], None]


class Feeds:
    """The feeds of all tenants."""

    def __init__(self, engine: Engine, *, clock: Clock, random_bytes: RandomBytes) -> None:
        self._engine, self._clock, self._random_bytes = engine, clock, random_bytes

    def create(self, *, tenant_id: str, label: str, also: Also | None = None) -> NewFeed:
        """Make a feed; `also` is done in the same transaction."""
        token, feed_id = self._token(), ids.new_id(ids.FEED, self._random_bytes)
        values = {"id": feed_id, "tenant_id": tenant_id, "label": label, "token_digest": _digest(token)}
        with writing(self._engine) as conn:
            conn.execute(insert(tables.calendar_feeds).values(values | {"created_at": self._now()}))
            made = NewFeed(feed=_one(conn, tenant_id, feed_id), token=token)
            if also is not None:
                also(conn, made)
        return made

    def rotate(self, *, tenant_id: str, feed_id: str, also: Also | None = None) -> NewFeed:
        """Give a feed a new secret; the old one opens nothing from now on. A revoked feed is not found."""
        token = self._token()
        with writing(self._engine) as conn:
            mine = (_f.tenant_id == tenant_id, _f.id == feed_id, _f.revoked_at.is_(None))
            changed = conn.execute(update(tables.calendar_feeds).where(*mine).values(token_digest=_digest(token)))
            if changed.rowcount != 1:
                raise _unknown()
            made = NewFeed(feed=_one(conn, tenant_id, feed_id), token=token)
            if also is not None:
                also(conn, made)
        return made

    def revoke(self, *, tenant_id: str, feed_id: str) -> None:
        """End a feed at once; ending it again changes nothing."""
        with writing(self._engine) as conn:
            _one(conn, tenant_id, feed_id)
            ended = update(tables.calendar_feeds).where(_f.id == feed_id, _f.revoked_at.is_(None))
            conn.execute(ended.values(revoked_at=self._now()))

    def of_tenant(self, tenant_id: str) -> tuple[Feed, ...]:
        """Give a tenant's feeds, oldest first."""
        query = select(tables.calendar_feeds).where(_f.tenant_id == tenant_id).order_by(_f.created_at, _f.id)
        with reading(self._engine) as conn:
            return tuple(_feed(found) for found in conn.execute(query).mappings())

    def authenticate(self, token: str) -> Caller:
        """Tell whose calendar this secret opens; the caller may do nothing else.

        Raises:
            UnauthorisedError: The secret is unknown, was replaced or revoked, or its tenant is closed.
        """
        query = select(tables.calendar_feeds, _t.code, _t.closed_at).join(tables.tenants)
        with reading(self._engine) as conn:
            # Looked up by digest: a guess changes the digest unforeseeably, so the look-up's time tells nothing.
            found = conn.execute(query.where(_f.token_digest == _digest(token))).mappings().one_or_none()
        if found is None or found["revoked_at"] is not None or found["closed_at"] is not None:
            raise UnauthorisedError(
                "feed_unknown", "this calendar address is unknown or was revoked", message_zh="日历订阅地址无效或已吊销"
            )
        self._note_use(found)
        return Caller(
            tenant_id=found["tenant_id"],
            tenant_code=found["code"],
            key_id=found["id"],
            role=ROLE,
            scopes=frozenset({SCOPE}),
        )

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def _token(self) -> str:
        return _PREFIX + base64.urlsafe_b64encode(self._random_bytes(32)).decode().rstrip("=")

    def _note_use(self, found: RowMapping) -> None:
        now, last = self._now(), found["last_used_at"]
        if last is not None and now - last < _USE_NOTED_EVERY:
            return
        with suppress(StoreError), writing(self._engine) as conn:  # nice to know, no reason to refuse a caller
            conn.execute(update(tables.calendar_feeds).where(_f.id == found["id"]).values(last_used_at=now))


def _one(conn: Connection, tenant_id: str, feed_id: str) -> Feed:
    query = select(tables.calendar_feeds).where(_f.tenant_id == tenant_id, _f.id == feed_id)
    found = conn.execute(query).mappings().one_or_none()
    if found is None:
        raise _unknown()
    return _feed(found)


def _feed(found: RowMapping) -> Feed:
    return Feed(**{name: found[name] for name in Feed.__slots__})


def _unknown() -> NotFoundError:
    return NotFoundError("the calendar feed", message_zh="未找到该日历订阅")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
