"""Pages as a scanner sees them, and the judgement of a PDF/A validator."""

import io

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from pikepdf import pdfa
from PIL import Image


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
