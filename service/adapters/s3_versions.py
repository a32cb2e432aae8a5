"""Reading from a versioned bucket, where a name may have several versions and one of them is the object.

A conditional put answers "taken" to whoever comes later, but several writers at the same moment may all be told that
they were first. So the oldest version of a frozen name is the object, for writers and readers alike; of a published
name it is the newest. A content key needs no such question: all its versions have the same bytes.
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
from service.adapters.object_names import digest_in_key
from service.adapters.s3_errors import error_code, is_absent, s3_errors
from service.adapters.s3_upload import DIGEST_FIELD, PUBLISHED_FIELD
from service.errors import NotFoundError

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef


class S3Versions:
    """The objects below one prefix of a bucket, each at the version that counts; raises what boto3 raises."""

    def __init__(self, client: "S3Client", *, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._published: set[str] = set()

    def note_published(self, key: str) -> None:
        """Remember that the newest version of this name is the object."""
        self._published.add(key)

    def place(self, key: str, version: str | None) -> dict[str, Any]:
        """Give the arguments that name one version of an object, or the newest for None."""
        place = {"Bucket": self._bucket, "Key": self._prefix + key}
        return place if version is None else {**place, "VersionId": version}

    def counting(self, key: str) -> str | None:
        """Find the version that is the object; None means the newest."""
        if digest_in_key(key) is not None or key in self._published:
            return None
        version, alone = self._first_page(key)
        if alone:
            return version
        newest = self._head_version(key, None)
        if newest is not None and PUBLISHED_FIELD in newest["Metadata"]:
            self.note_published(key)
            return None
        return self.oldest(key)

    def oldest(self, key: str) -> str | None:
        """Find the first version that was ever written, or None."""
        name, oldest = self._prefix + key, None
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=name)
        for page in pages:  # newest first, and a name comes before the longer names that it begins
            for version in page.get("Versions", []):
                if version["Key"] != name:
                    return oldest
                oldest = version["VersionId"]
        return oldest

    def head(self, key: str) -> "HeadObjectOutputTypeDef | None":
        """Ask about the object; None when it is not there."""
        return self._head_version(key, self.counting(key))

    def digest(self, key: str, version: str) -> bytes:
        """Give the SHA-256 of one version, by reading it where the store holds none."""
        answer = self._head_version(key, version)
        known = answer and digest_in(answer)
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
            pieces = _body_pieces(self._client.get_object(**self.place(key, self.counting(key)), **ranged)["Body"])
        except ClientError as error:
            if error_code(error) == "InvalidRange":
                return iter(())
            if is_absent(error):
                raise NotFoundError(key) from error
            raise
        next(pieces)  # started, so that dropping the iterator gives the connection back
        return pieces

    def _first_page(self, key: str) -> tuple[str | None, bool]:
        name = self._prefix + key
        page = self._client.list_object_versions(Bucket=self._bucket, Prefix=name, MaxKeys=2)
        versions = [version["VersionId"] for version in page.get("Versions", []) if version["Key"] == name]
        markers = [marker for marker in page.get("DeleteMarkers", []) if marker["Key"] == name]
        return (versions[0] if versions else None), len(versions) + len(markers) < 2

    def _head_version(self, key: str, version: str | None) -> "HeadObjectOutputTypeDef | None":
        try:
            return self._client.head_object(**self.place(key, version), ChecksumMode="ENABLED")
        except ClientError as error:
            if is_absent(error):
                return None
            raise


def digest_in(answer: "HeadObjectOutputTypeDef") -> bytes | None:
    """Find the digest of the whole object: the one that the store checked, else the one that the writer noted."""
    checked = answer.get("ChecksumSHA256", "")
    if checked and "-" not in checked:
        return base64.b64decode(checked)
    noted = answer["Metadata"].get(DIGEST_FIELD, "")
    return bytes.fromhex(noted) if re.fullmatch("[0-9a-f]{64}", noted) else None


def _body_pieces(body: "StreamingBody") -> Iterator[bytes]:
    """Give an empty piece once the body is in hand, then its bytes."""
    with s3_errors("reading an object"), closing(body):
        yield b""
        yield from iter(partial(body.read, PIECE), b"")
