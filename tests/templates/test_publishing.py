"""Publishing: once a version is listed, nobody changes it; and the Word letters are those made from the HTML."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from letter_branches import WITH_DOCX
from letter_words import ISSUED_ON, NOTICE_NO, TEMPLATES

from service.render.docx import compile_docx, docx_text, fill_docx
from service.render.sandbox import DataEnvironment

pytestmark = pytest.mark.slow


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates", ignore=shutil.ignore_patterns("__pycache__")))


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TEMPLATES / script, *arguments], capture_output=True, text=True, check=False)


def publish(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("publish.py", "--root", str(root), *arguments)


def test_what_is_committed_is_what_is_published() -> None:
    answer = run("publish.py", "--check")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.parametrize("file", ["template.html", "style.css", "README.md", "expected.txt"])
def test_a_changed_published_file_is_named(root: Path, file: str) -> None:
    path = root / "loan-demand" / "v1" / file
    path.write_bytes(path.read_bytes() + b"\n")
    before = (root / "templates.sum").read_bytes()
    answer = publish(root)
    assert answer.returncode == 1
    assert f"loan-demand/v1/{file}: was changed" in answer.stderr
    assert (root / "templates.sum").read_bytes() == before


def test_a_file_added_to_or_missing_from_a_published_version_is_named(root: Path) -> None:
    extra = root / "loan-demand" / "v1" / "logo.png"
    extra.write_bytes(b"x")
    assert "loan-demand/v1/logo.png: was added" in publish(root).stderr
    extra.unlink()
    (root / "loan-demand" / "v1" / "style.css").unlink()
    assert "loan-demand/v1/style.css: is published and missing" in publish(root).stderr


def test_a_new_version_is_published_once_it_is_whole(root: Path) -> None:
    shutil.copytree(root / "receivable-demand" / "v1", root / "receivable-demand" / "v2")
    assert "receivable-demand/v2/template.json: name and version" in publish(root).stderr
    facts = root / "receivable-demand" / "v2" / "template.json"
    facts.write_text(facts.read_text(encoding="utf-8").replace('"v1"', '"v2"'), encoding="utf-8")
    (root / "receivable-demand" / "v2" / "expected.txt").rename(root / "kept.txt")
    assert "receivable-demand/v2/expected.txt: is missing" in publish(root).stderr
    (root / "kept.txt").rename(root / "receivable-demand" / "v2" / "expected.txt")
    before = (root / "templates.sum").read_text(encoding="ascii").splitlines()
    answer = publish(root)
    assert (answer.returncode, answer.stdout) == (0, "published: receivable-demand/v2\n")
    after = (root / "templates.sum").read_text(encoding="ascii").splitlines()
    assert set(before) < set(after)
    assert len(after) == len(before) + 7


def test_a_file_name_that_others_could_not_read_is_refused(root: Path) -> None:
    folder = root / "receivable-demand" / "v2"
    shutil.copytree(root / "receivable-demand" / "v1", folder)
    (folder / "~$template.docx").write_bytes(b"x")
    assert "use only English letters" in publish(root).stderr


def document_xml(path: Path) -> tuple[bytes, bytes]:
    with zipfile.ZipFile(path) as archive:
        return archive.read("word/document.xml"), archive.read("word/styles.xml")


@pytest.mark.parametrize("name", WITH_DOCX)
def test_the_word_letter_is_the_one_made_from_the_html(root: Path, name: str) -> None:
    (root / "templates.sum").unlink()
    answer = run("to_docx.py", name, "v1", "--root", str(root))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert document_xml(root / name / "v1" / "template.docx") == document_xml(TEMPLATES / name / "v1" / "template.docx")


def test_a_published_word_letter_is_not_written_again(root: Path) -> None:
    before = (root / "loan-demand" / "v1" / "template.docx").read_bytes()
    answer = run("to_docx.py", "loan-demand", "v1", "--root", str(root))
    assert answer.returncode == 1
    assert "is published" in answer.stderr
    assert (root / "loan-demand" / "v1" / "template.docx").read_bytes() == before


def test_text_outside_a_paragraph_is_refused_and_not_lost(root: Path) -> None:
    folder = root / "loan-demand" / "v2"
    shutil.copytree(root / "loan-demand" / "v1", folder)
    page = folder / "template.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</h1>", "</h1>漏掉的话"), encoding="utf-8")
    answer = run("to_docx.py", "loan-demand", "v2", "--root", str(root))
    assert answer.returncode == 1
    assert "漏掉的话" in answer.stderr


PRINCIPAL = '<tr><td>本金</td><td class="amount">{{ principal | cn_num }}</td></tr>'
LOST = {
    "a tag between cells": ("<td>本金</td>", "<td>本金</td>{% if costs is defined %}", "{% if costs is defined %}"),
    "a tag at a row's begin": ("<tr><td>本金", "<tr>{% if costs is defined %}<td>本金", "{% if costs is defined %}"),
    "text in a row": ("<tr><td>本金", "<tr>漏掉的话<td>本金", "漏掉的话"),
    "text behind a cell": ("<td>本金</td>", "<td>本金</td>漏掉的话", "漏掉的话"),
    "text behind a row": (PRINCIPAL, PRINCIPAL + "漏掉的话", "漏掉的话"),
    "text in a table": ('<table class="short">', '<table class="short">漏掉的话', "漏掉的话"),
    "text behind a tbody": ("</tbody>", "</tbody>漏掉的话", "漏掉的话"),
    "a value between rows": (PRINCIPAL, PRINCIPAL + "{{ costs_note }}", "{{ costs_note }}"),
    "a caption": ('<table class="short">', '<table class="short"><caption>表一</caption>', "caption"),
    "a foot": ("</tbody>", "</tbody><tfoot><tr><td>一</td><td>二</td></tr></tfoot>", "tfoot"),
    "a row of no part": ("<thead>", "<tr><td>一</td><td>二</td></tr><thead>", "'tr'"),
    "a cell of two rows": ("<td>本金</td>", '<td rowspan="2">本金</td>', "rowspan"),
    "no cell": ("<td>本金</td>", "<p>本金</p>", "<p>本金</p>"),
}


def changed_letter(root: Path, old: str, new: str) -> subprocess.CompletedProcess[str]:
    folder = root / "loan-demand" / "v2"
    shutil.copytree(root / "loan-demand" / "v1", folder)
    page = folder / "template.html"
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1), encoding="utf-8")
    (folder / "template.docx").unlink()
    return run("to_docx.py", "loan-demand", "v2", "--root", str(root))


@pytest.mark.parametrize("what", LOST)
def test_what_a_word_table_cannot_say_is_refused_and_not_lost(root: Path, what: str) -> None:
    old, new, named = LOST[what]
    answer = changed_letter(root, old, new)
    assert answer.returncode == 1
    assert named in answer.stderr
    assert "template.docx is not made" in answer.stderr
    assert not (root / "loan-demand" / "v2" / "template.docx").exists()


OWED = {"principal": "1.00", "interest": "1.00"}
ROW = "<tr><td>甲</td><td>乙</td></tr>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</tbody>\n</table>", f"</tbody>{{% if costs is defined %}}<tbody>{ROW}</tbody>{{% endif %}}</table>"),
        ('<table class="short">', f'<table class="short">{{% if costs is defined %}}<tbody>{ROW}</tbody>{{% endif %}}'),
        (PRINCIPAL, f"{PRINCIPAL}{{% if costs is defined %}}{ROW}{{% endif %}}"),
    ],
)
def test_a_condition_on_rows_holds_in_the_word_letter_too(root: Path, old: str, new: str) -> None:
    answer = changed_letter(root, old, new)
    assert (answer.returncode, answer.stderr) == (0, "")
    form = compile_docx((root / "loan-demand" / "v2" / "template.docx").read_bytes(), DataEnvironment())
    fields = json.loads((root / "loan-demand" / "v2" / "example.json").read_bytes())
    letter = {"notice_no": NOTICE_NO, "issued_on": ISSUED_ON.isoformat()}
    more = {"costs": "1.00", "costs_note": "费用", "instalments": [{"no": "一", "due_on": "2026-10-20", **OWED}]}
    for given in ({"instalments": more["instalments"]}, more):
        text = docx_text(fill_docx(form, {**fields, **given, "letter": letter}))
        assert ("甲\n乙" in text) == ("costs" in given)
