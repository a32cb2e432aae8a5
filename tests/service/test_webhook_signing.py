"""Signatures: the specification's own examples, a library that is not ours, and every byte counts."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from service.records.outbox import TEST, TYPES
from service.webhooks.signing import ED25519, HMAC, SCHEMES, public_text, secret_text, signatures

VECTORS = Path(__file__).parents[1] / "vectors" / "webhooks"
EVENT = "evt_4k2y7q3n5w6x2z4a5b6c7d2e3f"


@dataclass(frozen=True)
class Key:
    scheme: str
    secret: bytes


def verify_ed25519(public: str, signature: str, signed: bytes) -> None:
    """As a receiver does, with nothing of ours."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    key.verify(base64.b64decode(signature.removeprefix("v1a,")), signed)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_examples_of_the_specification(scheme: str) -> None:
    vector = json.loads((VECTORS / f"{scheme}.json").read_text())
    key = Key(scheme, base64.b64decode(vector["key"].split("_", 1)[1]))
    body = vector["body"].encode()
    assert signatures([key], event_id=vector["id"], timestamp=vector["timestamp"], body=body) == vector["signature"]


def test_nothing_is_signed_without_a_key() -> None:
    with pytest.raises(ValueError, match="no key"):
        signatures([], event_id=EVENT, timestamp=1, body=b"{}")


def test_a_library_of_others_takes_our_signature() -> None:
    body, now = '{"type":"通知","data":{}}'.encode(), int(datetime.now(UTC).timestamp())
    keys = [Key(HMAC, bytes(range(32))), Key(ED25519, bytes(range(1, 33))), Key(HMAC, bytes(range(2, 34)))]
    header = signatures(keys, event_id=EVENT, timestamp=now, body=body)
    assert [one.split(",")[0] for one in header.split(" ")] == ["v1", "v1a", "v1"]
    headers = {"webhook-id": EVENT, "webhook-timestamp": str(now), "webhook-signature": header}
    for key in keys:
        if key.scheme == HMAC:
            assert Webhook(secret_text(key.secret)).verify(body, headers)["type"] == "通知"
        else:
            verify_ed25519(public_text(key.secret), header.split(" ")[1], f"{EVENT}.{now}.".encode() + body)


def test_what_the_document_tells_receivers_to_do_is_right() -> None:
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    told: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, told)
    keys, body = [Key(HMAC, bytes(range(32))), Key(ED25519, bytes(range(32)))], b'{"type":"webhook.test"}'
    header = signatures(keys, event_id=EVENT, timestamp=1, body=body)
    headers = {"webhook-id": EVENT, "webhook-timestamp": "1", "webhook-signature": f"v1,AA== v1a,AA== {header}"}
    secret, public = secret_text(keys[0].secret), public_text(keys[1].secret)
    assert told["holds"](secret, body, headers)
    assert told["holds_public"](public, body, headers)
    assert not told["holds"](secret, body + b" ", headers)
    assert not told["holds_public"](public, body + b" ", headers)


def test_every_type_is_in_the_document() -> None:
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z]+\.[a-z]+)`", text)) >= {*TYPES, TEST}


def test_secrets_are_within_the_sizes_of_the_specification() -> None:
    assert secret_text(bytes(32)).startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret_text(bytes(32)).removeprefix("whsec_"))) <= 64
    assert public_text(bytes(32)).startswith("whpk_")
    assert len(base64.b64decode(public_text(bytes(32)).removeprefix("whpk_"))) == 32


@given(
    body=st.binary(min_size=1, max_size=200),
    event=st.from_regex(r"evt_[a-z2-7]{26}", fullmatch=True),
    timestamp=st.integers(0, 2**33),
    data=st.data(),
)
def test_any_other_byte_is_another_signature(body: bytes, event: str, timestamp: int, data: st.DataObject) -> None:
    keys = [Key(HMAC, bytes(32)), Key(ED25519, bytes(32))]
    before = signatures(keys, event_id=event, timestamp=timestamp, body=body).split(" ")
    place, other = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(1, 255))
    changed = body[:place] + bytes([body[place] ^ other]) + body[place + 1 :]
    again = event[:-1] + ("a" if event[-1] != "a" else "b")
    others = [
        signatures(keys, event_id=event, timestamp=timestamp, body=changed),
        signatures(keys, event_id=event, timestamp=timestamp + 1, body=body),
        signatures(keys, event_id=again, timestamp=timestamp, body=body),
        signatures(keys, event_id=event, timestamp=timestamp, body=body + b" "),
    ]
    for other_signatures in others:
        assert not set(before) & set(other_signatures.split(" "))
    with pytest.raises(InvalidSignature):
        verify_ed25519(public_text(bytes(32)), before[1], f"{event}.{timestamp}.".encode() + changed)
