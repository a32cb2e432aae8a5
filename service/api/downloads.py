"""Frozen bytes on their way out: exact, checkable, resumable, and harmless in a browser.

A router gives what it downloads as a `Download` and returns `send_download(request, download, objects=…)`.
Register such a route twice, so that each operation keeps a name of its own:

    @router.head("/v1/notices/{notice_id}/document.pdf", include_in_schema=False)
    @router.get("/v1/notices/{notice_id}/document.pdf", response_class=Response, responses=BYTES)

Source: RFC 9110 (ranges, conditional requests), RFC 9530 (digests), RFC 6266 and 8187 (file names).
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

import structlog
from fastapi import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from service.api.digests import format_digest
from service.api.problems import MEDIA_TYPE, PROBLEM_SCHEMA, HttpError
from service.errors import StoreError
from service.ports import ObjectStore

log = structlog.get_logger("duly.downloads")

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_DIGESTED_RANGE_LIMIT = 64 * 1024 * 1024
"""A range up to this size is read twice, so that its `Content-Digest` can stand in the header.

It is the digest of what is sent. That the part is one of the frozen file rests on the store giving the version that was
frozen; who put all parts together holds them against `Repr-Digest`, which is that of the frozen whole.
"""


BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}, "description": "The whole 全文"},
    206: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}, "description": "A range 部分"},
    304: {"description": "You have it already 未改变"},
    416: {"description": "Outside the file 超出范围", "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}},
}
"""For a download route's `responses=`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One frozen object and how to name it; `digest` is the SHA-256 of the whole."""

    key: str
    digest: bytes
    size: int
    media_type: str
    file_name: str
    disposition: Literal["inline", "attachment"] = "attachment"


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    length: int


def send_download(
    request: Request, download: Download, *, objects: ObjectStore, redirect_seconds: int | None = None
) -> Response:
    """Answer with the object, the asked range of it, 304, or a redirect to the store where that is wished.

    Raises:
        HttpError: 416 for a range outside the object.
        NotFoundError: The store does not have the object.
        StoreError: The store is away, or what it has is not what was frozen.
    """
    headers = _headers(download)
    if is_known(request, download.digest):
        return Response(status_code=304, headers={name: headers[name] for name in ("ETag", "Cache-Control")})
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(download.size)}, media_type=download.media_type)
    if redirect_seconds is not None and (url := _presigned(download, objects, redirect_seconds)):
        return RedirectResponse(url, 307, {"Repr-Digest": headers["Repr-Digest"]})
    span = _asked_span(request, download)
    if span is None:
        return _whole(download, objects, headers)
    return _part(download, objects, headers, span)


def content_disposition(file_name: str, *, disposition: str = "attachment") -> str:
    """Write a file name so that every browser keeps its Chinese characters.

    Source: RFC 6266, section 4.1 and appendix D; RFC 8187.
    """
    plain = re.sub(r"[^A-Za-z0-9._ -]+", "_", file_name).strip() or "file"
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _headers(download: Download) -> dict[str, str]:
    return {
        "ETag": f'"{download.digest.hex()}"',
        "Repr-Digest": format_digest(download.digest),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Content-Disposition": content_disposition(download.file_name, disposition=download.disposition),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


def is_known(request: Request, digest: bytes) -> bool:
    """Tell whether the caller already has the bytes of this digest (`If-None-Match`)."""
    tags = request.headers.get("if-none-match", "")
    known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return "*" in known or f'"{digest.hex()}"' in known


def _presigned(download: Download, objects: ObjectStore, seconds: int) -> str | None:
    return objects.presigned_url(
        download.key, seconds=seconds, file_name=download.file_name, media_type=download.media_type
    )


def _asked_span(request: Request, download: Download) -> _Span | None:
    """Give the asked range, or None where the whole is to be sent (no range, several, or one of another version)."""
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != f'"{download.digest.hex()}"':
        return None
    found = _RANGE.match(request.headers.get("range", "").strip())
    if not found or not (found[1] or found[2]) or max(len(found[1]), len(found[2])) > 18:
        return None
    return _span(found[1], found[2], download.size)


def _span(first: str, last: str, size: int) -> _Span | None:
    if first and last and int(last) < int(first):
        return None  # RFC 9110, section 14.1.1: such a range is invalid and the field is ignored
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or (not first and int(last) == 0):
        raise HttpError(
            "range_not_satisfiable",
            f"The file has {size} bytes.",
            message_zh=f"文件共 {size} 字节。",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return _Span(start, end - start + 1)


def _whole(download: Download, objects: ObjectStore, headers: dict[str, str]) -> Response:
    headers["Content-Digest"] = headers["Repr-Digest"]
    headers["Content-Length"] = str(download.size)
    chunks = _begun(objects.open(download.key))
    return StreamingResponse(_checked(chunks, download), 200, headers, media_type=download.media_type)


def _part(download: Download, objects: ObjectStore, headers: dict[str, str], span: _Span) -> Response:
    headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{download.size}"
    headers["Content-Length"] = str(span.length)
    if span.length <= _DIGESTED_RANGE_LIMIT:
        digest = hashlib.sha256()
        for chunk in objects.open(download.key, start=span.start, length=span.length):
            digest.update(chunk)
        headers["Content-Digest"] = format_digest(digest.digest())
    chunks = _begun(objects.open(download.key, start=span.start, length=span.length))
    return StreamingResponse(chunks, 206, headers, media_type=download.media_type)


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Read the first piece now, so that a missing object or a store that is away is a problem, not a torn answer."""
    first = next(chunks, b"")

    def go_on() -> Iterator[bytes]:
        yield first
        yield from chunks

    return go_on()


def _checked(chunks: Iterator[bytes], download: Download) -> Iterator[bytes]:
    """Break the connection before the end when the store gives other bytes than were frozen."""
    digest = hashlib.sha256()
    held = b""
    for chunk in chunks:
        yield held
        digest.update(chunk)
        held = chunk
    if digest.digest() != download.digest:
        log.error("object_corrupt", key=download.key, expected=download.digest.hex(), actual=digest.hexdigest())
        raise StoreError(f"{download.key} does not have the frozen bytes", fatal=True, code="object_corrupt")
    yield held
