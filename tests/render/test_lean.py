"""What LibreOffice is given lacks only what no drawing depends on."""

import io
import os
import subprocess
import sys
from pathlib import Path

import docx
import pytest
from PIL import ImageChops

from service.render import Catalog, RenderPool
from service.render.docx import compile_docx, docx_text, fill_docx, unpack
from service.render.fonts import default_cache_directory, prepare_fonts
from service.render.lean import STYLES, lean_docx
from service.render.sandbox import DataEnvironment

from .pages import fonts_of, scan, texts

CONVERT = """
import sys
from pathlib import Path
from service.render.office import Office
folder = Path(sys.argv[1])
(folder / "letter.pdf").write_bytes(Office(folder).to_pdf((folder / "letter.docx").read_bytes()))
"""
LETTER = {"notice_no": "DEMO-2026-000001", "issued_on": "2026-11-24"}


def filled(catalog: Catalog, name: str, person: str = "刘小姐") -> bytes:
    template = catalog.get(name)
    form = compile_docx((template.directory / "template.docx").read_bytes(), DataEnvironment())
    return fill_docx(
        form, {**template.example, "contact": {**template.example["contact"], "person": person}, "letter": LETTER}
    )


@pytest.mark.parametrize("name", ["loan-demand", "guarantor-demand", "move-in-reminder"])
def test_only_unused_styles_go(catalog: Catalog, name: str) -> None:
    whole = filled(catalog, name)
    lean = lean_docx(unpack(whole))
    assert docx_text(lean) == docx_text(whole)
    assert len(unpack(lean)[STYLES]) < len(unpack(whole)[STYLES]) / 4
    assert lean == lean_docx(unpack(whole))
    document = docx.Document(io.BytesIO(lean))
    styles = {style.style_id for style in document.styles}
    assert {paragraph.style.style_id for paragraph in document.paragraphs} <= styles
    for style in document.styles:
        assert getattr(style, "base_style", None) is None or style.base_style.style_id in styles


def as_it_is(document: bytes, folder: Path) -> bytes:
    """Drawn by a LibreOffice of its own that is given the whole document."""
    fonts = prepare_fonts(default_cache_directory())
    (folder / "letter.docx").write_bytes(document)
    environment = {"FONTCONFIG_FILE": str(fonts.cut_config), "SAL_USE_VCLPLUGIN": "svp", "HOME": str(folder)}
    subprocess.run([sys.executable, "-c", CONVERT, str(folder)], env=os.environ | environment, check=True)
    return (folder / "letter.pdf").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("person", ["刘小姐", "徐珺㛃𬭊"])
@pytest.mark.parametrize("name", ["loan-demand", "guarantor-demand", "move-in-reminder"])
def test_the_drawing_is_the_same(catalog: Catalog, pool: RenderPool, tmp_path: Path, name: str, person: str) -> None:
    """By the cuts when all characters are everyday ones, by the whole fonts when one is not: the order stays."""
    whole = filled(catalog, name, person)
    lean = pool._office.run({"engine": "docx"}, [whole])[1][0]
    full = as_it_is(whole, tmp_path)
    assert texts(lean) == texts(full)
    assert (person == "刘小姐") == any("Duly" in name for name in fonts_of(lean))
    for one, other in zip(scan(lean, dpi=100), scan(full, dpi=100), strict=True):
        assert ImageChops.difference(one, other).getbbox() is None


def test_a_file_of_another_make_is_left_alone() -> None:
    document, sink = docx.Document(), io.BytesIO()
    document.add_paragraph("好")
    document.save(sink)
    parts = unpack(sink.getvalue())
    del parts[STYLES]
    assert unpack(lean_docx(parts))["word/document.xml"] == parts["word/document.xml"]
