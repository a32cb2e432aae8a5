"""Merged ranges: a doubtful header is refused, no debtor is taken for one, and no range costs more than its table."""

from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import RefusedError
from service.workbook import Table, open_table
from service.workbook.merged_ranges import read_spans
from service.workbook.places import column_letters

VECTORS = Path(__file__).parents[1] / "vectors" / "workbook"
SHEET = "xl/worksheets/sheet1.xml"


def opened(rows: list[list[str | None]], merged: list[str], folder: Path) -> Table:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for span in merged:
        book.active.merge_cells(span)
    path = folder / "merged.xlsx"
    book.save(path)
    return open_table(path, file_name=path.name, into=folder)


def with_merged(spans: list[str], folder: Path) -> Path:
    """The good workbook with these ranges, which no library would write."""
    path = folder / "ranges.xlsx"
    with ZipFile(VECTORS / "good.xlsx") as good, ZipFile(path, "w") as made:
        for name in good.namelist():
            text = good.read(name).decode()
            if name == SHEET:
                cells = "".join(f'<mergeCell ref="{span}"/>' for span in spans)
                text = text.replace("</sheetData>", f"</sheetData><mergeCells>{cells}</mergeCells>")
            made.writestr(name, text)
    return path


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        # One row of titles, one of them over two columns: the next row is the first debtor.
        ([["姓名", "地址", None, "合同号"], ["张三", "浙江省", "文三路", "甲"], ["李四", "江苏省", "中山路", "乙"]],
         ["B1:C1"]),
        # The same, and the first debtor has nothing but an address yet: it looks like a row of titles.
        ([["姓名", "地址", None], [None, "浙江省", "文三路"], ["李四", "江苏省", "中山路"]], ["B1:C1"]),
        # Nothing stands beside the merged titles.
        ([["借款人", None, "合同", None], ["姓名", "电话", "编号", "名称"], ["张三", "电话甲", "甲", "借款合同"]],
         ["A1:B1", "C1:D1"]),
        # One title is merged downwards, another column has a text in both rows.
        ([["序号", "姓名", "合同号"], [None, "张三", "借字第一号"], ["二", "李四", "借字第二号"]], ["A1:A2"]),
    ],
)  # fmt: skip
def test_a_debtor_is_never_taken_for_a_title(rows: list[list[str | None]], merged: list[str], tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        opened(rows, merged, tmp_path)
    assert caught.value.code == "table_header_merged"
    assert "取消合并" in caught.value.message_zh


@pytest.mark.parametrize(
    ("rows", "merged", "titles"),
    [
        ([["姓名", "合同", None], [None, "编号", "名称"], ["张三", "甲", "乙"]], ["A1:A2", "B1:C1"],
         ["姓名", "合同/编号", "合同/名称"]),
        ([[None, "合同", None], ["姓名", "编号", "名称"], ["张三", "甲", "乙"]], ["B1:C1"],
         ["姓名", "合同/编号", "合同/名称"]),
        ([["姓名", "合同号", None, None], ["张三", "甲"]], ["C1:D1"], ["姓名", "合同号"]),
        ([["姓名", "合同号", None], ["张三", "甲"]], ["C1:C2"], ["姓名", "合同号"]),
    ],
)  # fmt: skip
def test_a_header_that_is_certain_is_read(
    rows: list[list[str | None]], merged: list[str], titles: list[str], tmp_path: Path
) -> None:
    """What is merged without a text is no title."""
    table = opened(rows, merged, tmp_path)
    assert [header.text for header in table.headers] == titles
    assert table.row_count == 1


def test_a_range_is_told_within_the_table_alone(tmp_path: Path) -> None:
    path = with_merged(["B2:XFD20"], tmp_path)
    row = next(open_table(path, file_name=path.name, into=tmp_path).rows())
    assert [f"{cell.kind}{cell.text}" for cell in row.cells] == ["t张三", "fmerged:B2:XFD20", "fmerged:B2:XFD20"]


def test_ranges_beyond_the_table_are_nobodys(tmp_path: Path) -> None:
    path = with_merged([f"{column_letters(at)}2:{column_letters(at)}9" for at in range(3, 5_000)], tmp_path)
    row = next(open_table(path, file_name=path.name, into=tmp_path).rows())
    assert [cell.kind for cell in row.cells] == ["t", "t", "n"]


@pytest.mark.parametrize(
    "spans", [["A2:XFD201", "A2:XFD202"], ["A5:B6", "B6:C9"], ["A5:A5", "A5:A5"], ["A9:Z9", "C3:D20"]]
)
def test_ranges_that_overlap_are_refused(spans: list[str], tmp_path: Path) -> None:
    path = with_merged(spans, tmp_path)
    with pytest.raises(RefusedError) as caught:
        open_table(path, file_name=path.name, into=tmp_path)
    assert caught.value.code == "workbook_merged"
    assert all(span.split(":")[0] in caught.value.message_zh for span in spans)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 7), st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_overlaps_are_found_as_by_comparing_all(ranges: list[tuple[int, int, int, int]]) -> None:
    texts = [
        f"{column_letters(left)}{top}:{column_letters(left + wide)}{top + deep}" for top, left, wide, deep in ranges
    ]
    fields = [
        (row, column)
        for top, left, wide, deep in ranges
        for row in range(top, top + deep + 1)
        for column in range(left, left + wide + 1)
    ]
    if len(set(fields)) == len(fields):
        assert sorted(span.name for span in read_spans(texts)) == sorted(texts)
    else:
        with pytest.raises(RefusedError):
            read_spans(texts)


@pytest.mark.parametrize(
    ("text", "name"), [("4:4", "A4:XFD4"), ("$4:$6", "A4:XFD6"), ("B:C", "B1:C1048576"), ("B2", "B2:B2")]
)
def test_whole_rows_and_columns_are_ranges(text: str, name: str) -> None:
    """LibreOffice names a merged row so."""
    (span,) = read_spans([text])
    assert span.name == name
