"""All letters of a batch as one zip, streamed without being kept: its size is known before its first byte.

Members are stored, not compressed: PDFs are compressed already, and the same letters give the same bytes. One letter at
a time is in memory. Source: PKWARE APPNOTE.TXT; bit 11 says that a name is UTF-8.
"""

import csv
import hashlib
import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evidence.zip_records import Record, directory, local_header
from service.errors import StoreError
from service.mailing.item import MailItem

ReadPieces = Callable[[MailItem], Iterator[bytes]]
"""Gives a letter's frozen PDF in pieces; NotFoundError or StoreError before the first piece."""

LIST_NAME = "清单.csv"
NAME_SHOWN = 40
_UNFIT = re.compile(r'[\\/:*?"<>|\s]+')
_FORMULA_STARTS = ("=", "+", "-", "@")
_TITLES = ("文件", "函号", "收件人", "地址", "页数", "字节", "SHA-256")


@dataclass(frozen=True, slots=True)
class SizedStream:
    """Bytes to be sent once, in pieces, and how many there are."""

    size: int
    pieces: Iterator[bytes]


def letters_zip(items: Sequence[MailItem], read_pieces: ReadPieces) -> SizedStream:
    """Give the zip of these letters in this order, with a list of them as its first member.

    Args:
        items: Every one with its `pdf_size` and `pdf_sha256`.
        read_pieces: Gives a letter's bytes; called as the stream is read.

    Raises:
        StoreError: While the stream is read: a letter is not what was frozen. The zip ends short then, which its
            announced size shows.
    """
    names = file_names(items)
    listed = list_of_letters(items, names)
    expected = [Record(name=LIST_NAME, size=len(listed), crc32=zlib.crc32(listed))]
    expected += [Record(name=name, size=item.pdf_size, crc32=0) for name, item in zip(names, items, strict=True)]
    size = sum(len(local_header(record)) + record.size for record in expected) + len(directory(expected))
    return SizedStream(size, _stream(items, expected, listed, read_pieces))


def file_names(items: Sequence[MailItem]) -> list[str]:
    """Name each letter's file by notice number and addressee, safe on every system, no two alike."""
    taken: set[str] = {LIST_NAME.casefold()}
    return [_free(_stem(item), taken) for item in items]


def list_of_letters(items: Sequence[MailItem], names: Sequence[str]) -> bytes:
    """Give the list as CSV that Excel reads: UTF-8 with a mark, and no text that it would take for a formula."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(_TITLES)
    for name, item in zip(names, items, strict=True):
        told = (name, item.notice_no, item.addressee, item.address, item.pages, item.pdf_size, item.pdf_sha256.hex())
        writer.writerow([_harmless(value) if isinstance(value, str) else value for value in told])
    return sink.getvalue().encode("utf-8-sig", errors="replace")


def _stream(
    items: Sequence[MailItem], expected: Sequence[Record], listed: bytes, read_pieces: ReadPieces
) -> Iterator[bytes]:
    records = [expected[0]]
    yield local_header(expected[0]) + listed
    for announced, item in zip(expected[1:], items, strict=True):
        data = _frozen(item, read_pieces)
        records.append(Record(name=announced.name, size=announced.size, crc32=zlib.crc32(data)))
        yield local_header(records[-1])
        yield data
    yield directory(records)


def _frozen(item: MailItem, read_pieces: ReadPieces) -> bytes:
    """Read a letter whole, since its CRC stands before it; never more than its announced size and one piece."""
    data = bytearray()
    for piece in read_pieces(item):
        data += piece
        if len(data) > item.pdf_size:
            break
    if len(data) != item.pdf_size or hashlib.sha256(data).digest() != item.pdf_sha256:
        raise StoreError(
            f"{item.notice_no}: its bytes are not those that were frozen",
            code="letter_unsound",
            message_zh=f"函件 {item.notice_no} 与固定的内容不符，压缩包未完成",
        )
    return bytes(data)


def _stem(item: MailItem) -> str:
    return "_".join(filter(None, (_fit(item.notice_no), _fit(item.addressee))))


def _fit(text: str) -> str:
    """Leave out what a file name must not hold: separators, control and invisible characters, dots at its ends."""
    shown = "".join(one for one in unicodedata.normalize("NFC", text) if unicodedata.category(one)[0] != "C")
    return _UNFIT.sub("_", shown)[:NAME_SHOWN].strip("._ ")


def _free(stem: str, taken: set[str]) -> str:
    name, number = f"{stem or '函件'}.pdf", 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem or '函件'}_{number}.pdf"
    taken.add(name.casefold())
    return name


def _harmless(text: str) -> str:
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line
