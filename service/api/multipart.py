"""Multipart bodies, streamed to disk: every limit is checked while the bytes arrive, and nothing outlives a refusal.

Source: RFC 7578. The parser is python-multipart's.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from service.errors import RefusedError, StoreError, TooLargeError
from service.services import Limits

_HEADER_LIMIT = 8192
_NAME_LIMIT = 200
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part as it arrived: `path` holds its bytes; `file_name` is None for what is not a file."""

    name: str
    file_name: str | None
    headers: dict[str, str]
    path: Path
    size: int
    digest: bytes


async def read_multipart(request: Request, *, folder: Path, limits: Limits) -> tuple[Part, ...]:
    """Stream every part into the folder.

    Raises:
        TooLargeError: A file, the facts or the number of files is over its limit.
        RefusedError: `multipart_malformed`.
        StoreError: The folder's disk is full or broken.
    """
    reader = _Reader(_boundary(request), folder, limits)
    try:
        async for chunk in request.stream():
            reader.count(len(chunk))
            await run_in_threadpool(reader.feed, chunk)
        return reader.finish()
    finally:
        reader.close()


def display_name(sent: str) -> str:
    """Make a file's name safe to show and to write: its last path segment, NFC, without invisible characters."""
    name = sent.replace("\\", "/").rsplit("/", 1)[-1]
    name = unicodedata.normalize("NFC", _UNSAFE.sub("", name)).strip(" .")
    if len(name) > _NAME_LIMIT:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: _NAME_LIMIT - 11]}.{ending}" if dot and len(ending) <= 10 else name[:_NAME_LIMIT]
    return name or "file"


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 70:
        raise _malformed("its Content-Type has no boundary", "Content-Type 缺少 boundary")
    return boundary


def _malformed(english: str, chinese: str) -> RefusedError:
    return RefusedError(
        "multipart_malformed", f"The multipart body: {english}.", message_zh=f"multipart 正文：{chinese}。"
    )


@dataclass(slots=True)
class _Open:
    """The part that is arriving."""

    path: Path
    file: IO[bytes]
    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    file_name: str | None = None
    size: int = 0
    limit: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class _Reader:
    """Takes pieces of a body, gives parts."""

    def __init__(self, boundary: bytes, folder: Path, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        self._parts: list[Part] = []
        self._open: _Open | None = None
        self._field, self._value = b"", b""
        self._ended, self._size = False, 0
        callbacks: dict[str, Callable[..., None]] = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._take_field,
            "on_header_value": self._take_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def count(self, size: int) -> None:
        self._size += size
        if self._size > self._limits.upload:
            raise TooLargeError(
                "body_too_large",
                f"The request is over {self._limits.upload} bytes; nothing was kept.",
                message_zh=f"请求超过上限 {self._limits.upload} 字节，未保留任何内容。",
            )

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _malformed(str(error)[:200], "结构有误") from None
        except OSError as error:
            raise StoreError(f"an upload could not be kept: {error}", code="scratch_full") from error

    def finish(self) -> tuple[Part, ...]:
        if not self._ended:
            raise _malformed("it ends before its last boundary", "在最后一个分隔符之前就结束了")
        return tuple(self._parts)

    def close(self) -> None:
        if self._open is not None:
            self._open.file.close()

    def _begin_part(self) -> None:
        if len(self._parts) > self._limits.files:
            raise TooLargeError(
                "too_many_files",
                f"At most {self._limits.files} files in one request.",
                message_zh=f"一次最多上传 {self._limits.files} 个文件。",
            )
        path = self._folder / f"{len(self._parts):04d}"
        self._open = _Open(path, path.open("wb"))

    def _take_field(self, data: bytes, start: int, end: int) -> None:
        self._field = _bounded(self._field + data[start:end])

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value = _bounded(self._value + data[start:end])

    def _end_header(self) -> None:
        if len(self._now.headers) >= 20:
            raise _malformed("a part has too many header fields", "分段的头字段过多")
        self._now.headers[self._field.decode("latin-1").lower()] = self._value.decode("utf-8", "replace")
        self._field, self._value = b"", b""

    def _end_headers(self) -> None:
        part = self._now
        _, options = parse_options_header(part.headers.get("content-disposition", "").encode())
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        sent_name = options.get(b"filename")
        part.file_name = None if sent_name is None else sent_name.decode("utf-8", "replace")
        part.limit = self._limits.body if sent_name is None or part.name == "facts" else self._limits.file
        if not part.name:
            raise _malformed("a part has no name", "有分段缺少 name")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        part, piece = self._now, data[start:end]
        part.size += len(piece)
        if part.size > part.limit:
            raise TooLargeError(
                "file_too_large",
                f"{part.name[:60]}: over the limit of {part.limit} bytes; nothing was kept.",
                message_zh=f"{part.name[:60]}：超过上限 {part.limit} 字节，未保留任何内容。",
            )
        part.digest.update(piece)
        part.file.write(piece)

    def _end_part(self) -> None:
        part = self._now
        part.file.close()
        self._open = None
        self._parts.append(
            Part(
                name=part.name,
                file_name=part.file_name,
                headers=part.headers,
                path=part.path,
                size=part.size,
                digest=part.digest.digest(),
            )
        )

    def _end(self) -> None:
        self._ended = True

    @property
    def _now(self) -> _Open:
        if self._open is None:
            raise _malformed("data outside any part", "分段之外有数据")
        return self._open


def _bounded(header: bytes) -> bytes:
    if len(header) > _HEADER_LIMIT:
        raise _malformed("a part's header field is too long", "分段的头字段过长")
    return header
