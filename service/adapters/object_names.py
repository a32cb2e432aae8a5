"""Which names objects may have, and which names carry their own digest: one rule for every object store."""

import re

from service.errors import RefusedError

LONGEST_KEY = 512
LONGEST_SEGMENT = 200
PUBLISHED = frozenset({"log/checkpoint"})
"""The names whose bytes change. The name decides, since whoever may write an object may write what stands beside it."""
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CONTENT_KEY = re.compile(r"(?:.*/)?sha256/([0-9a-f]{2})/(\1[0-9a-f]{62})")


def is_key(key: str) -> bool:
    """Tell whether a name is plain ASCII segments joined by single slashes, none hidden, none climbing."""
    segments = key.split("/")
    fits = len(key) <= LONGEST_KEY and all(len(segment) <= LONGEST_SEGMENT for segment in segments)
    return fits and all(_SEGMENT.fullmatch(segment) for segment in segments)


def require_key(key: str) -> None:
    """Raise RefusedError unless the name may stand in a store.

    Raises:
        RefusedError: `object_key`, for a name that climbs, hides, is absolute, too long or not plain ASCII.
    """
    if not is_key(key):
        raise RefusedError("object_key", f"{key[:80]!r} is not an object key", message_zh="对象名称不合规则")


def require_prefix(prefix: str) -> None:
    """Raise RefusedError unless some key could start with these characters; the empty prefix means every key."""
    if prefix and not is_key(prefix.removesuffix("/")):
        raise RefusedError(
            "object_key", f"{prefix[:80]!r} is not a prefix of object keys", message_zh="对象名称不合规则"
        )


def digest_in_key(key: str) -> bytes | None:
    """Give the SHA-256 (32 bytes) that a content key promises, or None for every other name."""
    match = _CONTENT_KEY.fullmatch(key)
    return bytes.fromhex(match.group(2)) if match else None


def require_replaceable(key: str) -> None:
    """Raise RefusedError for every name but the published ones: its bytes can never be others."""
    if key not in PUBLISHED:
        raise RefusedError("object_key", f"{key} is written once and cannot be published", message_zh="该对象不可替换")
