"""Templates made for one test each, the published ones, and one renderer for the whole session."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import docx
import pytest

from service.render import Catalog, RenderPool, RenderSettings, StampMarks, Template
from service.render.fonts import default_cache_directory

TEMPLATES = Path(__file__).parents[2] / "templates"
NOTICE_NO = "DEMO-2026-000001"
ISSUED_ON = date(2026, 11, 24)

MakeTemplate = Callable[..., Template]


def write_sums(directory: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(directory).as_posix()}\n"
        for path in sorted(directory.glob("*/v*/**/*"))
        if path.is_file()
    ]
    (directory / "templates.sum").write_text("".join(lines), encoding="ascii")


def write_template(directory: Path, files: Mapping[str, bytes | str], name: str = "trial") -> Path:
    folder = directory / name / "v1"
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def docx_of(*paragraphs: str) -> bytes:
    """A DOCX in the letter's font, one paragraph for each text."""
    document, sink = docx.Document(), io.BytesIO()
    document.styles["Normal"].font.name = "LXGW WenKai"
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(sink)
    return sink.getvalue()


def schema_of(properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": [],
        "properties": dict(properties),
        **more,
    }


@pytest.fixture
def make_template(tmp_path: Path) -> MakeTemplate:
    """Publish one template from its texts and load it as the service would."""

    def make(
        html: str | None = None,
        *,
        body: bytes | None = None,
        schema: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes | str] | None = None,
        name: str = "trial",
    ) -> Template:
        engines = [name for name, source in (("html", html), ("docx", body)) if source is not None]
        facts = {"name": name, "version": "v1", "title_zh": "试函", "engines": engines}
        parts: dict[str, bytes | str] = {
            "template.json": json.dumps(facts),
            "fields.schema.json": json.dumps(schema or schema_of({"name": {"type": "string"}})),
            "example.json": "{}",
            **(files or {}),
        }
        if html is not None:
            parts["template.html"] = html
        if body is not None:
            parts["template.docx"] = body
        write_template(tmp_path, parts, name)
        write_sums(tmp_path)
        return Catalog.load(tmp_path).get(name)

    return make


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load(TEMPLATES)


@pytest.fixture(scope="session")
def render_settings(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RenderSettings]:
    """Settings by which children may read the templates that tests make, too."""
    folders = {"cache_directory": default_cache_directory(), "templates": (tmp_path_factory.getbasetemp(),)}
    return lambda **chosen: RenderSettings(**{**folders, **chosen})


@pytest.fixture(scope="session")
def pool(render_settings: Callable[..., RenderSettings]) -> Iterator[RenderPool]:
    renderer = RenderPool(render_settings(papers=1, offices=1))
    yield renderer
    renderer.close()


@pytest.fixture
def marks() -> StampMarks:
    return StampMarks(
        notice_no=NOTICE_NO,
        issued_at=datetime(2026, 11, 23, 22, 6, 40, tzinfo=UTC),
        prev_hex="0123456789abcdef" * 4,
        fields_digest_hex="fedcba9876543210" * 4,
        mac_key=b"a tenant's key of 32 bytes ......",
    )
