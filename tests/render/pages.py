"""Pages as a scanner sees them, the judgement of a PDF/A validator, and our stamp and reading back without a child."""

import io
from collections.abc import Mapping, Sequence

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from pikepdf import pdfa
from PIL import Image

from service.render import StampMarks, Template
from service.render.readback import find_faults, refuse_faults, unprinted_of
from service.render.stamp import page_marks, stamp_pages


def scan(pdf: bytes, *, dpi: int = 200) -> list[Image.Image]:
    """Each page in grey."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def codes(image: Image.Image) -> dict[str, str]:
    """Text of each code on a page by its kind."""
    return {code.format.name: code.text for code in zxingcpp.read_barcodes(image)}


def pdfa_findings(pdf: bytes) -> list[str]:
    """Everything that speaks against PDF/A-3b."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [f"{finding.rule} {finding.where}: {finding.message}" for finding in pdfa.check(document, "3b").findings]


def texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def fonts_of(pdf: bytes) -> set[str]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return {
            str(item.BaseFont)
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and "/BaseFont" in item
        }


def stamp(pdf: bytes, marks: StampMarks) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        pages = len(document.pages)
    return stamp_pages(pdf, page_marks(marks, pages=pages))


def read_back(
    pdf: bytes,
    *,
    fields: Mapping[str, object],
    template: Template,
    docx: bytes | None = None,
    printed: Sequence[str] = (),
) -> None:
    refuse_faults(find_faults(pdf, fields=fields, unprinted=unprinted_of(template), docx=docx, printed=printed))
