"""Opaque cursors: where the next page begins, sealed so that a caller can neither forge nor carry one elsewhere.

Use it as

    page = Paging.of(services.cursor_key, context=f"{caller.tenant_id}:matters:{q}", cursor=cursor, limit=limit)
    rows = query(after=page.after, limit=page.limit + 1)          # ordered by exactly the keys in the cursor
    items, following = page.cut(rows, position=lambda row: (row.opened_at_text, row.id))
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from service.errors import FieldError, RefusedError

T = TypeVar("T")
Position = tuple[str | int, ...]
LIMIT_DEFAULT = 50
LIMIT_MOST = 200
_MAC_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """One asked page: `after` is the last position of the page before it, None for the first."""

    key: bytes
    context: str
    after: Position | None
    limit: int

    @classmethod
    def of(cls, key: bytes, *, context: str, cursor: str | None, limit: int = LIMIT_DEFAULT) -> "Paging":
        """Open a caller's cursor.

        Args:
            key: Secret of this installation.
            context: Tenant, list and filters; a cursor of another context is refused.
            cursor: What the caller sent, None for the first page.
            limit: How many rows, held between 1 and 200.

        Raises:
            RefusedError: The cursor is not one that we gave for this list.
        """
        after = None if cursor is None else open_cursor(cursor, key=key, context=context)
        return cls(key=key, context=context, after=after, limit=max(1, min(limit, LIMIT_MOST)))

    def cut(self, rows: Sequence[T], *, position: Callable[[T], Position]) -> tuple[Sequence[T], str | None]:
        """Split `limit + 1` rows into this page and the cursor of the next, None at the end."""
        if len(rows) <= self.limit:
            return rows, None
        items = rows[: self.limit]
        return items, seal_cursor(position(items[-1]), key=self.key, context=self.context)


def seal_cursor(position: Position, *, key: bytes, context: str) -> str:
    """Write a position as an opaque text with a MAC over it and its context."""
    payload = json.dumps(position, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(payload, key, context) + payload).decode().rstrip("=")


def open_cursor(cursor: str, *, key: bytes, context: str) -> Position:
    """Read a position back, or refuse."""
    try:
        raw = base64.urlsafe_b64decode(cursor[:2000] + "=" * (-len(cursor) % 4))
        if not hmac.compare_digest(raw[:_MAC_SIZE], _mac(raw[_MAC_SIZE:], key, context)):
            raise _refusal()
        return tuple(json.loads(raw[_MAC_SIZE:]))
    except (binascii.Error, ValueError):
        raise _refusal() from None


def _mac(payload: bytes, key: bytes, context: str) -> bytes:
    message = hashlib.sha256(context.encode()).digest() + payload
    return hmac.new(key, b"duly cursor v1" + message, hashlib.sha256).digest()[:_MAC_SIZE]


def _refusal() -> RefusedError:
    error = FieldError(
        pointer="#query/cursor",
        code="cursor_malformed",
        message_zh="游标无效，请从第一页重新读取",
        message_en="not a cursor of this list: start from the first page",
    )
    return RefusedError(
        "validation_failed", "The cursor is not valid here.", errors=(error,), message_zh="游标在此处无效。"
    )
