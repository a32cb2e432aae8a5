"""The renderer: fields and a template in, an unstamped letter out, all of it done in children that may fail."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import docx
import pikepdf

from service.errors import BusyError, RefusedError, StoreError, TooLargeError
from service.render.catalog import Template
from service.render.desk import Desk
from service.render.fonts import installed_coverage, prepare_fonts
from service.render.process import ChildSettings

MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """Limits of the renderer; seconds, bytes and counts."""

    cache_directory: Path
    papers: int = 2
    offices: int = 1
    queue_seconds: float = 20.0
    work_seconds: float = 60.0
    page_seconds: float = 600.0
    """Working time of a finished page: a report of a thousand entries has 200 pages and takes half a minute."""
    memory_bytes: int = 2048 * MEBIBYTE
    recycle_after: int = 300
    page_limit: int = 250
    pdf_limit: int = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A letter before its stamp. `printed` is what the template printed, for reading back."""

    pdf: bytes
    docx: bytes | None
    engine_version: str
    pages: int
    printed: tuple[str, ...]


class RenderPool:
    """Warm children for both engines; with `offices` 0 there is no LibreOffice, and DOCX templates are refused."""

    def __init__(self, settings: RenderSettings) -> None:
        """Prepare the fonts and start the children.

        Raises:
            StoreError: A font is missing.
        """
        self._settings = settings
        fonts = prepare_fonts(settings.cache_directory)
        self._fonts_hex = fonts.digest_hex
        self._paper = self._desk("paper", fonts.html_config, settings.papers)
        self._office = self._desk("office", fonts.office_config, settings.offices) if settings.offices else None

    def fill(
        self, template: Template, fields: Mapping[str, Any], engine: str, *, notice_no: str, issued_on: date
    ) -> Filled:
        """Fill a template and draw it; a template that also has a DOCX form gives the same letter as an editable file.

        Args:
            template: From the catalogue.
            fields: Checked fields.
            engine: `html` or `docx`, one that the template offers.
            notice_no: Printed as `letter.notice_no`.
            issued_on: Date of issue in Asia/Shanghai, printed as `letter.issued_on`.

        Raises:
            RefusedError: The template has no such engine, or this letter cannot be drawn; the code says why.
            BusyError: All children were at work for the whole waiting time.
            StoreError: The engine is not there.
        """
        if engine not in template.engines:
            raise RefusedError(
                "unknown_engine",
                f"template {template.name} {template.version} has no {engine} form, only {', '.join(template.engines)}",
                message_zh=f"模板“{template.name}”没有 {engine} 形式",
            )
        letter = {"notice_no": notice_no, "issued_on": issued_on.isoformat()}
        reply, (body,) = self._paper.run(self._head(template, fields, engine, letter))
        filled = self._finish_html(reply, body) if engine == "html" else self._finish_docx(reply, body)
        self._check_limits(filled)
        if engine == "html" and "docx" in template.engines:
            # Filled only: nobody waits for LibreOffice, since what is sent is the PDF above.
            _, (twin,) = self._paper.run(self._head(template, fields, "docx", letter))
            filled = replace(filled, docx=twin)
        return filled

    def draw(self, html: str, *, page_limit: int) -> bytes:
        """Draw a finished page of ours as PDF/A-3b; the same page gives the same bytes.

        Args:
            html: Names no other file. A character that no font draws is printed as its code point.
            page_limit: Pages that it may have.

        Raises:
            RefusedError: It cannot be drawn within the limits; the code says why.
            BusyError: All children were at work for the whole waiting time.
            StoreError: The engine is not there.
        """
        page = "".join(_drawn(html))
        head = {"engine": "page", "page_limit": page_limit}
        _, (pdf,) = self._paper.run(head, [page.encode("utf-8")], work_seconds=self._settings.page_seconds)
        return pdf

    def check(self) -> None:
        """Draw a small probe with each engine that has children.

        Raises:
            StoreError: An engine does not work.
        """
        for desk in filter(None, (self._paper, self._office)):
            try:
                desk.run({"engine": "probe"}, [_probe_docx()])
            except BusyError:
                continue  # all at work on letters, each within its own time: that is being well
            except RefusedError as error:
                raise StoreError(f"the renderer's probe failed: {error}", code="renderer_unavailable") from error

    def cut_off(self) -> bool:
        """Tell whether the kernel cut every child off from all networks."""
        return all(desk.cut_off() for desk in filter(None, (self._paper, self._office)))

    def pids(self) -> dict[str, tuple[int, ...]]:
        """Give the process ids of the living children by kind, for operators."""
        return {"paper": self._paper.pids(), "office": self._office.pids() if self._office else ()}

    def restarts(self) -> int:
        """Give how many children were replaced so far, for the metrics."""
        return sum(desk.restarts for desk in filter(None, (self._paper, self._office)))

    def close(self) -> None:
        """End all children."""
        for desk in filter(None, (self._paper, self._office)):
            desk.close()

    def _desk(self, kind: str, fontconfig: Path, children: int) -> Desk:
        settings = self._settings
        child = ChildSettings(
            kind=kind,
            fontconfig=fontconfig,
            memory_bytes=settings.memory_bytes,
            work_seconds=settings.work_seconds,
        )
        return Desk(
            child, children=children, queue_seconds=settings.queue_seconds, recycle_after=settings.recycle_after
        )

    def _check_limits(self, filled: Filled) -> None:
        """The HTML engine stops before it draws too many pages; LibreOffice tells only afterwards."""
        if filled.pages > self._settings.page_limit:
            raise TooLargeError(
                "render_too_many_pages",
                f"the letter would have {filled.pages} pages, the limit is {self._settings.page_limit}",
                message_zh=f"文书共 {filled.pages} 页，上限 {self._settings.page_limit} 页",
            )
        if len(filled.pdf) > self._settings.pdf_limit:
            raise TooLargeError(
                "render_too_large",
                f"the PDF has {len(filled.pdf)} bytes, the limit is {self._settings.pdf_limit}",
                message_zh="文书文件大小超过上限",
            )

    def _head(
        self, template: Template, fields: Mapping[str, Any], engine: str, letter: dict[str, str]
    ) -> dict[str, Any]:
        return {
            "directory": str(template.directory.resolve()),
            "digest_hex": template.digest_hex,
            "engine": engine,
            "fields": dict(fields),
            "letter": letter,
            "page_limit": self._settings.page_limit,
        }

    def _finish_html(self, reply: Mapping[str, Any], pdf: bytes) -> Filled:
        return Filled(
            pdf=pdf,
            docx=None,
            engine_version=self._version(reply),
            pages=int(reply["pages"]),
            printed=tuple(reply["printed"]),
        )

    def _finish_docx(self, reply: Mapping[str, Any], filled: bytes) -> Filled:
        if self._office is None:
            raise StoreError("no LibreOffice is set up here", code="renderer_unavailable")
        converted, (pdf,) = self._office.run({"engine": "docx"}, [filled])
        return Filled(
            pdf=pdf,
            docx=filled,
            engine_version=f"{converted['engine_version']}, {self._version(reply)}",
            pages=_count_pages(pdf),
            printed=tuple(reply["printed"]),
        )

    def _version(self, reply: Mapping[str, Any]) -> str:
        return f"{reply['engine_version']}, fonts {self._fonts_hex[:16]}"


def _drawn(html: str) -> Iterator[str]:
    """PDF/A forbids a glyph that stands for a missing one."""
    coverage = installed_coverage()
    for character in html:
        is_known = character == "\n" or ord(character) in coverage
        yield character if is_known else f"〔U+{ord(character):04X}〕"


def _count_pages(pdf: bytes) -> int:
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return len(document.pages)
    except pikepdf.PdfError as error:
        raise RefusedError("render_failed", f"the rendered PDF cannot be read: {error}") from error


@cache
def _probe_docx() -> bytes:
    """One line of text, for the probe of LibreOffice; the other engine does not look at it."""
    document, sink = docx.Document(), io.BytesIO()
    document.add_paragraph("探")
    document.save(sink)
    return sink.getvalue()
