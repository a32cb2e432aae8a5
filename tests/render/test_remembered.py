"""What is remembered from letter to letter changes no byte of any letter, and forgets."""

import io
import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont

from service.render import Catalog, Template, prepare_fonts
from service.render.fonts import default_cache_directory, find_fonts
from service.render.remembered import Generations

from .conftest import MakeTemplate, schema_of

SCRIPT = """
import hashlib, json, sys
from service.render import remembered
if sys.argv[1] == "without":
    remembered.READ_RELEASES = ()
from weasyprint import css
from service.render.child import Paper
paper = Paper()
assert (css.CSS is remembered._sheet) == (sys.argv[1] == "with")
digests = []
for head in json.load(sys.stdin):
    digests.append(hashlib.sha256(paper.answer(head, [])[1][0]).hexdigest())
print(json.dumps(digests))
"""


def drawn(heads: list[dict[str, Any]], how: str) -> list[str]:
    """The digest of each letter, drawn one after the other in one process as children do."""
    config = prepare_fonts(default_cache_directory()).cut_config
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, how],
        input=json.dumps(heads),
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    digests: list[str] = json.loads(answer.stdout)
    return digests


def head(template: Template, fields: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "directory": str(template.directory),
        "digest_hex": template.digest_hex,
        "engine": "html",
        "fields": fields,
        "letter": {"notice_no": f"DEMO-2026-{number:06}", "issued_on": "2026-11-24"},
        "page_limit": 250,
    }


@pytest.mark.slow
def test_letters_have_the_same_bytes_with_and_without_memory(catalog: Catalog) -> None:
    """Every template, twice over and in turns, other names in between: 徐珺㛃 is everyday, less common and rare."""
    heads = []
    for number in range(2):
        for template in catalog.all():
            if "html" in template.engines:
                fields = deepcopy(dict(template.example))
                if number:
                    fields["contact"]["person"] = "徐珺㛃"
                heads.append(head(template, fields, number))
    remembered = drawn(heads, "with")
    assert remembered == drawn(heads, "without")
    assert remembered[::-1] == drawn(heads[::-1], "with")
    assert len(set(remembered)) == len(heads)


AWKWARD = """<html lang="{{ name }}"><head><link rel="stylesheet" href="style.css"/>
<style>p.b { color: #012345; margin: 0 calc(1em + 2px) }</style></head><body>
<p style="font-size: 11pt; text-decoration: underline">{{ name }}</p><p class="b" id="x">AV {{ name }} fi\u00adxed</p>
<table><tr><td>{{ name }}</td><td>一二三四五六七八九十</td></tr></table><ol><li>甲</li><li>乙</li></ol></body></html>"""
STYLE = """@page { size: A5; @bottom-center { content: counter(page) "/" counter(pages) } }
html { font-family: "LXGW WenKai" } p::before { content: "〔" attr(class) "〕" } li::marker { color: #333333 }
td { width: 50%; hyphens: auto; word-break: break-all; border: 1px solid } @media print { p { letter-spacing: 1px } }"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "more", ["", "p { width: 50vw }", "@counter-style odd { symbols: 甲 乙 } ol { list-style: odd }"]
)
def test_awkward_sheets_have_the_same_bytes_with_and_without_memory(make_template: MakeTemplate, more: str) -> None:
    template = make_template(AWKWARD, schema=schema_of({"name": {"type": "string"}}), files={"style.css": STYLE + more})
    heads = [head(template, {"name": name}, 1) for name in ("张三", "en", "<b>&", "张三", "李四" * 60, "en")]
    assert drawn(heads, "with") == drawn(heads, "without")


def test_what_is_not_used_is_forgotten() -> None:
    kept = Generations(4)
    for key in "abcdefghijkl":
        kept.keep(key, key)
        assert kept.get("a") == "a"
    assert kept.get("l") == "l"
    assert kept.get("b") is None


NAMES = ("alpha", "beta", "gamma")
OWN_FONT = """<html lang="zh-CN"><head><link rel="stylesheet" href="style.css"/></head><body>{{ name }}</body></html>"""
FACE = '@font-face { font-family: "Letterhead"; src: url(own.ttf) } body { font-family: "Letterhead" }'


def font_file(*, swapped: bool) -> bytes:
    """The installed font's digits, in one of the two files with 1 and 9 in each other's place."""
    (found,) = [each for each in find_fonts() if (each.face.family, each.face.style) == ("LXGW WenKai", "Regular")]
    font, chosen = TTFont(found.path, fontNumber=found.index), subset.Subsetter()
    chosen.populate(text="0123456789,.张三 \n")
    chosen.subset(font)
    for table in font["cmap"].tables:
        if swapped:
            table.cmap[ord("1")], table.cmap[ord("9")] = table.cmap[ord("9")], table.cmap[ord("1")]
    sink = io.BytesIO()
    font.save(sink)
    return sink.getvalue()


@pytest.mark.slow
def test_a_templates_own_font_draws_no_letter_of_another(make_template: MakeTemplate) -> None:
    """Two letterheads name their font alike, a third template has none: a letter is the same after any of them."""
    schema = schema_of({"name": {"type": "string"}})
    files = [{"style.css": FACE.encode(), "own.ttf": font_file(swapped=swapped)} for swapped in (True, False)]
    files.append({"style.css": b'body { font-family: "Letterhead", "LXGW WenKai" }'})
    templates = [
        make_template(OWN_FONT, schema=schema, files=each, name=name) for each, name in zip(files, NAMES, strict=True)
    ]
    heads = [head(template, {"name": "张三 1,900.00"}, 1) for template in templates]
    alone = [drawn([each], "with")[0] for each in heads]
    assert len(set(alone)) == 3
    assert drawn([*heads, *heads[::-1]], "with") == [*alone, *alone[::-1]]
