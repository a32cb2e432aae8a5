"""What every timestamp authority adapter does alike: ask with a fresh nonce, and accept only what would verify."""

import secrets

from asn1crypto import algos, tsp

from evidence.errors import EvidenceError
from evidence.timestamp import TsaAnchors, verify_timestamp
from service.errors import StoreError
from service.ports import Stamp

SHA256_OID = "2.16.840.1.101.3.4.2.1"


def build_request(digest: bytes) -> bytes:
    """Write a TimeStampReq over a SHA-256 digest, with a random 64-bit nonce, asking for the certificates.

    Source: RFC 3161, section 2.4.1.
    """
    if len(digest) != 32:
        raise ValueError(f"a SHA-256 digest has 32 bytes, not {len(digest)}")
    imprint = {"hash_algorithm": sha256_identifier(), "hashed_message": digest}
    request = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": imprint, "nonce": secrets.randbits(64), "cert_req": True}
    )
    return bytes(request.dump())


def sha256_identifier() -> algos.DigestAlgorithm:
    """Name SHA-256 as most authorities do, with NULL parameters."""
    return algos.DigestAlgorithm({"algorithm": "sha256", "parameters": None})


def accept(stamp: Stamp, *, digest: bytes, anchors: TsaAnchors, name: str) -> Stamp:
    """Give the stamp back if a verifier with these anchors would take it; StoreError otherwise.

    A token that fails later, in a bundle, could no longer be fetched again for the same instant.
    """
    try:
        verify_timestamp(stamp.tsr, data_digest=digest, anchors=anchors, tsq=stamp.tsq)
    except EvidenceError as error:
        raise StoreError(
            f"timestamp authority {name}: its answer would not verify: {error}",
            code="timestamp_refused",
            message_zh=f"时间戳机构 {name} 的应答未通过验证，未予采用：{error}",
        ) from error
    return stamp
