"""Publishing: once a version is listed, nobody changes it; and the Word letters are those made from the HTML."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from letter_branches import WITH_DOCX
from letter_words import TEMPLATES


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
