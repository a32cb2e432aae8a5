"""Letters: end to end beside the bare calls of the libraries."""

import io
import secrets
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import docxtpl
import weasyprint

from bench.machine import Row, in_turn, middle
from service.render import Catalog, RenderPool, RenderSettings, StampMarks
from service.render.catalog import Template
from service.render.docx import compile_docx, fill_docx
from service.render.fonts import default_cache_directory
from service.render.letter import render_letter
from service.render.sandbox import DataEnvironment
from service.template_folder import template_folder

LETTER = {"notice_no": "DEMO-2026-000001", "issued_on": "2026-11-24"}
HTML_ROUNDS, DOCX_ROUNDS, OFFICE_ROUNDS = 25, 60, 10


def measure_letters() -> list[Row]:
    """Measure an HTML letter, the filling of a DOCX letter, and a DOCX letter end to end."""
    catalog = Catalog.load(template_folder())
    html_only, both = catalog.get("student-loan-demand", None), catalog.get("loan-demand", None)
    settings = RenderSettings(cache_directory=default_cache_directory(), papers=1, offices=1)
    pool = RenderPool(settings)
    try:
        return [*_html(pool, html_only), *_filling(both), *_office(pool, both)]
    finally:
        pool.close()


def _marks() -> StampMarks:
    return StampMarks(
        notice_no=LETTER["notice_no"],
        issued_at=datetime.now(UTC).replace(microsecond=0),
        prev_hex=secrets.token_hex(32),
        fields_digest_hex=secrets.token_hex(32),
        mac_key=secrets.token_bytes(32),
    )


def _html(pool: RenderPool, template: Template) -> list[Row]:
    page = page_of(template)

    def bare() -> bytes:
        return weasyprint.HTML(string=page).write_pdf()

    def ours() -> bytes:
        return render_letter(pool, template, template.example, engine="html", marks=_marks()).pdf

    bare_times, our_times = in_turn(HTML_ROUNDS, bare, ours)
    what = f"HTML letter `{template.name}`: fill, draw as PDF/A-3b, stamp, read back"
    return [
        Row(
            what=what,
            result=middle(our_times),
            beside=f"bare `weasyprint.HTML(string=…).write_pdf()`: {middle(bare_times)}; "
            f"{_ratio(our_times, bare_times)} (goal 0.5)",
        )
    ]


def page_of(template: Template) -> str:
    """Give the same page as one string, its style inside, in the system's own CJK font."""
    form = DataEnvironment().from_string((template.directory / "template.html").read_text(encoding="utf-8"))
    style = (template.directory / "style.css").read_text(encoding="utf-8")
    text = form.render({**template.example, "letter": LETTER})
    font = '<style>html, body { font-family: "Noto Serif CJK SC" !important }</style>'
    page = text.replace("</head>", f"<style>{style.replace('LXGW WenKai', 'Noto Serif CJK SC')}</style>{font}</head>")
    return "".join(line for line in page.splitlines(keepends=True) if 'rel="stylesheet"' not in line)


def _filling(template: Template) -> list[Row]:
    source, context = template.directory / "template.docx", {**template.example, "letter": LETTER}
    form = compile_docx(source.read_bytes(), DataEnvironment())

    def bare() -> bytes:
        document, sink = docxtpl.DocxTemplate(str(source)), io.BytesIO()
        document.render(context, jinja_env=DataEnvironment(), autoescape=True)
        document.save(sink)
        return sink.getvalue()

    bare_times, our_times = in_turn(DOCX_ROUNDS, bare, lambda: fill_docx(form, context))
    beside = f"docxtpl: {middle(bare_times)}; {_ratio(our_times, bare_times)} (goal 0.2)"
    return [Row(what=f"DOCX filling, `{template.name}`", result=middle(our_times), beside=beside)]


def _office(pool: RenderPool, template: Template) -> list[Row]:
    def ours() -> Any:
        return render_letter(pool, template, template.example, engine="docx", marks=_marks())

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "letter.docx"
        source.write_bytes(ours().docx)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, source]
        our_times, bare_times = in_turn(OFFICE_ROUNDS, ours, lambda: _run(command))
    what = f"DOCX letter `{template.name}`: fill, LibreOffice, stamp, read back"
    beside = f"`soffice --convert-to pdf` alone: {middle(bare_times)}; {_ratio(our_times, bare_times)}"
    return [Row(what=what, result=middle(our_times), beside=beside)]


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{median(ours) / median(theirs):.2f} of it"


def _run(command: list[Any]) -> None:
    from bench.machine import run_child

    run_child(command)
