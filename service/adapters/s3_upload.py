"""The requests that write to an S3 store: every one carries its SHA-256, every frozen object its lock."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from service.errors import StoreError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

MOST_PARTS = 10_000
SMALLEST_PART = 5 << 20
DIGEST_FIELD = "sha256"
"""User metadata: the whole object's digest in hex, for a multipart checksum is one of parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a new object goes, and until when nobody shall be able to remove it (aware, whole seconds)."""

    client: "S3Client"
    bucket: str
    name: str
    media_type: str
    retain_until: datetime


def checksum_text(digest: bytes) -> str:
    """Encode a digest as the checksum headers want it."""
    return base64.b64encode(digest).decode("ascii")


def put_once(target: Target, data: bytes, *, sha256: bytes) -> str | None:
    """Create an object from bytes in memory, only if the name is free; give its version.

    Both checksum arguments are needed: the value alone is ignored by some stores, the algorithm alone makes the
    SDK send a trailer that others do not understand.

    Raises:
        ClientError: PreconditionFailed or ConditionalRequestConflict when the name is taken.
    """
    answer = target.client.put_object(
        Bucket=target.bucket,
        Key=target.name,
        Body=data,
        ContentType=target.media_type,
        ChecksumAlgorithm="SHA256",
        ChecksumSHA256=checksum_text(sha256),
        IfNoneMatch="*",
        Metadata={DIGEST_FIELD: sha256.hex()},
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=target.retain_until,
    )
    return answer.get("VersionId")


def put_published(target: Target, data: bytes) -> None:
    """Write a new version of a published name. No lock: the store keeps old versions, frozen copies have own names."""
    digest = hashlib.sha256(data).digest()
    target.client.put_object(
        Bucket=target.bucket,
        Key=target.name,
        Body=data,
        ContentType=target.media_type,
        ChecksumAlgorithm="SHA256",
        ChecksumSHA256=checksum_text(digest),
        Metadata={DIGEST_FIELD: digest.hex()},
    )


def part_size_for(size: int, *, wanted: int) -> int:
    """Give a part size that keeps the number of parts allowed."""
    return max(wanted, SMALLEST_PART, -(-size // MOST_PARTS))


def put_parts(target: Target, pieces: Iterator[bytes], *, sha256: bytes) -> str | None:
    """Create a large object from pieces, one part each, only if the name is free; give its version.

    One piece is in memory at a time. Nothing is visible before the last request; an error on the way, the pieces' own
    included, aborts the upload. Crash: the parts stay unseen until `discard_stale_uploads`.
    """
    upload = _begin(target, sha256=sha256)
    try:
        parts, digests = _send_parts(target, upload, pieces)
        return _complete(target, upload, parts=parts, expected=composite_checksum(digests))
    except BaseException:
        with suppress(ClientError, BotoCoreError):
            target.client.abort_multipart_upload(Bucket=target.bucket, Key=target.name, UploadId=upload)
        raise


def composite_checksum(part_digests: list[bytes]) -> str:
    """Give what S3 calls the checksum of a multipart object: the digest of the parts' digests, and their number."""
    return f"{checksum_text(hashlib.sha256(b''.join(part_digests)).digest())}-{len(part_digests)}"


def _begin(target: Target, *, sha256: bytes) -> str:
    answer = target.client.create_multipart_upload(
        Bucket=target.bucket,
        Key=target.name,
        ContentType=target.media_type,
        ChecksumAlgorithm="SHA256",
        Metadata={DIGEST_FIELD: sha256.hex()},
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=target.retain_until,
    )
    return answer["UploadId"]


def _send_parts(
    target: Target, upload: str, pieces: Iterator[bytes]
) -> tuple[list["CompletedPartTypeDef"], list[bytes]]:
    parts: list[CompletedPartTypeDef] = []
    digests = []
    for number, piece in enumerate(pieces, 1):
        digest = hashlib.sha256(piece).digest()
        answer = target.client.upload_part(
            Bucket=target.bucket,
            Key=target.name,
            UploadId=upload,
            PartNumber=number,
            Body=piece,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=checksum_text(digest),
        )
        parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum_text(digest)})
        digests.append(digest)
    return parts, digests


def _complete(target: Target, upload: str, *, parts: list["CompletedPartTypeDef"], expected: str) -> str | None:
    answer = target.client.complete_multipart_upload(
        Bucket=target.bucket,
        Key=target.name,
        UploadId=upload,
        MultipartUpload={"Parts": parts},
        IfNoneMatch="*",
    )
    if answer.get("ChecksumSHA256", expected) != expected:
        raise StoreError(f"the object store put {target.name} together from other bytes than were sent", fatal=True)
    return answer.get("VersionId")
