"""Cells that do not say where they stand: after the cell before them, be that empty or not."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from service.errors import RefusedError
from service.workbook import open_table
from service.workbook.cells import coded

VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"
SHEET = "xl/worksheets/sheet1.xml"


def text(value: str, where: str = "") -> str:
    return f'<c {where} t="inlineStr"><is><t>{value}</t></is></c>'


def with_rows(*rows: str, folder: Path) -> Path:
    """The good workbook, with these rows in the place of all of its own."""
    path = folder / "places.xlsx"
    with ZipFile(VECTORS / "good.xlsx") as good, ZipFile(path, "w") as made:
        for name in good.namelist():
            part = good.read(name).decode()
            if name == SHEET:
                start, end = part.index("<sheetData>") + len("<sheetData>"), part.index("</sheetData>")
                part = part[:start] + "".join(f"<row>{row}</row>" for row in rows) + part[end:]
            made.writestr(name, part)
    return path


HEAD = text("姓名") + text("备注") + text("合同号")


@pytest.mark.parametrize(
    "row",
    [
        text("张三") + "<c/>" + text("借字1号"),
        text("张三") + '<c s="1"/>' + text("借字1号"),
        text("张三") + '<c r="B2" s="1"/>' + text("借字1号"),
        text("张三") + text("借字1号", 'r="C2"'),
        text("张三") + "<c><v></v></c>" + text("借字1号"),
        text("张三", 'r="A2"') + "<c/>" + text("借字1号"),
    ],
)
def test_an_empty_cell_takes_its_place(row: str, tmp_path: Path) -> None:
    path = with_rows(HEAD, row, folder=tmp_path)
    (read,) = open_table(path, file_name=path.name, into=tmp_path).rows()
    assert [coded(cell) for cell in read.cells] == ["t张三", "", "t借字1号"]


def test_a_row_begins_at_its_first_column_again(tmp_path: Path) -> None:
    path = with_rows(HEAD, text("张三") + text("甲") + text("借字1号"), "<c/>" + text("乙"), folder=tmp_path)
    first, second = open_table(path, file_name=path.name, into=tmp_path).rows()
    assert coded(first.cells[2]) == "t借字1号"
    assert [coded(cell) for cell in second.cells][:2] == ["", "t乙"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("<c/>" * 300 + text("远"), "table_too_wide"),
        ("<c/>" * 16_384 + text("远"), "workbook_broken"),
        ('<c r="zz2"/>' + text("乙"), "workbook_broken"),
        (text("乙", 'r="B2"') + text("甲", 'r="A2"'), "workbook_broken"),
    ],
)
def test_cells_without_a_place_in_the_table_are_refused(row: str, code: str, tmp_path: Path) -> None:
    path = with_rows(HEAD, row, folder=tmp_path)
    with pytest.raises(RefusedError) as caught:
        open_table(path, file_name=path.name, into=tmp_path)
    assert caught.value.code == code
