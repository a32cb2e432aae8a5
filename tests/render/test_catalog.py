"""The catalogue starts only with what was published, and says which file is wrong."""

import json
from pathlib import Path

import pytest

from service.errors import NotFoundError, StoreError
from service.render import Catalog

from .conftest import TEMPLATES, docx_of, write_sums, write_template

PARTS = {
    "template.json": json.dumps({"name": "trial", "version": "v1", "title_zh": "试函", "engines": ["html"]}),
    "fields.schema.json": json.dumps(
        {"type": "object", "additionalProperties": False, "properties": {"name": {"type": "string"}}}
    ),
    "example.json": "{}",
    "template.html": "<p>{{ name }}</p>",
}


def _schema(name: str) -> str:
    return json.dumps({"type": "object", "additionalProperties": False, "properties": {name: {}}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = write_template(tmp_path, PARTS)
    write_sums(tmp_path)
    return path


def refusal(directory: Path) -> str:
    with pytest.raises(StoreError) as caught:
        Catalog.load(directory)
    assert caught.value.fatal
    return str(caught.value)


def test_the_published_templates_load() -> None:
    catalog = Catalog.load(TEMPLATES)
    assert {template.name for template in catalog.all()} >= {"loan-demand", "guarantor-demand", "move-in-reminder"}
    assert catalog.get("loan-demand").digest_hex == catalog.get("loan-demand", "v1").digest_hex
    assert len({template.digest_hex for template in catalog.all()}) == len(catalog.all())


def test_unknown_names_and_versions(folder: Path) -> None:
    catalog = Catalog.load(folder.parents[1])
    with pytest.raises(NotFoundError, match="template nothing"):
        catalog.get("nothing")
    with pytest.raises(NotFoundError, match="version v9"):
        catalog.get("trial", "v9")


def test_the_newest_version_is_the_default(folder: Path) -> None:
    for version in ("v2", "v10"):
        parts = {**PARTS, "template.json": json.dumps({**json.loads(PARTS["template.json"]), "version": version})}
        target = folder.parent / version
        target.mkdir()
        for name, content in parts.items():
            (target / name).write_text(content, encoding="utf-8")
    write_sums(folder.parents[1])
    catalog = Catalog.load(folder.parents[1])
    assert catalog.get("trial").version == "v10"
    assert catalog.get("trial", "v2").version == "v2"


def test_a_changed_file_is_named(folder: Path) -> None:
    (folder / "template.html").write_text("<p>{{ name }}!</p>", encoding="utf-8")
    assert "template.html was changed" in refusal(folder.parents[1])


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "example.json").unlink()
    assert "example.json is listed in templates.sum and missing" in refusal(folder.parents[1])


def test_an_unlisted_file_is_named(folder: Path) -> None:
    (folder / "logo.png").write_bytes(b"x")
    assert "logo.png is not listed" in refusal(folder.parents[1])


def test_a_link_is_refused(folder: Path) -> None:
    (folder / "style.css").symlink_to("/etc/hostname")
    assert "style.css: only plain files" in refusal(folder.parents[1])


def test_a_folder_that_is_not_listed_is_a_draft(folder: Path) -> None:
    write_template(folder.parents[1], PARTS, name="draft")
    assert [template.name for template in Catalog.load(folder.parents[1]).all()] == ["trial"]


@pytest.mark.parametrize(
    "line", ["", "nonsense", f"{'0' * 64}  ../v1/x", f"{'0' * 64}  trial/v1/../../x", f"{'0' * 64} *trial/v1/x"]
)
def test_a_bad_sum_file_is_named(folder: Path, line: str) -> None:
    sums = folder.parents[1] / "templates.sum"
    sums.write_text(sums.read_text(encoding="ascii") + line + "\n", encoding="ascii")
    assert "templates.sum: line 5" in refusal(folder.parents[1])


def test_no_sum_file(tmp_path: Path) -> None:
    assert "templates.sum: cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("template.html", "<p>{{ wrong }}</p>", "does not know wrong"),
        ("template.html", "<p>{{ name.upper() }}</p>", "Call is not part"),
        ("template.html", b"\xff\xfe", "is not UTF-8"),
        ("fields.schema.json", "{", "is not JSON"),
        ("fields.schema.json", "[]", "is not a JSON object"),
        ("fields.schema.json", '{"type": "nonsense"}', "is not a JSON Schema"),
        ("fields.schema.json", '{"type": "object"}', "additionalProperties false"),
        (
            "fields.schema.json",
            '{"type": "object", "pattern": "(?i)x"}',
            "fields.schema.json: is not a JSON Schema: the",
        ),
        ("fields.schema.json", _schema("Name"), "'Name' cannot be"),
        ("fields.schema.json", _schema("letter"), "'letter' cannot be"),
        ("fields.schema.json", _schema("姓名"), "'姓名' cannot be"),
        ("template.json", '{"name": "other", "version": "v1"}', "not those of the folder"),
        ("template.json", '{"name": "trial", "version": "v1", "engines": ["latex"]}', "engines"),
        ("template.json", '{"name": "trial", "version": "v1", "engines": ["docx"]}', "template.docx is missing"),
    ],
)
def test_a_wrong_template_says_what_is_wrong(tmp_path: Path, file: str, content: str | bytes, said: str) -> None:
    write_template(tmp_path, {**PARTS, file: content})
    write_sums(tmp_path)
    assert said in refusal(tmp_path)


def test_a_docx_is_checked_in_the_same_way(tmp_path: Path) -> None:
    facts = json.dumps({"name": "trial", "version": "v1", "engines": ["docx"]})
    write_template(tmp_path, {**PARTS, "template.json": facts, "template.docx": docx_of("{{ name }} {{ wrong }}")})
    write_sums(tmp_path)
    text = refusal(tmp_path)
    assert "word/document.xml" in text
    assert "does not know wrong" in text
