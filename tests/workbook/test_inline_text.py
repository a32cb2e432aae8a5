"""Text that stands in the sheet itself: all of its runs, none of its phonetic guides, nothing of extensions."""

from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from service.workbook import open_table
from service.workbook.cells import coded

VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"
SHEET = "xl/worksheets/sheet1.xml"


def read(path: Path, into: Path) -> list[str]:
    """The cells of the first row of data."""
    return [coded(cell) for cell in next(open_table(path, file_name=path.name, into=into).rows()).cells]


def with_cell(cell: str, folder: Path) -> Path:
    """The good workbook, with this XML for the first cell of its data."""
    path = folder / "inline.xlsx"
    with ZipFile(VECTORS / "good.xlsx") as good, ZipFile(path, "w") as made:
        for name in good.namelist():
            text = good.read(name).decode()
            if name == SHEET:
                start = text.index('<c r="A2"')
                end = text.index('<c r="B2"')
                text = text[:start] + cell + text[end:]
            made.writestr(name, text)
    return path


def test_every_run_of_a_rich_text_is_read(tmp_path: Path) -> None:
    bold = InlineFont(b=True)
    book = openpyxl.Workbook()
    book.active.append(["姓名", "合同号"])
    name = CellRichText("张", TextBlock(bold, "三丰"))
    book.active.append([name, CellRichText(TextBlock(bold, "借字"), TextBlock(bold, "第001"), "号")])
    path = tmp_path / "rich.xlsx"
    book.save(path)
    assert read(path, tmp_path) == ["t张三丰", "t借字第001号"]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<is><t>张三</t><phoneticPr fontId='1'/></is>", "t张三"),
        ("<is><r><rPr><b/></rPr><t>张</t></r><r><t>三</t></r><rPh sb='0' eb='1'><t>zhang</t></rPh></is>", "t张三"),
        ("<is>\n <r>\n  <t>张</t>\n </r>\n <rPh sb='0' eb='1'><t>zhang</t></rPh>\n <r><t>三</t></r>\n</is>", "t张三"),
        ("<is><rPh sb='0' eb='1'><t>zhang</t></rPh><t>张三</t></is>", "t张三"),
        ("<is><t>张三</t></is><extLst><ext uri='u'><x:t xmlns:x='x'>四</x:t>五</ext></extLst>", "t张三"),
        ("<is><rPh sb='0' eb='1'><t>zhang</t></rPh></is>", ""),
    ],
)
def test_an_inline_text_is_its_runs(inside: str, text: str, tmp_path: Path) -> None:
    assert read(with_cell(f'<c r="A2" t="inlineStr">{inside}</c>', tmp_path), tmp_path)[0] == text


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A2"><v>5</v><extLst/></c>', "n5"),
        ('<c r="A2"><v>5</v><extLst><ext xmlns:x="x">6<x:v>7</x:v><x:f>A1</x:f></ext></extLst></c>', "n5"),
        ('<c r="A2" t="str"><f>"张三"</f><v>张三</v><extLst><ext uri="u">四</ext></extLst></c>', "t张三"),
        ('<c r="A2"><f>1+1</f><extLst><ext uri="u">2</ext></extLst></c>', "fformula_uncached:"),
    ],
)
def test_an_extension_changes_no_value(cell: str, value: str, tmp_path: Path) -> None:
    assert read(with_cell(cell, tmp_path), tmp_path)[0] == value
