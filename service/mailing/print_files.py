"""Print files: each part one PDF, the frozen letters in it exactly as they are.

Memory is bounded by the part, not by the batch: about half a megabyte a letter, 280 MB for a part of 500. A part is
a function of its letters and its job: printed again it has the same bytes, and takes no new numbers.
"""

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf

from service.errors import StoreError
from service.mailing.item import MailItem
from service.mailing.pages import Draw, slip_page
from service.mailing.plan import SLIP_PAGES, PlannedPart, PrintPlan
from service.workbook.disk import disk_errors

ReadPdf = Callable[[MailItem], bytes]
"""Gives a letter's frozen PDF; NotFoundError or StoreError when it cannot."""

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintPart:
    """One part as a file; `size` in bytes, `sha256` 32 bytes."""

    planned: PlannedPart
    path: Path
    size: int
    sha256: bytes

    @property
    def file_name(self) -> str:
        """The name of the file for people and manifests."""
        return part_file_name(self.planned)


def part_file_name(part: PlannedPart) -> str:
    """Name a part's file so that names sort as parts do."""
    width = max(3, len(str(part.of)))
    return f"part-{part.number:0{width}d}-of-{part.of:0{width}d}.pdf"


def print_part(part: PlannedPart, plan: PrintPlan, *, read_pdf: ReadPdf, draw: Draw, folder: Path) -> PrintPart:
    """Write one part, or write it again: the file appears whole under its name or not at all.

    Args:
        part: Of the plan.
        plan: From `plan_print`.
        read_pdf: Gives a letter's frozen bytes; they are checked against the digest in the item.
        draw: `RenderPool.draw`.
        folder: Where the file is put; has to exist.

    Raises:
        StoreError: A letter is not what was frozen, or the disk failed.
        BusyError: No rendering process became free in time for a slip sheet.
    """
    path = folder / part_file_name(part)
    half = path.with_suffix(".half")
    try:
        with pikepdf.new() as pdf:
            _gather(pdf, part, plan, read_pdf=read_pdf, draw=draw)
            pdf.docinfo["/Title"] = f"{plan.job.name} {part.number}/{part.of}"
            _save(pdf, half)
        os.replace(half, path)  # noqa: PTH105 - says that it replaces
    finally:
        half.unlink(missing_ok=True)
    return PrintPart(planned=part, path=path, size=path.stat().st_size, sha256=_digest_of(path))


class _Sink(io.RawIOBase):
    """Takes bytes for a file and remembers the first error of its disk instead of raising it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take all of it, whatever the disk says."""
        if self.error is None:
            try:
                self._file.write(data)
            except OSError as error:
                self.error = error
        return len(data)


def _save(pdf: pikepdf.Pdf, path: Path) -> None:
    """Save through a sink: an error of the disk that reaches the library as it closes a file ends the whole process."""
    with disk_errors(), path.open("wb") as file:
        sink = _Sink(file)
        with io.BufferedWriter(sink, _PIECE) as gathered:  # the library writes a few bytes at a time
            pdf.save(gathered, deterministic_id=True)
        if sink.error is not None:
            raise sink.error


def _gather(pdf: pikepdf.Pdf, part: PlannedPart, plan: PrintPlan, *, read_pdf: ReadPdf, draw: Draw) -> None:
    front = _slip(part, plan, draw, is_end=False)
    _add(pdf, front, plan, pages=SLIP_PAGES, what="slip")
    with pikepdf.open(io.BytesIO(front)) as slip:
        if "/OutputIntents" in slip.Root:  # the colours mean what they mean in the letters
            pdf.Root.OutputIntents = pdf.copy_foreign(slip.make_indirect(slip.Root.OutputIntents))
    for letter in part.letters:
        if len(pdf.pages) + 1 != letter.first_page:
            raise AssertionError(f"{letter.item.notice_no} would begin on another page than planned")
        _add(pdf, _frozen(letter.item, read_pdf), plan, pages=letter.item.pages, what=letter.item.notice_no)
    _add(pdf, _slip(part, plan, draw, is_end=True), plan, pages=SLIP_PAGES, what="slip")


def _slip(part: PlannedPart, plan: PrintPlan, draw: Draw, *, is_end: bool) -> bytes:
    return draw(slip_page(part, plan, is_end=is_end), page_limit=SLIP_PAGES)


def _frozen(item: MailItem, read_pdf: ReadPdf) -> bytes:
    data = read_pdf(item)
    if hashlib.sha256(data).digest() != item.pdf_sha256:
        raise _unsound(item.notice_no, "its bytes are not those that were frozen", "与固定的内容不符")
    return data


def _add(pdf: pikepdf.Pdf, data: bytes, plan: PrintPlan, *, pages: int, what: str) -> None:
    try:
        with pikepdf.open(io.BytesIO(data)) as source:
            if len(source.pages) != pages:
                raise _unsound(what, f"it has {len(source.pages)} pages, not {pages}", "页数与记录不符")
            pdf.pages.extend(source.pages)
    except pikepdf.PdfError as error:
        raise _unsound(what, f"it cannot be read: {error}", "无法读取") from error
    if plan.job.filled(pages) > pages:
        left, bottom, right, top = (float(edge) for edge in pdf.pages[-1].mediabox)
        pdf.add_blank_page(page_size=(right - left, top - bottom))


def _unsound(what: str, english: str, chinese: str) -> StoreError:
    return StoreError(f"{what}: {english}", code="letter_unsound", message_zh=f"函件 {what} {chinese}，未打印")


def _digest_of(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest()
