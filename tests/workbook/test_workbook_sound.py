"""What goes back is a workbook that Excel opens, whatever the desk's programs wrote into theirs."""

import re
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter

from service.workbook import OURS, RowResult, Table, open_table, write_back
from service.workbook.results import COMMENT_START

from .sound import check_sound, line, packed, said, sheet

FAILED = RowResult(number=2, status_zh="未出具", failed=True, errors=("错",), cell_errors=((1, "金额错"),))
DATA = line(1, "姓名", "本金") + line(2, "张三", "5")
BAR = (
    '<conditionalFormatting sqref="B2:B3"><cfRule type="dataBar" priority="1"><dataBar><cfvo type="min"/>'
    '<cfvo type="max"/><color rgb="FF638EC6"/></dataBar><extLst><ext uri="{B025F937-C7B1-47D3-B67F-A62EFF666E3E}"/>'
    "</extLst></cfRule></conditionalFormatting>"
)
WRAPPED = (
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    '<mc:Choice Requires="x14"><controls/></mc:Choice></mc:AlternateContent>'
)
TALL = '<mergeCells count="2"><mergeCell ref="A1:A2"/><mergeCell ref="B1:B2"/></mergeCells>'


def opened(path: Path, into: Path, **more: str) -> Table:
    into.mkdir(exist_ok=True)
    return open_table(path, file_name=path.name, into=into, **more)


def back(path: Path, folder: Path, results: Sequence[RowResult] = (FAILED,), name: str = "back") -> Path:
    """Fill a workbook and check that it is one."""
    filled = folder / f"{name}.xlsx"
    write_back(path, filled, table=opened(path, folder / f"{name}-rows"), results=results)
    check_sound(filled)
    return filled


def sheet_of(path: Path) -> str:
    with ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def filled(path: Path, folder: Path) -> tuple[list[str], dict[int, list[str]]]:
    """Titles, and texts by row, as the next upload would read them."""
    table = opened(path, folder / "again")
    return [header.text for header in table.headers], {
        row.number: [cell.text for cell in row.cells] for row in table.rows()
    }


@pytest.mark.filterwarnings("ignore:Unknown extension")  # openpyxl's own, which drops what it does not know
@pytest.mark.parametrize(
    ("rows", "after"),
    [
        (DATA, BAR),
        (DATA, BAR + '<pageMargins left="1" right="1" top="1" bottom="1" header="0" footer="0"/><extLst/>'),
        (DATA.replace("</row>", "<extLst><ext uri='x'/></extLst></row>"), BAR),
        (DATA.replace("</is></c></row>", "</is><extLst><ext uri='x'/></extLst></c></row>"), ""),
        (DATA, WRAPPED),
    ],
)
def test_comments_get_their_place_wherever_extensions_stand(rows: str, after: str, tmp_path: Path) -> None:
    made = back(packed(tmp_path / "a.xlsx", sheet(rows, after=after)), tmp_path)
    comments = {cell.coordinate: cell.comment.text for cell in openpyxl.load_workbook(made).active[2] if cell.comment}
    assert comments == {"B2": COMMENT_START + "金额错"}
    assert filled(made, tmp_path)[1][2][2:4] == ["未出具", "错"]


def test_a_data_bar_of_excels_form_comes_back_with_its_comment(tmp_path: Path) -> None:
    path = tmp_path / "bar.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        one = book.add_worksheet()
        one.write_row(0, 0, ["姓名", "本金"])
        one.write_row(1, 0, ["张三", 5])
        one.conditional_format("B2:B3", {"type": "data_bar", "data_bar_2010": True})
    assert sheet_of(back(path, tmp_path)).count("<legacyDrawing ") == 1


def test_each_sheet_keeps_its_own_comments(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("一月", "二月", "三月"):
            one = book.add_worksheet(name)
            one.write_row(0, 0, ["姓名", "本金"])
            one.write_row(1, 0, ["张三", 1])
    for number, name in enumerate(("一月", "二月", "三月")):
        table = opened(path, tmp_path / str(number), sheet=name)
        result = RowResult(number=2, status_zh="未出具", failed=True, cell_errors=((number % 2, f"{name}的错"),))
        write_back(path, tmp_path / f"{number}.xlsx", table=table, results=[result])
        path = tmp_path / f"{number}.xlsx"
    check_sound(path)
    assert [
        [(cell.coordinate, cell.comment.text) for cell in one[2] if cell.comment]
        for one in openpyxl.load_workbook(path)
    ] == [[(at, f"{COMMENT_START}{name}的错")] for at, name in (("A2", "一月"), ("B2", "二月"), ("A2", "三月"))]


@pytest.mark.parametrize("middle", ['<row r="2" ht="30" customHeight="1"/>', "<row r='2'></row>", ""])
@pytest.mark.parametrize("below", [line(3, "张三", "5"), line(5, "张三", "5")])
def test_titles_merged_from_above_leave_ours_in_their_row(middle: str, below: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.xlsx", sheet(line(1, "姓名", "本金") + middle + below, after=TALL))
    number = int(re.findall(r'<row r="(\d)"', below)[0])
    made = back(path, tmp_path, [RowResult(number=number, status_zh="已出具", notice_no="函1")])
    assert filled(made, tmp_path) == (
        ["姓名", "本金", *OURS],
        {number: ["张三", "5", "已出具", "", "函1"]},
    )
    assert ('ht="30" customHeight="1">' in sheet_of(made)) == ("ht=" in middle)
    again = back(made, tmp_path, [RowResult(number=number, status_zh="此前已出具")], name="second")
    assert sheet_of(again).count('<t xml:space="preserve">函号</t>') == 1


def test_a_group_of_titles_does_not_become_part_of_ours(tmp_path: Path) -> None:
    """A group that is merged further than its last title would stand above the first of ours."""
    merged = '<mergeCells count="2"><mergeCell ref="A1:A2"/><mergeCell ref="B1:D1"/></mergeCells>'
    second = f'<row r="2">{said("B2", "期次")}{said("C2", "到期日")}</row>'
    path = packed(
        tmp_path / "a.xlsx", sheet(line(1, "姓名", "还款") + second + line(3, "张三", "1", "x"), after=merged)
    )
    made = back(path, tmp_path, [RowResult(number=3, status_zh="已出具")])
    assert filled(made, tmp_path)[0] == ["姓名", "还款/期次", "还款/到期日", "还款", *OURS]


def test_a_remark_merged_over_the_whole_row_keeps_ours_at_the_table(tmp_path: Path) -> None:
    rows = DATA + line(3, "李四", "6") + line(4, "填表人")
    merged = '<mergeCells count="2"><mergeCell ref="A4:XFD4"/><mergeCell ref="B3:D3"/></mergeCells>'
    path = packed(tmp_path / "a.xlsx", sheet(rows, before='<dimension ref="A1:B4"/>', after=merged))
    made = sheet_of(back(path, tmp_path, [RowResult(number=2, status_zh="已出具")]))
    assert '<dimension ref="A1:J4"/>' in made  # after B3:D3, which would hide ours; the remark's row hides nothing
    assert '<c r="E2"' in made
    assert made.index('r="E1"') > 0


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ('<col min="3" max="16384" width="9" hidden="1"/>', ["C-H ours", "9-16384 hidden"]),
        ('<col min="1" max="16384" width="9" hidden="1"></col>', ["1-2 hidden", "C-H ours", "9-16384 hidden"]),
        ('<col min="2" max="2" width="9"/>', ["2-2", "C-H ours"]),
        ('<col min="4" max="5" hidden="1"/><col min="6" max="9" hidden="1"/>', ["C-H ours", "9-9 hidden"]),
        ('<col min="9" max="9" hidden="1"/>', ["C-H ours", "9-9 hidden"]),
        ("", ["C-H ours"]),
    ],
)
def test_hidden_columns_do_not_hide_ours(before: str, expected: list[str], tmp_path: Path) -> None:
    path = packed(tmp_path / "a.xlsx", sheet(DATA, before=f"<cols>{before}</cols>" if before else ""))
    made = sheet_of(back(path, tmp_path))
    ours = "".join(
        f'<col min="{3 + at}" max="{3 + at}" width="{width}" customWidth="1"/>'
        for at, width in enumerate((10, 40, 22, 18, 18, 30))
    )
    cols = re.findall("<cols>(.*)</cols>", made)[0].replace(ours, '<col min="C" max="H" ours/>')
    found = [
        f"{low}-{high}" + (" ours" if "ours" in rest else "") + (" hidden" if "hidden" in rest else "")
        for low, high, rest in re.findall(r'<col min="(\w+)" max="(\w+)"([^>]*)>', cols)
    ]
    assert found == expected


def test_columns_that_the_desk_hid_in_a_filled_workbook_stay_hidden(tmp_path: Path) -> None:
    first = back(packed(tmp_path / "a.xlsx", sheet(DATA)), tmp_path)
    hidden = re.sub("<cols>.*</cols>", '<cols><col min="3" max="8" hidden="1"/></cols>', sheet_of(first))
    again = back(packed(tmp_path / "b.xlsx", hidden, source=first), tmp_path, [RowResult(number=2)], name="second")
    assert '<cols><col min="3" max="8" hidden="1"/></cols>' in sheet_of(again)


@pytest.mark.parametrize("cell", ['<c r="zz2"/>', '<c r="XFE2" s="0"/>', '<c r="ZZZ2"/><c r="zz2"/>'])
def test_an_empty_cell_that_names_no_column_is_left_alone(cell: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.xlsx", sheet(DATA.replace("</row>", f"{cell}</row>").replace(cell, "", 1)))
    write_back(path, tmp_path / "b.xlsx", table=opened(path, tmp_path / "a"), results=[FAILED])
    assert cell in sheet_of(tmp_path / "b.xlsx")
    assert filled(tmp_path / "b.xlsx", tmp_path)[1][2][:4] == ["张三", "5", "未出具", "错"]


@pytest.mark.parametrize("reference", ["ZZZ1", "A1:B2", "A99999999", ""])
def test_a_comment_on_no_cell_is_left_alone(reference: str, tmp_path: Path) -> None:
    first, name = back(packed(tmp_path / "a.xlsx", sheet(DATA)), tmp_path), "xl/dulyComments.xml"
    theirs = f'<comment ref="{reference}" authorId="1"><text><t>别人的</t></text></comment>'
    with ZipFile(first) as archive:
        comments = archive.read(name).decode().replace("</commentList>", f"{theirs}</commentList>")
    mixed = packed(tmp_path / "b.xlsx", sheet_of(first), {name: comments}, source=first)
    with ZipFile(back(mixed, tmp_path, name="second")) as archive:
        assert theirs in archive.read(name).decode()


def shares(number: int, name: str, formula: str, more: str = "") -> str:
    cell = f'<c r="F{number}" t="str">{formula}<v>{name}号</v></c>'
    return f'<row r="{number}">{said(f"A{number}", name)}{cell}{more}</row>'


CHILD = '<f t="shared" si="0"/>'
SHARED = (
    line(1, "姓名", "本金", *OURS)
    + shares(2, "张", '<f t="shared" ref="F2:F4" si="0">A2&amp;"号"</f>')
    + shares(3, "李", CHILD)
    + shares(4, "王", CHILD, '<c r="I4"><v>1</v></c>')
)
CHAIN = {"xl/calcChain.xml": '<calcChain><c r="F2" i="1"/><c r="F3" i="1"/><c r="F4" i="1"/></calcChain>'}


@pytest.mark.parametrize("numbers", [(2,), (3,), (2, 4), (2, 3, 4)])
def test_a_formula_that_others_share_gives_way_and_the_others_stand_alone(
    numbers: tuple[int, ...], tmp_path: Path
) -> None:
    path = packed(tmp_path / "a.xlsx", sheet(SHARED), CHAIN)
    made = back(path, tmp_path, [RowResult(number=number, status_zh="已出具") for number in numbers])
    found = dict(re.findall(r'<c r="(F\d)"[^>]*>(<f.*?(?:/>|</f>))', sheet_of(made)))
    whole = {
        2: '<f t="shared" ref="F2:F4" si="0">A2&amp;"号"</f>',
        3: '<f t="shared" si="0"/>',
        4: '<f t="shared" si="0"/>',
    }
    if 2 in numbers:
        whole = {3: '<f>A3&amp;"号"</f>', 4: '<f>A4&amp;"号"</f>'}
    assert found == {f"F{row}": formula for row, formula in whole.items() if row not in numbers}
    with ZipFile(made) as archive:
        assert "xl/calcChain.xml" not in archive.namelist()
