"""A template filled with fields, as its words; no page is drawn."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from lxml import html

from service.render.catalog import Template
from service.render.docx import compile_docx, docx_text, fill_docx
from service.render.sandbox import DataEnvironment

TEMPLATES = Path(__file__).parents[2] / "templates"
NOTICE_NO = "DEMO-2026-000001"
ISSUED_ON = date(2026, 11, 24)


def squeezed(text: str) -> str:
    """Text without any white space: lines break where the page wants them to."""
    return "".join(text.split())


def changed(example: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The example with changes merged in; None takes a field away."""
    fields = deepcopy(dict(example))
    for key, value in changes.items():
        if value is None:
            fields.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(fields.get(key), Mapping):
            fields[key] = changed(fields[key], value)
        else:
            fields[key] = value
    return fields


def letter_text(template: Template, fields: Mapping[str, Any], engine: str) -> str:
    """The words of a letter as its engine fills them, before any page is drawn."""
    context = {**fields, "letter": {"notice_no": NOTICE_NO, "issued_on": ISSUED_ON.isoformat()}}
    source = template.directory / f"template.{engine}"
    if engine == "docx":
        return squeezed(docx_text(fill_docx(compile_docx(source.read_bytes(), DataEnvironment()), context)))
    page = DataEnvironment().from_string(source.read_text(encoding="utf-8")).render(context)
    body = html.fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8")).find("body")
    return squeezed(body.text_content())
