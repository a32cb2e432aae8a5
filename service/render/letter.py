"""A letter in one call: filled, stamped and read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from service.render.catalog import Template
from service.render.pool import RenderPool
from service.render.readback import read_back
from service.render.stamp import StampMarks, stamp

_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedLetter:
    """A letter that says what was asked for, ready to be frozen."""

    pdf: bytes
    docx: bytes | None
    pages: int
    engine_version: str


def render_letter(
    pool: RenderPool, template: Template, fields: Mapping[str, Any], *, engine: str, marks: StampMarks
) -> RenderedLetter:
    """Fill, stamp and read back one letter; the date of issue is that of `marks.issued_at` in Asia/Shanghai.

    Raises:
        RefusedError: The letter cannot be drawn, or does not say what was asked for.
        BusyError: No renderer was free in time.
        StoreError: The engine is not there.
    """
    issued_on = marks.issued_at.astimezone(_CHINA).date()
    filled = pool.fill(template, fields, engine, notice_no=marks.notice_no, issued_on=issued_on)
    pdf = stamp(filled.pdf, marks)
    read_back(pdf, fields=fields, template=template, docx=filled.docx, printed=filled.printed)
    return RenderedLetter(pdf=pdf, docx=filled.docx, pages=filled.pages, engine_version=filled.engine_version)
