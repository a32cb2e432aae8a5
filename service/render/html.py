"""HTML letters made PDF/A-3b by WeasyPrint. Runs only in a child process.

The same template, fields and fonts give the same bytes: no clock, no randomness, the identifier comes from the content.
Nothing is fetched: a template's own files are held in memory, and every other address ends the rendering.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import pydyf
import weasyprint
from jinja2 import Template as JinjaTemplate
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from service.render import remembered, subsets
from service.render.sandbox import TemplateError

BASE_URL = "http://template.invalid/"
"""Never dialled (RFC 2606): a base that relative addresses resolve against, answered from memory."""
_MEDIA_TYPES = {
    ".css": "text/css", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml",
    ".otf": "font/otf", ".ttf": "font/ttf",
}  # fmt: skip


class PageLimitError(Exception):
    """The letter has more pages than allowed."""

    def __init__(self, pages: int) -> None:
        super().__init__(f"the letter would have {pages} pages")
        self.pages = pages


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlForm:
    """An HTML template ready to be filled, with the files it may name."""

    form: JinjaTemplate
    files: Mapping[str, bytes]
    digest_hex: str


class OwnFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Gives the template's own files and refuses every other address, quietly or not."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._files = files

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Give one file of the template.

        Raises:
            FatalURLFetchingError: The address is not one of them; WeasyPrint stops.
        """
        name = unquote(url.removeprefix(BASE_URL)) if url.startswith(BASE_URL) else ""
        media_type = _MEDIA_TYPES.get(PurePosixPath(name).suffix)
        if name not in self._files or media_type is None:
            raise FatalURLFetchingError(f"a letter may use only files of its own template folder, not {url[:200]!r}")
        return URLFetcherResponse(url, self._files[name], {"Content-Type": media_type})


class InstalledFonts(FontConfiguration):  # type: ignore[misc]  # WeasyPrint has no types
    """The fonts of the machine, until a template adds one of its own.

    WeasyPrint knows an added font by its address, so that another template's file of the same name would be passed over
    for it; and it is found by its family's name in every later letter.
    """

    has_others = False

    def add_font_face(self, *rule: Any) -> None:
        """Add a template's font (`@font-face`)."""
        self.has_others = True
        super().add_font_face(*rule)


class HtmlEngine:
    """One WeasyPrint for the life of a child; one font configuration for all letters without fonts of their own."""

    def __init__(self) -> None:
        self._fonts = InstalledFonts()
        self._memory = remembered.Memory()
        remembered.install()
        subsets.install()

    def render(self, form: HtmlForm, context: Mapping[str, Any], *, page_limit: int) -> tuple[bytes, int]:
        """Fill and draw one letter; gives the PDF and its number of pages.

        Raises:
            PageLimitError: More pages than allowed.
            TemplateError: The template asks for something outside its folder.
        """
        text = form.form.render(context)
        identifier = hashlib.sha256(form.digest_hex.encode() + b"\0" + text.encode("utf-8")).hexdigest()[:32]
        try:
            with self._memory.of(form.digest_hex, form.files):
                return self._draw(text, OwnFiles(form.files), identifier=identifier, page_limit=page_limit)
        except FatalURLFetchingError as error:  # no Exception: WeasyPrint lets nothing else through its own net
            raise TemplateError(str(error)) from error

    def draw(self, text: str, *, page_limit: int) -> tuple[bytes, int]:
        """Draw a finished page that names no other file; gives the PDF and its number of pages.

        Raises:
            PageLimitError: More pages than allowed.
            TemplateError: The page asks for a file.
        """
        identifier = hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]
        try:
            return self._draw(text, OwnFiles({}), identifier=identifier, page_limit=page_limit)
        except FatalURLFetchingError as error:
            raise TemplateError(str(error)) from error

    def _draw(self, text: str, files: OwnFiles, *, identifier: str, page_limit: int) -> tuple[bytes, int]:
        html = weasyprint.HTML(string=text, base_url=BASE_URL, url_fetcher=files)
        fonts = self._fonts
        try:
            document = html.render(font_config=fonts)
        finally:
            if fonts.has_others:
                self._fonts = InstalledFonts()
        if len(document.pages) > page_limit:
            raise PageLimitError(len(document.pages))
        pdf: bytes = document.write_pdf(
            finisher=_finish,
            pdf_variant="pdf/a-3b",
            pdf_identifier=identifier.encode(),
            output_intent="srgb",
        )
        return pdf, len(document.pages)

    def draw_probe(self) -> bytes:
        """Draw one line with the letter's font."""
        html = weasyprint.HTML(string='<p style="font-family: LXGW WenKai">探</p>', url_fetcher=OwnFiles({}))
        pdf: bytes = html.write_pdf(font_config=self._fonts)
        return pdf


def engine_version() -> str:
    """Name the engine as it is recorded with each notice."""
    return f"weasyprint {weasyprint.__version__}"


def _finish(_document: object, pdf: pydyf.PDF) -> None:
    _drop_empty_resources(pdf)
    _pack_streams(pdf)


def _pack_streams(pdf: pydyf.PDF) -> None:
    """Pack each stream once; the writer would pack all twice at the dearest level, for the file's identifier."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and item.compress:
            item.compress = False
            content = item.data.partition(b"\nstream\n")[2].removesuffix(b"\nendstream")
            item.stream = [subsets.pack(content)]
            item.extra["Filter"] = "/FlateDecode"


def _drop_empty_resources(pdf: pydyf.PDF) -> None:
    """PDF/A validators refuse empty resource dictionaries, which say nothing anyway."""
    for item in pdf.objects:
        resources = item if isinstance(item, dict) else getattr(item, "extra", None)
        if not isinstance(resources, dict):
            continue
        for candidate in (resources, resources.get("Resources")):
            if isinstance(candidate, dict):
                _drop_empty(candidate)


def _drop_empty(dictionary: dict[str, Any]) -> None:
    for key in ("ExtGState", "XObject", "Pattern", "Shading", "Font"):
        if isinstance(dictionary.get(key), dict) and not dictionary[key]:
            del dictionary[key]
