"""Opaque ids: a letter or short word that says what it names, and 130 random bits that say nothing."""

import base64

from service.ports import RandomBytes

MATTER, NOTICE, DISPATCH, RECEIPT, SCAN, BUNDLE, JOB, BATCH = "m", "n", "d", "r", "s", "b", "j", "bt"
TENANT, KEY, FEED, WEBHOOK, EVENT, WEBHOOK_KEY = "t", "k", "f", "w", "evt", "wk"


def new_id(prefix: str, random_bytes: RandomBytes) -> str:
    """Give a new id such as `m_` and 26 lower-case base32 characters."""
    return f"{prefix}_{base64.b32encode(random_bytes(17)).decode().lower()[:26]}"
