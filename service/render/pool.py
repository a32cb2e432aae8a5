"""The renderer: fields and a template in, an unstamped letter out, all of it done in children that may fail."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from service.errors import RefusedError, StoreError, TooLargeError
from service.render.catalog import Template
from service.render.desk import Desk
from service.render.fonts import prepare_fonts
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
    paper_memory_bytes: int = 1536 * MEBIBYTE
    office_memory_bytes: int = 2048 * MEBIBYTE
    paper_recycle_after: int = 300
    office_recycle_after: int = 200
    page_limit: int = 400
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
    """Warm children for both engines; LibreOffice is started only when a template needs it or `warm` asks for it."""

    def __init__(self, settings: RenderSettings) -> None:
        """Prepare the fonts and start the children.

        Raises:
            StoreError: A font is missing.
        """
        self._settings = settings
        fonts = prepare_fonts(settings.cache_directory)
        self._fonts_hex = fonts.digest_hex
        paper = ChildSettings(
            kind="paper",
            fontconfig=fonts.html_config,
            memory_bytes=settings.paper_memory_bytes,
            work_seconds=settings.work_seconds,
        )
        office = ChildSettings(
            kind="office",
            fontconfig=fonts.office_config,
            memory_bytes=settings.office_memory_bytes,
            work_seconds=settings.work_seconds,
        )
        self._paper = Desk(
            paper,
            children=settings.papers,
            queue_seconds=settings.queue_seconds,
            recycle_after=settings.paper_recycle_after,
        )
        self._office = Desk(
            office,
            children=settings.offices,
            queue_seconds=settings.queue_seconds,
            recycle_after=settings.office_recycle_after,
        )

    def fill(
        self, template: Template, fields: Mapping[str, Any], engine: str, *, notice_no: str, issued_on: date
    ) -> Filled:
        """Fill a template and draw it.

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
        head = self._head(template, fields, engine, {"notice_no": notice_no, "issued_on": issued_on.isoformat()})
        reply, (body,) = self._paper.run(head)
        filled = self._finish_html(reply, body) if engine == "html" else self._finish_docx(reply, body)
        if len(filled.pdf) > self._settings.pdf_limit:
            raise TooLargeError(
                "render_too_large", f"the PDF has {len(filled.pdf)} bytes, more than {self._settings.pdf_limit}"
            )
        return filled

    def check(self) -> None:
        """Draw a small probe with each engine that has children.

        Raises:
            StoreError: An engine does not work.
        """
        for desk, head, blobs in ((self._paper, {"engine": "probe"}, []), (self._office, {"engine": "probe"}, [])):
            try:
                desk.run(head, blobs)
            except RefusedError as error:
                raise StoreError(f"the renderer's probe failed: {error}", code="renderer_unavailable") from error

    def cut_off(self) -> bool:
        """Tell whether the kernel cut every child off from all networks."""
        return self._paper.cut_off() and self._office.cut_off()

    def close(self) -> None:
        """End all children."""
        self._paper.close()
        self._office.close()

    def _head(self, template: Template, fields: Mapping[str, Any], engine: str, letter: dict[str, str]) -> dict[str, Any]:
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

    def _finish_docx(self, reply: Mapping[str, Any], docx: bytes) -> Filled:
        converted, (pdf,) = self._office.run({"engine": "docx"}, [docx])
        pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        return Filled(
            pdf=pdf,
            docx=docx,
            engine_version=f"{converted['engine_version']}, {self._version(reply)}",
            pages=pages,
            printed=tuple(reply["printed"]),
        )

    def _version(self, reply: Mapping[str, Any]) -> str:
        return f"{reply['engine_version']}, fonts {self._fonts_hex[:16]}"
