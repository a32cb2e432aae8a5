"""The fonts: found or named, cut once, whole for rare characters, and with places that every PDF reader agrees on."""

import os
import subprocess
import threading
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from service.errors import StoreError
from service.render import Catalog, RenderPool, prepare_fonts
from service.render.fonts import (
    FACES,
    Face,
    _find,
    everyday_characters,
    find_fonts,
    installed_coverage,
    less_common_characters,
)

from .conftest import ISSUED_ON, NOTICE_NO, MakeTemplate, schema_of
from .pages import fonts_of, pdfa_findings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_fonts(tmp_path_factory.mktemp("fonts")).cut_config.parent


def test_rare_characters_are_covered() -> None:
    assert {ord(character) for character in "㛃𬭊堃喆㵘龘〇㐂𪚥"} <= installed_coverage()
    assert {ord("ก"), 0xE000 - 1} & installed_coverage() == set()


def test_a_missing_font_names_its_package() -> None:
    with pytest.raises(StoreError, match="No Such Font Regular is missing: install fonts-nothing"):
        _find(Face(family="No Such Font", style="Regular", package="fonts-nothing"))


def test_every_face_is_found() -> None:
    assert [font.face for font in find_fonts()] == list(FACES)


def test_cut_fonts_draw_the_everyday_characters(prepared: Path) -> None:
    cuts = sorted((prepared / "cut").iterdir())
    assert len(cuts) == 12
    for path in cuts:
        with TTFont(path) as font:
            wanted = less_common_characters() if "DulyMore" in path.name else everyday_characters()
            assert len(wanted - set(font.getBestCmap())) < 250
            assert not {"vmtx", "VORG"} & set(font.keys())
            assert font["maxp"].numGlyphs < 5000
            if "CFF " in font:
                assert font["CFF "].cff.topDictIndex[0].charset[1:3] == ["cid00001", "cid00002"]


def test_children_see_only_these_fonts(prepared: Path) -> None:
    found = subprocess.run(
        ["fc-list", "--format=%{file}\n"],
        env={**os.environ, "FONTCONFIG_FILE": str(prepared / "cut.conf")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    expected = {str(font.path) for font in find_fonts()} | {str(path) for path in (prepared / "cut").iterdir()}
    assert set(found) == expected


def test_two_at_once_make_one_folder(tmp_path: Path) -> None:
    made: list[Path] = []
    threads = [threading.Thread(target=lambda: made.append(prepare_fonts(tmp_path).cut_config)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert len(made) == 3
    assert [path.name for path in tmp_path.iterdir()] == [made[0].parent.name]


def test_everyday_letters_use_cut_fonts_and_rare_ones_the_whole(
    catalog: Catalog, pool: RenderPool, make_template: MakeTemplate
) -> None:
    template = catalog.get("loan-demand")
    letter = pool.fill(template, template.example, "html", notice_no=NOTICE_NO, issued_on=ISSUED_ON).pdf
    assert all("Duly" in name for name in fonts_of(letter)), fonts_of(letter)
    kai, song = "LXGW WenKai, Noto Serif CJK SC, BabelStone Han", "Noto Serif CJK SC"
    html = "".join(f'<p style="font-family: {stack}">{{{{ name }}}}</p>' for stack in (kai, song))
    trial = make_template(html, schema=schema_of({"name": {"type": "string"}}))
    rare = pool.fill(trial, {"name": "张㛃𬭊"}, "html", notice_no=NOTICE_NO, issued_on=ISSUED_ON).pdf
    assert any("Duly" not in name for name in fonts_of(rare))
    assert pdfa_findings(rare) == []
