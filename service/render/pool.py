"""The renderer: fields and a template in, an unstamped letter out, all of it done in children that may fail."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import docx

from service.errors import BusyError, RefusedError, StoreError
from service.render.catalog import Template
from service.render.confine import hide_memory
from service.render.desk import Desk
from service.render.fonts import font_folders, installed_coverage, prepare_fonts
from service.render.limits import Filled, RenderSettings, check_limits
from service.render.process import ChildSettings
from service.render.readback import refuse_faults, told_faults, unprinted_of
from service.render.stamp import StampMarks, page_marks
from service.render.workspace import sweep


class RenderPool:
    """Warm children for both engines and for reading back; with `offices` 0 DOCX templates are refused."""

    def __init__(self, settings: RenderSettings) -> None:
        """Prepare the fonts, remove what a service that was killed left behind, and start the children.

        Raises:
            StoreError: A font is missing.
        """
        self._settings = settings
        fonts = prepare_fonts(settings.cache_directory)
        hide_memory()  # from the children, which are of the same user
        sweep()
        self._fonts_hex = fonts.digest_hex
        self._paper = self._desk("paper", fonts.cut_config, settings.papers)
        self._office = self._desk("office", fonts.cut_config, settings.offices) if settings.offices else None
        self._reader = self._desk("reader", fonts.whole_config, settings.readers)

    def lanes(self, engine: str) -> int:
        """Tell how many letters of one engine are best under way at once."""
        drawing = self._settings.papers if engine == "html" else self._settings.offices
        return drawing + self._settings.readers

    def fill(
        self,
        template: Template,
        fields: Mapping[str, Any],
        engine: str,
        *,
        notice_no: str,
        issued_on: date,
        in_lot: bool = False,
    ) -> Filled:
        """Fill a template and draw it; a template that also has a DOCX form gives the same letter as an editable file.

        Args:
            template: From the catalogue.
            fields: Checked fields.
            engine: `html` or `docx`, one that the template offers.
            notice_no: Printed as `letter.notice_no`.
            issued_on: Date of issue in Asia/Shanghai, printed as `letter.issued_on`.
            in_lot: It is one of many and waits for as long as those do; single letters go first.

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
        reply, (body,) = self._paper.run(self._head(template, fields, engine, letter), in_lot=in_lot)
        filled = self._of_html(reply, body) if engine == "html" else self._of_docx(reply, body, in_lot=in_lot)
        check_limits(filled, self._settings)
        if engine == "html" and "docx" in template.engines:
            # Filled only: nobody waits for LibreOffice, since what is sent is the PDF above.
            _, (twin,) = self._paper.run(self._head(template, fields, "docx", letter), in_lot=in_lot)
            filled = replace(filled, docx=twin)
        return filled

    def finish(
        self,
        filled: Filled,
        *,
        marks: StampMarks,
        fields: Mapping[str, Any],
        template: Template,
        in_lot: bool = False,
    ) -> bytes:
        """Stamp a letter and read it back, both in a child that did not draw it; gives the stamped PDF.

        Args:
            filled: From `fill`.
            marks: What the stamp says. The key stays in this process.
            fields: The checked fields.
            template: The letter's template.
            in_lot: It is one of many and waits for as long as those do.

        Raises:
            RefusedError: The letter cannot be stamped, or (`readback_failed`) does not say what was asked for.
            BusyError: All children were at work for the whole waiting time.
            StoreError: No child can be started.
        """
        head = {
            "engine": "finish",
            "marks": [asdict(page) for page in page_marks(marks, pages=filled.pages)],
            "fields": dict(fields),
            "unprinted": unprinted_of(template),
            "printed": filled.printed,
        }
        documents = [filled.pdf] if filled.docx is None else [filled.pdf, filled.docx]
        reply, (pdf,) = self._reader.run(head, documents, in_lot=in_lot)
        refuse_faults(told_faults(reply["faults"]))
        return pdf

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
        for desk in self._desks():
            try:
                desk.run({"engine": "probe"}, [_probe_docx()])
            except BusyError as error:
                if not desk.pids():
                    raise StoreError(f"no renderer lives: {error}", code="renderer_unavailable") from error
                # else all are at work on letters, each within its own time: that is being well
            except RefusedError as error:
                raise StoreError(f"the renderer's probe failed: {error}", code="renderer_unavailable") from error

    def missing_fences(self) -> tuple[str, ...]:
        """Name the fences that this kernel does not give to every child: `network`, `files`, `processes`."""
        return tuple(sorted(frozenset().union(*(desk.missing_fences() for desk in self._desks()))))

    def waiting(self) -> int:
        """Tell how many pieces of work wait for a free child, for the metrics."""
        return sum(desk.waiting() for desk in self._desks())

    def pids(self) -> dict[str, tuple[int, ...]]:
        """Give the process ids of the living children by kind, for operators."""
        office = self._office.pids() if self._office else ()
        return {"paper": self._paper.pids(), "office": office, "reader": self._reader.pids()}

    def restarts(self) -> int:
        """Give how many children were replaced so far, for the metrics."""
        return sum(desk.restarts for desk in self._desks())

    def close(self) -> None:
        """End all children."""
        for desk in self._desks():
            desk.close()

    def _desks(self) -> tuple[Desk, ...]:
        return tuple(filter(None, (self._paper, self._office, self._reader)))

    def _desk(self, kind: str, fontconfig: Path, children: int) -> Desk:
        settings = self._settings
        child = ChildSettings(
            kind=kind,
            fontconfig=fontconfig,
            memory_bytes=settings.memory_bytes,
            work_seconds=settings.work_seconds,
            readable=(*settings.templates, *font_folders()),
        )
        return Desk(
            child,
            children=children,
            queue_seconds=settings.queue_seconds,
            lot_queue_seconds=settings.lot_queue_seconds,
            recycle_after=settings.recycle_after,
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

    def _of_html(self, reply: Mapping[str, Any], pdf: bytes) -> Filled:
        return Filled(
            pdf=pdf,
            docx=None,
            engine_version=self._version(reply),
            pages=int(reply["pages"]),
            printed=tuple(reply["printed"]),
        )

    def _of_docx(self, reply: Mapping[str, Any], filled: bytes, *, in_lot: bool) -> Filled:
        if self._office is None:
            raise StoreError("no LibreOffice is set up here", code="renderer_unavailable")
        converted, (pdf,) = self._office.run({"engine": "docx"}, [filled], in_lot=in_lot)
        return Filled(
            pdf=pdf,
            docx=filled,
            engine_version=f"{converted['engine_version']}, {self._version(reply)}",
            pages=int(converted["pages"]),
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


@cache
def _probe_docx() -> bytes:
    """One line of text, for the probe of LibreOffice; the other engine does not look at it."""
    document, sink = docx.Document(), io.BytesIO()
    document.add_paragraph("探")
    document.save(sink)
    return sink.getvalue()
