"""Which encoding a text file is in: UTF-8, with or without its mark, or GB18030, decided over the whole file."""

import codecs
from pathlib import Path

from service.workbook.limits import refused

_PIECE = 2**20


def find_encoding(path: Path) -> str:
    """Give `utf-8-sig`, `utf-8` or `gb18030`.

    Raises:
        RefusedError: Neither; the text names the byte (counted from 1) at which each of them ends.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return _checked(path, "utf-8-sig")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refused(
            "table_encoding",
            "文件是 UTF-16（“Unicode 文本”），请另存为“CSV UTF-8”后上传",
            "the file is UTF-16: save it as CSV UTF-8",
        )
    utf8 = _first_fault(path, "utf-8")
    if utf8 is None:
        return "utf-8"
    gb = _first_fault(path, "gb18030")
    if gb is None:
        return "gb18030"
    raise refused(
        "table_encoding",
        f"文件既不是 UTF-8（第 {utf8} 字节起读不通），也不是 GB18030（第 {gb} 字节起读不通），请另存为“CSV UTF-8”",
        f"the file is neither UTF-8 (wrong at byte {utf8}) nor GB18030 (wrong at byte {gb})",
    )


def _checked(path: Path, encoding: str) -> str:
    place = _first_fault(path, encoding)
    if place is None:
        return encoding
    raise refused(
        "table_encoding",
        f"文件开头标明是 UTF-8，但第 {place} 字节起不是 UTF-8 编码",
        f"the file says it is UTF-8, but is not from byte {place} on",
    )


def _first_fault(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            kept = len(decoder.getstate()[0])
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return before - kept + error.start + 1
            if not piece:
                return None
            before += len(piece)
