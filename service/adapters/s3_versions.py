"""Reading from a versioned bucket, where a name may have several versions and one of them is the object.

A conditional put answers "taken" to whoever comes later, but several writers at the same moment may all be told that
they were first, and whoever may write can put a further version over a name without asking. So the oldest version of a
frozen name is the object, for writers and readers alike; of a published name it is the newest.

To find the oldest takes a listing. A content key is spared it where the store has itself checked that the newest
version has the digest of the name: then it does not matter which one is read.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from service.adapters.byte_pieces import PIECE
from service.adapters.object_names import PUBLISHED, digest_in_key
from service.adapters.s3_errors import error_code, is_absent, s3_errors
from service.adapters.s3_upload import DIGEST_FIELD
from service.errors import NotFoundError

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef


class S3Versions:
    """The objects below one prefix of a bucket, each at the version that counts; raises what boto3 raises."""

    def __init__(self, client: "S3Client", *, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def place(self, key: str, version: str | None) -> dict[str, Any]:
        """Give the arguments that name one version of an object, or the newest for None."""
        place = {"Bucket": self._bucket, "Key": self._prefix + key}
        return place if version is None else {**place, "VersionId": version}

    def counting(self, key: str) -> str | None:
        """Find the version that is the object; None means the newest, or that there is none."""
        return None if key in PUBLISHED else self.oldest(key)

    def oldest(self, key: str) -> str | None:
        """Find the first version that was ever written, or None; a bucket that does not answer as one is an error."""
        name, oldest = self._prefix + key, None
        version, alone = self._first_page(name)
        if alone:
            return version
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=name)
        for page in pages:  # newest first, and a name comes before the longer names that it begins
            for found in page.get("Versions", []):
                if found["Key"] != name:
                    return oldest
                oldest = found["VersionId"]
        return oldest

    def head(self, key: str) -> "HeadObjectOutputTypeDef | None":
        """Ask about the object; None when it is not there."""
        if _newest_may_do(key):
            answer = self._head_newest(key)
            if answer is not None and _is_the_object(key, answer):
                return answer
        version = self.oldest(key)  # also where the newest is said to be absent: a bucket that is gone says so too
        if version is None or key in PUBLISHED:
            return None
        return self._client.head_object(**self.place(key, version), ChecksumMode="ENABLED")

    def digest(self, key: str, version: str) -> bytes:
        """Give the SHA-256 of one version, by reading it where the store holds none."""
        known = digest_in(self._client.head_object(**self.place(key, version), ChecksumMode="ENABLED"))
        if known:
            return known
        digest = hashlib.sha256()
        for piece in _body_pieces(self._client.get_object(**self.place(key, version))["Body"]):
            digest.update(piece)
        return digest.digest()

    def pieces(self, key: str, *, start: int, length: int | None) -> Iterator[bytes]:
        """Give the bytes of a range as they come; no bytes for a range beyond the end; NotFoundError at once."""
        if length == 0 and self.head(key) is not None:
            return iter(())
        end = "" if length is None else str(start + max(length, 1) - 1)
        ranged: dict[str, Any] = {} if start == 0 and length is None else {"Range": f"bytes={start}-{end}"}
        try:
            body = self._newest_body(key, ranged) or self._oldest_body(key, ranged)
        except ClientError as error:
            if error_code(error) == "InvalidRange":
                return iter(())
            raise
        pieces = _body_pieces(body)
        next(pieces)  # started, so that dropping the iterator gives the connection back
        return pieces

    def _newest_body(self, key: str, ranged: dict[str, Any]) -> "StreamingBody | None":
        """Begin to read the newest version where that is the object; a part of it has no digest to know it by."""
        if not _newest_may_do(key) or (ranged and key not in PUBLISHED):
            return None
        try:
            answer = self._client.get_object(**self.place(key, None), **ranged, ChecksumMode="ENABLED")
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        if _is_the_object(key, answer):
            return answer["Body"]
        answer["Body"].close()
        return None

    def _oldest_body(self, key: str, ranged: dict[str, Any]) -> "StreamingBody":
        version = self.oldest(key)
        if version is None or key in PUBLISHED:
            raise NotFoundError(key)
        return self._client.get_object(**self.place(key, version), **ranged)["Body"]

    def _first_page(self, name: str) -> tuple[str | None, bool]:
        page = self._client.list_object_versions(Bucket=self._bucket, Prefix=name, MaxKeys=2)
        versions = [version["VersionId"] for version in page.get("Versions", []) if version["Key"] == name]
        markers = [marker for marker in page.get("DeleteMarkers", []) if marker["Key"] == name]
        return (versions[0] if versions else None), len(versions) + len(markers) < 2

    def _head_newest(self, key: str) -> "HeadObjectOutputTypeDef | None":
        try:
            return self._client.head_object(**self.place(key, None), ChecksumMode="ENABLED")
        except ClientError as error:
            if is_absent(error):
                return None
            raise


def _newest_may_do(key: str) -> bool:
    return key in PUBLISHED or digest_in_key(key) is not None


def _is_the_object(key: str, answer: "HeadObjectOutputTypeDef | GetObjectOutputTypeDef") -> bool:
    return key in PUBLISHED or checked_digest(answer) == digest_in_key(key)


def checked_digest(answer: "HeadObjectOutputTypeDef | GetObjectOutputTypeDef") -> bytes | None:
    """Find the digest of the whole object that the store checked when it took it; none for what came in parts."""
    checked = answer.get("ChecksumSHA256", "")
    return base64.b64decode(checked) if checked and "-" not in checked else None


def digest_in(answer: "HeadObjectOutputTypeDef") -> bytes | None:
    """Find the digest of the whole object: the one that the store checked, else the one that the writer noted."""
    checked = checked_digest(answer)
    if checked is not None:
        return checked
    noted = answer["Metadata"].get(DIGEST_FIELD, "")
    return bytes.fromhex(noted) if re.fullmatch("[0-9a-f]{64}", noted) else None


def _body_pieces(body: "StreamingBody") -> Iterator[bytes]:
    """Give an empty piece once the body is in hand, then its bytes."""
    with s3_errors("reading an object"), closing(body):
        yield b""
        yield from iter(partial(body.read, PIECE), b"")
