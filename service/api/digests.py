"""Digests in HTTP: `Content-Digest` and `Repr-Digest`, read and written.

Source: RFC 9530; the values are RFC 8941 dictionaries of byte sequences (`sha-256=:base64:`).
"""

import base64
import binascii
import re

from service.errors import RefusedError

_MEMBER = re.compile(r"^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):$")


def format_digest(digest: bytes) -> str:
    """Write a SHA-256 digest as a field value."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"


def parse_digest(value: str, *, where: str) -> bytes | None:
    """Read the SHA-256 member of a field value; None when it names only algorithms that we do not check.

    Raises:
        RefusedError: The value is not a dictionary of byte sequences, or the digest is not 32 bytes long.
    """
    for member in value[:2000].split(","):
        found = _MEMBER.match(member.strip())
        if not found:
            raise _malformed(where)
        if found[1] == "sha-256":
            return _decoded(found[2], where)
    return None


def parse_hex_digest(text: str, *, where: str) -> bytes:
    """Read a SHA-256 digest written as 64 hexadecimal digits."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise _malformed(where)
    return bytes.fromhex(text)


def check_digest(expected: bytes | None, actual: bytes, *, where: str) -> None:
    """Refuse when something was announced and something else arrived."""
    if expected is not None and expected != actual:
        raise RefusedError(
            "digest_mismatch",
            f"{where}: announced sha-256 {expected.hex()}, but what arrived has {actual.hex()}; send it again.",
            message_zh=f"{where}：声明的 sha-256 为 {expected.hex()}，实际收到的为 {actual.hex()}，请重新发送。",
        )


def _decoded(text: str, where: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed(where) from None
    if len(digest) != 32:
        raise _malformed(where)
    return digest


def _malformed(where: str) -> RefusedError:
    return RefusedError(
        "digest_malformed",
        f"{where}: expected sha-256=:<base64 of 32 bytes>: or 64 hexadecimal digits.",
        message_zh=f"{where}：应为 sha-256=:<32 字节的 base64>: 或 64 位十六进制。",
    )
