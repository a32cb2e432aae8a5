"""What a bucket must show before anything is entrusted to it: refusals by effect, not by what it says of itself."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from service.adapters.s3_errors import TAKEN, error_code
from service.adapters.s3_upload import Target, checksum_text, put_once
from service.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

PROBES = "check/"
"""Names of probes, below the store's prefix; `keys` leaves them out."""
PROBE_LOCK = timedelta(minutes=5)
STALE_UPLOAD = timedelta(days=1)
_PROBE = b"A probe. It may be removed when its lock has ended.\n"


def make_bucket(client: "S3Client", bucket: str) -> None:
    """Create the bucket with versions and Object Lock unless it is there."""
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error_code(error) not in ("404", "NoSuchBucket"):
            raise
        region, ours = client.meta.region_name, "amazonaws.com" not in client.meta.endpoint_url
        if ours or region == "us-east-1":
            client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        else:
            client.create_bucket(
                Bucket=bucket,
                ObjectLockEnabledForBucket=True,
                CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
            )


def require_sound(client: "S3Client", bucket: str, prefix: str) -> None:
    """Refuse a store that would lose, replace or damage what it is given.

    Leaves one probe of a few bytes, locked for five minutes; the next check removes it.

    Raises:
        StoreError: fatal, naming the first promise that the store does not keep.
        ClientError: the store answered with another error than the one expected.
    """
    _require_versions_and_lock(client, bucket)
    _remove_old_probes(client, bucket, prefix)
    target = Target(
        client=client,
        bucket=bucket,
        name=f"{prefix}{PROBES}{secrets.token_hex(16)}",
        media_type="text/plain",
        retain_until=datetime.now(UTC).replace(microsecond=0) + PROBE_LOCK,
    )
    _require_checksums_checked(target)
    version = put_once(target, _PROBE, sha256=sha256(_PROBE).digest())
    _require_refused(
        lambda: put_once(target, _PROBE, sha256=sha256(_PROBE).digest()),
        codes=TAKEN,
        otherwise="writes over an object although it was asked not to",
    )
    _require_lock_holds(target, version)


def require_writable(client: "S3Client", bucket: str, prefix: str) -> None:
    """Write one part and take it back: shows that the store takes bytes now, and leaves nothing."""
    name = f"{prefix}{PROBES}writable"
    upload = client.create_multipart_upload(Bucket=bucket, Key=name, ChecksumAlgorithm="SHA256")["UploadId"]
    try:
        client.upload_part(
            Bucket=bucket,
            Key=name,
            UploadId=upload,
            PartNumber=1,
            Body=_PROBE,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=checksum_text(sha256(_PROBE).digest()),
        )
    finally:
        client.abort_multipart_upload(Bucket=bucket, Key=name, UploadId=upload)


def discard_stale_uploads(client: "S3Client", bucket: str, prefix: str) -> None:
    """Abort multipart uploads that were begun more than a day ago: their writers are gone."""
    before = datetime.now(UTC) - STALE_UPLOAD
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
        for upload in page.get("Uploads", []):
            if upload["Initiated"] < before:
                with suppress(ClientError):
                    client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def _require_versions_and_lock(client: "S3Client", bucket: str) -> None:
    if client.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        raise StoreError(f"the bucket {bucket} does not keep versions", fatal=True, message_zh="存储桶未启用版本控制")
    try:
        lock = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"].get("ObjectLockEnabled")
    except ClientError as error:
        if error_code(error) not in ("ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"):
            raise
        lock = None
    if lock != "Enabled":
        raise StoreError(f"the bucket {bucket} has no Object Lock", fatal=True, message_zh="存储桶未启用对象锁定")


def _require_checksums_checked(target: Target) -> None:
    def put_damaged() -> None:
        target.client.put_object(
            Bucket=target.bucket,
            Key=f"{target.name}-damaged",
            Body=_PROBE,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=checksum_text(bytes(32)),
        )

    codes = ("BadDigest", "InvalidRequest", "XAmzContentChecksumMismatch", "InvalidArgument")
    _require_refused(put_damaged, codes=codes, otherwise="keeps bytes that do not have the SHA-256 they came with")


def _require_lock_holds(target: Target, version: str | None) -> None:
    if version is None:
        raise StoreError("the object store gives no versions", fatal=True)
    _require_refused(
        lambda: target.client.delete_object(Bucket=target.bucket, Key=target.name, VersionId=version),
        codes=("AccessDenied", "InvalidRequest"),
        otherwise="removes a locked object",
    )


def _require_refused(act: "Callable[[], object]", *, codes: tuple[str, ...], otherwise: str) -> None:
    try:
        act()
    except ClientError as error:
        if error_code(error) in codes:
            return
        raise
    raise StoreError(f"the object store {otherwise}: it cannot hold evidence", fatal=True)


def _remove_old_probes(client: "S3Client", bucket: str, prefix: str) -> None:
    page = client.list_object_versions(Bucket=bucket, Prefix=prefix + PROBES, MaxKeys=100)
    for probe in page.get("Versions", []):
        if probe["LastModified"] + PROBE_LOCK < datetime.now(UTC):
            with suppress(ClientError):
                client.delete_object(Bucket=bucket, Key=probe["Key"], VersionId=probe["VersionId"])
