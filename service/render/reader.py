"""Stamping and reading back, in a child that drew nothing. Runs only in a child process.

Whoever took over the child that drew a letter cannot vouch for it here, and a PDF that kills PDFium or qpdf costs this
child and nothing else. The marks come ready-made: no key is ever in this process.
"""

import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pikepdf

from service.render.fonts import installed_coverage
from service.render.readback import find_faults
from service.render.stamp import PageMarks, stamp_pages
from service.render.stamp_font import stamp_font


class Reader:
    """Stamps letters and reads them back."""

    def __init__(self) -> None:
        installed_coverage()
        stamp_font()

    def answer(self, head: Mapping[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """Stamp one letter and give it with everything that is wrong with it, or do the same to the probe."""
        if head["engine"] == "probe":
            return {}, [stamp_pages(_probe(), [PageMarks(code="探", bar="0", lines=("1", "2"))])]
        docx = blobs[1] if len(blobs) > 1 else None
        pdf = stamp_pages(blobs[0], [_marks(item) for item in head["marks"]])
        faults = find_faults(
            pdf, fields=head["fields"], unprinted=head["unprinted"], docx=docx, printed=head["printed"]
        )
        return {"faults": [asdict(fault) for fault in faults]}, [pdf]


def _marks(item: Mapping[str, Any]) -> PageMarks:
    first, second = item["lines"]
    return PageMarks(code=item["code"], bar=item["bar"], lines=(first, second))


def _probe() -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        sink = io.BytesIO()
        document.save(sink)
        return sink.getvalue()
