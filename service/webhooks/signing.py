"""Keys and signatures of Standard Webhooks 1.0: HMAC-SHA256 as `v1`, ed25519 as `v1a`, over `id.timestamp.body`.

Source: Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers".
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HMAC, ED25519 = "hmac-sha256", "ed25519"
SCHEMES = (HMAC, ED25519)
SECRET_SIZE = 32
"""Bytes: within the 24 to 64 of the specification, and the size of an ed25519 seed."""


class Key(Protocol):
    """A key that signs."""

    @property
    def scheme(self) -> str:
        """`hmac-sha256` or `ed25519`."""

    @property
    def secret(self) -> bytes:
        """The bytes of the HMAC key, or the ed25519 seed."""


def secret_text(secret: bytes) -> str:
    """Write an HMAC key as its receiver keeps it, `whsec_…`."""
    return f"whsec_{_base64(secret)}"


def public_text(seed: bytes) -> str:
    """Write the public key of an ed25519 seed, `whpk_…`; the seed (`whsk_…`) is shown to nobody."""
    return f"whpk_{_base64(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())}"


def signatures(keys: Iterable[Key], *, event_id: str, timestamp: int, body: bytes) -> str:
    """Give the value of `webhook-signature`: one signature for each key, divided by spaces.

    Args:
        keys: All that a receiver may know, an older one beside its successor.
        event_id: The value of `webhook-id`; it must hold no full stop.
        timestamp: Of this attempt, in whole seconds since 1970, the value of `webhook-timestamp`.
        body: The very bytes that are sent.

    Raises:
        ValueError: There is no key: nothing is ever sent unsigned.
    """
    signed = f"{event_id}.{timestamp}.".encode() + body
    made = [_signature(key, signed) for key in keys]
    if not made:
        raise ValueError("there is no key to sign with")
    return " ".join(made)


def _signature(key: Key, signed: bytes) -> str:
    if key.scheme == HMAC:
        return f"v1,{_base64(hmac.new(key.secret, signed, hashlib.sha256).digest())}"
    return f"v1a,{_base64(Ed25519PrivateKey.from_private_bytes(key.secret).sign(signed))}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
