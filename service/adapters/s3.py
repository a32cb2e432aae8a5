"""Objects in an S3 bucket that is versioned and locked: nobody who holds our credentials can replace or remove them.

The bucket needs the rights to create, get and list objects and their versions; deleting is asked for only to see that
it is refused. Incomplete uploads of dead writers are aborted by the first `check` of a later process.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, Literal
from urllib.parse import quote

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

from service.adapters.byte_pieces import bounded_bytes, drain, measured, require_range
from service.adapters.object_names import digest_in_key, is_key, require_key, require_prefix, require_replaceable
from service.adapters.s3_errors import TAKEN, error_code, s3_errors
from service.adapters.s3_soundness import PROBES, discard_stale_uploads, make_bucket, require_sound, require_writable
from service.adapters.s3_upload import Target, part_size_for, put_once, put_parts, put_published
from service.adapters.s3_versions import S3Versions, digest_in
from service.errors import ConflictError, StoreError
from service.ports import ObjectInfo

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LONGEST_URL_SECONDS = 7 * 24 * 3600


class S3Store:
    """Keeps the promises of `service.ports.ObjectStore` on Amazon S3, or another store that passes `check`.

    Making it needs no network; nothing is written before `check` has passed once. Without keys, boto3's own chain
    finds the credentials.
    """

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str = "",
        endpoint: str | None,
        region: str,
        access_key: str | None,
        secret_key: str | None,
        retention_days: int,
        part_size: int = 16 << 20,
        create_bucket: bool = False,
    ) -> None:
        require_prefix(prefix)
        if retention_days < 1:
            raise ValueError("objects are kept for at least one day")
        self._bucket = bucket
        self._prefix = prefix and prefix.removesuffix("/") + "/"
        self._retention = timedelta(days=retention_days)
        self._part_size = part_size
        self._create_bucket = create_bucket
        self._sound = False
        self._checking = threading.Lock()
        client: S3Client = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=_client_config("auto" if endpoint is None else "path"),
        )
        self._client = client
        self._versions = S3Versions(client, bucket=bucket, prefix=self._prefix)

    def put(self, key: str, source: BinaryIO, *, size: int, sha256: bytes, media_type: str) -> None:
        """Keep the bytes under the key, locked for the retention time; larger ones go part by part."""
        require_key(key)
        self._require_checked()
        target = self._target(key, media_type)
        pieces = measured(source, size=size, sha256=sha256, piece=part_size_for(size, wanted=self._part_size))
        with s3_errors("keeping an object"):
            if size <= self._part_size:
                data = b"".join(pieces)
                version = _unless_taken(lambda: put_once(target, data, sha256=sha256))
            elif self._versions.head(key) is None:
                version = _unless_taken(lambda: put_parts(target, pieces, sha256=sha256))
            else:
                drain(pieces)
                version = None
            if version is None or digest_in_key(key) is None:
                self._require_same(key, sha256=sha256, version=version)

    def publish(self, key: str, data: bytes, *, media_type: str) -> None:
        """Write a new version, which readers get from now on; the old ones stay in the bucket."""
        require_key(key)
        require_replaceable(key)
        self._require_checked()
        with s3_errors("publishing an object"):
            put_published(self._target(key, media_type), data)

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Give the bytes of the range in pieces as they come over the network; NotFoundError at once."""
        require_key(key)
        require_range(start, length)
        with s3_errors("reading an object"):
            return self._versions.pieces(key, start=start, length=length)

    def read(self, key: str, *, limit: int) -> bytes:
        """Give the whole object of at most `limit` bytes."""
        return bounded_bytes(self.open(key), key=key, limit=limit)

    def head(self, key: str) -> ObjectInfo | None:
        """Tell size, media type and the digest that the store holds for the object."""
        require_key(key)
        with s3_errors("looking up an object"):
            answer = self._versions.head(key)
        if answer is None:
            return None
        media_type = answer.get("ContentType", "application/octet-stream")
        return ObjectInfo(key=key, size=answer["ContentLength"], sha256=digest_in(answer), media_type=media_type)

    def keys(self, prefix: str) -> Iterator[str]:
        """Give the keys with this prefix in byte order, one page of the listing in memory at a time."""
        require_prefix(prefix)
        with s3_errors("listing objects"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for item in page.get("Contents", []):
                    key = item["Key"].removeprefix(self._prefix)
                    if is_key(key) and not key.startswith(PROBES):
                        yield key

    def presigned_url(self, key: str, *, seconds: int, file_name: str, media_type: str) -> str | None:
        """Give a URL that downloads the object under that file name for at most seven days."""
        require_key(key)
        with s3_errors("signing a URL"):
            return self._client.generate_presigned_url(
                "get_object",
                Params={
                    **self._versions.place(key, self._versions.counting(key)),
                    "ResponseContentDisposition": content_disposition(file_name),
                    "ResponseContentType": media_type,
                },
                ExpiresIn=max(1, min(seconds, LONGEST_URL_SECONDS)),
            )

    def check(self) -> None:
        """Raise StoreError unless the store takes bytes now; the first time also unless it keeps its promises."""
        self._require_checked()
        with s3_errors("the check of the bucket"):
            require_writable(self._client, self._bucket, self._prefix)

    def _require_checked(self) -> None:
        if self._sound:
            return
        with self._checking, s3_errors("the first check of the bucket"):
            if self._create_bucket:
                make_bucket(self._client, self._bucket)
            require_sound(self._client, self._bucket, self._prefix)
            discard_stale_uploads(self._client, self._bucket, self._prefix)
            self._sound = True

    def _target(self, key: str, media_type: str) -> Target:
        return Target(
            client=self._client,
            bucket=self._bucket,
            name=self._prefix + key,
            media_type=media_type,
            retain_until=datetime.now(UTC).replace(microsecond=0) + self._retention,
        )

    def _require_same(self, key: str, *, sha256: bytes, version: str | None) -> None:
        """Raise ConflictError unless our bytes are the object, though another writer may have brought them."""
        oldest = self._versions.oldest(key)
        if oldest is None:
            raise StoreError(f"{key} was taken and then not found: send it again")
        if oldest != version and self._versions.digest(key, oldest) != sha256:
            raise ConflictError("object_exists", f"{key} holds other bytes", message_zh="该名称下已有不同内容")


def content_disposition(file_name: str) -> str:
    """Give the header that makes a browser save under this name, with an ASCII name for old ones.

    Source: RFC 6266 section 4, RFC 8187.
    """
    name = "".join(character for character in file_name if character.isprintable() and character not in '/\\"')
    plain = name.encode("ascii", "replace").decode("ascii").replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _client_config(addressing_style: Literal["auto", "path"]) -> Config:
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": addressing_style},
        # We send SHA-256 ourselves; what the SDK would add on its own is a trailer that several stores do not take.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=2,
        read_timeout=20,
        max_pool_connections=32,
        retries={"mode": "standard", "total_max_attempts": 3},
    )


def _unless_taken(upload: "Callable[[], str | None]") -> str | None:
    """Give the version that was written; None when the name is taken, perhaps by our own attempt before a retry."""
    try:
        return upload()
    except ClientError as error:
        if error_code(error) in (*TAKEN, "NoSuchUpload"):
            return None
        raise
