"""From data to a page: canonical JSON, HTML with everything escaped, and the drawing of it elsewhere."""

from functools import cache
from importlib import resources
from typing import Any, Protocol

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from evidence.canonical import composed, to_json_bytes
from service.report.document import report_document
from service.report.law import law_pages
from service.report.reading import shown
from service.report.source import Report, ReportSource
from service.report.story import Story

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
    document: Any = composed(report_document(source))
    law = law_pages(document["limitation"], Story(source), document["evidence"]["groups"])
    html = _template().render(report=document, law=law, css=_asset("report.css"))
    return Report(json=to_json_bytes(document), html=html)


def draw_report(report: Report, drawer: Drawer) -> bytes:
    """Have the report drawn: PDF/A-3b, the same bytes for the same report.

    Raises:
        RefusedError: It cannot be drawn within the limits.
        BusyError: No rendering process became free in time.
        StoreError: The renderer is not there.
    """
    return drawer.draw(report.html, page_limit=PAGE_LIMIT)


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=shown, trim_blocks=True, loader=FunctionLoader(_asset)
    )
    return environment.get_template("report.html")


def _asset(name: str) -> str:
    return resources.files("service.report").joinpath("assets", name).read_text(encoding="utf-8")
