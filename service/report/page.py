"""From data to a page: canonical JSON, HTML with everything escaped, and the drawing of it elsewhere."""

import unicodedata
from functools import cache
from importlib import resources
from typing import Any, Protocol

from jinja2 import Environment, StrictUndefined, Template

from evidence.canonical import to_json_bytes
from service.report.document import report_document
from service.report.reading import shown
from service.report.source import Report, ReportSource

PAGE_LIMIT = 3000
"""Pages of one report; far more than a letter may have."""


class Drawer(Protocol):
    """What draws a page: the pool of rendering processes."""

    def draw(self, html: str, *, page_limit: int) -> bytes:
        """Give the page as PDF/A-3b; the same page gives the same bytes."""


def build_report(source: ReportSource) -> Report:
    """Write the report of a matter.

    Args:
        source: Entries as recorded; `prepared_at` in whole seconds.

    Raises:
        MalformedError: A file reference or a text outside the JSON profile; no recorded body holds one.
    """
    document = _composed(report_document(source))
    return Report(json=to_json_bytes(document), html=_template().render(report=document, css=_asset("report.css")))


def draw_report(report: Report, drawer: Drawer) -> bytes:
    """Have the report drawn: PDF/A-3b, the same bytes for the same report.

    Raises:
        RefusedError: It cannot be drawn within the limits.
        BusyError: No rendering process became free in time.
        StoreError: The renderer is not there.
    """
    return drawer.draw(report.html, page_limit=PAGE_LIMIT)


def _composed(value: Any) -> Any:
    """Two texts in NFC put together need not be in NFC, and canonical JSON asks for it."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {key: _composed(member) for key, member in value.items()}
    return [_composed(member) for member in value] if isinstance(value, list) else value


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=shown, trim_blocks=True)
    return environment.from_string(_asset("report.html"))


def _asset(name: str) -> str:
    return resources.files("service.report").joinpath("assets", name).read_text(encoding="utf-8")
