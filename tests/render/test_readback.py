"""Reading back catches what is cut, blank, left over or not drawn, and lets every right letter pass."""

import io
import subprocess
import sys
from copy import deepcopy
from datetime import date
from typing import Any

import pikepdf
import pytest
from docxtpl import DocxTemplate

from service.errors import RefusedError
from service.render import Catalog, RenderPool, StampMarks, render_letter, rmb_upper
from service.render.glyphs import find_font_faults
from service.render.printed import PageTexts, forms

from .conftest import ISSUED_ON, NOTICE_NO, MakeTemplate, docx_of, schema_of
from .pages import read_back

pytestmark = pytest.mark.slow

ENGINES = [
    ("loan-demand", "html"),
    ("loan-demand", "docx"),
    ("guarantor-demand", "html"),
    ("guarantor-demand", "docx"),
    ("move-in-reminder", "html"),
    ("move-in-reminder", "docx"),
    ("receivable-demand", "html"),
    ("student-loan-demand", "html"),
]
AWKWARD = "A<B>&C 公司"
RARE = "㛃𬭊"


def faults(pdf: bytes, **arguments: Any) -> set[tuple[str, str]]:
    with pytest.raises(RefusedError) as caught:
        read_back(pdf, **arguments)
    assert caught.value.code == "readback_failed"
    return {(error.pointer, error.code) for error in caught.value.errors}


@pytest.mark.parametrize(("name", "engine"), ENGINES)
def test_every_published_letter_passes(
    catalog: Catalog, pool: RenderPool, marks: StampMarks, name: str, engine: str
) -> None:
    template = catalog.get(name)
    letter = render_letter(pool, template, template.example, engine=engine, marks=marks)
    assert letter.pages >= 1
    assert (letter.docx is not None) == ("docx" in template.engines)


@pytest.mark.parametrize("engine", ["html", "docx"])
def test_a_hyphen_may_end_a_line(catalog: Catalog, pool: RenderPool, marks: StampMarks, engine: str) -> None:
    """Hyphens all along a line and more, so that one of them ends it: PDFium tells that one as U+FFFE."""
    template = catalog.get("loan-demand")
    fields = dict(template.example) | {"contract_no": "-".join(["AB", "借", "12"] * 7)}
    assert render_letter(pool, template, fields, engine=engine, marks=marks).pages >= 1


@pytest.mark.parametrize("engine", ["html", "docx"])
@pytest.mark.parametrize("name", [AWKWARD, RARE, "某某（集团）股份有限公司第一分公司" * 5])
def test_awkward_names_survive_both_engines(
    catalog: Catalog, pool: RenderPool, marks: StampMarks, engine: str, name: str
) -> None:
    template = catalog.get("loan-demand")
    fields = deepcopy(dict(template.example))
    fields["debtor"]["name"] = fields["account"]["name"] = name
    letter = render_letter(pool, template, fields, engine=engine, marks=marks)
    assert letter.pdf.startswith(b"%PDF-")


def test_another_letter_is_refused_field_by_field(catalog: Catalog, pool: RenderPool) -> None:
    template = catalog.get("loan-demand")
    filled = pool.fill(template, template.example, "html", notice_no=NOTICE_NO, issued_on=ISSUED_ON)
    fields = deepcopy(dict(template.example))
    fields["debtor"]["name"] = "王五"
    fields["total"] = "7.00"
    assert faults(filled.pdf, fields=fields, template=template) == {
        ("/debtor/name", "readback.missing"),
        ("/total", "readback.missing"),
    }


def test_the_cut_of_docxtpl_is_caught(catalog: Catalog, pool: RenderPool) -> None:
    """Docxtpl as it comes does not escape: a name with `<` takes the text after it away, without an error."""
    template = catalog.get("loan-demand")
    form = DocxTemplate(io.BytesIO(docx_of("甲方：{{ name }}；金额 {{ amount }} 元")))
    form.render({"name": AWKWARD, "amount": "1000.00"})
    sink = io.BytesIO()
    form.save(sink)
    reply, (pdf,) = pool._office.run({"engine": "docx"}, [sink.getvalue()])
    assert reply["ok"]
    fields = {"name": AWKWARD, "amount": "1000.00"}
    assert ("/name", "readback.missing") in faults(pdf, fields=fields, template=template)
    assert faults(pdf, fields=fields, template=template, docx=sink.getvalue()) == {
        ("/name", "readback.missing"),
        ("/amount", "readback.missing"),
    }


def test_a_field_that_the_template_does_not_print(make_template: MakeTemplate, pool: RenderPool) -> None:
    schema = schema_of({"name": {"type": "string"}, "extra": {"type": "string"}})
    template = make_template("<p>{{ name }}</p>", schema=schema)
    filled = pool.fill(template, {"name": "张三", "extra": "担保"}, "html", notice_no=NOTICE_NO, issued_on=ISSUED_ON)
    assert faults(filled.pdf, fields={"name": "张三", "extra": "担保"}, template=template) == {
        ("/extra", "readback.missing")
    }
    quiet = make_template("<p>{{ name }}</p>", schema={**schema, "x-duly": {"not_printed": ["/extra"]}})
    read_back(filled.pdf, fields={"name": "张三", "extra": "担保"}, template=quiet)


def test_hidden_text_is_not_in_the_letter(make_template: MakeTemplate, pool: RenderPool) -> None:
    template = make_template(
        '<p>{{ name }}</p><p style="display: none">{{ amount | cn_num }}</p>',
        schema=schema_of({"name": {}, "amount": {}}),
    )
    fields = {"name": "张三", "amount": "1000.00"}
    filled = pool.fill(template, fields, "html", notice_no=NOTICE_NO, issued_on=ISSUED_ON)
    assert ("/amount", "readback.missing") in faults(filled.pdf, fields=fields, template=template)
    assert ("", "readback.cut") in faults(filled.pdf, fields={}, template=template, printed=filled.printed)


@pytest.mark.parametrize(
    ("text", "code"),
    [("{{ name }}", "readback.leftover"), ("｛｛姓名｝｝", "readback.leftover"), ("ก", "readback.no_glyph")],
)
def test_leftovers_and_boxes_are_caught(catalog: Catalog, pool: RenderPool, text: str, code: str) -> None:
    _, (pdf,) = pool._office.run({"engine": "docx"}, [docx_of(f"甲方{text}乙方")])
    assert ("", code) in faults(pdf, fields={}, template=catalog.get("loan-demand"))


def test_printed_nothing_is_caught(catalog: Catalog, pool: RenderPool) -> None:
    _, (pdf,) = pool._office.run({"engine": "docx"}, [docx_of("甲方 None 乙方")])
    assert faults(pdf, fields={}, template=catalog.get("loan-demand"), printed=["None"]) == {("", "readback.leftover")}


def test_a_font_that_is_not_embedded_is_caught(catalog: Catalog, pool: RenderPool) -> None:
    template = catalog.get("loan-demand")
    filled = pool.fill(template, template.example, "html", notice_no=NOTICE_NO, issued_on=ISSUED_ON)
    with pikepdf.open(io.BytesIO(filled.pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                for key in [key for key in item.keys() if key.startswith("/FontFile")]:  # noqa: SIM118 - pikepdf
                    del item[key]
        sink = io.BytesIO()
        document.save(sink)
    assert any("not embedded" in text for _, text in find_font_faults(sink.getvalue()))
    assert ("", "readback.font") in faults(sink.getvalue(), fields={}, template=template)


def test_a_glyph_that_the_font_lacks_is_caught(make_template: MakeTemplate, pool: RenderPool) -> None:
    """WeasyPrint writes a code beyond the font for a character without a glyph; it copies well and shows a box."""
    template = make_template("<p>甲方ก乙方</p>")
    filled = pool.fill(template, {}, "html", notice_no=NOTICE_NO, issued_on=ISSUED_ON)
    assert any("lacks" in text for _, text in find_font_faults(filled.pdf))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK"])
def test_broken_pdfs_are_refused(catalog: Catalog, data: bytes) -> None:
    with pytest.raises(RefusedError, match="cannot be read"):
        read_back(data, fields={}, template=catalog.get("loan-demand"))


STAMPS = [
    f"编号 DEMO-2026-000001　第{page}页／共3页　签发 2026-11-24 06:06:40+08:00\n"
    f"上一条散列值 {'0a' * 8}　字段散列值 {'1b' * 8}"
    for page in (1, 2, 3)
]


def test_values_over_a_page_break() -> None:
    value = "甲乙丙丁戊己庚辛壬癸" * 30
    pages = PageTexts(["前文" + value[:137] + STAMPS[0], value[137:] + "后文" + STAMPS[1]])
    assert pages.holds(value)
    assert not pages.holds(value + "子")
    three = PageTexts(["前文" + value[:100] + STAMPS[0], value[100:200] + STAMPS[1], value[200:] + STAMPS[2]])
    assert three.holds(value)
    headed = PageTexts(
        ["某某银行\n前文" + value[:137] + "脚注" + STAMPS[0], "某某银行\n" + value[137:] + "脚注" + STAMPS[1]]
    )
    assert headed.holds(value)
    cut = PageTexts(["前文" + value[:137] + STAMPS[0], value[138:] + "后文" + STAMPS[1]])
    assert not cut.holds(value)


def test_a_page_break_does_not_make_a_value_out_of_two() -> None:
    assert not PageTexts(["利息 1000.17", "年 .00 元"]).holds("7.00")
    assert not PageTexts(["共 7 页", "合计 1.00"]).holds("71.00")


def test_the_forms_of_values() -> None:
    assert forms("2026-11-24") == ("2026-11-24", "2026年11月24日", "二〇二六年十一月二十四日")
    assert set(forms("1000.00")) == {"1000.00", "1,000.00", "一千点〇〇".replace("〇", "零"), rmb_upper("1000.00")}
    assert forms("张 三") == ("张三",)
    assert forms("") == ()
    assert forms(12)[:2] == ("12", "十二")


def test_many_threads_may_read_back_at_once(catalog: Catalog, pool: RenderPool) -> None:
    """Without its lock PDFium ends the whole process here, so this runs in a process of its own."""
    template = catalog.get("loan-demand")
    filled = pool.fill(template, template.example, "html", notice_no="DEMO-2026-000001", issued_on=date(2026, 11, 24))
    program = (
        "import sys\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from service.render.readback import _pdf_texts\n"
        "pdf = sys.stdin.buffer.read()\n"
        "with ThreadPoolExecutor(8) as threads:\n"
        "    texts = list(threads.map(lambda _: _pdf_texts(pdf), range(200)))\n"
        "assert all(text == texts[0] for text in texts)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=filled.pdf, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
